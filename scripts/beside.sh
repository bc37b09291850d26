#!/usr/bin/env bash
# Runs commands side by side and prints what each said once it ended. Fails when one failed.
#   beside.sh 'CMD ...' 'CMD ...'
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$(mktemp -d)
commands=("$@") running=()
# told prints what one said.
told() { printf -- '--- %s\n' "${commands[$1]}"; cat "$dir/$1"; }
# stop ends what still runs, with all that it started, and tells how far it came.
stop() {
  local rc=$?
  trap - EXIT INT TERM
  for n in "${!running[@]}"; do
    kill -- "-${running[$n]}" 2>/dev/null || :
    told "$n"
  done
  rm -rf "$dir"
  exit "$rc"
}
trap stop EXIT
trap 'exit 130' INT; trap 'exit 143' TERM
set -m # a group of its own for each
for n in "${!commands[@]}"; do
  bash -c "${commands[$n]}" >"$dir/$n" 2>&1 </dev/null &
  running[n]=$!
done
failed=0
for n in "${!commands[@]}"; do
  rc=0; wait "${running[$n]}" || rc=$?
  unset "running[$n]"
  told "$n"
  [ $rc = 0 ] || { echo "beside: exit $rc: ${commands[$n]}" >&2; failed=1; }
done
exit $failed
