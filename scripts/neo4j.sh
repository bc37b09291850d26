#!/usr/bin/env bash
# A throw-away Neo4j Community server from Maven artifacts; no Docker, no tarball, no root.
#   neo4j.sh fetch                     resolve the jars once (Maven local repository)
#   neo4j.sh start DIR [key=value...]  start on DIR (kept), print bolt://127.0.0.1:PORT
#   neo4j.sh stop  DIR | kill DIR      SIGTERM and wait | SIGKILL (crash tests)
#   neo4j.sh run   DIR|- [key=value...] -- CMD...   start, run CMD with WEIR_TEST_NEO4J_URI set, stop; '-' = temporary DIR
# Environment: NEO4J_VERSION NEO4J_JAVA_HOME NEO4J_CACHE NEO4J_PORT NEO4J_HEAP NEO4J_PAGECACHE NEO4J_WAIT NEO4J_JAVA_OPTS
# Exit: 0 ok, 1 failed, 2 usage, 77 prerequisite missing (the caller skips, loudly).
set -euo pipefail
V=${NEO4J_VERSION:-5.26.31}
CACHE=${NEO4J_CACHE:-$(cd "$(dirname "$0")/.." && pwd)/.cache/neo4j}
say() { echo "neo4j: $*" >&2; }
need() { command -v "$1" >/dev/null || { say "$1 not found"; exit 77; }; }
major() { "$1" -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p'; }
java_for() { # the java that this version wants: 5.x 17 or 21, the calendar versions 21 or 25
  local want j m
  case $V in 4.*|5.*) want="17 21" ;; *) want="25 21" ;; esac
  for m in $want; do
    for j in ${NEO4J_JAVA_HOME:+"$NEO4J_JAVA_HOME/bin/java"} /usr/lib/jvm/*-"$m"-*/bin/java ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(command -v java || :)"; do
      [ -x "$j" ] && [ "$(major "$j")" = "$m" ] && { echo "$j"; return; }
    done
  done
  say "Neo4j $V wants a JDK ${want/ / or }; none is in /usr/lib/jvm, JAVA_HOME or NEO4J_JAVA_HOME"; exit 77
}

main_class() { case $V in 4.*|5.*) echo org.neo4j.server.CommunityEntryPoint ;; *) echo org.neo4j.server.Neo4jCommunity ;; esac; }
fetch() { # writes $CACHE/$V.cp, a class path that points into the Maven repository
  local cp=$CACHE/$V.cp tmp j
  if [ -s "$cp" ]; then
    for j in $(tr : ' ' <"$cp"); do [ -s "$j" ] || { rm -f "$cp"; break; }; done
    [ -s "$cp" ] && return 0
  fi
  need mvn; mkdir -p "$CACHE"; tmp=$(mktemp -d "$CACHE/tmp.XXXXXX")
  cat >"$tmp/pom.xml" <<X
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>weir.test</groupId><artifactId>neo4j</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>$V</version></dependency></dependencies></project>
X
  if ! mvn -B -q -f "$tmp/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
      -DincludeScope=runtime -Dmdep.outputFile="$tmp/cp" >"$tmp/log" 2>&1 || [ ! -s "$tmp/cp" ]; then
    tail -5 "$tmp/log" >&2; rm -rf "$tmp"; say "org.neo4j:neo4j:$V did not resolve"; exit 77
  fi
  mv "$tmp/cp" "$cp"; rm -rf "$tmp"
}

ours() { # pid of the server on home $1, if it is alive and really ours
  local p; p=$(cat "$1/run/pid" 2>/dev/null) || return 1
  [ -r "/proc/$p/cmdline" ] && tr '\0' '\n' <"/proc/$p/cmdline" | grep -qxF -- "--home-dir=$1" && echo "$p"
}
free_port() { # below the ephemeral range; start() retries when somebody else was quicker
  local p; while :; do p=$((15000 + RANDOM % 15000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }; done
}
bolt_up() { # Bolt handshake: the server answers with the version it chose
  local r; r=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf '\x60\x60\xb0\x17\0\x04\x04\x05\0\0\x04\x04\0\0\0\0\0\0\0\0' >&3 &&
    timeout 2 head -c 4 <&3 | od -An -tx1) 2>/dev/null | tr -d ' \n') || return 1
  [ ${#r} = 8 ] && [ "$r" != 00000000 ]
}

start() {
  local H P port i kv over=(); mkdir -p "$1"; H=$(cd "$1" && pwd); shift
  for kv in "$@"; do over+=(-c "$kv"); done # -c overrides; a setting twice in neo4j.conf is an error
  local JAVA; JAVA=$(java_for); need od; fetch
  local newer=(); case $V in 4.*|5.*) ;; *) newer=(--enable-native-access=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED) ;; esac
  if P=$(ours "$H"); then say "already running (pid $P)"; cat "$H/run/uri"; return 0; fi
  mkdir -p "$H"/{conf,data,logs,run,plugins,import}
  for i in 1 2 3; do
    port=${NEO4J_PORT:-$(free_port)}
    cat >"$H/conf/neo4j.conf" <<C
server.bolt.listen_address=127.0.0.1:$port
server.bolt.advertised_address=127.0.0.1:$port
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=${NEO4J_PAGECACHE:-256m}
db.tx_log.preallocate=false
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
db.tx_log.rotation.retention_policy=keep_none
db.transaction.timeout=150s
db.memory.transaction.max=256m
db.lock.acquisition.timeout=10s
dbms.security.auth_enabled=false
C
    ( for i in /proc/self/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || eval "exec $i>&-"; done 2>/dev/null # a caller's flock must not live on in the server
      exec setsid "$JAVA" -Xms256m -Xmx"${NEO4J_HEAP:-1g}" -XX:+UseG1GC -Dfile.encoding=UTF-8 -Dlog4j2.disable.jmx=true \
      --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED \
      --add-opens=java.base/sun.nio.ch=ALL-UNNAMED ${newer[@]+"${newer[@]}"} ${NEO4J_JAVA_OPTS:-} \
      -cp "$(cat "$CACHE/$V.cp"):$H/plugins/*" "$(main_class)" \
      --home-dir="$H" --config-dir="$H/conf" --console-mode ${over[@]+"${over[@]}"} >"$H/logs/console.log" 2>&1 </dev/null ) &
    P=$!; echo $P >"$H/run/pid"; echo "bolt://127.0.0.1:$port" >"$H/run/uri"
    local end=$((SECONDS + ${NEO4J_WAIT:-90}))
    while [ $SECONDS -lt $end ] && kill -0 $P 2>/dev/null; do
      bolt_up "$port" && { cat "$H/run/uri"; return 0; }
      sleep 0.2
    done
    if kill -0 $P 2>/dev/null; then say "not ready in ${NEO4J_WAIT:-90}s"; kill -9 $P; break; fi
    grep -q 'Address already in use' "$H/logs/console.log" && [ -z "${NEO4J_PORT:-}" ] || break
  done
  say "start failed:"; tail -20 "$H/logs/console.log" >&2; rm -f "$H/run/pid"; return 1
}

stop() { # $1 home, $2 TERM or KILL
  local H P i; H=$(cd "$1" && pwd); P=$(ours "$H") || { rm -f "$H/run/pid"; return 0; }
  kill -"$2" "$P" 2>/dev/null || :
  for ((i = 0; i < 300; i++)); do kill -0 "$P" 2>/dev/null || break; sleep 0.1; done
  if kill -0 "$P" 2>/dev/null; then say "pid $P ignored SIG$2 for 30s, SIGKILL"; kill -9 "$P" || :; fi
  [ "$(cat "$H/run/pid" 2>/dev/null)" != "$P" ] || rm -f "$H/run/pid" # a newer start may own it already
}

run() {
  local D=$1 opts=(); shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do opts+=("$1"); shift; done
  [ $# -gt 1 ] || { say "run DIR|- [key=value...] -- CMD"; exit 2; }; shift
  TMPHOME=; if [ "$D" = - ]; then D=$(mktemp -d); TMPHOME=$D; fi; RUNHOME=$D
  trap 'rc=$?; trap - EXIT INT TERM; stop "$RUNHOME" TERM; [ -z "$TMPHOME" ] || rm -rf "$TMPHOME"; exit $rc' EXIT
  trap 'exit 130' INT; trap 'exit 143' TERM
  start "$D" ${opts[@]+"${opts[@]}"} >/dev/null
  WEIR_TEST_NEO4J_URI=$(cat "$D/run/uri") "$@"
}

case ${1:-} in
  fetch) fetch; echo "$CACHE/$V.cp" ;;
  start) shift; start "$@" ;;
  stop) stop "$2" TERM ;;
  kill) stop "$2" KILL ;;
  run) shift; run "$@" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
