package policies_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// TestMergePutsTwoPoliciesOnOneAsset: neither acts, until a split.
func TestMergePutsTwoPoliciesOnOneAsset(t *testing.T) {
	inRig(t, mart+"---\n"+strings.NewReplacer("name: mart", "name: twin", "wh/mart", "wh/twin").Replace(mart), func(r *rig) {
		r.w.Merge(ds("mart"), ds("twin"))
		r.ran("ingest", "", "raw")
		r.last(0)
		r.outcome("mart", catalog.DecideHold)
		r.outcome("twin", catalog.DecideHold)
		found, err := r.g.Check(r.ctx, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		codes := ""
		for _, f := range found {
			codes += f.Code + " "
		}
		if strings.Count(codes, "E103") != 2 {
			t.Errorf("check finds %s", codes)
		}
		r.w.Split(ds("twin"))
		r.settle()
		r.is(1, catalog.ActionAccepted) // one target: the other waits for it
		r.outcome("twin", catalog.DecideWait)
	})
}

// TestNarrowestSelectorWins: an exact name over patterns, the longer pattern
// over the shorter.
func TestNarrowestSelectorWins(t *testing.T) {
	glob := func(name, pattern string) string {
		return strings.NewReplacer("name: mart", "name: "+name, "wh/mart", pattern).Replace(mart)
	}
	inRig(t, glob("all", "wh/*")+"---\n"+glob("marts", "wh/m*")+"---\n"+mart, func(r *rig) {
		for _, n := range []string{"mart", "m2", "x"} {
			r.ran("j", "", n)
		}
		got := map[string]string{}
		matches, err := r.g.Matches(r.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matches {
			a, _ := r.w.Assets(r.ctx, []catalog.AssetID{m.Asset})
			got[a[0].Name.Name] += m.Policy.Name
		}
		if got["mart"] != "mart" || got["m2"] != "marts" || got["x"] != "all" {
			t.Errorf("%v", got)
		}
	})
}

// TestSharedTargetIsOneDemand: two assets of one job; the demand that the job
// failed for is spent for both.
func TestSharedTargetIsOneDemand(t *testing.T) {
	inRig(t, mart+"---\n"+strings.NewReplacer("name: mart", "name: mart2", "wh/mart", "wh/mart2").Replace(mart), func(r *rig) {
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		dag := r.play(a, "", "")
		ref := &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job}
		r.ended(r.began("dbt.mart", "raw", "mart", ref), catalog.RunSucceeded)
		r.ended(dag, catalog.RunFailed)
		r.after(24 * time.Hour)
		r.is(1, catalog.ActionFailed)
		r.outcome("mart", catalog.DecideNothing)
		r.outcome("mart2", catalog.DecideHold)
	})
}

// TestTargetFoundByRunChain: without a target the run chain says what makes it.
func TestTargetFoundByRunChain(t *testing.T) {
	inRig(t, strings.Replace(mart, "target: { connector: af, job: dbt }\n", "", 1), func(r *rig) {
		r.ran("ingest", "", "raw")
		if e := r.outcome("mart", catalog.DecideHold); !strings.Contains(e.Tree.Says, "target unresolved") {
			t.Errorf("%s", e.Tree.Says)
		}
		dag := r.began("pipeline", "", "", nil)
		ref := &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job}
		model := catalog.Run{Key: catalog.RunKey{Job: catalog.JobName("dbt", "model.mart"), RunID: "m"}, State: catalog.RunSucceeded, StartedAt: time.Now(), EndedAt: ptr(time.Now()), Inputs: dss("raw"), Outputs: dss("mart"), Parent: ref}
		r.w.Run(model)
		r.ended(dag, catalog.RunSucceeded)
		r.ran("ingest", "", "raw")
		if a := r.is(1, catalog.ActionAccepted); a.ToolJob != "pipeline" || a.Connector != "af" {
			t.Errorf("starts %s on %s", a.ToolJob, a.Connector)
		}
	})
}

// TestViewPassesNewnessThrough: a view's newest run is no news; its input's
// version is.
func TestViewPassesNewnessThrough(t *testing.T) {
	inRig(t, strings.Replace(mart, "wh/raw", "wh/view", 1), func(r *rig) {
		r.w.View(ds("view"))
		r.ran("ingest", "", "raw")
		r.ran("views", "raw", "view")
		r.ended(r.play(r.is(1, catalog.ActionAccepted), "view", "mart"), catalog.RunSucceeded)
		r.ran("views", "raw", "view") // made again: nothing new behind it
		r.is(1, catalog.ActionSucceeded)
		r.ran("ingest", "", "raw")
		r.is(2, catalog.ActionAccepted)
	})
}

// TestPinsOfPins: a mart that pins staging pins raw as staging read it.
func TestPinsOfPins(t *testing.T) {
	inRig(t, strings.Replace(mart, "mode: act", "mode: shadow", 1), func(r *rig) {
		r.ran("ingest", "", "raw")
		r.ran("stg", "raw", "stg")
		r.ran("ingest", "", "raw") // staging has not read this one
		r.ran("martjob", "stg", "mart")
		r.outcome("mart", catalog.DecideRun)
		r.ran("stg", "raw", "stg")
		r.ran("martjob", "stg", "mart")
		r.outcome("mart", catalog.DecideNothing)
	})
}

func TestShadowLeavesATraceAndSendsNothing(t *testing.T) {
	inRig(t, strings.Replace(mart, "mode: act", "mode: shadow", 1), func(r *rig) {
		r.ran("ingest", "", "raw")
		r.is(1, catalog.ActionShadowed)
		r.stop()
		r.start()
		r.last(1)
		if len(r.tool.Sent()) != 0 {
			t.Error("a shadow sent something")
		}
	})
	inRig(t, strings.Replace(mart, "mode: act", "mode: observe", 1), func(r *rig) {
		r.ran("ingest", "", "raw")
		r.last(0)
		r.outcome("mart", catalog.DecideRun)
	})
}

func TestWhy(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		list, err := r.eval.Why(r.ctx, r.w.ID(ds("mart")))
		if err != nil || len(list) != 1 || list[0].ID == "" || list[0].Outcome != catalog.DecideWait {
			t.Fatalf("%+v, %v", list, err)
		}
		text := render(list[0].Tree)
		for _, want := range []string{"decide: waits: action", "├─ true    want", "new(raw)", "self_idle"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if _, err := r.eval.Why(r.ctx, r.w.ID(ds("raw"))); !strings.Contains(err.Error(), "no policy") {
			t.Errorf("%v", err)
		}
		if next := policies.NextOnes(r.eval.Evaluations()); len(next) != 1 {
			t.Errorf("next: %+v", next)
		}
	})
}

// TestSharedTargetListsAllCauses: what wants the same start joins it.
func TestSharedTargetListsAllCauses(t *testing.T) {
	second := strings.NewReplacer("name: mart", "name: mart2", "wh/mart", "wh/mart2", "wh/raw", "wh/raw2").Replace(mart)
	shadow := strings.NewReplacer("name: mart", "name: mart3", "wh/mart", "wh/mart3", "mode: act", "mode: shadow").Replace(mart)
	inRig(t, mart+"---\n"+second+"---\n"+shadow, func(r *rig) {
		r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
		r.ran("ingest", "", "raw")
		r.ran("ingest2", "", "raw2")
		r.tool.SetPaused(r.ctx, "dbt", false) //nolint:errcheck // never fails
		r.after(2 * time.Minute)
		var sent catalog.Action
		for _, a := range r.actions() {
			if a.State == catalog.ActionAccepted {
				sent = a
			}
		}
		if len(sent.Policies) != 2 || len(sent.Demand) != 2 || len(sent.Pins) != 2 || r.tool.Started() != 1 {
			t.Fatalf("policies %v, demand %v, pins %v: %s", sent.Policies, sent.Demand, sent.Pins, r.story())
		}
		dag := r.play(sent, "", "")
		ref := &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job}
		r.ended(r.began("dbt.mart", "raw", "mart", ref), catalog.RunSucceeded)
		r.ended(r.began("dbt.mart2", "raw2", "mart2", ref), catalog.RunSucceeded)
		r.ended(dag, catalog.RunSucceeded)
		r.after(time.Hour)
		r.outcome("mart", catalog.DecideNothing)
		r.outcome("mart2", catalog.DecideNothing)
		if r.tool.Started() != 1 {
			t.Errorf("%d runs: %s", r.tool.Started(), r.story())
		}
	})
}

// deaf is a tool that answers no question about its jobs, until told.
type deaf struct {
	*policiestest.Tool
	hears atomic.Bool
	asked atomic.Int64
}

func (d *deaf) Claims(ctx context.Context, job catalog.Name) (string, bool) {
	if d.hears.Load() {
		return d.Tool.Claims(ctx, job)
	}
	d.asked.Add(1)
	<-ctx.Done()
	return "", false
}

// TestHangingToolHoldsUpNobody: it is asked seldom and briefly, and again after
// a while without any event.
func TestHangingToolHoldsUpNobody(t *testing.T) {
	inRig(t, strings.Replace(mart, "target: { connector: af, job: dbt }\n", "", 1)+"---\n"+train, func(r *rig) {
		d := &deaf{Tool: r.tool}
		r.stop()
		r.conn = d
		r.start()
		r.ran("dbt", "raw", "mart")
		r.ran("ingest", "", "raw")
		r.after(10 * time.Second)
		r.outcome("mart", catalog.DecideHold)
		start, asked := time.Now(), d.asked.Load()
		for range 20 {
			r.ask("train", "k", "t", 0)
			r.settle()
		}
		if took := time.Since(start); took > 3*time.Second || d.asked.Load() > asked+2 {
			t.Errorf("20 questions took %s and asked the tool %d times", took, d.asked.Load()-asked)
		}
		d.hears.Store(true)
		r.after(3 * time.Minute) // no event comes
		r.is(1, catalog.ActionAccepted)
	})
}
