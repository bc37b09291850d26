#!/usr/bin/env bash
# Installs what the tests need; what is there already is left alone.
#   deps.sh [system] [go] [neo4j] [postgres] [airflow] [dbt] [moto] [clients] [chromium] [ui]    (default: all of these)
#           [spark] [ge]    (only when asked for: make producers)
# Needs: Go, Node.js and Python 3.10 or newer; on Debian it installs the rest by itself, as root.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "deps: $*"; }
step() { # name command...
  local t=$SECONDS
  "${@:2}" >/dev/null || { echo "deps: $1 failed: ${*:2}" >&2; exit 1; }
  say "$1 ($((SECONDS - t)) s)"
}

system() {
  local want=() c
  for c in git:git gcc:gcc mvn:maven javac:openjdk-17-jdk-headless python3:python3-venv make:make setpriv:util-linux od:coreutils; do
    command -v "${c%%:*}" >/dev/null || want+=("${c#*:}")
  done
  for c in go npm; do
    command -v $c >/dev/null || { echo "deps: $c not found; install Go (the version is in go.mod) and Node.js 20 or newer" >&2; return 1; }
  done
  [ ${#want[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || { echo "deps: missing and no apt-get: ${want[*]}" >&2; return 1; }
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null
}
go_modules() { go mod download; }
ui_modules() {
  [ -s ui/package-lock.json ] || return 0
  local want; want=$(sha256sum ui/package-lock.json | cut -d' ' -f1)
  [ "$(cat ui/node_modules/.lock 2>/dev/null)" != "$want" ] || return 0
  (cd ui && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) && echo "$want" >ui/node_modules/.lock
}

for part in ${@:-system go neo4j postgres airflow dbt moto clients chromium ui}; do
  case $part in
    system) step "system packages" system ;;
    go) step "Go modules" go_modules ;;
    neo4j) step "Neo4j" scripts/neo4j.sh fetch ;;
    postgres) step "PostgreSQL" scripts/postgres.sh install ;;
    airflow) step "Airflow" scripts/airflow.sh install ;;
    dbt) step "dbt" scripts/dbt.sh install ;;
    moto) step "moto" scripts/moto.sh install ;;
    clients) step "OpenLineage clients" scripts/clients.sh install ;;
    spark) step "Spark" scripts/spark.sh install ;;
    ge) step "Great Expectations" scripts/ge.sh install ;;
    chromium) step "Chromium" scripts/chromium.sh install ;;
    ui) step "web packages" ui_modules ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
