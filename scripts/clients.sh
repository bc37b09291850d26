#!/usr/bin/env bash
# The official OpenLineage clients, Python and Java, in .cache/clients.
#   clients.sh install     install both once
#   clients.sh run CMD...  run CMD with WEIR_CLIENT_PYTHON, WEIR_CLIENT_JAVA and WEIR_CLIENT_CLASSPATH set
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cache=$root/.cache/clients
version=1.54.0
say() { echo "clients: $*" >&2; }
home=$(ls -d /usr/lib/jvm/java-17-openjdk-* 2>/dev/null | tail -1 || true); home=${home:-${JAVA_HOME:-}}
java=${home:+$home/bin/}java javac=${home:+$home/bin/}javac

jars() { # writes a class path that points into the Maven repository
  local cp=$cache/java-$version.cp tmp j
  if [ -s "$cp" ]; then
    for j in $(tr : ' ' <"$cp"); do [ -s "$j" ] || { rm -f "$cp"; break; }; done
    [ ! -s "$cp" ] || return 0
  fi
  tmp=$(mktemp -d "$cache/tmp.XXXXXX")
  cat >"$tmp/pom.xml" <<X
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>weir.test</groupId><artifactId>clients</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>io.openlineage</groupId><artifactId>openlineage-java</artifactId><version>$version</version></dependency></dependencies></project>
X
  if ! mvn -B -q -f "$tmp/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
      -DincludeScope=runtime -Dmdep.outputFile="$tmp/cp" >"$tmp/log" 2>&1 || [ ! -s "$tmp/cp" ]; then
    tail -5 "$tmp/log" >&2; rm -rf "$tmp"; say "io.openlineage:openlineage-java:$version did not resolve"; return 1
  fi
  mv "$tmp/cp" "$cp"; rm -rf "$tmp"
}

classes() { # compiles the program when it is newer
  local source=$root/test/clients/java/Emit.java
  [ ! "$cache/classes/Emit.class" -nt "$source" ] || return 0
  mkdir -p "$cache/classes"
  "$javac" -cp "$(cat "$cache/java-$version.cp")" -d "$cache/classes" "$source"
}

install() {
  command -v "$javac" >/dev/null && command -v mvn >/dev/null || { say "a JDK 17 and Maven are needed; run scripts/deps.sh system"; exit 77; }
  mkdir -p "$cache"
  "$root/scripts/venv.sh" "$cache/python" "$root/scripts/clients-requirements.txt" &
  local python=$!
  jars && classes
  wait $python
}

case ${1:-} in
  install) install ;;
  run)
    install; shift
    export WEIR_CLIENT_PYTHON=$cache/python/bin/python WEIR_CLIENT_JAVA=$java WEIR_CLIENT_CLASSPATH=$cache/classes:$(cat "$cache/java-$version.cp")
    exec "$@" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
