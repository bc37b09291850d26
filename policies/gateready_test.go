package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

const nightly = `kind: Policy
name: report
select: { asset: "dataset:pg://wh/report" }
want: { by: { cron: "0 9 * * *", tz: UTC, covers: 6h } }
inputs: { "dataset:pg://wh/mart": { require: updated } }
---
kind: Policy
name: gate
mode: gate
on_first: run
select: { asset: "job:prod/report" }
want: { by: { cron: "0 9 * * *", tz: UTC, covers: 6h } }
inputs: { "dataset:pg://wh/mart": { require: updated } }
`

// TestGateSaysWhenToExpect: a run that is held because of what has to run before
// it is told when that is likely done; without measured durations nobody guesses.
func TestGateSaysWhenToExpect(t *testing.T) {
	inRig(t, nightly, func(r *rig) {
		r.past(20, "mart", "raw", "mart", 4*time.Hour, time.Hour)
		r.past(20, "report", "mart", "report", 6*time.Hour, 10*time.Minute)
		r.until("2000-01-01 05:00")
		r.ran("ingest", "", "raw")
		a := r.ask("report", "k", "t", 0)
		r.gateSays(a, catalog.DecideWait)
		if got := a.ExpectedReadyAt.UTC().Format("15:04"); got != "06:00" {
			t.Errorf("expected at %s, want 06:00: the mart takes an hour", got)
		}
	})
	inRig(t, nightly, func(r *rig) {
		r.past(1, "mart", "raw", "mart", 4*time.Hour, time.Hour)
		r.past(1, "report", "mart", "report", 6*time.Hour, 10*time.Minute)
		r.until("2000-01-01 05:00")
		r.ran("ingest", "", "raw")
		a := r.ask("report", "k", "t", 0)
		r.gateSays(a, catalog.DecideWait)
		if !a.ExpectedReadyAt.IsZero() {
			t.Errorf("expected at %s from one measured run", a.ExpectedReadyAt)
		}
	})
}
