#!/usr/bin/env bash
# Checks the Helm chart and the manifests of k8s/: scripts/check-chart.sh. A few seconds, after the tools are installed.
#
# Every values file of helm/clankerbot/ci is rendered for the oldest and the newest Kubernetes, and what comes out goes
# through the schemas of that Kubernetes, lint-manifests.mjs and kube-score. Needs the built service (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
eval "$(scripts/install-kubernetes-tools.sh)"
export PATH="$PWD/node_modules/.bin:$PATH"
chart=helm/clankerbot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
oldest=${KUBERNETES_VERSIONS%% *}
newest=$(tr ' ' '\n' <<<"$KUBERNETES_VERSIONS" | grep . | tail -n 1)

step() { printf -- '--- %s (%s s)\n' "$*" "$SECONDS"; }

conform() { # KUBERNETES FILE …
  local version=$1
  shift
  kubeconform -strict -kubernetes-version "$version" \
    -schema-location "$KUBERNETES_SCHEMAS/{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json" \
    -schema-location "$KUBERNETES_SCHEMAS/custom/{{.ResourceKind}}{{.KindSuffix}}.json" "$@"
}

# Findings that are answered, for everything:
#   container-security-context-user-group-id   wants users above 10000; the images have 1000 (clankerbot) and 70 (postgres)
#   container-image-pull-policy                wants Always; the runbook says IfNotPresent, and a digest can be given
#   deployment-has-host-podantiaffinity        topologySpreadConstraints spread the pods, and let more of them than nodes run
score() { # FILE [ARGUMENT …]
  kube-score score --kubernetes-version "v${newest%.*}" -o ci --enable-optional-test container-seccomp-profile \
    --ignore-test container-security-context-user-group-id --ignore-test container-image-pull-policy \
    --ignore-test deployment-has-host-podantiaffinity "${@:2}" "$1" >"$work/score" && return
  grep -v '^\[\(OK\|SKIPPED\)\]' "$work/score" >&2
  return 1
}

# … and for one shape:
#   pod-networkpolicy       where networkPolicy.enabled is false, as it is by default: the runbook calls it optional
#   deployment-replicas, deployment-strategy, deployment-has-poddisruptionbudget   the embedded Postgres is one pod's
answers() { # VALUES
  grep -A 1 '^networkPolicy:' "$1" | grep -q 'enabled: true' || echo --ignore-test pod-networkpolicy
  if grep -q 'embedded: true' "$1"; then
    echo --ignore-test deployment-replicas --ignore-test deployment-strategy --ignore-test deployment-has-poddisruptionbudget
  fi
}

render() { # VALUES KUBERNETES
  helm template clankerbot "$chart" --namespace clankerbot --values "$1" --kube-version "$2"
}

must_fail() { # WHAT COMMAND …: a check that lets a planted mistake through is none
  local what=$1
  shift
  if "$@" >"$work/out" 2>&1; then
    echo "A planted mistake went through: $what" >&2
    exit 1
  fi
}

step 'README.md, values.schema.json and versions are current'
node scripts/write-chart-docs.mjs --check

step 'helm lint'
for values in "$chart"/ci/*-values.yaml; do helm lint --strict --quiet "$chart" --values "$values"; done
if grep -rnE '\b(lookup|rand[A-Z][A-Za-z]*|genCA|genPrivateKey|genSelfSignedCert|genSignedCert|uuidv4|now|htpasswd|bcrypt)\b' \
  "$chart/templates" --include='*.yaml' --include='*.tpl' | grep -E '\{\{[^}]*\b(lookup|rand|gen|uuidv4|now|htpasswd|bcrypt)'; then
  echo 'A template asks the cluster or draws randomness' >&2
  exit 1
fi

step 'helm template, schemas, references, pod security'
for values in "$chart"/ci/*-values.yaml; do
  name=$(basename "$values" -values.yaml)
  external=$(sed -n 's/^# From elsewhere: //p' "$values")
  for version in $KUBERNETES_VERSIONS; do
    render "$values" "$version" >"$work/$name-$version.yaml"
    node scripts/lint-manifests.mjs --external "$external" "$work/$name-$version.yaml" >"$work/out"
  done
  # The same twice: what differed would change at every upgrade, and never be what GitOps compares it with.
  render "$values" "$newest" | cmp - "$work/$name-$newest.yaml"
done
for version in $KUBERNETES_VERSIONS; do conform "$version" -summary "$work"/*-"$version".yaml; done

step 'the longest name of a release'
for values in "$chart"/ci/*-values.yaml; do
  external=$(sed -n 's/^# From elsewhere: //p' "$values")
  # 53 characters, as many as Helm takes, and without the rules of an example that ask for its own job.
  helm template team-payments-automation-production-eu-west-1a-blue-2 "$chart" --namespace clankerbot --values "$values" \
    --set fullnameOverride= --set-json 'metrics.prometheusRule.additionalGroups=[]' >"$work/long.yaml"
  node scripts/lint-manifests.mjs --external "$external" "$work/long.yaml" >"$work/out"
done

step 'helm package'
helm package "$chart" --destination "$work" >/dev/null
helm template clankerbot "$work"/clankerbot-*.tgz --namespace clankerbot --kube-version "$newest" \
  --values "$chart/ci/everything-values.yaml" | cmp - "$work/everything-$newest.yaml"

step 'kube-score'
for values in "$chart"/ci/*-values.yaml; do
  # shellcheck disable=SC2046 -- words
  score "$work/$(basename "$values" -values.yaml)-$newest.yaml" $(answers "$values")
done

step 'unit tests'
untt --strict "$chart"

step 'what the schema refuses'
node test/chart/refusals.mjs

step 'every variable of the service'
node test/chart/variables.mjs

step 'planted mistakes'
good=$work/default-$newest.yaml
for pair in 's/replicas: 2/replicas: two/' 's/^  replicas:/  replica:/' 's/runAsNonRoot: true/runAsNonRoot: yes please/'; do
  sed "$pair" "$good" >"$work/bad.yaml"
  must_fail "kubeconform, $pair" conform "$newest" "$work/bad.yaml"
done
must_fail 'kubeconform, a field that 1.24 does not have' conform "$oldest" "$good"
sed 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' "$good" >"$work/bad.yaml"
must_fail 'kube-score, a writable root' score "$work/bad.yaml" --ignore-test pod-networkpolicy
must_fail 'kube-score, no network policy' score "$good"
cp -r "$chart" "$work/broken"
echo '{{ .Values.nothing.here }}' >"$work/broken/templates/broken.yaml"
must_fail 'helm lint, a value that is not there' helm lint --strict "$work/broken"
rm "$work/broken/templates/broken.yaml"
sed -i 's/value: 2$/value: 3/' "$work"/broken/tests/deployment_test.yaml
must_fail 'untt, a wrong expectation' untt --strict "$work/broken"
node test/chart/planted-faults.mjs "$good" "$work/everything-$newest.yaml"

if [ -d k8s ]; then
  step 'k8s'
  files=$(find k8s -name '*.yaml' ! -name kustomization.yaml | sort)
  for file in $files; do printf -- '---\n' && cat "$file"; done >"$work/k8s.yaml"
  for version in $KUBERNETES_VERSIONS; do conform "$version" -summary "$work/k8s.yaml"; done
  # The first comes from the reader, the second from the set-up Job.
  node scripts/lint-manifests.mjs --external clankerbot-secrets,clankerbot-generated,clankerbot-first-secrets "$work/k8s.yaml"
  score "$work/k8s.yaml"
fi
step 'the chart is well'
