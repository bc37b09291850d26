package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// weekOfShop is a week in which the dag "nightly" makes the mart at four, and
// once more at noon for nothing; on the third day its input comes at five.
func weekOfShop() string {
	var b strings.Builder
	event := func(kind, job, run string, at time.Time, in, out string) {
		list := func(name string) string {
			if name == "" {
				return "[]"
			}
			return fmt.Sprintf(`[{"namespace":"postgres://wh:5432","name":%q}]`, name)
		}
		fmt.Fprintf(&b, `{"eventType":%q,"eventTime":%q,"producer":"https://example.com","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json","run":{"runId":%q},"job":{"namespace":"prod","name":%q},"inputs":%s,"outputs":%s}`+"\n",
			kind, at.Format(time.RFC3339), run, job, list(in), list(out))
	}
	run := func(job, id string, at time.Time, in, out string) {
		event("START", job, id, at, in, "")
		event("COMPLETE", job, id, at.Add(20*time.Minute), in, out)
	}
	for d := range 7 {
		day := time.Date(2026, 3, 1+d, 0, 0, 0, 0, time.UTC)
		load := 3 * time.Hour
		if d == 2 {
			load = 5 * time.Hour
		}
		id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", d, n) }
		run("load", id(1), day.Add(load), "", "shop.raw.orders")
		run("nightly", id(2), day.Add(4*time.Hour), "shop.raw.orders", "shop.marts.orders")
		run("nightly", id(3), day.Add(12*time.Hour), "shop.raw.orders", "shop.marts.orders")
	}
	return b.String()
}

// TestSimulate asks a data directory whose server runs; twice gives equal bytes.
func TestSimulate(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "week.ndjson"), weekOfShop())
	write(t, filepath.Join(dir, "policies", "shop.yaml"), `kind: Policy
name: orders-mart
mode: shadow
owner: team-analytics
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
target: { connector: airflow, job: nightly }
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: { fresh: 20h } }
`)
	w := start(t, dir)
	w.must(exitOK, "events", "send", filepath.Join(dir, "week.ndjson"))
	ask := []string{"simulate", "--data", filepath.Join(dir, "data"), "--policies", filepath.Join(dir, "policies"), "--from", "2026-03-02", "--to", "2026-03-08T00:00:00Z"}
	var out string
	waitUntil(t, "all is projected", func() bool {
		out = w.must(exitOK, ask...)
		return strings.Contains(out, "12 -> 6")
	})
	// As it was: twelve runs, that of four o'clock on the third day before its input.
	holds(t, out, "orders-mart  team-analytics  shadow  12 -> 6  0 -> 0  1 -> 0", "0 runs added, 6 runs removed", "4.0 -> 2.0")
	first := w.must(exitOK, append(ask, "--json")...)
	holds(t, first, `"schema": "weir.v1"`, `"runsRemoved": 6`)
	if again := w.must(exitOK, append(ask, "--json", "--seed", "1")...); again != first {
		t.Errorf("twice gave\n%s\nand\n%s", first, again)
	}
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	holds(t, w.must(exitOK, append(ask, "--from", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "--to", soon)...), "warning: --to "+soon+" has not come yet")
	holds(t, w.must(exitUsage, "simulate"), "--policies, --from and --to are needed", "hint:")
	holds(t, w.must(exitUsage, append(ask, "--to", "soon")...), `"soon" is neither a day`)
	holds(t, w.must(exitUsage, append(ask, "--to", "2026-03-01")...), "is not before")
	holds(t, w.must(exitNotFound, append(ask, "--data", dir+"/none")...), "--data names")
}
