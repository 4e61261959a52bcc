#!/usr/bin/env bash
# Prints the directory that has schemathesis, which test/http/schemathesis.e2e-spec.ts runs. It is installed from PyPI into
# an environment of its own in the user's cache; nothing else is installed, configured or started.
set -euo pipefail

version=4.32.5
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clankerbot/schemathesis
environment=$cache/$version
if [ ! -x "$environment/bin/schemathesis" ]; then
  command -v python3 >/dev/null || {
    echo 'python3 is missing (3.10 or later): schemathesis is written in it' >&2
    exit 1
  }
  mkdir -p "$cache"
  # An environment knows where it is, so it is made in place; one that was cut short has no program yet, and is made anew.
  if ! python3 -m venv --clear "$environment" >&2; then
    # Debian has the module in a package of its own; only root can install it.
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 1
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
    python3 -m venv --clear "$environment" >&2
  fi
  "$environment/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" >&2
fi
echo "$environment/bin"
