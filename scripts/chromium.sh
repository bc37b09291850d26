#!/usr/bin/env bash
# Chromium from Debian's packages, for the browser tests.
#   chromium.sh install    apt-get it when it is missing, print its path
# Exit: 0 ok, 2 usage, 77 prerequisite missing.
set -euo pipefail
[ "${1:-}" = install ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
find_chromium && exit 0
command -v apt-get >/dev/null || { echo "chromium: not found, and no apt-get to install it" >&2; exit 77; }
apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null 2>&1 ||
  { echo "chromium: apt-get install chromium failed" >&2; exit 77; }
find_chromium
