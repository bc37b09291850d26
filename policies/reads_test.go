package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// commit makes a version of raw that its store names.
func (r *rig) commit(snapshot string) {
	r.after(time.Second)
	r.w.Version(catalog.Version{Dataset: ds("raw"), Run: catalog.RunKey{Job: job("ingest"), RunID: "commit-" + snapshot}, Attempt: 1,
		ProducedAt: time.Now(), RunStartedAt: time.Now(), DataVersion: snapshot})
	r.settle()
}

// reading ends the run of an action, which says what version of raw it read.
func (r *rig) reading(run catalog.Run, snapshot string) {
	run.Reads = []catalog.Read{{Dataset: ds("raw"), DataVersion: snapshot}}
	r.ended(run, catalog.RunSucceeded)
}

// What a run says it read is better evidence than when it started.
func TestNamedVersionIsPinned(t *testing.T) {
	const old, young = "9223372036854775806", "9223372036854775807"
	inRig(t, mart, func(r *rig) {
		r.commit(old)
		first := r.is(1, catalog.ActionAccepted)
		r.commit(young)
		r.reading(r.play(first, "raw", "mart"), old) // it started behind young, yet read old
		second := r.is(2, catalog.ActionAccepted)
		r.reading(r.play(second, "raw", "mart"), young)
		r.outcome("mart", catalog.DecideNothing)
	})
	inRig(t, mart, func(r *rig) {
		r.commit(old)
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.commit(young)
		r.reading(run, young) // it started before young, and read it
		r.is(1, catalog.ActionSucceeded)
		r.outcome("mart", catalog.DecideNothing)
	})
	inRig(t, mart, func(r *rig) {
		r.commit(old)
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.commit(young)
		r.reading(run, "1") // nobody knows of it: its START decides
		r.is(2, catalog.ActionAccepted)
	})
}

// A run's word on what it wrote is about that version, not about the one that
// was there when it started.
func TestChecksOfOwnOutput(t *testing.T) {
	inRig(t, train, func(r *rig) {
		check := func(run catalog.Run, outcome catalog.CheckResult) {
			r.w.Check(catalog.Check{Dataset: ds("mart"), Name: "rows", Outcome: outcome, Severity: "error", At: *run.EndedAt, Run: run.Key, RunStartedAt: run.StartedAt})
			r.settle()
		}
		check(r.ran("dbt", "raw", "mart"), catalog.CheckPass)
		r.gateSays(r.ask("train", "day-1", "t-1", 0), catalog.DecideRun)
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		r.after(time.Hour) // the lease ends
		check(r.ran("dbt", "raw", "mart"), catalog.CheckFail)
		r.gateSays(r.ask("train", "day-2", "t-2", 0), catalog.DecideWait)
		check(r.ran("dbt", "raw", "mart"), catalog.CheckPass)
		r.gateSays(r.ask("train", "day-3", "t-3", 0), catalog.DecideRun)
	})
}
