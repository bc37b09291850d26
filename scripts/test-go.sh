#!/usr/bin/env bash
# Runs go test and fails when CI=true and a test skipped: what does not run
# proves nothing.   test-go.sh [go test flags and packages]
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rc=0
go test -json "$@" >"$log" || rc=$?
python3 - "$log" <<'PY'
import json, os, sys
passed, failed, skipped, out, broken = 0, 0, [], {}, set()
for line in open(sys.argv[1]):
    try:
        e = json.loads(line)
    except ValueError:
        print(line, end=""); continue
    key = (e.get("Package"), e.get("Test"))
    if e["Action"] in ("output", "build-output"):
        out.setdefault(key, []).append(e.get("Output", ""))
    if e["Action"] == "pass" and e.get("Test"): passed += 1
    if e["Action"] == "skip" and e.get("Test"): skipped.append(key)
    if e["Action"] in ("fail", "build-fail"):
        if e.get("Test"):
            failed += 1; broken.add(e["Package"])
        elif e.get("Package") not in broken: # did not build, or died outside a test
            failed += 1
        print("".join(out.get(key, [])[-200:]), end="")
    if e["Action"] == "build-output": print(e.get("Output", ""), end="")
    if e["Action"] in ("pass", "fail") and not e.get("Test"):
        print("%-5s %s %.1fs" % (e["Action"], e["Package"], e.get("Elapsed", 0)))
for p, t in skipped:
    print("SKIP  %s %s" % (p, t))
print("%d passed, %d failed, %d skipped" % (passed, failed, len(skipped)))
sys.exit(1 if skipped and os.environ.get("CI") == "true" else 0)
PY
exit $rc
