#!/usr/bin/env bash
# Does what the Dockerfile says, without a container engine: copies what each stage copies, runs its RUN lines, and starts
# the result by its CMD as UID 1000 on a read-only tree with the image's environment. Fails past the size budget.
# Needs root on Linux (setpriv, unshare, mount), curl, and the packages of `npm ci`. About two minutes, so CI does not run it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
repository=$PWD
budget_mb=250
node=$(node_modules/.bin/node -p process.execPath)
export PATH="$(dirname "$node"):$PATH" CI=true

scratch=$(mktemp -d)
service_pid=''
finish() {
  [ -n "$service_pid" ] && kill -KILL "$service_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
chmod 755 "$scratch"
step() { printf '\n=== %s (%s s)\n' "$1" "$SECONDS"; }

# One instruction per line, continuations joined.
instructions() { sed -e '/^#/d' -e ':a;/\\$/{N;s/ *\\\n */ /;ba}' Dockerfile; }
stage() { # NAME: the instructions of that stage; the last stage has none
  instructions | awk -v name="$1" '/^FROM/ { own = ($3 == "AS" ? $4 : "final") == name } own && NF && !/^FROM/'
}

# What .dockerignore lets through: everything else must not be needed.
step 'context'
context=$scratch/context
mkdir "$context"
for name in $(sed -n 's/^!//p' .dockerignore); do cp -r "$name" "$context/"; done
find "$context" -name '*.spec.ts' -delete

for name in build packages; do
  step "stage $name"
  root=$scratch/$name
  mkdir -p "$root"
  while read -r word rest; do
    case $word in
      COPY)
        read -ra parts <<<"$rest"
        target=$root/${parts[-1]#./}
        unset 'parts[-1]'
        for part in "${parts[@]}"; do cp -r "$context/$part" "$target"; done
        ;;
      RUN) (cd "$root" && HOME=$scratch bash -c "$rest") ;;
      WORKDIR) ;;
      *) echo "the stage $name has the instruction $word, which this script does not know" >&2 && exit 1 ;;
    esac
  done < <(stage "$name")
done

step 'stage final'
app=$scratch/final
mkdir "$app"
environment=()
while read -r word rest; do
  case $word in
    COPY)
      read -ra parts <<<"$rest"
      from=$context
      if [[ ${parts[0]} == --from=* ]]; then
        from=$scratch/${parts[0]#--from=}
        parts=("${parts[@]:1}")
      fi
      cp -r "$from/$(basename "${parts[0]}")" "$app/${parts[1]#./}"
      ;;
    ENV) read -ra environment <<<"$rest" ;;
    USER) [ "$rest" = 1000:1000 ] || { echo "USER is $rest" >&2 && exit 1; } ;;
    CMD) command=$rest ;;
    RUN | LABEL | WORKDIR | VOLUME | EXPOSE | HEALTHCHECK) ;; # users and directories are the base image's
    *) echo "the last stage has the instruction $word, which this script does not know" >&2 && exit 1 ;;
  esac
done < <(stage final)

size_mb=$(du -sm --apparent-size "$app" | cut -f 1)
echo "beyond the base: $size_mb MB of $budget_mb; $(find "$app" -type f | wc -l) files"
du -sm --apparent-size "$app"/node_modules/* | sort -rn | head -n 8 | sed "s#$app/##"
[ "$size_mb" -le "$budget_mb" ] || { echo 'over the budget' >&2 && exit 1; }
for unwanted in src node_modules/typescript node_modules/@nestjs/cli node_modules/jest; do
  [ ! -e "$app/$unwanted" ] || { echo "$unwanted is in the image" >&2 && exit 1; }
done

step 'run as UID 1000 on a read-only tree'
data=$scratch/data
install -d -o 1000 -g 1000 "$data"
mapfile -t words < <("$node" -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$command")
# Nothing but the data directory can be written, as with `read_only: true`.
# shellcheck disable=SC2016 -- expanded by the inner shell
unshare --mount --propagation private bash -c '
  app=$1 data=$2 && shift 2
  mount --bind "$data" "$data" && mount --bind "$app" "$app" && mount -o remount,bind,ro "$app" && cd "$app" || exit 1
  if touch "$app/x" 2>/dev/null; then echo "the tree is not read-only" >&2; exit 1; fi
  exec setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
' - "$app" "$data" env -i PATH="$PATH" "${environment[@]}" PORT=0 HOST=127.0.0.1 DATA_DIR="$data/db" \
  WEBHOOK_SHARED_SECRET=image-secret "${words[@]}" >"$scratch/log" 2>&1 &
service_pid=$!
url=''
for _ in $(seq 600); do
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$scratch/log" | head -n 1)
  [ -n "$url" ] && curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
  kill -0 "$service_pid" 2>/dev/null || { cat "$scratch/log" && exit 1; }
  sleep 0.1
done
ps -o uid= -p "$service_pid" | grep -qw 1000
CLANKERBOT_WEBHOOK_SECRET=image-secret "$repository/scripts/smoke.sh" "$url"
kill -TERM "$service_pid"
wait "$service_pid"
service_pid=''
echo "it ran as UID 1000, answered, and stopped with 0 ($SECONDS s)"
