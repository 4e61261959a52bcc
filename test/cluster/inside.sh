#!/usr/bin/env bash
# What run.sh does inside the name spaces it made: start the cluster, check, report.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$CLUSTER_DIRECTORY
log=$directory/log
mkdir -p "$log" "$directory/bin"
declare -A parts images
namespaces=()
printf '#!/bin/sh\nexec %q kubectl "$@"\n' "$PLANE" >"$directory/bin/kubectl"
chmod 755 "$directory/bin/kubectl"
export PATH=$directory/bin:$PATH KUBECONFIG=$directory/kubeconfig HOME=$directory
for file in control-plane checks manifests chart; do . "$here/$file.sh"; done

section 'cluster'
isolate
write_credentials
start_control_plane
start_node
provide_volumes
import_images
for image in clankerbot:{0.1.0,latest,0.2.1,broken} registry.example.com/clankerbot:0.2.0 curlimages/curl \
  $(sed -n 's/^ *image: \(postgres:.*\)/\1/p' k8s/postgres.yaml) \
  postgres:$(sed -n 's/^ *tag: \(17.*\)/\1/p' helm/clankerbot/values.yaml); do
  provide "$image"
done
start_clockify
kubectl version | grep Server
kubectl get nodes -o wide | sed 's/  */ /g'

[ $# -gt 0 ] || set -- manifests chart production embedded failures examples
for part in "$@"; do
  case $part in
    manifests) check_manifests && check_bad_input ;;
    chart | production | embedded | failures | examples) "check_$part" ;;
    wait) sleep infinity ;;
    *) echo "there is no part $part" >&2 && exit 2 ;;
  esac
done

section 'sum'
for part in "${!parts[@]}"; do
  kill -0 "${parts[$part]}" 2>/dev/null && continue
  record 'it ended' "$part runs to the end" "$(tail -n 5 "$log/$part.log")"
done
audit
echo "checks: $passed passed, $failed failed ($SECONDS s)"
[ "$failed" = 0 ]
