#!/usr/bin/env bash
# Runs every fuzz target for a while.   fuzz.sh [TIME=30s]
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | sort | while read -r file; do
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$file"); do
    echo "fuzz $target in $(dirname "$file")"
    # Shrinking an input that reaches new code may take a minute each by
    # default, in which nothing is tried: a few steps are enough.
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 50x "$(dirname "$file")" </dev/null
  done
done
