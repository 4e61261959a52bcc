#!/usr/bin/env bash
# Prints the directory that has promtool and prometheus, which test/monitoring runs. Where the machine has none, they are
# taken out of Debian's package into the user's cache; nothing is installed, configured or started.
set -euo pipefail

if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
  dirname "$(command -v promtool)"
  exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clankerbot/prometheus
bin=$cache/usr/bin
if [ ! -x "$bin/promtool" ] || [ ! -x "$bin/prometheus" ]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo 'promtool and prometheus are missing: put them on the PATH (https://prometheus.io/download)' >&2
    exit 1
  }
  mkdir -p "$bin"
  scratch=$(mktemp -d "$cache/download.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  # The lists may be missing or old; only root can renew them.
  fetch() { (cd "$scratch" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download prometheus >&2); }
  fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && fetch; }
  dpkg-deb -x "$scratch"/prometheus_*.deb "$scratch/content"
  # Moved into place at the end, so that a cache that was cut short is not taken for a whole one.
  for program in prometheus promtool; do mv "$scratch/content/usr/bin/$program" "$bin/$program"; done
fi
echo "$bin"
