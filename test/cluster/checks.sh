# Sourced by inside.sh: one line per check, and the sums at the end.
# shellcheck shell=bash disable=SC2154
passed=0 failed=0 namespace=''

section() { printf '\n%s (%s s)\n' "$1" "$SECONDS"; }
record() { # OUTCOME WHAT OUTPUT
  printf '\n[%s] %s\n%s\n' "$1" "$2" "$3" >>"$log/transcript.log"
  if [ "$1" = ok ]; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$2"
    tail -n "${SHOW:-25}" <<<"$3" | cut -c 1-300 | sed 's/^/        /'
  fi
}

# works COMMAND [TEXT]: the shell command ends with 0, and says this somewhere. A warning of the API server is a failure,
# wherever it appears, but for the one that a command of ours cannot avoid: that `kubectl get endpoints` is old-fashioned.
works() {
  local output outcome=ok
  output=$(eval "$1" 2>&1 </dev/null) || outcome="exit code $?"
  [ $# -lt 2 ] || [[ $output =~ $2 ]] || outcome="no $2"
  grep '^Warning: ' <<<"$output" | grep -qv -e 'v1 Endpoints is deprecated' -e 'missing the kubectl.kubernetes.io/last-applied' &&
    outcome='a warning'
  record "$outcome" "$1" "$output"
}

# refused COMMAND TEXT: the command fails, and says this.
refused() {
  local output outcome=ok
  output=$(eval "$1" 2>&1 </dev/null) && outcome='it was accepted'
  [[ $output =~ $2 ]] || outcome="no $2"
  record "$outcome" "refused: $1" "$output"
}

# becomes SECONDS WHAT COMMAND: the shell command ends with 0 sooner or later.
becomes() {
  local deadline=$((SECONDS + $1)) output
  until output=$(eval "$3" 2>&1 </dev/null); do
    if [ "$SECONDS" -ge "$deadline" ]; then
      record "not within $1 s" "$2" "$output"
      return
    fi
    sleep 0.5
  done
  record ok "$2" "$output"
}

# follows COMMAND TEXT: a command that never ends by itself shows this soon.
follows() {
  local output
  output=$(eval "timeout 5 $1" 2>&1 </dev/null) || true
  [[ $output =~ $2 ]] && record ok "$1" "$output" || record "no $2" "$1" "$output"
}

new_namespace() { # NAME: with the policy that this is all about
  namespace=$1
  namespaces+=("$1")
  works "kubectl create namespace $1"
  kubectl label namespace "$1" pod-security.kubernetes.io/{enforce,warn,audit}=restricted >/dev/null
}
drop_namespace() {
  works "kubectl delete namespace $namespace"
}

secret_of() { kubectl get secret "$1" -n "$namespace" -o "jsonpath={.data.$2}" | base64 -d; }
ready_pods() { # SELECTOR NUMBER: exactly so many pods run, all are ready, and none is on its way out
  kubectl get pods -n "$namespace" -l "$1" -o json | jq -e --argjson number "$2" '
    [.items[] | select(.status.phase == "Running")] | length == $number and
    all(.[]; .metadata.deletionTimestamp == null and all(.status.containerStatuses[]; .ready))'
}
log_of_unready() { # SELECTOR TEXT: a pod that is not ready says this in its log, of this start or the last one
  local pod
  for pod in $(kubectl get pods -n "$namespace" -l "$1" -o json |
    jq -r '.items[] | select(any(.status.containerStatuses[]?; .ready | not)) | .metadata.name'); do
    { kubectl logs -n "$namespace" "$pod"; kubectl logs -n "$namespace" "$pod" --previous || true; } 2>&1 | grep -- "$2" && return
  done
  return 1
}

# serving SERVICE COMMAND: the service answers every request while the command runs.
serving() {
  local url stop=$directory/stop answers=$directory/answers output outcome=ok refused_count
  url=http://$(kubectl get service "$1" -n "$namespace" -o 'jsonpath={.spec.clusterIP}'):8000/readyz
  rm -f "$stop"
  : >"$answers"
  (while [ ! -e "$stop" ]; do curl -s -m 5 -o /dev/null -w '%{http_code}\n' "$url" >>"$answers" || true; done) &
  local asking=$!
  output=$(eval "$2" 2>&1 </dev/null) || outcome="exit code $?"
  touch "$stop"
  wait "$asking"
  refused_count=$(grep -cvx 200 "$answers" || true)
  [ "$refused_count" = 0 ] && [ "$(wc -l <"$answers")" -gt 5 ] || outcome="$refused_count of $(wc -l <"$answers") requests failed"
  record "$outcome" "$2 (of $(wc -l <"$answers") requests meanwhile, $refused_count failed)" "$output
$(sort "$answers" | uniq -c)"
}

# unreachable SERVICE PORT: for a pod that no policy lets in, in the name space and out of it.
unreachable() {
  local address
  address=$(kubectl get pods -n "$namespace" -l "app.kubernetes.io/name=$1" -o 'jsonpath={.items[0].status.podIP}')
  refused "kubectl run stranger -i --rm --image=curlimages/curl --image-pull-policy=IfNotPresent --restart=Never -- sh -c 'sleep 2; curl -sS -m 3 telnet://$address:$2'" 'timed out'
}

# What the API server and its controllers were refused or warned of, in the name spaces of the checks.
audit() {
  local found
  found=$(jq -r --argjson names "$(printf '%s\n' "${namespaces[@]}" | jq -R . | jq -s .)" '
    select(.stage == "ResponseComplete" and (.objectRef.namespace as $n | $names | index($n)))
    | select((.responseStatus.code | IN(400, 403, 415, 422, 500)) or ((.annotations // {}) | keys | any(startswith("pod-security.kubernetes.io/audit"))))
    | select((.responseStatus.message // "") | contains("because it is being terminated") | not)
    | "\(.responseStatus.code) \(.verb) \(.objectRef.resource) \(.objectRef.namespace)/\(.objectRef.name) by \(.user.username): \(.responseStatus.message // .annotations)"
    ' "$log/audit.jsonl" | sort | uniq -c)
  local objects
  objects=$(jq -r --argjson names "$(printf '%s\n' "${namespaces[@]}" | jq -R . | jq -s .)" '
    select(.stage == "ResponseComplete" and .verb == "create" and .responseStatus.code == 201
      and (.objectRef.subresource // "") == "" and (.objectRef.namespace as $n | $names | index($n))) | .objectRef.resource' "$log/audit.jsonl" |
    grep -v events | sort | uniq -c | sort -rn | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')
  echo "admitted: $objects"
  [ -z "$found" ] && record ok 'no request was refused, and no pod violates the restricted policy (audit log)' '' ||
    SHOW=30 record 'refusals' 'no request was refused, and no pod violates the restricted policy (audit log)' "$found"
}
