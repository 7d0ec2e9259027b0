"""The values for Kubernetes: what they promise, checked without a cluster.

The values' own Python is run as the chart runs it, with a stand-in for the spawner.
"""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

pytest.importorskip("pwd", reason="accounts of this kind are Unix's")

from trd.hub import config, uids
from trd.hub.settings import HubSettings

HELM = Path(__file__).resolve().parents[2] / "assets" / "hub" / "helm"
CLAIMS = {"trd-accounts", "trd-exchange", "trd-homes", "trd-class-trd"}


@pytest.fixture(autouse=True)
def _nobody_of_these_names_here(monkeypatch):
    """People of the machine the tests run on may be called like people in the tests."""
    really = uids.pwd.getpwnam

    def known(name):
        if really(name).pw_uid >= 1000 or name.startswith("grader"):
            raise KeyError(name)
        return really(name)

    monkeypatch.setattr(uids.pwd, "getpwnam", known)


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load((HELM / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def things():
    """Everything in the other two files, by kind and name."""
    found = {}
    for name in ("shared.yaml", "formgrader.yaml"):
        for thing in yaml.safe_load_all((HELM / name).read_text(encoding="utf-8")):
            found[thing["kind"], thing["metadata"]["name"]] = thing
    return found


class Section(dict):
    """As traitlets' own: what is asked for is there."""

    def __getattr__(self, name):
        if name[0].isupper():
            return self.setdefault(name, Section())
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value


@pytest.fixture
def hub(values, tmp_path, monkeypatch):
    """Run the values' Python; return the configuration it made."""
    at = []

    def table(folder):
        at.append(folder)
        return uids.Table(tmp_path)

    mounted = SimpleNamespace(**{**vars(uids), "Table": table})
    monkeypatch.setitem(sys.modules, "trd_uids", mounted)
    names = {"c": Section()}
    for _, code in sorted(values["hub"]["extraConfig"].items()):
        exec(compile(code, "extraConfig", "exec"), names)
    assert at == [mount["mountPath"] for mount in values["hub"]["extraVolumeMounts"]]
    return names["c"]


def spawner(values, name, groups=()):
    storage = values["singleuser"]["storage"]
    return SimpleNamespace(
        user=SimpleNamespace(name=name, groups=[SimpleNamespace(name=each) for each in groups]),
        image="the-image",
        uid=values["singleuser"]["uid"],
        gid=values["hub"]["config"]["KubeSpawner"]["gid"],
        environment=values["singleuser"]["extraEnv"],
        volume_mounts=storage["extraVolumeMounts"],
        init_containers=[{"name": "the-chart's"}],
    )


def spawn(hub, values, name, groups=()):
    made = spawner(values, name, groups)
    asyncio.run(hub.Spawner.pre_spawn_hook(made))
    return made


def test_everybody_gets_their_own_number_and_home(hub, values):
    before = yaml.safe_dump(values)
    anna, ben = (spawn(hub, values, name) for name in ("anna", "ben@clinic.example"))
    assert (anna.uid, anna.gid) == (20_000, 20_000)
    assert (ben.uid, ben.gid) == (20_001, 20_001)
    homes = [each.volume_mounts["trd-home"]["subPath"] for each in (anna, ben)]
    assert homes == ["20000", "20001"]
    assert all(each.volume_mounts["exchange"] for each in (anna, ben))
    assert ben.environment["LOGNAME"] == "ben@clinic.example"
    assert ben.environment["TRD_EXCHANGE"] == "/srv/trd/exchange"
    # What belongs to all spawners was not touched.
    assert yaml.safe_dump(values) == before


def test_starting_again_changes_nothing(hub, values):
    made = spawn(hub, values, "anna")
    first = yaml.safe_dump(vars(made)["init_containers"]), dict(made.volume_mounts), made.uid
    asyncio.run(hub.Spawner.pre_spawn_hook(made))
    again = yaml.safe_dump(vars(made)["init_containers"]), dict(made.volume_mounts), made.uid
    assert first == again


def test_a_pod_knows_its_own_name_only(hub, values):
    spawn(hub, values, "anna")
    ben = spawn(hub, values, "ben")
    assert "anna" not in yaml.safe_dump(vars(ben)["init_containers"])
    assert ben.volume_mounts["trd-account"] == {
        "name": "account",
        "mountPath": "/var/lib/extrausers",
        "readOnly": True,
    }
    assert "emptyDir" in values["singleuser"]["storage"]["extraVolumes"]["account"]


def test_only_instructors_are_told_that_they_teach(hub, values):
    assert "TRD_TEACHES" not in spawn(hub, values, "anna", ["nbgrader-trd"]).environment
    assert spawn(hub, values, "tom", ["formgrade-trd"]).environment["TRD_TEACHES"] == "1"
    assert "TRD_TEACHES" not in spawn(hub, values, "ben").environment


@pytest.mark.parametrize("name", ["root", "grader-trd", "Ann Other"])
def test_a_name_that_cannot_be_gets_no_pod_and_a_reason(hub, values, name):
    made = spawner(values, name)
    with pytest.raises(ValueError, match=r"another|no person") as refused:
        asyncio.run(hub.Spawner.pre_spawn_hook(made))
    assert refused.value.jupyterhub_message == str(refused.value)
    assert (made.uid, made.gid) == (65_534, 65_534)
    assert "trd-home" not in made.volume_mounts


def test_such_names_are_stopped_at_the_log_in(hub):
    assert {"root", "jovyan", "grader-trd"} <= hub.Authenticator.blocked_users
    assert hub.Authenticator.username_pattern == uids.PATTERN


def first_step(hub, values, tmp_path, uid):
    """Run what a pod runs before its server, with folders of ours."""
    made = spawn(hub, values, "anna")
    (step,) = [each for each in made.init_containers if each["name"] == "trd-first"]
    *shell, script = step["command"]
    for mount in step["volumeMounts"]:
        folder = tmp_path / mount["name"]
        folder.mkdir(exist_ok=True)
        script = script.replace(mount["mountPath"] + "/", f"{folder}/")
    env = {each["name"]: each["value"] for each in step["env"]} | {"TRD_UID": uid}
    return subprocess.run(
        [*shell, script], env=env | {"PATH": os.environ["PATH"]}, check=False, capture_output=True
    )


def test_the_first_step_makes_a_closed_home_and_the_line(hub, values, tmp_path):
    for _ in range(2):
        assert first_step(hub, values, tmp_path, "20000").returncode == 0
        assert (tmp_path / "homes" / "20000").stat().st_mode & 0o777 == 0o700
        line = (tmp_path / "account" / "passwd").read_text()
        assert line == "anna:x:20000:20000::/home/trainee:/bin/bash\n"


def test_the_first_step_stops_at_somebody_elses_home(hub, values, tmp_path):
    home = tmp_path / "homes" / "20000"
    home.parent.mkdir()
    if os.geteuid() == 0:
        home.mkdir()
        os.chown(home, 12_345, 12_345)
    else:
        home.symlink_to("/usr")
    assert first_step(hub, values, tmp_path, "20000").returncode != 0
    assert not (tmp_path / "account" / "passwd").exists()


def test_kubespawner_finds_nothing_to_fill_in(hub, values):
    made = spawn(hub, values, "anna")
    assert not re.search(r"[{}]", str(made.init_containers[-1]["command"]))


def closed(context):
    return (
        context["allowPrivilegeEscalation"] is False
        and context["capabilities"] == {"drop": ["ALL"]}
        and context.get("runAsNonRoot", True) is True
        and context.get("runAsUser") != 0
    )


def test_pods_may_do_little(hub, values):
    kube = values["hub"]["config"]["KubeSpawner"]
    assert closed(kube["container_security_context"])
    assert closed(spawn(hub, values, "anna").init_containers[-1]["securityContext"])
    assert kube["automount_service_account_token"] is False
    single = values["singleuser"]
    assert single["allowPrivilegeEscalation"] is False
    assert single["serviceAccountName"] is None
    # A group given to files by Kubernetes would open the exchange to it.
    assert single["fsGid"] is None
    assert "fsGroup:" not in re.sub(
        r"#.*", "", "".join(path.read_text(encoding="utf-8") for path in HELM.glob("*.yaml"))
    )
    # The chart's own way needs a privileged container in each pod.
    assert single["cloudMetadata"]["blockWithIptables"] is False


def test_pods_reach_the_hub_and_names_only(values):
    policy = values["singleuser"]["networkPolicy"]
    assert policy["enabled"] is True
    assert not policy["ingress"]
    assert not policy["egress"]
    may = {name for name, allowed in policy["egressAllowRules"].items() if allowed}
    assert may == {"dnsPortsKubeSystemNamespace", "dnsPortsPrivateIPs"}


def claims(volumes):
    return {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in volumes
        if "persistentVolumeClaim" in volume
    }


def test_each_sees_the_volumes_it_needs_and_no_others(values, things):
    assert {name for kind, name in things if kind == "PersistentVolumeClaim"} == CLAIMS
    people = claims(values["singleuser"]["storage"]["extraVolumes"].values())
    assert people == {"trd-homes", "trd-exchange"}
    assert set(values["singleuser"]["storage"]["extraVolumeMounts"]) == {"exchange"}
    assert claims(values["hub"]["extraVolumes"]) == {"trd-accounts"}
    grader = things["Deployment", "formgrader-trd"]["spec"]["template"]["spec"]
    assert claims(grader["volumes"]) == {"trd-class-trd", "trd-exchange", "trd-accounts"}
    (accounts,) = [
        mount
        for mount in grader["containers"][0]["volumeMounts"]
        if mount["mountPath"] == "/var/lib/extrausers"
    ]
    assert accounts["readOnly"] is True


def test_the_formgrader_runs_as_the_grader_of_the_table(hub, values, things, tmp_path):
    ((grader, number),) = uids.Table(tmp_path).read().items()
    pod = things["Deployment", "formgrader-trd"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["runAsGroup"] == number
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    # Else its formgrader answers with an error: the hub knows no such user.
    groups = values["hub"]["config"]["JupyterHub"]["load_groups"]
    assert grader in groups["formgrade-trd"]["users"]
    container = pod["containers"][0]
    assert closed(container["securityContext"])
    env = {each["name"]: each for each in container["env"]}
    assert env["JUPYTERHUB_USER"]["value"] == grader
    assert grader in container["args"][-1]
    for name in ("JUPYTERHUB_API_TOKEN", "TRD_GRADEBOOK"):
        assert set(env[name]) == {"name", "valueFrom"}
        assert "secretKeyRef" in env[name]["valueFrom"]
    job = things["Job", "trd-prepare"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "GRADER", "value": str(number)} in job["env"]


def test_the_formgrader_is_the_service_that_the_hub_knows(values, things):
    ((name, service),) = values["hub"]["services"].items()
    pod = things["Deployment", "formgrader-trd"]["spec"]["template"]
    env = {each["name"]: each.get("value") for each in pod["spec"]["containers"][0]["env"]}
    assert env["JUPYTERHUB_SERVICE_NAME"] == env["TRD_COURSE"] == name
    assert env["JUPYTERHUB_SERVICE_PREFIX"] == f"/services/{name}/"
    door = things["Service", f"formgrader-{name}"]["spec"]
    assert service["url"] == f"http://formgrader-{name}:{door['ports'][0]['port']}"
    assert door["selector"].items() <= pod["metadata"]["labels"].items()
    policy = things["NetworkPolicy", f"formgrader-{name}"]["spec"]
    assert policy["podSelector"]["matchLabels"] == door["selector"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    callers = [each["podSelector"]["matchLabels"] for each in policy["ingress"][0]["from"]]
    assert callers == [{"app.kubernetes.io/component": each} for each in ("proxy", "hub")]
    # By this label the chart lets it speak to the hub.
    assert pod["metadata"]["labels"]["hub.jupyter.org/network-access-hub"] == "true"


def test_rights_are_those_of_one_server(values):
    course = {"id": "trd", "grader": "grader-trd", "folder": "/c", "state": "/s"}
    one = Section()
    config.apply(one, HubSettings.model_validate({"course": [course]}))
    roles = {each["name"]: each for each in one.JupyterHub["load_roles"]}
    here = values["hub"]["loadRoles"]
    assert set(roles) - {"idle-culler"} == set(here)
    for name, role in here.items():
        assert set(role["scopes"]) == set(roles[name]["scopes"]), name
        for holders in ("groups", "services"):
            assert role.get(holders) == roles[name].get(holders), name
    assert set(one.JupyterHub["load_groups"]) == set(
        values["hub"]["config"]["JupyterHub"]["load_groups"]
    )
    assert values["hub"]["config"]["JupyterHub"]["admin_access"] is False


def test_nobody_logs_in_until_a_way_is_chosen(values):
    assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"
    assert "LTI13Authenticator" not in values["hub"]["config"]


def test_the_learning_platform_is_ready_to_be_switched_on(values):
    text = (HELM / "values.yaml").read_text(encoding="utf-8")
    block = re.search(r"(?m)^    # JupyterHub:\n(?:    #.*\n)+", text)
    lti = yaml.safe_load(re.sub(r"(?m)^    # ?", "", block[0]))
    wanted = "ltiauthenticator.lti13.auth.LTI13Authenticator"
    assert lti["JupyterHub"] == {"authenticator_class": wanted}
    assert {"issuer", "client_id", "authorize_url", "jwks_endpoint", "username_key"} <= set(
        lti["LTI13Authenticator"]
    )


def test_idle_servers_are_stopped_but_nobody_is_deleted(values):
    assert values["cull"]["enabled"] is True
    assert values["cull"]["users"] is False


def test_every_image_is_to_be_named(values, things):
    image = values["singleuser"]["image"]
    named = f"{image['name']}:{image['tag']}"
    assert named.count("SET-ME") == 2
    for thing in things.values():
        for container in thing["spec"].get("template", {}).get("spec", {}).get("containers", ()):
            assert container["image"] == named


def test_scripts_are_shell(things):
    job = things["Job", "trd-prepare"]["spec"]["template"]["spec"]["containers"][0]
    grader = things["Deployment", "formgrader-trd"]["spec"]["template"]["spec"]["containers"][0]
    for script in (job["args"][-1], grader["args"][-1]):
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_files_say_how_they_were_tested():
    for path in HELM.glob("*.yaml"):
        assert "HOW THIS WAS TESTED, AND WHAT COULD NOT BE" in path.read_text(encoding="utf-8")
