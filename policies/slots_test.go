package policies_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// shared is a pool of one slot, which a run that weir starts and two runs that
// ask the gate have to share.
const shared = `kind: Pool
name: gpu
slots: 1
---
kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
on_first: run
inputs: { "dataset:pg://wh/raw": { trigger: true } }
pool: gpu
---
kind: Policy
name: train
select: { asset: "job:prod/train" }
mode: gate
pool: gpu
---
kind: Policy
name: score
select: { asset: "job:prod/score" }
mode: gate
pool: gpu
`

// TestGateTakesASlot: from the answer on, until the run that it let through has
// ended, the slot is nobody else's.
func TestGateTakesASlot(t *testing.T) {
	inRig(t, shared, func(r *rig) {
		r.gateSays(r.ask("train", "k1", "t1", 0), catalog.DecideRun)
		full := r.ask("score", "k1", "s1", 0)
		r.gateSays(full, catalog.DecideWait)
		if !strings.Contains(full.Reasons[0], "1 of 1 slots of gpu are taken") {
			t.Errorf("%q", full.Reasons)
		}
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionReady) // what weir would start queues, too

		run := catalog.Run{Key: catalog.RunKey{Job: job("train"), RunID: "t1"}, State: catalog.RunRunning, StartedAt: time.Now(), StartKnown: true}
		r.w.Run(run)
		r.settle()
		r.after(time.Hour) // long after the lease: the run holds it
		r.is(1, catalog.ActionReady)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideWait)

		r.ended(run, catalog.RunSucceeded)
		a := r.is(1, catalog.ActionAccepted)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideWait) // now that one holds it
		r.ended(r.play(a, "raw", "mart"), catalog.RunSucceeded)
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideRun)
		r.gateSays(r.ask("train", "k1", "t1", 0), catalog.DecideRun) // the answer given stays given
	})
}

// TestLeaseThatLapsesFreesItsSlot: a run that never begins holds nothing for ever,
// whoever waits is let go by the clock alone, and a restart changes nothing.
func TestLeaseThatLapsesFreesItsSlot(t *testing.T) {
	inRig(t, shared, func(r *rig) {
		r.gateSays(r.ask("train", "k1", "", 0), catalog.DecideRun)
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionReady)
		r.stop()
		r.start()
		r.is(1, catalog.ActionReady)
		r.after(9 * time.Minute)
		r.is(1, catalog.ActionReady)
		r.after(time.Minute)
		r.is(1, catalog.ActionAccepted)
	})
}

// TestGateHeldForASlot: a question that is held is answered when the slot is free.
func TestGateHeldForASlot(t *testing.T) {
	inRig(t, shared, func(r *rig) {
		r.ran("ingest", "", "raw")
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		answer := make(chan catalog.GateAnswer, 1)
		go func() { answer <- r.ask("train", "k1", "t1", 30*time.Second) }()
		r.after(10 * time.Second)
		if len(answer) > 0 {
			t.Fatalf("answered %v while the slot was taken", <-answer)
		}
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(<-answer, catalog.DecideRun)
	})
}

// TestRerunTakesASlot: an ended run once more is a run.
func TestRerunTakesASlot(t *testing.T) {
	inRig(t, shared, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.ended(r.play(a, "raw", "mart"), catalog.RunFailed)
		r.tool.Set(a.ExternalID, catalog.RunFailed)
		r.gateSays(r.ask("train", "k1", "t1", 0), catalog.DecideRun)
		again := r.do(r.requests().Rerun(r.ctx, policies.RerunRequest{Ask: asked("again"), Action: a.ID}))
		r.after(time.Minute)
		r.want(again.ID, catalog.ActionReady)
		r.after(10 * time.Minute) // the lease has lapsed
		if got := r.want(again.ID, catalog.ActionAccepted); got.Admission.Pool != "gpu" {
			t.Errorf("the rerun is of pool %q", got.Admission.Pool)
		}
		r.gateSays(r.ask("score", "k1", "s1", 0), catalog.DecideWait)
	})
}
