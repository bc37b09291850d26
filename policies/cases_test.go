package policies_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

const train = `kind: Policy
name: train
select: { asset: "job:prod/train" }
mode: gate
ready: { all: [self_idle], max_wait: 10h }
inputs:
  "dataset:pg://wh/mart": { require: updated, checks: blocking }
`

// The cases of the design, by number; the rest belong to later versions.

func TestCase01LateUpstreamHoldsTheGate(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "day-1", "t-1", 0), catalog.DecideRun)
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)

		r.after(24 * time.Hour) // the tool's cron fires, dbt is 4 h late
		r.gateSays(r.ask("train", "day-2", "t-2", 0), catalog.DecideWait)
		r.after(4 * time.Hour)
		r.ran("dbt", "raw", "mart")
		a := r.ask("train", "day-2", "t-2", 0)
		r.gateSays(a, catalog.DecideRun)
		if len(a.Pins) != 1 || a.Lease == nil {
			t.Errorf("answer without pins or lease: %+v", a)
		}
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		r.gateSays(r.ask("train", "day-2b", "t-3", 0), catalog.DecideWait)
	})
}

func TestCase02MaxWaitDenies(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		r.gateSays(r.ask("train", "day-2", "t-2", 0), catalog.DecideWait)
		r.after(10*time.Hour + time.Minute)
		r.gateSays(r.ask("train", "day-2", "t-2", 0), catalog.DecideDeny)
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "day-2", "t-2", 0), catalog.DecideDeny) // final
		r.gateSays(r.ask("train", "day-3", "t-3", 0), catalog.DecideRun)
	})
}

func TestCase05SameInstant(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		run := r.play(r.last(1), "raw", "mart")
		up := r.began("ingest", "", "raw", nil)
		r.after(time.Second)
		now := time.Now()
		up.State, up.EndedAt, run.State, run.EndedAt = catalog.RunSucceeded, &now, catalog.RunSucceeded, &now
		up.LastEventAt, run.LastEventAt = now, now
		r.w.Run(up)
		r.w.Run(run)
		r.settle()
		r.is(2, catalog.ActionAccepted)
	})
}

func TestCase06RestartAndReload(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.stop()
		r.ran("ingest", "", "raw") // while weir is down
		r.start()
		r.is(1, catalog.ActionAccepted)
		before, _ := r.l.Seq(r.ctx)
		for range 3 {
			r.put(mart)
			r.settle()
			r.stop()
			r.start()
		}
		r.last(1)
		if after, _ := r.l.Seq(r.ctx); after != before || r.tool.Started() != 1 {
			t.Errorf("restarts wrote %d ledger rows and started %d runs: %s", after-before, r.tool.Started(), r.story())
		}
	})
}

func TestCase10SameDataVersion(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		at := time.Now()
		r.w.Version(catalog.Version{Dataset: ds("raw"), ProducedAt: at, DataVersion: "7"})
		r.settle()
		r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunSucceeded)
		r.after(time.Hour)
		r.w.Version(catalog.Version{Dataset: ds("raw"), ProducedAt: time.Now(), DataVersion: "7"})
		r.settle()
		r.last(1)
		r.outcome("mart", catalog.DecideNothing)
	})
}

const lagged = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
want: { max_lag: 1h }
inputs:
  "dataset:pg://wh/raw": { require: exists }
`

func TestCase11UnchangedSourceIsFresh(t *testing.T) {
	inRig(t, lagged, func(r *rig) {
		data := time.Now()
		r.w.Version(catalog.Version{Dataset: ds("raw"), ProducedAt: data, DataTime: data})
		r.after(time.Minute)
		r.ran("dbt", "raw", "mart")
		for range 72 {
			r.after(time.Hour)
			r.w.Look(ds("raw"), catalog.Look{DataTime: data, At: time.Now()})
			r.settle()
			if f := policies.FreshnessOf(r.outcome("mart", catalog.DecideNothing)); f.State != policies.Fresh {
				t.Fatalf("%s: %s", f.State, r.story())
			}
		}
		r.last(0)
		r.after(3 * time.Hour) // silence is not "unchanged": late, and no run
		if f := policies.FreshnessOf(r.outcome("mart", catalog.DecideNothing)); f.State != policies.Late {
			t.Fatalf("%s after silence", f.State)
		}
		r.last(0)
	})
}

func TestCase12MaxAgeRunsOnceADay(t *testing.T) {
	inRig(t, `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
want: { max_age: 24h }
`, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		for day := range 3 {
			r.after(24*time.Hour + time.Minute)
			a := r.is(day+1, catalog.ActionAccepted)
			r.ended(r.play(a, "raw", "mart"), catalog.RunSucceeded)
		}
		r.after(23 * time.Hour)
		r.is(3, catalog.ActionSucceeded)
	})
}

func TestCase13HourlyInputDoesNotTriggerWeeklyModel(t *testing.T) {
	inRig(t, `kind: Policy
name: model
select: { asset: "dataset:pg://wh/model" }
target: { connector: af, job: train }
mode: act
owner: team
want: { by: { cron: "0 6 * * 1", tz: UTC, covers: 48h } }
inputs:
  "dataset:pg://wh/events": { require: { fresh: 2h } }
`, func(r *rig) {
		r.ran("load", "", "events")
		r.after(time.Minute)
		r.ran("train", "events", "model") // 1 January 2000 is a Saturday
		for range 50 {
			r.after(time.Hour)
			r.ran("load", "", "events")
		}
		r.last(0)
		r.after(3 * time.Hour) // Monday passed 06:00, but the input is stale
		r.outcome("model", catalog.DecideNothing)
		r.after(7 * 24 * time.Hour)
		r.outcome("model", catalog.DecideWait)
		r.last(0)
		r.ran("load", "", "events")
		r.is(1, catalog.ActionAccepted)
	})
}

func TestCase19UpstreamFailedThenFixed(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		up := r.began("ingest", "", "raw", nil)
		r.ended(up, catalog.RunFailed)
		r.last(0)
		r.ran("ingest", "", "raw") // by hand
		r.is(1, catalog.ActionAccepted)
	})
}

func TestCase21OptionalInputFailed(t *testing.T) {
	inRig(t, mart+"  \"dataset:pg://wh/extra\": { require: none }\n", func(r *rig) {
		extra := r.began("extra", "", "extra", nil)
		extra.Flags = []string{"wrote"}
		r.ended(extra, catalog.RunFailed)
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionAccepted)
	})
}

func TestCase22CheckMustPassOnTheVersionToBePinned(t *testing.T) {
	inRig(t, mart[:len(mart)-len(" }\n")]+", checks: blocking }\n", func(r *rig) {
		check := func(run catalog.Run, o catalog.CheckResult) {
			r.w.Check(catalog.Check{Dataset: ds("raw"), Name: "not_null", Outcome: o, At: time.Now(), RunStartedAt: time.Now(), Run: catalog.RunKey{Job: job("ingest.test"), RunID: "c" + run.Key.RunID}})
			r.settle()
		}
		first := r.ran("ingest", "", "raw") // no check known yet: true
		r.ended(r.play(r.is(1, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)
		check(first, catalog.CheckPass)
		r.after(time.Hour)
		second := r.ran("ingest", "", "raw")
		r.outcome("mart", catalog.DecideHold) // passed on the older version only
		r.last(1)
		check(second, catalog.CheckFail)
		r.outcome("mart", catalog.DecideWait)
		r.after(time.Minute)
		check(second, catalog.CheckPass)
		r.is(2, catalog.ActionAccepted)
	})
}

func TestCase23SilentConnectorIsUnknown(t *testing.T) {
	in := policies.InputView{Input: policies.Input{Require: policies.RequireExists}, Name: ds("raw"), SilentSince: time.Unix(0, 0)}
	e := policies.Decide(&policies.Policy{Mode: catalog.ModeAct}, policies.Snapshot{Inputs: []policies.InputView{in}}, time.Unix(60, 0))
	if e.Ready != catalog.Unknown {
		t.Errorf("ready is %s, want UNKNOWN", e.Ready)
	}
}

func TestCase27ForeignRunMeetsTheDemand(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionHeld)
		r.ran("dbt", "raw", "mart")           // a person, or the tool's own cron
		r.tool.SetPaused(r.ctx, "dbt", false) //nolint:errcheck // never fails
		r.after(2 * time.Minute)
		r.is(1, catalog.ActionSkipped)
		if r.tool.Started() != 0 {
			t.Errorf("%d runs", r.tool.Started())
		}
	})
}

func TestCase37NoSelfTrigger(t *testing.T) {
	inRig(t, `kind: Policy
name: a
select: { asset: "dataset:pg://wh/a" }
mode: act
owner: team
inputs:
  "dataset:pg://wh/a": { trigger: true }
  "dataset:pg://wh/b": { trigger: true }
`, func(r *rig) {
		r.ran("dag.a", "a b", "a")
		r.ran("dag.b", "a", "b") // made in a run of another tree, a cycle
		n := len(r.actions())
		for range 5 {
			r.ran("dag.a", "a b", "a")
		}
		if len(r.actions()) != n {
			t.Errorf("a triggers itself: %s", r.story())
		}
	})
}

func TestCase39KillSwitch(t *testing.T) {
	inRig(t, mart+"---\n"+train, func(r *rig) {
		if err := r.l.SetKillSwitch(r.ctx, true, "ann", "incident", time.Now()); err != nil {
			t.Fatal(err)
		}
		r.ran("ingest", "", "raw")
		r.last(0)
		r.outcome("mart", catalog.DecideHold)
		if list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Policy: "mart"}); len(list) == 0 {
			t.Error("no decision recorded")
		}
		r.gateSays(r.ask("train", "k", "t-1", 0), catalog.DecideRun)
		if err := r.l.SetKillSwitch(r.ctx, false, "ann", "over", time.Now()); err != nil {
			t.Fatal(err)
		}
		r.gateSays(r.ask("train", "k", "t-1", 0), catalog.DecideWait) // that run was not final
		r.settle()
		r.is(1, catalog.ActionAccepted)
	})
}

func TestCase40PolicyDeleted(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionHeld)
		r.live.Put(&policies.Set{})
		r.settle()
		r.is(1, catalog.ActionSuperseded)
	})
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.live.Put(&policies.Set{})
		r.settle()
		r.is(1, catalog.ActionRunning)
		r.ended(run, catalog.RunSucceeded)
		r.is(1, catalog.ActionSucceeded)
	})
}

func TestCase41LeaseLapses(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "a", "t-1", 0), catalog.DecideRun)
		r.gateSays(r.ask("train", "b", "t-2", 0), catalog.DecideWait) // the place is taken
		r.after(10*time.Minute + time.Second)
		r.gateSays(r.ask("train", "b", "t-2", 0), catalog.DecideRun)
	})
}

func TestCase42HumanCancels(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunCancelled)
		r.is(1, catalog.ActionCancelled)
		r.outcome("mart", catalog.DecideHold)
		r.after(48 * time.Hour)
		r.last(1)
		r.ran("ingest", "", "raw") // the demand is another one now
		r.is(2, catalog.ActionAccepted)
	})
}

func TestCase43RanWhileWeirWasDown(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.stop()
		r.ended(r.play(a, "raw", "mart"), catalog.RunSucceeded)
		r.start()
		r.is(1, catalog.ActionSucceeded)
		r.outcome("mart", catalog.DecideNothing)
	})
}

func TestCase45PartOfARunSucceeded(t *testing.T) {
	const use = `kind: Policy
name: use
select: { asset: "job:prod/use" }
mode: gate
inputs:
  "dataset:pg://wh/x": { require: updated }
---
kind: Policy
name: use2
select: { asset: "job:prod/use2" }
mode: gate
inputs:
  "dataset:pg://wh/y": { require: updated }
`
	inRig(t, use, func(r *rig) {
		dbt := r.began("dbt", "", "", nil)
		ref := &catalog.RunRef{RunID: dbt.Key.RunID, Job: dbt.Key.Job}
		r.ended(r.began("dbt.x", "raw", "x", ref), catalog.RunSucceeded)
		r.ended(r.began("dbt.y", "raw", "y", ref), catalog.RunFailed)
		r.ended(dbt, catalog.RunFailed)
		r.gateSays(r.ask("use", "1", "u", 0), catalog.DecideRun)
		r.gateSays(r.ask("use2", "1", "u", 0), catalog.DecideWait)
	})
}

func TestCase46TaintedVersionHolds(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunSucceeded)
		bad := r.began("ingest", "", "raw", nil)
		bad.Flags = []string{"wrote"}
		r.ended(bad, catalog.RunFailed)
		r.last(1)
		if e := r.outcome("mart", catalog.DecideNothing); e.Ready != catalog.Unknown {
			t.Errorf("ready %s, want UNKNOWN: %s", e.Ready, r.story())
		}
	})
}

// TestMartFailsAfterStaging: a version made inside the target's own run tree is
// never new for it; exactly one action.
func TestMartFailsAfterStaging(t *testing.T) {
	inRig(t, mart+"  \"dataset:pg://wh/stg\": { trigger: true, require: exists }\n", func(r *rig) {
		r.ran("dbt.stg", "raw", "stg")
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		dag := r.play(a, "", "")
		ref := &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job}
		r.ended(r.began("dbt.stg", "raw", "stg", ref), catalog.RunSucceeded)
		r.ended(r.began("dbt.mart", "stg", "mart", ref), catalog.RunFailed)
		r.ended(dag, catalog.RunFailed)
		r.after(72 * time.Hour)
		r.is(1, catalog.ActionFailed)
		if r.tool.Started() != 1 {
			t.Errorf("%d runs: %s", r.tool.Started(), r.story())
		}
	})
}

// TestWakesAtMayChangeAt: no ticker; the engine acts at the very moment that an
// atom may flip by itself.
func TestWakesAtMayChangeAt(t *testing.T) {
	inRig(t, mart+"quiet: 3m\nmin_interval: 30m\n", func(r *rig) {
		r.ran("ingest", "", "raw")
		at := time.Now().Add(3 * time.Minute)
		if e := r.outcome("mart", catalog.DecideNothing); !e.WakeAt.Equal(at) {
			t.Fatalf("wakes at %s, want %s", e.WakeAt, at)
		}
		time.Sleep(3*time.Minute - time.Nanosecond)
		synctest.Wait()
		r.last(0)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		first := r.is(1, catalog.ActionAccepted)
		started := r.ended(r.play(first, "raw", "mart"), catalog.RunSucceeded).StartedAt
		r.after(10 * time.Minute)
		r.ran("ingest", "", "raw")
		r.last(1)
		r.after(time.Until(started.Add(30 * time.Minute)))
		r.is(2, catalog.ActionAccepted)
	})
}

func TestHeldUntilTheToolWouldTakeIt(t *testing.T) {
	for name, down := range map[string]error{"paused": nil, "unreachable": &connectors.Error{Class: connectors.Retryable, Op: "look", Err: errors.New("connection refused"), Hint: "is the tool up?"}} {
		t.Run(name, func(t *testing.T) {
			inRig(t, mart, func(r *rig) {
				r.tool.Down(down)
				r.tool.SetPaused(r.ctx, "dbt", down == nil) //nolint:errcheck // never fails
				r.ran("ingest", "", "raw")
				r.is(1, catalog.ActionHeld)
				r.after(3 * time.Hour)
				r.ran("ingest", "", "raw")
				r.is(1, catalog.ActionHeld)
				r.tool.Down(nil)
				r.tool.SetPaused(r.ctx, "dbt", false) //nolint:errcheck // never fails
				r.after(time.Minute)
				a := r.is(1, catalog.ActionAccepted)
				if v, _ := r.w.Versions(r.ctx, policies.VersionQuery{Dataset: r.w.ID(ds("raw")), Limit: 1}); a.Pins[0].Version != v[0].ID() {
					t.Error("not pinned anew to the newest version")
				}
				if n := len(r.tool.Sent()); n != 1 {
					t.Errorf("%d sends", n)
				}
			})
		})
	}
}

func TestStaleIntentExpires(t *testing.T) {
	inRig(t, mart+"valid_until: 2h\n", func(r *rig) {
		r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
		r.ran("ingest", "", "raw")
		r.after(2 * time.Hour)
		if first := r.actions()[len(r.actions())-1]; first.State != catalog.ActionExpired {
			t.Errorf("%s: %s", first.State, r.story())
		}
		if r.tool.Started() != 0 {
			t.Error("an expired intent fired")
		}
	})
}

// TestRefusals: what surely was not applied is never sent again; blocked is
// tried once more when the tool would take it.
func TestRefusals(t *testing.T) {
	for class, want := range map[connectors.Class]struct {
		state catalog.ActionState
		sends int
	}{
		connectors.Retryable: {catalog.ActionRefused, 1}, connectors.Permanent: {catalog.ActionRefused, 1},
		connectors.Conflict: {catalog.ActionRefused, 1}, connectors.Blocked: {catalog.ActionRefused, 2},
	} {
		t.Run(string(class), func(t *testing.T) {
			inRig(t, mart, func(r *rig) {
				f := policiestest.ToolFault{Err: &connectors.Error{Class: class, Op: "trigger", Message: "no"}}
				r.tool.Fail(f, f, f)
				r.ran("ingest", "", "raw")
				r.after(time.Hour)
				r.is(1, want.state)
				if n := len(r.tool.Sent()); n != want.sends {
					t.Errorf("%d sends, want %d", n, want.sends)
				}
				r.outcome("mart", catalog.DecideHold)
			})
		})
	}
}

func TestNoEventsOnlyPolls(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.after(30 * time.Minute) // the tool says "queued" all along: not lost
		r.is(1, catalog.ActionAccepted)
		r.tool.Set(a.ExternalID, catalog.RunRunning)
		r.after(time.Minute)
		r.is(1, catalog.ActionRunning)
		r.tool.Set(a.ExternalID, catalog.RunSucceeded)
		r.after(61 * time.Second)
		r.is(1, catalog.ActionRunning) // waits for the events of the end
		r.after(2 * time.Minute)
		r.is(1, catalog.ActionSucceeded)
		// No version came: the demand is consumed all the same.
		if f := policies.FreshnessOf(r.outcome("mart", catalog.DecideNothing)); f.State != policies.FreshUnknown {
			t.Errorf("freshness %s (%s), want UNKNOWN", f.State, f.Says)
		}
		r.after(72 * time.Hour)
		r.last(1)
	})
}

func TestSilenceIsLostAndHolds(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.tool.Set(a.ExternalID, catalog.RunUnknown)
		r.after(11 * time.Minute)
		r.is(1, catalog.ActionLost)
		r.ran("ingest", "", "raw")
		r.last(1)
		run := r.play(a, "raw", "mart")
		r.is(1, catalog.ActionRunning)
		r.ended(run, catalog.RunSucceeded) // it began after both versions
		r.is(1, catalog.ActionSucceeded)
	})
}

// TestCrashes: the dispatcher dies at each point of a dispatch; after a restart
// there is one run and one action.
func TestCrashes(t *testing.T) {
	for _, point := range []string{"before-dispatch", "move-dispatching", "dispatching", "dispatched", "move-accepted"} {
		t.Run(point, func(t *testing.T) {
			inRig(t, mart, func(r *rig) {
				r.dieAt = point
				r.ran("ingest", "", "raw")
				if r.dieAt != "" {
					t.Fatal("it never came there")
				}
				r.stop()
				r.start()
				r.after(5 * time.Second)
				r.is(1, catalog.ActionAccepted)
				if r.tool.Started() != 1 {
					t.Errorf("%d runs: %s", r.tool.Started(), r.story())
				}
			})
		})
	}
}
