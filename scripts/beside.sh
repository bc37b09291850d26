#!/usr/bin/env bash
# Runs commands side by side and prints what each said once it ended. Fails when one failed.
#   beside.sh 'CMD ...' 'CMD ...'
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$(mktemp -d)
running=()
trap 'rc=$?; trap - EXIT; [ $rc = 0 ] || kill "${running[@]}" 2>/dev/null || :; rm -rf "$dir"; exit $rc' EXIT
trap 'exit 130' INT; trap 'exit 143' TERM
for command; do
  bash -c "$command" >"$dir/${#running[@]}" 2>&1 </dev/null &
  running+=($!)
done
failed=0 n=0
for command; do
  rc=0; wait "${running[$n]}" || rc=$?
  printf -- '--- %s\n' "$command"; cat "$dir/$n"
  [ $rc = 0 ] || { echo "beside: exit $rc: $command" >&2; failed=1; }
  n=$((n + 1))
done
exit $failed
