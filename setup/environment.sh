#!/usr/bin/env bash
# The project's Python environment, in .venv of the repository: a Python of at least 3.11, every
# package at the version of requirements.lock, the project itself, and a working Ipopt.
#
#     setup/environment.sh            PYTHON=/path/to/python names another Python than the one found
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '[setup] %s\n' "$*"; }
stop() {
    printf '[setup] %s\n' "$*" >&2
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || stop "PYTHON=$PYTHON is not a Python 3.11 or newer"
        printf '%s\n' "$PYTHON"
        return
    fi
    # A Python that can make environments as it is goes before a newer one that cannot.
    for name in python3.13 python3.12 python3.11 python3; do
        if new_enough "$name" && can_make_environments "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    for name in python3.13 python3.12 python3.11 python3; do
        if new_enough "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    stop "no Python 3.11 or newer is on PATH; install one, or name it: make setup PYTHON=/path/to/python"
}

# Debian and Ubuntu leave ensurepip out of Python and ship it in pythonX.Y-venv.
install_venv_package() {
    local package as_root=()
    package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    command -v apt-get >/dev/null ||
        stop "$1 has no ensurepip; install your system's package for Python environments"
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            stop "$1 cannot make environments; run  sudo apt-get install $package  and then make again"
        as_root=(sudo -n)
    fi
    say "installing $package, which $1 needs to make environments"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        stop "$package could not be installed"
    can_make_environments "$1" || stop "$1 still has no ensurepip after installing $package"
}

if [ -x .venv/bin/python ] && new_enough .venv/bin/python; then
    say "using .venv ($(.venv/bin/python --version))"
else
    python=$(find_python)
    can_make_environments "$python" || install_venv_package "$python"
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

pip=(.venv/bin/python -m pip --disable-pip-version-check)
say "installing the packages of requirements.lock (about 60; a minute on an ordinary connection)"
"${pip[@]}" install --quiet --require-hashes -r requirements.lock
"${pip[@]}" install --quiet --no-deps --no-build-isolation --editable .
.venv/bin/engels setup-solver
say "done"
