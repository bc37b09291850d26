#!/usr/bin/env bash
# PySpark in .cache/spark, with the OpenLineage listener and PostgreSQL's driver from Maven.
#   spark.sh install        make all of it once, print the environment's bin directory
#   spark.sh run CMD...     run a command from it, with the listener switched on
# Environment: OPENLINEAGE_URL (where events go)  OPENLINEAGE_NAMESPACE (default)  SPARK_JAVA_HOME
# Exit: 0 ok, 1 failed, 2 usage, 77 prerequisite missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=${WEIR_SPARK_VENV:-$root/.cache/spark}
jars=(io.openlineage:openlineage-spark_2.13:1.53.0 org.postgresql:postgresql:42.7.4)
java=${SPARK_JAVA_HOME:-$(ls -d /usr/lib/jvm/java-17-openjdk-* 2>/dev/null | tail -1)}; java=${java:-${JAVA_HOME:-}} # Spark 4 wants 17 or newer
say() { echo "spark: $*" >&2; }

path() { # where a jar lies
  local name=${1#*:}
  echo "$venv/${name/:/-}.jar"
}
install() {
  local jar log=$venv/mvn.log plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
  "$root/scripts/venv.sh" "$venv" "$root/scripts/spark-requirements.txt" >&2
  for jar in "${jars[@]}"; do
    [ -s "$(path "$jar")" ] && continue
    command -v mvn >/dev/null || { say "mvn not found; run scripts/deps.sh system"; exit 77; }
    mvn -B -q $plugin:get -Dtransitive=false -Dartifact="$jar" >"$log" 2>&1 &&
      mvn -B -q $plugin:copy -Dartifact="$jar" -DoutputDirectory="$venv" >>"$log" 2>&1 ||
      { tail -5 "$log" >&2; say "$jar did not resolve"; exit 1; }
  done
}

conf() { # Spark reads spark-defaults.conf in its configuration directory
  local jar list=
  for jar in "${jars[@]}"; do list+=${list:+,}$(path "$jar"); done
  cat >"$1/spark-defaults.conf" <<C
spark.master local[1]
spark.ui.enabled false
spark.driver.bindAddress 127.0.0.1
spark.driver.host 127.0.0.1
spark.sql.shuffle.partitions 1
spark.jars $list
spark.extraListeners io.openlineage.spark.agent.OpenLineageSparkListener
spark.openlineage.transport.type http
spark.openlineage.transport.url ${OPENLINEAGE_URL:?is not set}
spark.openlineage.namespace ${OPENLINEAGE_NAMESPACE:-default}
C
}

case ${1:-} in
  install) install; echo "$venv/bin" ;;
  run)
    shift
    dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
    conf "$dir"
    env ${java:+JAVA_HOME="$java"} SPARK_CONF_DIR="$dir" PYSPARK_PYTHON="$venv/bin/python" PATH="$venv/bin:$PATH" "$@"
    ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
