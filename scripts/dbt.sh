#!/usr/bin/env bash
# dbt Core with its DuckDB and PostgreSQL adapters and dbt-ol, in .cache/dbt.
#   dbt.sh install       make the environment once, print its bin directory
#   dbt.sh run CMD...    run dbt-ol or dbt from it (dbt-ol starts dbt from PATH)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=${WEIR_DBT_VENV:-$root/.cache/dbt}
case ${1:-} in
  install) "$root/scripts/venv.sh" "$venv" "$root/scripts/dbt-requirements.txt"; echo "$venv/bin" ;;
  run) shift; PATH=$venv/bin:$PATH exec "$@" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
