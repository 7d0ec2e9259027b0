"""``make soak``: a class on a hub, everything killed in the middle, and nothing lost.

    python tests/hub/soak.py [--trainees 100] [--minutes 10] [--gradebook postgresql|sqlite]
                             [--seed 1] [--quick]

Needs root, npm and, for its gradebook, PostgreSQL's programs. All that it makes (accounts that
begin with ``trdt-s``, a hub, a database, a small disk for the exchange) it takes away again.
``TRD_HUB_PREFIX`` names an installation that is there already.

What is real and what is not: every trainee is an account of the system with a home of its own,
logged in at the hub. A few have real single-user servers and fetch and hand in through them; some
of these answer on the released page in a real kernel, by the messages that the browser's widgets
send. For all others two processor cores have no room for a server each: processes under their
account use the same answer log and the same exchange plug-ins that their server would use. No
browser draws anything; faults are ``kill -9`` and a full disk, not a power cut.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

from soaking import faults, grader, measure, verify  # noqa: E402
from soaking.ledger import Ledger  # noqa: E402
from soaking.page import Page  # noqa: E402
from soaking.people import ASSIGNMENT, Reader, Served, Soak, Trainee  # noqa: E402
from world import World  # noqa: E402

from trd.quiz.masters import items_in  # noqa: E402

LESSON = "course/04_monitoring_the_infusion.ipynb"
#: Room on the exchange's own disk; a hand-in takes less than 0.1 MB.
DISK_MB = 200


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


# --- building and taking down ---------------------------------------------------------------


class Site:
    """The hospital of this run, and what belongs to the run alone."""

    def __init__(self, tag: str, names: list[str], gradebook: str) -> None:
        self.world = World(
            names,
            [f"{tag}-ines"],
            gradebook,
            grader=f"{tag}-grader",
            # More at once than two cores can start would only make each slower.
            starting_at_once=3,
        )
        self.disk = ""
        self._desk: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.world.base / "desk.sock"

    def build(self) -> None:
        """Build, mount, start and release."""
        world = self.world
        world.settings.exchange.mkdir(parents=True)
        self._mount(world.settings.exchange)
        world.build()
        world.start()
        world.as_grader("nbgrader", "generate_assignment", ASSIGNMENT)
        world.as_grader("nbgrader", "release_assignment", ASSIGNMENT)
        with (world.base / "desk.log").open("wb") as log:
            self._desk = subprocess.Popen(
                [world.python, Path(__file__).parent / "soaking" / "desk.py", self.socket],
                cwd="/",
                env=world.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while not self.socket.exists():
            if self._desk.poll() is not None:
                raise RuntimeError((world.base / "desk.log").read_text()[-2000:])
            time.sleep(0.1)

    def _mount(self, place: Path) -> None:
        """Give the exchange a small disk of its own: a file with a file system in it."""
        image = self.world.base / "exchange.img"
        with image.open("wb") as file:
            file.truncate(DISK_MB << 20)
        for kind, commands in (
            (
                "ext4",
                [["mkfs.ext4", "-q", "-m", "0", image], ["mount", "-o", "loop", image, place]],
            ),
            ("tmpfs", [["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", place]]),
        ):
            try:
                for command in commands:
                    subprocess.run(command, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                continue
            self.disk = kind
            return
        raise RuntimeError(
            "this machine mounts neither a file nor a tmpfs; no full disk is possible"
        )

    def remove(self) -> None:
        """Take everything away; every step is tried."""
        world = self.world
        steps = [self._end_desk, world.stop, self._end_rest, self._unmount, world.remove]
        # Once more: a thread that was starting something may have been late.
        steps.append(self._end_rest)
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - the rest is taken away all the same
                print(f"cleaning up: {type(error).__name__}: {error}", file=sys.stderr)

    def _end_desk(self) -> None:
        if self._desk is not None:
            self._desk.kill()
            self._desk.wait()

    def _end_rest(self) -> None:
        # What a killed hub left behind runs as root.
        for process in self.left():
            if process != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def left(self) -> list[int]:
        """Return what runs for this hospital: it knows its settings or talks to its hub."""
        api = f"127.0.0.1:{self.world.settings.hub.api_port}/hub/api"
        return [*measure.told(str(self.world.settings_file)), *measure.told(api)]

    def _unmount(self) -> None:
        if self.disk:
            done = subprocess.run(["umount", self.world.settings.exchange], capture_output=True)
            if done.returncode:
                subprocess.run(["umount", "-l", self.world.settings.exchange], check=True)


@contextlib.contextmanager
def site(tag: str, names: list[str], gradebook: str) -> Iterator[Site]:
    """Build a hospital; take it away whatever happens."""
    made = Site(tag, names, gradebook)
    try:
        made.build()
        yield made
    finally:
        # A second Ctrl-C must not leave accounts behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        made.remove()
        signal.signal(signal.SIGINT, signal.default_int_handler)


# --- measuring ------------------------------------------------------------------------------


def first_server(soak: Soak, one: Served) -> dict[str, Any]:
    """Measure one server while nothing else goes on, with no page open and with the heaviest."""
    one.again("log-in", lambda: Trainee.come(one))
    # The first start of all brings the lessons; the second is what comes every day.
    sizes: dict[str, Any] = {"starts": []}
    for _ in range(2):
        began = time.monotonic()
        one.up()
        process = one.server()[0]
        sizes["starts"].append(
            {
                "s": round(time.monotonic() - began, 1),
                "cpu_s": round(measure.processor_s(process), 1),
            }
        )
        if len(sizes["starts"]) == 1:
            one.person.call("DELETE", f"/hub/api/users/{one.name}/server")
            deadline = time.monotonic() + 60
            while one.server() and time.monotonic() < deadline:
                time.sleep(0.2)
            # The hub tells itself a moment later.
            time.sleep(2)
    time.sleep(3)
    sizes["idle server"] = measure.memory_mb(process)
    began = time.monotonic()
    page = Page(one.person, LESSON)
    page.run()
    kernel = one.kernels()[0]
    sizes["lesson_opens_s"] = round(time.monotonic() - began, 1)
    sizes["lesson_cpu_s"] = round(measure.processor_s(kernel), 1)
    sizes["kernel with lesson 4"] = measure.memory_mb(kernel)
    sizes["server with lesson 4"] = measure.memory_mb(process)
    page.close(end=True)
    return sizes


def running(soak: Soak, served: list[Served]) -> dict[str, dict[str, float]]:
    """Measure what runs now, in MB."""
    world = soak.world
    sizes: dict[str, dict[str, float]] = {}
    servers = [process for each in served for process in each.server()]
    kernels = [process for each in served for process in each.kernels()]
    sizes["hub"] = measure.memory_mb(world.hub_process)
    with contextlib.suppress(OSError, ValueError):
        sizes["proxy"] = measure.memory_mb(world.proxy_process)
    sizes["formgrader"] = measure.together_mb(faults.formgraders(soak))
    for name, found in (("server, each", servers), ("kernel with a case, each", kernels)):
        whole = measure.together_mb(found)
        sizes[name] = {kind: round(size / max(1, len(found)), 1) for kind, size in whole.items()}
        sizes[name]["n"] = len(found)
    if world.cluster and world.cluster.process():
        main = world.cluster.process()
        all_of_it = [main]
        for process, _, _ in measure.processes():
            with contextlib.suppress(OSError):
                if measure.parent(process) == main:
                    all_of_it.append(process)
        sizes["PostgreSQL"] = measure.together_mb(all_of_it)
    return sizes


# --- the run --------------------------------------------------------------------------------


def people(soak: Soak, names: list[str], servers: int, kernels: int) -> list[Trainee]:
    made: list[Trainee] = [Reader(soak, name) for name in names[:kernels]]
    made += [Served(soak, name) for name in names[kernels:servers]]
    return made + [Trainee(soak, name) for name in names[servers:]]


def watch(
    soak: Soak, everybody: list[Trainee], trouble: faults.Faults, served: list[Served]
) -> dict[str, dict[str, float]]:
    """Wait until everybody has finished; return the most memory that each part took."""
    most: dict[str, dict[str, float]] = {}
    deadline = soak.began + soak.window_s + 300
    while any(each.is_alive() for each in (*everybody, trouble)) and time.monotonic() < deadline:
        for name, size in running(soak, served).items():
            if size.get("pss", 0) > most.get(name, {}).get("pss", 0):
                most[name] = size
        busy = sum(each.is_alive() for each in everybody)
        say(
            f"{busy} people at work, {soak.ledger.count('kept')} answers and "
            f"{soak.ledger.count('handed')} hand-ins acknowledged"
        )
        soak.over.wait(15)
    return most


def work(soak: Soak, everybody: list[Trainee], quick: bool) -> dict[str, Any]:
    """Let the class work, with faults; return what was seen."""
    served = [each for each in everybody if isinstance(each, Served)]
    marking = grader.Grader(soak)
    trouble = faults.Faults(soak, marking, served, quick=quick)
    soak.began = time.monotonic()
    for thread in (*everybody, marking, trouble):
        thread.start()
    try:
        most = watch(soak, everybody, trouble, served)
    except BaseException:
        # Nobody may start anything while it is taken away.
        soak.stopped.set()
        soak.over.set()
        marking.enough.set()
        marking.kill()
        for thread in (trouble, marking):
            thread.join(30)
        raise
    soak.over.set()
    marking.enough.set()
    marking.join(180)
    for each in everybody:
        if not each.done and each.is_alive():
            soak.broken.append(f"{each.name}: still at it when the time was over")
    return {"marking": marking, "trouble": trouble, "most": most, "served": served}


def last_marking(soak: Soak, marking: grader.Grader) -> None:
    """Collect and regrade once more, when everybody has handed in."""
    marking.look()
    for step in (
        ("collect", "nbgrader", "collect", ASSIGNMENT, "--update"),
        ("regrade", "python", "-m", "trd.grading", "regrade", ASSIGNMENT),
    ):
        if not marking.command(*step):
            raise RuntimeError(f"the last marking failed: {dict(marking.failed)}")


def feedback(soak: Soak, three: list[Trainee]) -> list[str]:
    """Give feedback to three people; return what is wrong with what they get."""
    wrong = []
    world = soak.world
    for each in three:
        world.as_grader("nbgrader", "generate_feedback", ASSIGNMENT, "--student", each.name)
    world.as_grader("nbgrader", "release_feedback", ASSIGNMENT)
    for each in three:
        made = world.course.state / "class" / "feedback" / each.name / ASSIGNMENT
        own = {path.name: path.read_text(encoding="utf-8") for path in made.glob("*.html")}
        got = {Path(path).name: text for path, text in each.feedback().items()}
        if not own or own != got:
            wrong.append(f"{each.name} got {sorted(got)}, and should have {sorted(own)}")
    return wrong


def go(options: argparse.Namespace) -> int:
    began = time.monotonic()
    # A name of its own for each run: one that was cut off by a power cut leaves its accounts.
    tag = f"trdt-s{secrets.token_hex(2)}"
    names = [f"{tag}-{number:03d}" for number in range(1, options.trainees + 1)]
    servers, kernels = (2, 1) if options.quick else (6, 3)
    build = ROOT / "build"
    for folder in (build, options.report.parent):
        folder.mkdir(parents=True, exist_ok=True)
    say(f"building a hub with {len(names)} accounts, gradebook in {options.gradebook}")
    with site(tag, names, options.gradebook) as made:
        say(f"built; the exchange is on its own {made.disk} of {DISK_MB} MB")
        ledger = Ledger(made.world.base / "ledger.jsonl")
        soak = Soak(
            world=made.world,
            ledger=ledger,
            seed=options.seed,
            window_s=60 * options.minutes * (0.45 if options.quick else 0.75),
            items={
                path.stem: items_in(path)
                for path in sorted((ROOT / "solutions" / ASSIGNMENT).glob("*.ipynb"))
            },
            socket=made.socket,
            desks=threading.BoundedSemaphore(options.desks),
        )
        everybody = people(soak, names, servers, kernels)
        sizes = first_server(soak, next(each for each in everybody if isinstance(each, Served)))
        say("one server measured; the class begins")
        seen = work(soak, everybody, options.quick)
        say("everybody has finished; the last marking")
        last_marking(soak, seen["marking"])
        found = verify.compare(soak, everybody, grader.marks(soak))
        three = [everybody[0], everybody[servers], everybody[-1]]
        found.wrong += feedback(soak, three)
        result = report(soak, options, made, seen, sizes, found)
        result["wall_s"] = round(time.monotonic() - began)
        ledger.close()
        if options.keep:
            for name in ("ledger.jsonl", "hub.log", "desk.log"):
                shutil.copy(made.world.base / name, build / f"soak-{name}")
    result["wall_with_cleaning_s"] = round(time.monotonic() - began)
    options.report.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    table(result)
    return 0 if result["ok"] else 1


# --- what is said ---------------------------------------------------------------------------


def report(
    soak: Soak,
    options: argparse.Namespace,
    made: Site,
    seen: dict[str, Any],
    sizes: dict[str, Any],
    found: verify.Found,
) -> dict[str, Any]:
    """Return everything that was measured and found."""
    marking, trouble = seen["marking"], seen["trouble"]
    troubles = [*soak.broken, *trouble.broken]
    orphans = [
        process
        for process, uid, line in measure.processes()
        if uid == 0
        and "jupyterhub_idle_culler" in line
        and process in made.left()
        # The hub of now is its parent, or it was left behind by one that was killed.
        and measure.parent(process) != soak.world.hub_process
    ]
    took = {
        what: {
            "n": len(values),
            "p50": round(measure.quantile(values, 0.5), 4),
            "p95": round(measure.quantile(values, 0.95), 4),
            "max": round(max(values), 4),
        }
        for what, values in sorted(soak.took.items())
    }
    return {
        "ok": found.clean and not troubles and not marking.torn,
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "seed": soak.seed,
        "gradebook": options.gradebook,
        "exchange": made.disk,
        "trainees": {
            "all": options.trainees,
            "with a server": len(seen["served"]),
            "of these with kernels": sum(isinstance(each, Reader) for each in seen["served"]),
        },
        "acknowledged": {
            "answers": soak.ledger.count("kept"),
            "of these on a page": sum(
                "page" in event
                for who in list(soak.ledger.events)
                for event in soak.ledger.of(who, "kept")
            ),
            "hand-ins": soak.ledger.count("handed"),
        },
        "lost": len(found.lost),
        "duplicates": len(found.twice),
        "wrong": len(found.wrong),
        "half hand-ins": {**marking.torn, **dict(each.split(": ", 1) for each in found.half)},
        "found": {
            name: value for name, value in vars(found).items() if isinstance(value, int) or value
        },
        "faults": {kind: values for kind, values in sorted(trouble.recovered.items())},
        "killed": dict(soak.killed),
        "skipped": trouble.skipped,
        "broken": troubles,
        "gradings": {"whole": marking.rounds, "failed": dict(marking.failed)},
        "troubles": dict(soak.troubles.most_common(40)),
        "took_s": took,
        "first_server": sizes,
        "most_mb": seen["most"],
        "end_mb": running(soak, seen["served"]),
        "left_cullers": len(orphans),
    }


def table(result: dict[str, Any]) -> None:
    """Print what the run found."""
    sure, took, found = result["acknowledged"], result["took_s"], result["found"]
    lines: list[tuple[str, object]] = [
        ("trainees", result["trainees"]["all"]),
        (
            "  with a server / with kernels",
            " / ".join(
                str(result["trainees"][name]) for name in ("with a server", "of these with kernels")
            ),
        ),
        ("gradebook, disk of the exchange", f"{result['gradebook']}, {result['exchange']}"),
        ("answers acknowledged", f"{sure['answers']} ({sure['of these on a page']} on a page)"),
        ("hand-ins acknowledged", sure["hand-ins"]),
        ("LOST", result["lost"]),
        ("duplicates", result["duplicates"]),
        ("attributed or returned wrongly", result["wrong"]),
        ("half hand-ins that collect could see", len(result["half hand-ins"])),
        ("marks compared", found["compared_marks"]),
        ("answers in logs that nobody heard of", found["unheard_answers"]),
        ("hand-ins made that nobody heard of", found["unheard_hand_ins"]),
        ("lines of logs cut off by a kill", found["torn_lines"]),
        ("idle cullers left by killed hubs", result["left_cullers"]),
        ("left-over parts in the exchange", len(found.get("left_over", []))),
        (
            "gradings whole / stopped",
            f"{result['gradings']['whole']} / {sum(result['gradings']['failed'].values())}",
        ),
        ("wall time", f"{result['wall_s']} s"),
    ]
    print(f"\n{'':40}")
    for name, value in lines:
        print(f"{name:<42}{value}")
    print("\nfaults (kill -9)                          times  recovered after, s")
    for kind, seconds in result["faults"].items():
        after = "" if kind.startswith("full disk") else ", ".join(f"{each:g}" for each in seconds)
        print(f"{kind:<42}{len(seconds):>5}  {after}")
    for kind, times in sorted(result["killed"].items()):
        print(f"{kind:<42}{times:>5}")
    print("\nseconds                                       n    p50    p95    max")
    for what, each in took.items():
        print(
            f"{what:<42}{each['n']:>5} {each['p50']:>6.3g} {each['p95']:>6.3g} {each['max']:>6.3g}"
        )
    _memory(result)
    _details(result)
    print("\nnothing lost" if result["ok"] else "\nNOT IN ORDER: see above")


def _memory(result: dict[str, Any]) -> None:
    print("\nmemory, MB                                  PSS    own    RSS")
    first = result["first_server"]
    alone = {name: first[name] for name in first if isinstance(first[name], dict)}
    for name, size in {
        **alone,
        **{f"{n} (most)": s for n, s in result["most_mb"].items()},
        "hub at the end": result["end_mb"]["hub"],
    }.items():
        print(f"{name:<40}{size['pss']:>7.0f}{size['own']:>7.0f}{size['rss']:>7.0f}")
    for number, start in enumerate(first["starts"], 1):
        print(f"server start {number}: {start['s']} s, {start['cpu_s']} s of processor")
    print(f"lesson 4 opened and run: {first['lesson_opens_s']} s")


def _details(result: dict[str, Any]) -> None:
    found = result["found"]
    for name in ("lost", "twice", "wrong", "half", "left_over"):
        for each in found.get(name, [])[:20]:
            print(f"{name}: {each}")
    for each in result["broken"]:
        print(f"broken: {each}")
    for each, times in result["troubles"].items():
        print(f"tried again {times:>4} times: {each}")
    for each, times in result["gradings"]["failed"].items():
        print(f"grading stopped {times} times: {each}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainees", type=int, default=0, help="100, or 12 with --quick")
    parser.add_argument("--minutes", type=float, default=0, help="about; 10, or 2 with --quick")
    parser.add_argument("--gradebook", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--desks", type=int, default=6, help="errands at the same time")
    parser.add_argument("--quick", action="store_true", help="a small one, for the tests")
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "soak.json")
    parser.add_argument("--keep", action="store_true", help="keep ledger and logs in build/")
    options = parser.parse_args()
    options.trainees = options.trainees or (12 if options.quick else 100)
    options.minutes = options.minutes or (2 if options.quick else 10)
    if os.geteuid() != 0:
        parser.error("this makes accounts, so it needs root")
    if not 4 <= options.trainees <= 900:
        parser.error("--trainees goes from 4 to 900")
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    return go(options)


if __name__ == "__main__":
    sys.exit(main())
