#!/usr/bin/env bash
# Does what the Dockerfile says, without a container engine. The first stages' COPY and RUN lines are carried out in
# folders of their own; the last stage is carried out in a root of its own, in place of the base image this machine's /usr
# and a user `node`. The result is held to its size and contents, then started by its CMD as its USER, as process 1 of its
# own process namespace, without any right and on a read-only root; HEALTHCHECK, the smoke test and SIGTERM follow.
# Not shown here: the base image itself, and the build on another architecture (nothing in the image depends on one).
# Needs root on Linux (unshare, mount, chroot, setpriv), curl, 1 GB of free memory, and the packages of `npm ci`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
repository=$PWD
budget_mb=250
key=key-of-the-image-test-0123456789

# All of it is in memory and in a mount namespace of its own, and ends with that: there is nothing to remove afterwards.
if [ -z "${CLANKERBOT_IMAGE_TEST:-}" ]; then
  scratch=$(mktemp -d)
  trap 'rmdir "$scratch"' EXIT
  CLANKERBOT_IMAGE_TEST=$scratch unshare --mount --propagation private "$0"
  exit
fi
scratch=$CLANKERBOT_IMAGE_TEST
mount -t tmpfs -o size=3g,mode=755 tmpfs "$scratch"

node=$(node_modules/.bin/node -p process.execPath)
PATH=$(dirname "$node"):$PATH
export PATH CI=true
# What CI has downloaded a minute ago need not be downloaded again.
npm_config_cache=$(npm config get cache 2>/dev/null)
export npm_config_cache npm_config_prefer_offline=true npm_config_update_notifier=false npm_config_loglevel=error

container_pid=''
finish() { if [ -n "$container_pid" ]; then kill -KILL "$container_pid" 2>/dev/null || true; fi; }
trap finish EXIT
step() { printf '\n=== %s (%s s)\n' "$1" "$SECONDS"; }
fail() { echo "$1" >&2 && exit 1; }

# One instruction per line, continuations joined.
instructions() { sed -e '/^#/d' -e ':a;/\\$/{N;s/ *\\\n */ /;ba}' Dockerfile; }
stage() { # NAME: the instructions of that stage; the last stage has none
  instructions | awk -v name="$1" '/^FROM/ { own = (/ AS / ? $NF : "final") == name } own && NF && !/^FROM/'
}

# What .dockerignore lets through: everything else must not be needed.
step 'context'
context=$scratch/context
mkdir "$context"
for name in $(sed -n 's/^!//p' .dockerignore); do cp -r --parents "$name" "$context/"; done
find "$context" -name '*.spec.ts' -delete

run_stage() { # NAME
  local root=$scratch/$1 word rest parts target
  mkdir -p "$root"
  while read -r word rest; do
    case $word in
      COPY)
        read -ra parts <<<"$rest"
        target=$root/${parts[-1]#./}
        unset 'parts[-1]'
        [[ $target == */ ]] && mkdir -p "$target"
        for part in "${parts[@]}"; do cp -r "$context/$part" "$target"; done
        ;;
      RUN) (cd "$root" && HOME=$scratch bash -c "$rest") || return ;;
      WORKDIR) ;;
      *) echo "the stage $1 has the instruction $word, which this script does not know" && return 1 ;;
    esac
  done < <(stage "$1")
}

step 'stages build and packages'
pids=()
for name in build packages; do
  run_stage "$name" >"$scratch/$name.log" 2>&1 &
  pids+=("$!")
done
for index in 0 1; do
  wait "${pids[$index]}" || { cat "$scratch"/*.log >&2 && fail 'a stage failed'; }
done

step 'stage final'
root=$scratch/root
mkdir -p "$root"/{app,bin,dev,etc,home/node,proc,usr,var} "$scratch/bin"
mount --bind "$root" "$root"
read_only() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }
read_only /usr "$root/usr"
# Of the base image: where its Node is, its user, the usual links.
touch "$scratch/bin/node" && read_only "$node" "$scratch/bin/node"
mount --rbind "$scratch/bin" "$root/usr/local/bin"
rmdir "$root/bin"
for name in bin sbin lib lib64; do [ -e "/$name" ] && ln -s "usr/$name" "$root/$name"; done
for name in null zero urandom; do touch "$root/dev/$name" && mount --bind "/dev/$name" "$root/dev/$name"; done
printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
cp /etc/login.defs "$root/etc/" 2>/dev/null || true
chown 1000:1000 "$root/home/node"

workdir=/
environment=()
user='' health='' command=''
while read -r word rest; do
  case $word in
    # Debian's packages are the machine's own here, because /usr is.
    RUN) [[ $rest == apt-get* ]] || chroot "$root" /bin/sh -ec "$rest" ;;
    WORKDIR) workdir=$rest && mkdir -p "$root$workdir" ;;
    ENV) read -ra environment <<<"$rest" ;;
    COPY)
      read -ra parts <<<"$rest"
      from=$context/${parts[0]}
      if [[ ${parts[0]} == --from=* ]]; then
        from=$scratch/${parts[0]#--from=}${parts[1]#/app}
        parts=("${parts[@]:1}")
      fi
      cp -r "$from" "$root$workdir/${parts[1]#./}"
      ;;
    USER) user=$rest ;;
    HEALTHCHECK) health=${rest#*CMD } ;;
    CMD) command=$rest ;;
    VOLUME) volume=$rest ;;
    LABEL | EXPOSE) ;;
    *) fail "the last stage has the instruction $word, which this script does not know" ;;
  esac
done < <(stage final)

[ "$(chroot "$root" id)" = 'uid=0(root) gid=0(root) groups=0(root)' ] || fail "the root is not as it should be: $(chroot "$root" id)"
[ "$(chroot "$root" id -un 1000):$(chroot "$root" id -gn 1000)" = clankerbot:clankerbot ] || fail 'user 1000 is not clankerbot'
[ "$(chroot "$root" sh -c 'echo ~clankerbot')" = /home/clankerbot ] && [ -d "$root/home/clankerbot" ] || fail 'clankerbot has no home'
[ "$user" = 1000:1000 ] || fail "USER is $user"
[ "$(stat -c %u:%g "$root$volume")" = "$user" ] || fail "$volume is not clankerbot's"

step 'size and contents'
app=$root$workdir
size_mb=$(du -sm --apparent-size "$app" | cut -f 1)
echo "beyond the base: $size_mb MB of $budget_mb; $(find "$app" -type f | wc -l) files"
du -sm --apparent-size "$app"/node_modules/* | sort -rn | sed -n "1,5s#$app/##p"
[ "$size_mb" -le "$budget_mb" ] || fail 'over the budget'
[ "$(ls -A "$app" | sort | tr '\n' ' ')" = 'dist node_modules package.json ' ] || fail "more in the image than should be: $(ls -A "$app")"
sources=$(find "$app/dist" -name '*.ts' -o -name .tsbuildinfo)
[ -z "$sources" ] || fail "sources are in the image: $sources"
for name in $(node -p 'Object.keys(require("./package.json").devDependencies).join(" ")'); do
  [ ! -e "$app/node_modules/$name" ] || fail "$name is in the image, and is for development only"
done
# Then the image is the same on linux/amd64 and linux/arm64.
native=$(find "$app" -name '*.node' -o -name binding.gyp -o -name '*.so')
[ -z "$native" ] || fail "the image has native code: $native"

step 'run as the image would, as process 1 and user 1000 on a read-only root'
port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
install -d -o 1000 -g 1000 "$scratch/data"
mount --bind "$scratch/data" "$root$volume"
mount -o remount,bind,ro "$root"
for place in / /app /tmp /etc /usr; do
  if touch "$root$place/x" 2>/dev/null; then fail "$place can be written"; fi
done

# In front of a command of the image's.
as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all
  env -i -C "$workdir" PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/clankerbot "${environment[@]}" PORT="$port"
  API_KEYS="test:operator:$key" WEBHOOK_SHARED_SECRET=image-secret)
words() { node -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$1"; }
mapfile -t command_words < <(words "$command")
mapfile -t health_words < <(words "$health")
is_healthy() { chroot "$root" "${as_user[@]}" "${health_words[@]}"; }

if is_healthy; then fail 'HEALTHCHECK is content without a service'; fi
unshare --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" "${as_user[@]}" "${command_words[@]}" \
  >"$scratch/log" 2>&1 &
container_pid=$!
for _ in $(seq 600); do
  curl -fsS -o /dev/null "http://127.0.0.1:$port/readyz" 2>/dev/null && break
  kill -0 "$container_pid" 2>/dev/null || { cat "$scratch/log" && fail 'it ended by itself'; }
  sleep 0.1
done
is_healthy || fail 'HEALTHCHECK is not content with a service that is ready'
service_pid=$(pgrep -P "$container_pid")
status=$(cat "/proc/$service_pid/status")
[[ $status =~ NSpid:[[:space:]]+[0-9[:space:]]+[[:space:]]1$'\n' ]] || fail 'it is not process 1'
[[ $status =~ Uid:[[:space:]]+1000[[:space:]]+1000 ]] || fail 'it is not user 1000'
[[ $status =~ CapEff:[[:space:]]+0+$'\n' && $status =~ NoNewPrivs:[[:space:]]+1 ]] || fail 'it has rights'
CLANKERBOT_API_KEY=$key CLANKERBOT_WEBHOOK_SECRET=image-secret \
  "$repository/scripts/smoke.sh" "http://127.0.0.1:$port"
kill -TERM "$service_pid"
code=0
wait "$container_pid" || code=$?
container_pid=''
[ "$code" = 0 ] || { cat "$scratch/log" && fail "SIGTERM ended it with $code"; }
echo "it ran, answered, and ended with 0 at SIGTERM ($SECONDS s)"
