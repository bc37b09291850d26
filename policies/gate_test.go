package policies_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestGateHoldsTheQuestion: a question that must wait is held, woken by what
// changes, and answered at the end of its time, without sleeping in between.
func TestGateHoldsTheQuestion(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)

		start := time.Now()
		r.gateSays(r.ask("train", "k", "t", time.Hour), catalog.DecideWait)
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("held for %s, want 30s at most", d)
		}

		got := make(chan catalog.GateAnswer, 1)
		go func() { got <- r.ask("train", "k", "t", 30*time.Second) }()
		synctest.Wait()
		before, _ := r.l.Seq(r.ctx)
		start = time.Now()
		r.ran("dbt", "raw", "mart")
		r.gateSays(<-got, catalog.DecideRun)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("answered after %s", d)
		}
		if list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{}); before == 0 || len(list) == 0 {
			t.Error("nothing recorded")
		}
	})
}

// TestGateWaitIsOneDecision: an asker that is told to wait again and again is
// told so under one decision, and one row is written.
func TestGateWaitIsOneDecision(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		first := r.ask("train", "k", "t", 0)
		for range 20 {
			r.after(15 * time.Second)
			if a := r.ask("train", "k", "t", 0); a.DecisionID != first.DecisionID || a.RetryAfter <= 0 {
				t.Fatalf("%+v after %+v", a, first)
			}
		}
		n := 0
		list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{})
		for _, d := range list {
			if d.Gate != nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d gate decisions, want 1", n)
		}
	})
}

// TestGateForgetsWhoGaveUp: who waits is known while they ask, under their first
// question, and no longer once they stopped, ran, or stand at a weir that is new.
func TestGateForgetsWhoGaveUp(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		waits := func(want ...time.Duration) {
			t.Helper()
			var got []time.Duration
			for _, w := range r.gate.Waiting() {
				if w.Policy == "train" && w.Job == catalog.AssetID(job("train").ID()) {
					got = append(got, time.Since(w.Since))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("waiting for %v, want %v", got, want)
			}
		}
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideWait)
		r.after(10 * time.Minute)
		r.ask("train", "k", "t", 0)
		r.ask("train", "k2", "t2", 0)
		r.after(10 * time.Minute)
		waits(20*time.Minute, 10*time.Minute)
		r.after(4 * time.Minute)
		r.ask("train", "k2", "t2", 0)
		r.after(2 * time.Minute)
		waits(16 * time.Minute) // the first gave up
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "k2", "t2", 0), catalog.DecideRun)
		waits()
	})
}

func TestGateWithoutPolicy(t *testing.T) {
	inRig(t, train, func(r *rig) {
		a := r.ask("other", "k", "t", 0)
		r.gateSays(a, catalog.DecideRun)
		if !strings.Contains(a.Reasons[0], "no_policy") || a.DecisionID == "" {
			t.Errorf("%+v", a)
		}
		if d, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{ID: a.DecisionID}); len(d) != 1 || d[0].Gate == nil {
			t.Errorf("not recorded: %+v", d)
		}
	})
}

func TestGateOfShadowNeverHolds(t *testing.T) {
	inRig(t, strings.Replace(train, "mode: gate", "mode: shadow", 1), func(r *rig) {
		a := r.ask("train", "k", "t", 0)
		r.gateSays(a, catalog.DecideRun)
		if a.WouldHave != catalog.DecideWait || a.Lease != nil {
			t.Errorf("%+v, want wouldHave WAIT and no lease", a)
		}
	})
}

// TestGateAnswerIsFinal: over a restart, when facts change, and when the job
// merges with another name; another key is another question.
func TestGateAnswerIsFinal(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		first := r.ask("train", "k", "t", 0)
		r.gateSays(first, catalog.DecideRun)
		r.w.Merge(job("train"), catalog.JobName("aaa", "alias"))
		bad := r.began("dbt", "raw", "mart", nil)
		bad.Flags = []string{"wrote"}
		r.ended(bad, catalog.RunFailed)
		r.stop()
		r.start()
		if a := r.ask("train", "k", "t", 0); a.DecisionID != first.DecisionID || a.Pins[0].Version != first.Pins[0].Version {
			t.Errorf("%+v, want %+v", a, first)
		}
		r.gateSays(r.ask("train", "k2", "t2", 0), catalog.DecideWait)
	})
}

func TestGateSkipsUnchangedOnlyWhenTold(t *testing.T) {
	for yaml, want := range map[string]catalog.DecisionOutcome{train: catalog.DecideWait, train + "skip_unchanged: true\n": catalog.DecideSkip} {
		inRig(t, yaml, func(r *rig) {
			r.ran("dbt", "raw", "mart")
			r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
			r.gateSays(r.ask("train", "k", "t", 0), want)
		})
	}
}

func TestGateFrozenDenies(t *testing.T) {
	inRig(t, train+"freeze: { until: 2000-01-02T00:00:00Z, reason: stocktaking }\n", func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideDeny)
	})
}

// TestGateDoesNotWaitForItsAsker: a task asks from inside a DAG run; neither
// the DAG run nor its other tasks count as running, another DAG run does.
func TestGateDoesNotWaitForItsAsker(t *testing.T) {
	inRig(t, `kind: Policy
name: report
select: { asset: "job:prod/report" }
mode: gate
`, func(r *rig) {
		dag := r.began("report", "", "", nil)
		ref := &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job}
		gate := r.began("report.gate", "", "", ref)
		r.began("report.other", "", "", ref)
		r.gateSays(r.ask("report", "k1", dag.Key.RunID, 0), catalog.DecideRun)
		r.gateSays(r.ask("report", "k2", gate.Key.RunID, 0), catalog.DecideRun)
		r.gateSays(r.ask("report", "k3", "", 0), catalog.DecideRun) // the only run is taken for the asker
		other := r.began("report", "", "", nil)
		r.gateSays(r.ask("report", "k4", gate.Key.RunID, 0), catalog.DecideWait)
		r.gateSays(r.ask("report", "k5", "", 0), catalog.DecideWait)
		r.ended(other, catalog.RunSucceeded)
		r.gateSays(r.ask("report", "k4", gate.Key.RunID, 0), catalog.DecideRun)
	})
}

// TestGatePinsCountAsRead: a run that began before the gate let it through read
// what the answer pinned, not what there was at its START.
func TestGatePinsCountAsRead(t *testing.T) {
	inRig(t, train, func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "", "", nil), catalog.RunSucceeded)
		dag := r.began("train", "", "", nil) // begins, then waits at the gate
		r.gateSays(r.ask("train", "k", dag.Key.RunID, 0), catalog.DecideWait)
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "k", dag.Key.RunID, 0), catalog.DecideRun)
		r.after(time.Minute)
		r.ended(dag, catalog.RunSucceeded)
		r.gateSays(r.ask("train", "k2", "t2", 0), catalog.DecideWait)
	})
}

func TestGateBeforeOpenAndBadQuestions(t *testing.T) {
	g := policies.NewGate(&policies.Gatherer{Policies: &policies.Live{}}, &sync.Mutex{}, policies.GateOptions{Ready: func() bool { return false }})
	if _, err := g.Ask(context.Background(), policies.GateRequest{Job: job("x")}); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	inRig(t, train, func(r *rig) {
		if _, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: catalog.Name{Type: catalog.TypeJob, Name: "x"}}); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
	})
}

// TestGateNeedsBothOfEqualRank: two policies on one job, READY of both.
func TestGateNeedsBothOfEqualRank(t *testing.T) {
	inRig(t, train+"---\n"+strings.NewReplacer("name: train", "name: train2", "wh/mart", "wh/other", "checks: blocking", "checks: none").Replace(train), func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideWait)
		r.ran("dbt2", "raw", "other")
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideRun)
	})
}

// TestGateDoesNotWaitForTheActionThatStartedItsAsker: weir starts a DAG whose
// first task asks weir.
func TestGateDoesNotWaitForTheActionThatStartedItsAsker(t *testing.T) {
	inRig(t, strings.Replace(mart, "wh/mart", "wh/report", 1)+"---\nkind: Policy\nname: gate\nselect: { asset: \"job:prod/dbt\" }\nmode: gate\n", func(r *rig) {
		old := r.began("dbt", "", "", nil)
		r.ended(old, catalog.RunSucceeded) // so that the gate's target is known
		r.ran("ingest", "", "raw")
		a := r.is(1, catalog.ActionAccepted)
		r.gateSays(r.ask("dbt", "k0", "somebody-else", 0), catalog.DecideWait)
		r.gateSays(r.ask("dbt", "k1", a.ExternalID, 0), catalog.DecideRun) // before its START is heard
		dag := r.play(a, "", "")
		task := r.began("dbt.gate", "", "", &catalog.RunRef{RunID: dag.Key.RunID, Job: dag.Key.Job})
		r.gateSays(r.ask("dbt", "k2", task.Key.RunID, 0), catalog.DecideRun)
	})
}
