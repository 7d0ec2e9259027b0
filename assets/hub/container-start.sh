#!/bin/sh
# Start the course's server in a container: accounts, folders, then JupyterHub.
#
# How it was tested, and what could not be, stands at the top of Containerfile.
set -eu

settings=${TRD_HUB_SETTINGS:-/etc/trd/hub.toml}
if [ ! -f "$settings" ]; then
    echo "There is no $settings. Put one into the volume; assets/hub/hub.toml is an example." >&2
    exit 1
fi

# The homes outlive the container, the accounts do not. They are made again with the numbers that
# own the homes; otherwise a new person could be given an old one's number, and their work.
for home in /home/*/ /srv/trd/*/; do
    home=${home%/}
    [ -d "$home" ] && [ ! -L "$home" ] || continue
    name=${home##*/}
    uid=$(stat -c %u "$home")
    gid=$(stat -c %g "$home")
    if [ "$uid" -eq 0 ] || getent passwd "$name" > /dev/null; then
        continue
    fi
    if getent passwd "$uid" > /dev/null; then
        echo "$home belongs to the number $uid, which is $(id -un "$uid") here. Give the folder" >&2
        echo "another owner (a number from 1000 up that is free), with all that is in it." >&2
        exit 1
    fi
    getent group "$gid" > /dev/null || groupadd --gid "$gid" "$name"
    useradd --uid "$uid" --gid "$gid" --home-dir "$home" --no-create-home --shell /bin/bash "$name"
done

python -m trd.hub prepare
exec jupyterhub -f /opt/trd/jupyterhub_config.py
