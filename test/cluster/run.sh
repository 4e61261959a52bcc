#!/usr/bin/env bash
# Starts a Kubernetes cluster on this machine, installs Clankerbot on it by k8s/ and by the chart, uses it as the runbook says,
# and takes everything away again. Exit code 0 when nothing failed. docs/cluster-test.md says what it covers.
#
#   test/cluster/run.sh              everything
#   test/cluster/run.sh manifests    only k8s/; or only: chart, production, embedded, failures, examples
#   KEEP=DIR                         keep the logs of all parts in DIR
#
# It needs root on Linux, go, and `npm ci && npm run build && npm run build:sandbox`. All parts live in name spaces of their
# own (processes, network, mounts), so no port, no process and no file system of the machine is touched, and nothing outlives
# this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clankerbot
[ "$(id -u)" = 0 ] || { echo 'run it as root: it makes name spaces and mounts' >&2 && exit 1; }
[ -e dist/bundle/main.js ] && [ -e dist/clockify-sandbox ] ||
  { echo 'first: npm ci && npm run build && npm run build:sandbox' >&2 && exit 1; }

need() { # PACKAGE PROGRAM
  command -v "$2" >/dev/null || [ -x "$2" ] && return
  echo "installing $1"
  [ -d /var/lib/apt/lists/partial ] && apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}
need etcd-server etcd
need containerd containerd
need runc runc
need containernetworking-plugins /usr/lib/cni/ptp
need nftables nft
need debootstrap debootstrap
need curl curl
need jq jq

version_flags() { # VERSION: what Kubernetes' own build would stamp in
  local package minor=${1#v1.}
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- "-X $package.gitVersion=$1 -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*} "
  done
}
kubernetes=$(sed -n 's/^\s*k8s.io\/kubernetes //p' "$here/plane/go.mod")
plane=$cache/plane/$kubernetes-$(cat "$here"/plane/*.go "$here"/plane/go.{mod,sum} | sha256sum | cut -c 1-12)/plane
if [ ! -x "$plane" ]; then
  echo "building Kubernetes $kubernetes (some minutes, once)"
  mkdir -p "$(dirname "$plane")"
  (cd "$here/plane" && nice -n 5 go build -p 2 -ldflags="-s -w $(version_flags "$kubernetes")" -o "$plane" .)
fi
"$here/images/build.sh" "$cache/cluster"
eval "$(scripts/install-kubernetes-tools.sh)"

directory=$(mktemp -d)
groups=/clankerbot-test-$$
cluster=''
finish() {
  # unshare heeds no other signal; all that runs in its name spaces goes with it.
  [ -z "$cluster" ] || kill -KILL "$cluster" 2>/dev/null || true
  if [ -n "${KEEP:-}" ]; then mkdir -p "$KEEP" && cp -r "$directory/log/." "$KEEP/"; fi
  # Control groups go when the last of their processes has; version 1 has one tree for each resource, version 2 one for all.
  for _ in $(seq 50); do
    find /sys/fs/cgroup -depth -type d -path "*$groups*" -exec rmdir {} + 2>/dev/null || true
    [ -n "$(find /sys/fs/cgroup -type d -path "*$groups*" -print -quit)" ] || break
    sleep 0.1
  done
  rm -rf "$directory"
}
trap finish EXIT
trap 'exit 130' INT TERM
unshare --mount --pid --fork --kill-child --mount-proc --net --uts --ipc --propagation private \
  env CLUSTER_DIRECTORY="$directory" CLUSTER_GROUP="$groups" CLUSTER_IMAGES="$cache/cluster/images" PLANE="$plane" \
  "$here/inside.sh" "$@" &
cluster=$!
outcome=0
wait "$cluster" || outcome=$?
cluster=''
exit "$outcome"
