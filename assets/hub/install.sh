#!/bin/sh
# Install JupyterHub, its proxy and the course, for every account of this machine.
#
#   sudo assets/hub/install.sh [--prefix /opt/trd] [--from CHECKOUT] [--python /usr/bin/python3]
#
# Run it again to upgrade. It makes <prefix>/venv (Python packages of requirements-hub.lock, and the
# course as a wheel, which holds no masters) and <prefix>/proxy (configurable-http-proxy from npm).
# It makes no account and starts nothing; README.md beside this file says how to go on.
#
# Tested on Debian 12 (Python 3.11, Node 24) by `make test-hub`, as root.
# Not tested: other systems.
set -eu

prefix=/opt/trd
from=$(cd "$(dirname "$0")/../.." && pwd)
python=/usr/bin/python3
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --from | --python)
            [ $# -gt 1 ] || { echo "install.sh: $1 needs a value." >&2; exit 2; } ;;
    esac
    case $1 in
        --prefix) prefix=$2; shift 2 ;;
        --from) from=$2; shift 2 ;;
        --python) python=$2; shift 2 ;;
        *) echo "install.sh: $1 is not known. Allowed: --prefix, --from, --python." >&2; exit 2 ;;
    esac
done

command -v npm > /dev/null || {
    echo "install.sh: npm is missing; the hub's proxy comes with it. Install Node.js 20 or newer" >&2
    echo "with npm; README.md beside this file says how." >&2
    exit 1
}
# Everybody's server runs this Python; one in a private home starts for its owner only.
umask 022
TRD_VENV=$prefix/venv "$python" "$from/course/trd/lab/bootstrap.py" hub

mkdir -p "$prefix/proxy"
cp "$from/assets/hub/package.json" "$from/assets/hub/package-lock.json" "$prefix/proxy/"
(cd "$prefix/proxy" && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error)
cp "$from/assets/hub/jupyterhub_config.py" "$prefix/"
chmod -R a+rX "$prefix"

if [ "$(id -u)" -eq 0 ]; then
    if ! runuser -u nobody -- "$prefix/venv/bin/python" -c 'import trd.hub, jupyterhub'; then
        echo "install.sh: other accounts cannot run $prefix/venv/bin/python. Choose a Python and a" >&2
        echo "prefix that everybody may read, such as --python /usr/bin/python3." >&2
        exit 1
    fi
fi
echo "Installed in $prefix."
