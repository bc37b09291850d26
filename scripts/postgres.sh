#!/usr/bin/env bash
# A throw-away PostgreSQL server from Debian's packages, on loopback only.
#   postgres.sh install               apt-get the server when it is missing
#   postgres.sh start DIR             start on DIR (kept), print postgres://weir@127.0.0.1:PORT/postgres
#   postgres.sh stop DIR | kill DIR   fast shutdown | SIGKILL (crash tests)
#   postgres.sh run DIR|- -- CMD...   start, run CMD with WEIR_TEST_POSTGRES_URI set, stop; '-' = temporary DIR
# Environment: POSTGRES_PORT POSTGRES_USER_NAME (a unix user to run as when root; initdb refuses root)
# Exit: 0 ok, 1 failed, 2 usage, 77 prerequisite missing.
set -euo pipefail
say() { echo "postgres: $*" >&2; }

bindir() { # newest installed server
  local d
  for d in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn); do
    [ -x "$d/initdb" ] && { echo "$d"; return; }
  done
  command -v initdb >/dev/null && dirname "$(command -v initdb)"
}
install() {
  [ -n "$(bindir || true)" ] && return 0
  command -v apt-get >/dev/null || { say "no PostgreSQL server and no apt-get; install PostgreSQL 13 or newer"; exit 77; }
  # Debian's package starts a cluster of its own unless told not to.
  mkdir -p /etc/postgresql-common
  grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null ||
    { say "apt-get install postgresql failed"; exit 77; }
}

user() { # the unix user that runs the server, when we are root
  local u=${POSTGRES_USER_NAME:-postgres}
  id "$u" >/dev/null 2>&1 || useradd --system --shell /bin/sh --home-dir / "$u"
  echo "$u"
}
as_user() { # runs a command as that user; plainly when we are not root
  if [ "$(id -u)" = 0 ]; then (cd / && exec setpriv --reuid="$(user)" --regid="$(id -g "$(user)")" --clear-groups env HOME=/ "$@"); else "$@"; fi
}
free_port() { # below the ephemeral range
  local p; while :; do p=$((15000 + RANDOM % 15000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }; done
}

start() {
  local D B port i; mkdir -p "$1"; D=$(cd "$1" && pwd); B=$(bindir) || { say "no PostgreSQL server; run postgres.sh install"; exit 77; }
  if as_user "$B/pg_ctl" -D "$D/data" status >/dev/null 2>&1; then cat "$D/uri"; return 0; fi
  mkdir -p "$D/data" "$D/run"
  if [ "$(id -u)" = 0 ]; then
    chown -R "$(user)" "$D/data" "$D/run"; chmod o+x "$D"; chmod 700 "$D/data"
    as_user test -w "$D/data" || { say "user $(user) cannot reach $D; choose a directory below one that others may enter"; exit 1; }
  fi
  [ -s "$D/data/PG_VERSION" ] ||
    as_user "$B/initdb" -D "$D/data" -U weir -A trust -E UTF8 --no-locale --no-sync >"$D/initdb.log" 2>&1 ||
    { tail -5 "$D/initdb.log" >&2; say "initdb failed"; exit 1; }
  for i in 1 2 3; do
    port=${POSTGRES_PORT:-$(free_port)}
    if as_user "$B/pg_ctl" -D "$D/data" -l "$D/run/server.log" -w -t 30 -s \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=50" \
      start >"$D/start.log" 2>&1 </dev/null; then
      echo "postgres://weir@127.0.0.1:$port/postgres" >"$D/uri"; cat "$D/uri"; return 0
    fi
    grep -q 'could not create any TCP/IP sockets' "$D/run/server.log" && [ -z "${POSTGRES_PORT:-}" ] || break
  done
  say "start failed:"; tail -10 "$D/run/server.log" "$D/start.log" >&2; return 1
}

stop() { # $1 directory, $2 fast or immediate
  local D B; [ -d "$1" ] || return 0; D=$(cd "$1" && pwd); B=$(bindir) || return 0
  as_user "$B/pg_ctl" -D "$D/data" status >/dev/null 2>&1 || return 0
  if [ "$2" = kill ]; then kill -9 "$(head -1 "$D/data/postmaster.pid")"; return 0; fi
  as_user "$B/pg_ctl" -D "$D/data" -m fast -w -t 30 -s stop >/dev/null
}

run() {
  local D=$1; shift; [ "${1:-}" = -- ] && [ $# -gt 1 ] || { say "run DIR|- -- CMD"; exit 2; }; shift
  TMPHOME=; if [ "$D" = - ]; then D=$(mktemp -d); chmod 755 "$D"; TMPHOME=$D; fi; RUNHOME=$D
  trap 'rc=$?; trap - EXIT INT TERM; stop "$RUNHOME" fast; [ -z "$TMPHOME" ] || rm -rf "$TMPHOME"; exit $rc' EXIT
  trap 'exit 130' INT; trap 'exit 143' TERM
  start "$D" >/dev/null
  WEIR_TEST_POSTGRES_URI=$(cat "$D/uri") "$@"
}

case ${1:-} in
  install) install ;;
  start) start "${2:?DIR}" ;;
  stop) stop "${2:?DIR}" fast ;;
  kill) stop "${2:?DIR}" kill ;;
  run) shift; run "$@" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
