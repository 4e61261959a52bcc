#!/usr/bin/env bash
# images/build.sh CACHE: builds CACHE/images/{clankerbot,clankerbot-broken,postgres,curl,pause}.tar without a container engine.
# The base is Debian's, by debootstrap; on it the last stage of our Dockerfile is carried out line by line. The image of
# Postgres is Debian's Postgres with an entrypoint that behaves like the official one. Needs root and the network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
cache=$1
mkdir -p "$cache/images"
scratch=$(mktemp -d "$cache/build-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
node=$("$repository/node_modules/.bin/node" -p process.execPath)
export PATH="$(dirname "$node"):$PATH" npm_config_loglevel=error

# fresh TARGET KEY: whether TARGET was built from KEY; if not, it is to be built now, and `done_with` says so.
fresh() { [ -e "$1" ] && [ "$(cat "$1.key" 2>/dev/null)" = "$2" ]; }
done_with() { printf '%s\n' "$2" >"$1.key"; }
pack() { # ROOT LAYER.tar: as a layer, with numeric owners, without what is the machine's
  tar -C "$1" --numeric-owner --exclude=./proc/* --exclude=./sys/* --exclude=./dev/* --exclude=./var/cache/apt/* \
    --exclude=./var/lib/apt/lists/* -cf "$2" .
}

base=$cache/base
if ! fresh "$base" bookworm-1; then
  echo 'base: debootstrap' && rm -rf "$base"
  debootstrap --variant=minbase bookworm "$base" http://deb.debian.org/debian >"$cache/debootstrap.log"
  done_with "$base" bookworm-1
fi

postgres=$cache/images/postgres.tar
key=$(cat "$here/postgres-entrypoint.sh" "$here/build.sh" | sha256sum)
if ! fresh "$postgres" "$key"; then
  echo 'image: postgres'
  root=$scratch/postgres
  cp -a "$base" "$root"
  cp /etc/resolv.conf "$root/etc/"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d"
  chroot "$root" bash -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o APT::Sandbox::User=root postgresql-15 curl' >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log" && exit 1; }
  # The users of the official images: 70 with Alpine, 999 with Debian.
  chroot "$root" bash -c 'rm -rf /var/lib/postgresql/* /etc/postgresql/*; userdel postgres; groupadd -f -g 70 postgres;
    useradd -u 70 -g 70 -d /var/lib/postgresql postgres; groupadd -g 999 postgres-debian;
    useradd -u 999 -g 999 -d /var/lib/postgresql postgres-debian; install -d -o 70 -g 70 -m 1777 /var/lib/postgresql/data'
  install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
  pack "$root" "$scratch/postgres-layer.tar"
  cat >"$scratch/postgres.json" <<JSON
{"Env": ["PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin", "PGDATA=/var/lib/postgresql/data"],
 "Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"], "StopSignal": "SIGINT"}
JSON
  node "$here/archive.mjs" "$postgres" "$scratch/postgres.json" "$scratch/postgres-layer.tar"
  # For pods that ask from inside the cluster; the same files.
  echo '{"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["curl"]}' >"$scratch/curl.json"
  node "$here/archive.mjs" "$cache/images/curl.tar" "$scratch/curl.json" "$scratch/postgres-layer.tar"
  rm -rf "$root"
  done_with "$postgres" "$key"
fi

ours=$cache/images/clankerbot.tar
key=$(cd "$repository" && cat Dockerfile package-lock.json "$here/build.sh" "$here/archive.mjs" |
  sha256sum - $(find dist -type f | LC_ALL=C sort) | sha256sum)
if ! fresh "$ours" "$key"; then
  echo 'image: clankerbot'
  packages=$cache/packages
  lock=$(sha256sum <"$repository/package-lock.json")
  if ! fresh "$packages" "$lock"; then
    rm -rf "$packages" && mkdir "$packages"
    cp "$repository"/package{,-lock}.json "$packages/"
    (cd "$packages" && npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund >/dev/null)
    done_with "$packages" "$lock"
  fi
  # node:24-bookworm-slim is Debian, Node, and a user of that name.
  root=$scratch/clankerbot
  cp -a "$base" "$root"
  cp /etc/resolv.conf "$root/etc/"
  install -m 755 "$node" "$root/usr/local/bin/node"
  chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash node
  environment=() workdir=/ command='' user=''
  while read -r word rest; do
    case $word in
      COPY)
        read -ra parts <<<"$rest"
        case ${parts[0]} in
          --from=packages) from=$packages parts=("${parts[@]:1}") ;;
          --from=build) from=$repository parts=("${parts[@]:1}") ;;
          *) from=$repository ;;
        esac
        target=$root$workdir/${parts[-1]#./}
        unset 'parts[-1]'
        for part in "${parts[@]}"; do cp -r "$from/${part#/app/}" "$target"; done
        ;;
      RUN) chroot "$root" bash -ec "export DEBIAN_FRONTEND=noninteractive; $rest" >"$scratch/log" 2>&1 ||
        { tail -n 20 "$scratch/log" && exit 1; } ;;
      WORKDIR) workdir=$rest && mkdir -p "$root$workdir" ;;
      ENV) read -ra parts <<<"$rest" && environment+=("${parts[@]}") ;;
      USER) user=$rest ;;
      CMD) command=$rest ;;
      LABEL | VOLUME | EXPOSE | HEALTHCHECK) ;; # Kubernetes asks the manifests instead
      *) echo "the Dockerfile's last stage has the instruction $word, which images/build.sh does not know" >&2 && exit 1 ;;
    esac
  done < <(sed -e '/^#/d' -e ':a;/\\$/{N;s/ *\\\n */ /;ba}' "$repository/Dockerfile" |
    awk '/^FROM/ { own = !/ AS /; next } own && NF')
  pack "$root" "$scratch/clankerbot-layer.tar"
  node -e '
    const [workdir, user, command, ...environment] = process.argv.slice(1);
    console.log(JSON.stringify({ WorkingDir: workdir, User: user, Cmd: JSON.parse(command),
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...environment] }))
  ' "$workdir" "$user" "$command" "${environment[@]}" >"$scratch/clankerbot.json"
  node "$here/archive.mjs" "$ours" "$scratch/clankerbot.json" "$scratch/clankerbot-layer.tar"

  # The next release, as it would be with a migration that cannot be carried out.
  next=$scratch/next
  mkdir "$next"
  cp "$repository/package.json" "$next/"
  cp -r "$repository/dist" "$next/dist"
  cp -r "$repository/scripts" "$next/scripts"
  ln -s "$repository/node_modules" "$next/node_modules"
  sed -i "s/^};\$/    '9999-broken': { up: async () => { throw new Error('this migration fails on purpose'); } },\n};/" \
    "$next/dist/storage/migrations.js"
  grep -q 9999-broken "$next/dist/storage/migrations.js"
  node "$next/scripts/bundle.mjs"
  mkdir -p "$scratch/broken/app/dist/storage"
  cp "$next/dist/storage/migrations.js" "$scratch/broken/app/dist/storage/"
  cp -r "$next/dist/bundle" "$scratch/broken/app/dist/"
  pack "$scratch/broken" "$scratch/broken-layer.tar"
  node "$here/archive.mjs" "$cache/images/clankerbot-broken.tar" "$scratch/clankerbot.json" \
    "$scratch/clankerbot-layer.tar" "$scratch/broken-layer.tar"
  done_with "$ours" "$key"
fi

pause=$cache/images/pause.tar
if ! fresh "$pause" "$(sha256sum <"$here/../pause/main.go")"; then
  echo 'image: pause'
  mkdir "$scratch/pause"
  (cd "$here/../pause" && CGO_ENABLED=0 go build -ldflags='-s -w' -o "$scratch/pause/pause" .)
  pack "$scratch/pause" "$scratch/pause-layer.tar"
  echo '{"Entrypoint": ["/pause"]}' >"$scratch/pause.json"
  node "$here/archive.mjs" "$pause" "$scratch/pause.json" "$scratch/pause-layer.tar"
  done_with "$pause" "$(sha256sum <"$here/../pause/main.go")"
fi
