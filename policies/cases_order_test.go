package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// The cases about commits in the midst of a run, and about duplicates and the
// order of arrival, each decided alike in shadow and from its record.

func TestCase03CommitWhileTheConsumerRuns(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		r.alike()
		first := r.is(1, catalog.ActionAccepted)
		run := r.play(first, "raw", "mart")
		r.alike()
		r.ran("ingest", "", "raw")
		r.alike()
		if now := r.is(1, catalog.ActionRunning); now.Pins[0].Version != first.Pins[0].Version {
			t.Errorf("a commit changed the pins of a run: %s", r.story())
		}
		r.ended(run, catalog.RunSucceeded)
		r.alike()
		r.followUp(r.is(2, catalog.ActionAccepted))
	})
}

func TestCase04ThreeCommitsOneFollowUp(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		r.alike()
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.alike()
		for range 3 {
			r.ran("ingest", "", "raw")
			r.alike()
			r.is(1, catalog.ActionRunning)
		}
		r.ended(run, catalog.RunSucceeded)
		r.alike()
		r.followUp(r.is(2, catalog.ActionAccepted))
	})
}

// followUp checks that an action is pinned to the newest raw, and that nothing
// follows it.
func (r *rig) followUp(a catalog.Action) {
	r.t.Helper()
	if newest, _ := r.w.Versions(r.ctx, policies.VersionQuery{Dataset: r.w.ID(ds("raw")), Limit: 1}); a.Pins[0].Version != newest[0].ID() {
		r.t.Errorf("the follow-up is not pinned to the newest: %s", r.story())
	}
	r.ended(r.play(a, "raw", "mart"), catalog.RunSucceeded)
	r.alike()
	r.is(2, catalog.ActionSucceeded)
	r.outcome("mart", catalog.DecideNothing)
}

func TestCase07DuplicateComplete(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		up := r.ran("ingest", "", "raw")
		r.w.Run(up) // COMPLETE again, while the consumer is wanted
		r.settle()
		r.alike()
		r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunSucceeded)
		r.alike()
		r.w.Run(up) // and when it is done
		r.settle()
		r.alike()
		r.last(1)
		r.ran("ingest", "", "raw") // a run of its own is no duplicate
		r.is(2, catalog.ActionAccepted)
	})
}

func TestCase08CompleteBeforeStart(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		now := time.Now() // the start is the first event's until it is known
		late := catalog.Run{Key: catalog.RunKey{Job: job("ingest"), RunID: "late"}, State: catalog.RunSucceeded, StartedAt: now, EndedAt: &now, Outputs: dss("raw")}
		r.w.Run(late)
		r.settle()
		r.alike()
		a := r.is(1, catalog.ActionAccepted)
		late.StartedAt, late.StartKnown = now.Add(-time.Second), true
		r.w.Run(late)
		r.settle()
		r.alike()
		if again := r.is(1, catalog.ActionAccepted); again.Pins[0].Version != a.Pins[0].Version {
			t.Errorf("the START made another version: %s", r.story())
		}

		// The consumer's own START comes late: what it read follows from it.
		early := r.play(a, "raw", "mart")
		early.StartedAt = now.Add(-time.Minute) // before raw was committed
		r.ended(early, catalog.RunSucceeded)
		r.alike()
		r.last(1) // what the action pinned counts as read
		r.outcome("mart", catalog.DecideNothing)
	})
}

func TestCase09OlderEventAfterNewer(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		up := r.ran("ingest", "", "raw")
		r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunSucceeded)
		r.alike()
		before := r.outcome("mart", catalog.DecideNothing).Snapshot.Inputs[0]
		old := up
		old.Key.RunID = "old"
		old.StartedAt = up.StartedAt.Add(-time.Hour)
		end := old.StartedAt.Add(time.Minute)
		old.EndedAt, old.LastEventAt = &end, end
		r.w.Run(old)
		r.settle()
		r.alike()
		r.last(1)
		after := r.outcome("mart", catalog.DecideNothing).Snapshot.Inputs[0]
		if after.Newest.ID() != before.Newest.ID() || after.Watermark.Before(before.Watermark) {
			t.Errorf("newest or watermark went back: %+v, was %+v", after, before)
		}
	})
}
