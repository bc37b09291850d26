package policies_test

import (
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// own is a pool for a job that weir starts, and for two that ask the gate.
const own = `kind: Policy
name: train
select: { asset: "job:prod/train" }
target: { connector: af, job: train }
mode: act
owner: team
on_first: run
inputs: { "dataset:pg://wh/raw": { trigger: true } }
pool: gpu
---
kind: Policy
name: score
select: { asset: "job:prod/score" }
mode: gate
pool: gpu
---
kind: Policy
name: report
select: { asset: "job:prod/report" }
mode: gate
pool: gpu
---
kind: Pool
name: gpu
`

// TestOwnSlotAtTheGate: a run that weir started does not wait for the slot that
// its own action holds, by whichever of its ids it asks; another run does.
func TestOwnSlotAtTheGate(t *testing.T) {
	inRig(t, own+"slots: 1\n", func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.gateSays(r.ask("train", "early", a.ExternalID, 0), catalog.DecideRun) // before its first event
		run := r.play(a, "raw", "")
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideWait)
		r.gateSays(r.ask("train", "k1", run.Key.RunID, 0), catalog.DecideRun)
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideRun)
	})
}

// TestOneRunOneSlot: the answer of the gate to a run that weir started takes no
// slot beside that of its action, for the gate and for what weir sends.
func TestOneRunOneSlot(t *testing.T) {
	inRig(t, own+"slots: 2\n", func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.gateSays(r.ask("train", "early", a.ExternalID, 0), catalog.DecideRun)
		run := r.play(a, "raw", "")
		r.gateSays(r.ask("train", "k1", run.Key.RunID, 0), catalog.DecideRun)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideRun)
		r.gateSays(r.ask("report", "k1", "r1", 0), catalog.DecideWait)
	})
}

// TestSameIDInTwoJobs: schedules give the runs of many jobs one id. Neither does
// the end of another's run free the slot, nor does its going on keep it.
func TestSameIDInTwoJobs(t *testing.T) {
	const id = "scheduled__2026-11-29T00:00:00+00:00"
	inRig(t, own+"slots: 1\n", func(r *rig) {
		named := func(name string) catalog.Run {
			run := r.began(name, "", "", nil)
			run.ExternalID = id
			r.w.Run(run)
			r.settle()
			return run
		}
		r.gateSays(r.ask("score", "k1", id, 0), catalog.DecideRun)
		mine := named("score")
		other := named("elsewhere")
		r.ended(other, catalog.RunSucceeded)
		r.after(time.Hour)
		r.gateSays(r.ask("report", "k1", "r1", 0), catalog.DecideWait)
		named("elsewhere")
		r.ended(mine, catalog.RunSucceeded)
		r.gateSays(r.ask("report", "k1", "r1", 0), catalog.DecideRun)
	})
}

// TestLeaseOfAnIDSeenElsewhere: a run of another job by the same id does not use
// a lease.
func TestLeaseOfAnIDSeenElsewhere(t *testing.T) {
	inRig(t, own+"slots: 2\n", func(r *rig) {
		r.gateSays(r.ask("score", "k1", "daily", 0), catalog.DecideRun)
		run := r.began("elsewhere", "", "", nil)
		run.ExternalID = "daily"
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.ask("score", "k2", "other", 0), catalog.DecideWait)
		r.after(11 * time.Minute)
		r.gateSays(r.ask("score", "k2", "other", 0), catalog.DecideRun)
	})
}

// TestSlotOfAQuestionWithoutKey: who names neither a key nor its run takes a
// slot as well, each question one.
func TestSlotOfAQuestionWithoutKey(t *testing.T) {
	inRig(t, own+"slots: 1\n", func(r *rig) {
		r.gateSays(r.ask("score", "", "", 0), catalog.DecideRun)
		r.gateSays(r.ask("report", "", "", 0), catalog.DecideWait)
		run := r.began("score", "", "", nil)
		r.after(time.Hour)
		r.gateSays(r.ask("report", "", "", 0), catalog.DecideWait)
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.ask("report", "", "", 0), catalog.DecideRun)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideWait)
	})
}

// TestNoPoolDoesNotWaitForTheGate: what takes no slot is sent while the gate
// judges, also where there are pools.
func TestNoPoolDoesNotWaitForTheGate(t *testing.T) {
	letGo := func() {}
	late := time.AfterFunc(20*time.Second, func() { // on the real clock, or the bubble would hang
		t.Error("waited for the gate")
		letGo()
	})
	defer late.Stop()
	inRig(t, mart+"---\nkind: Pool\nname: gpu\nslots: 1\n", func(r *rig) {
		letGo = sync.OnceFunc(r.g.HoldSlots())
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionAccepted)
		letGo()
	})
}
