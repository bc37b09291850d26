package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// dbt-ol sends the START of a test, its results with it, before the COMPLETE of
// the model. Such a pass is about a version still to come: it must not make the
// refused version of the build before acceptable.
func TestCheckOfARunningBuildSaysNothingOfTheLastVersion(t *testing.T) {
	inRig(t, mart[:len(mart)-len(" }\n")]+", checks: blocking }\n", func(r *rig) {
		check := func(wrapper catalog.Run, o catalog.CheckResult) {
			r.w.Check(catalog.Check{Dataset: ds("raw"), Name: "not_null", Outcome: o, At: time.Now(), RunStartedAt: time.Now(),
				Run:    catalog.RunKey{Job: job("raw.test"), RunID: "c" + wrapper.Key.RunID},
				Parent: &catalog.RunRef{RunID: wrapper.Key.RunID, Job: wrapper.Key.Job}})
			r.settle()
		}
		build := func() (wrapper catalog.Run, ref *catalog.RunRef) {
			wrapper = r.began("build", "", "", nil)
			return wrapper, &catalog.RunRef{RunID: wrapper.Key.RunID, Job: wrapper.Key.Job}
		}
		first, ref := build()
		r.ended(r.began("ingest", "", "raw", ref), catalog.RunSucceeded)
		check(first, catalog.CheckFail)
		r.ended(first, catalog.RunFailed)
		r.outcome("mart", catalog.DecideWait)

		r.after(time.Minute)
		second, ref := build()
		check(second, catalog.CheckPass)
		r.outcome("mart", catalog.DecideWait)
		r.last(0)
		r.ended(r.began("ingest", "", "raw", ref), catalog.RunSucceeded)
		r.ended(second, catalog.RunSucceeded)
		r.is(1, catalog.ActionAccepted)
	})
}

// A dataset that nothing has written yet has no target job that could run: runs
// of other jobs do not keep it from being idle.
func TestFirstRunDoesNotWaitForStrangers(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.began("report", "", "", nil)
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionAccepted)
	})
}
