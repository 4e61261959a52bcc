#!/usr/bin/env bash
# Asks a running service for one of everything: scripts/smoke.sh [BASE URL]. One line per check; exit code 0 or 1.
#
# CLANKERBOT_API_KEY         a key of the role operator or admin, where the service asks for one
# CLANKERBOT_WEBHOOK_SECRET  one of WEBHOOK_SHARED_SECRET, where the service has one; without it, that an unproved delivery
#                            is refused is all that is asked there
#
# It leaves one event behind (source clockify, type UNKNOWN). With Clockify's credentials configured it asks Clockify who
# they belong to; without, it has the request shown in place of sent. It needs bash and curl.
set -uo pipefail

base=${1:-http://localhost:8000}
base=${base%/}
scratch=$(mktemp -d) || exit 1
failed=0
schedule=''

finish() {
  # A schedule that was made must not stay, whatever else went wrong.
  [ -n "$schedule" ] && call DELETE "/schedules/$schedule"
  rm -rf "$scratch"
}
trap finish EXIT

# Secrets go to curl by file: other users of the machine can read arguments.
secret_header() { # FILE NAME VALUE
  (umask 077 && printf '%s: %s\n' "$2" "$3" >"$scratch/$1")
}
: >"$scratch/key"
[ -n "${CLANKERBOT_API_KEY:-}" ] && secret_header key X-API-Key "$CLANKERBOT_API_KEY"

call() { # METHOD PATH [BODY [CURL ARGUMENT …]]: sets status and body
  local method=$1 path=$2 data=${3:-}
  shift $(($# < 3 ? $# : 3))
  [ -n "$data" ] && set -- -H 'Content-Type: application/json' --data-binary "$data" "$@"
  status=$(curl -sS -m 15 -o "$scratch/body" -w '%{http_code}' -X "$method" -H "@$scratch/key" "$@" \
    "$base$path" 2>"$scratch/error") || status="no answer ($(head -n 1 "$scratch/error"))"
  body=$(cat "$scratch/body" 2>/dev/null)
  : >"$scratch/body"
}

check() { # NAME STATUS TEXT: the last call was answered with this status, and with this text somewhere
  if [ "$status" = "$2" ] && [[ $body == *"$3"* ]]; then
    echo "ok    $1"
    return 0
  fi
  failed=1
  printf 'FAIL  %s: expected %s with %s, got %s %.300s\n' "$1" "$2" "$3" "$status" "$body"
  return 1
}

field() { # NAME: a text of the last answer, by its name
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$body" | head -n 1
}

call GET /healthz
check health 200 '"status":"healthy"'

call GET /readyz
check readiness 200 '"ready":true'
[[ $body == *'"clockify":"missing"'* ]] && dry='?dry_run=true' || dry=''

call POST /actions/parse '{"text":"clockify.get_user"}'
check parse 200 '"operation":"get_user"'

call POST "/actions/run$dry" '{"integration":"clockify","operation":"get_user","params":{}}'
if [ -n "$dry" ]; then
  check 'run (shown, not sent: no Clockify credentials)' 200 '"dryRun":true'
else
  check run 200 '"ok":true'
fi

event="smoke-$(date +%s)-$$-$RANDOM"
deliver() {
  call POST /webhooks/clockify "{\"id\":\"$event\"}" ${proof:+-H "$proof"} -H "X-Clockify-Event-Id: $event"
}
proof='' name=webhook
if [ -n "${CLANKERBOT_WEBHOOK_SECRET:-}" ]; then
  secret_header webhook X-Webhook-Secret "$CLANKERBOT_WEBHOOK_SECRET"
  proof=@$scratch/webhook
fi
deliver
if [ -z "$proof" ] && [ "$status" = 401 ]; then
  check 'webhook (refused: CLANKERBOT_WEBHOOK_SECRET is not set)' 401 '"code":"unauthorized"'
else
  [ -n "$proof" ] || name='webhook (from anybody: the service has no WEBHOOK_SHARED_SECRET)'
  check "$name" 200 '"duplicate":false'
  stored=$(field eventId)
  deliver
  check 'webhook, delivered twice' 200 '"duplicate":true' && check 'webhook, known again' 200 "\"eventId\":\"$stored\""
fi

call POST /schedules \
  '{"name":"smoke test","at":"2999-01-01T00:00:00Z","integration":"clockify","operation":"get_user","params":{}}'
if [ "$status" = 201 ]; then schedule=$(field id); fi
if check 'schedule, made' 201 '"scheduled":true'; then
  call DELETE "/schedules/$schedule"
  if check 'schedule, deleted' 204 ''; then
    call GET "/schedules/$schedule"
    check 'schedule, gone' 404 '"code":"not_found"' && schedule=''
  fi
fi

call GET /metrics
check metrics 200 'http_request_duration_seconds_count'

[ "$failed" = 0 ] && echo "all is well at $base" || echo "something is wrong at $base"
exit "$failed"
