#!/usr/bin/env bash
# Great Expectations with the OpenLineage action, in .cache/ge.
#   ge.sh install       make the environment once, print its bin directory
#   ge.sh run CMD...    run a command from it
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=${WEIR_GE_VENV:-$root/.cache/ge}
case ${1:-} in
  install) "$root/scripts/venv.sh" "$venv" "$root/scripts/ge-requirements.txt"; echo "$venv/bin" ;;
  run) shift; PATH=$venv/bin:$PATH exec "$@" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
