package policies_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// byHand is a policy that nothing but a person acts on.
const byHand = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt, params: { full: false } }
mode: act
owner: team
want: manual
inputs:
  "dataset:pg://wh/raw": { require: exists }
`

func (r *rig) requests() *policies.Requests {
	return policies.NewRequests(r.g, policies.RequestsOptions{OnNew: func(catalog.Decision, catalog.Action) { r.disp.Wake() }})
}

func asked(key string) policies.Ask { return policies.Ask{Actor: "ann", Reason: "a test", Key: key} }

func place(name string) policies.Place {
	return policies.Place{Asset: catalog.AssetID(ds(name).ID())}
}

// want reads an action by its id and checks its state.
func (r *rig) want(id string, s catalog.ActionState) catalog.Action {
	r.t.Helper()
	list, err := r.l.Actions(r.ctx, policies.ActionQuery{ID: id})
	if err != nil || len(list) != 1 {
		r.t.Fatalf("action %s: %v", id, err)
	}
	if list[0].State != s {
		r.t.Fatalf("%s is %s, want %s: %s", list[0].Kind, list[0].State, s, r.story())
	}
	return list[0]
}

func (r *rig) do(a catalog.Action, err error) catalog.Action {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return a
}

func (r *rig) runBy(key string) catalog.Action {
	r.t.Helper()
	return r.do(r.requests().Run(r.ctx, policies.RunRequest{Ask: asked(key), Place: place("mart"), Params: map[string]any{"day": 7}}))
}

func TestRequestedRun(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		raw := r.ran("load", "", "raw")
		a := r.runBy("k1")
		if again := r.runBy("k1"); again.ID != a.ID {
			t.Errorf("the same key made another action: %s and %s", a.ID, again.ID)
		}
		a = r.want(a.ID, catalog.ActionAccepted)
		sent := r.tool.Sent()
		if len(sent) != 1 || sent[0].Params["day"] != 7 || sent[0].Params["full"] != false || sent[0].Parent.Job.Name != "asked" {
			t.Errorf("sent %+v", sent)
		}
		if a.Asked.Actor != "ann" || a.Transitions[0].Actor != "ann" || len(a.Pins) != 1 || !a.Pins[0].ProducedAt.Equal(*raw.EndedAt) {
			t.Errorf("%+v", a)
		}
		list, err := r.l.Decisions(r.ctx, policies.DecisionQuery{ID: a.Cause})
		if err != nil || len(list) != 1 || !strings.Contains(list[0].Tree.Says, "ann asks for it: a test") {
			t.Errorf("decision %+v, %v", list, err)
		}
		_, err = r.requests().Run(r.ctx, policies.RunRequest{Ask: asked("k1"), Place: place("mart")})
		if !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("the key with other parameters: %v, want a conflict", err)
		}
		// A second run waits for the first: one run of a job for a time.
		b := r.runBy("k2")
		r.want(b.ID, catalog.ActionReady)
		r.ended(r.play(a, "raw", "mart"), catalog.RunSucceeded)
		r.want(a.ID, catalog.ActionSucceeded)
		r.want(b.ID, catalog.ActionAccepted)
	})
}

func TestCancel(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		a := r.runBy("k1")
		run := r.play(r.want(a.ID, catalog.ActionAccepted), "raw", "mart")
		c := r.do(r.requests().Cancel(r.ctx, asked("c1"), a.ID))
		r.want(a.ID, catalog.ActionCancelling)
		r.want(c.ID, catalog.ActionAccepted)
		r.ended(run, catalog.RunFailed) // Airflow's word for it
		r.want(a.ID, catalog.ActionCancelled)
		r.want(c.ID, catalog.ActionSucceeded)
		if again := r.do(r.requests().Cancel(r.ctx, asked("c1"), a.ID)); again.ID != c.ID {
			t.Error("the same key made another cancel")
		}
		if _, err := r.requests().Cancel(r.ctx, asked("c2"), a.ID); !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("a closed action: %v, want a conflict", err)
		}
		if stops, _, _ := r.tool.Effects(); stops != 1 {
			t.Errorf("%d runs were stopped", stops)
		}
	})
}

// TestCancelBeforeTheSend: nothing was sent, so the tool is not called.
func TestCancelBeforeTheSend(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		if err := r.l.SetKillSwitch(r.ctx, true, "ann", "test", time.Now()); err != nil {
			t.Fatal(err)
		}
		a := r.runBy("k1")
		r.want(a.ID, catalog.ActionReady) // nothing is started while the switch is on
		c := r.do(r.requests().Cancel(r.ctx, asked("c1"), a.ID))
		if err := r.l.SetKillSwitch(r.ctx, false, "ann", "test", time.Now()); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.after(time.Minute)
		r.want(a.ID, catalog.ActionCancelled)
		r.want(c.ID, catalog.ActionSkipped)
		if n := r.tool.Started(); n != 0 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestCancelTooLate(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		a := r.runBy("k1")
		run := r.play(r.want(a.ID, catalog.ActionAccepted), "raw", "mart")
		c := r.do(r.requests().Cancel(r.ctx, asked("c1"), a.ID))
		r.ended(run, catalog.RunSucceeded)
		r.want(a.ID, catalog.ActionSucceeded)
		r.want(c.ID, catalog.ActionFailed)
	})
}

// TestCancelRefused: the tool would not, so the run goes on as it was.
func TestCancelRefused(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		a := r.runBy("k1")
		run := r.play(r.want(a.ID, catalog.ActionAccepted), "raw", "mart")
		r.tool.Fail(virtual.ToolFault{Err: &connectors.Error{Class: connectors.Permanent, Op: "stop", Message: "no"}})
		c := r.do(r.requests().Cancel(r.ctx, asked("c1"), a.ID))
		r.want(c.ID, catalog.ActionRefused)
		r.want(a.ID, catalog.ActionRunning)
		r.ended(run, catalog.RunFailed)
		r.want(a.ID, catalog.ActionFailed)
	})
}

func TestCancelForeignRun(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		run := r.began("dbt", "raw", "mart", nil)
		run.ExternalID = "manual__1"
		r.w.Run(run)
		c := r.do(r.requests().CancelRun(r.ctx, asked("c1"), run.Key))
		if c = r.want(c.ID, catalog.ActionAccepted); c.ExternalID != "manual__1" || c.ToolJob != "dbt" {
			t.Errorf("%+v", c)
		}
		r.ended(run, catalog.RunCancelled)
		r.want(c.ID, catalog.ActionSucceeded)
		if again := r.do(r.requests().CancelRun(r.ctx, asked("c1"), run.Key)); again.ID != c.ID {
			t.Error("the same key made another cancel")
		}
	})
}

func TestRerun(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		a := r.runBy("k1")
		run := r.ended(r.play(r.want(a.ID, catalog.ActionAccepted), "raw", "mart"), catalog.RunFailed)
		r.tool.Set(a.ExternalID, catalog.RunFailed)
		a = r.want(a.ID, catalog.ActionFailed)
		r.tool.Set(a.ExternalID, catalog.RunFailed)
		b := r.do(r.requests().Rerun(r.ctx, policies.RerunRequest{Ask: asked("r1"), Action: a.ID}))
		b = r.want(b.ID, catalog.ActionAccepted)
		if b.ExternalID != a.ExternalID || b.Of != a.ID || b.Mark != "try 1" {
			t.Errorf("%+v", b)
		}
		second := run
		second.Key.RunID, second.State, second.EndedAt = virtual.TryRunID(a.ExternalID, 2), catalog.RunRunning, nil
		r.after(time.Second)
		second.StartedAt = time.Now()
		r.w.Run(second)
		r.settle()
		r.want(b.ID, catalog.ActionRunning)
		r.ended(second, catalog.RunSucceeded)
		b = r.want(b.ID, catalog.ActionSucceeded)
		if b.Run != second.Key {
			t.Errorf("closed by %v, want %v", b.Run, second.Key)
		}
		r.want(a.ID, catalog.ActionFailed) // what was, was
		if _, reruns, _ := r.tool.Effects(); reruns != 1 {
			t.Errorf("%d reruns", reruns)
		}
	})
}

// TestRerunInDoubt: the answer is lost; the tool's own mark says whether it
// was done.
func TestRerunInDoubt(t *testing.T) {
	for _, applied := range []bool{true, false} {
		inRig(t, byHand, func(r *rig) {
			r.ran("load", "", "raw")
			a := r.runBy("k1")
			a = r.want(a.ID, catalog.ActionAccepted)
			r.ended(r.play(a, "raw", "mart"), catalog.RunFailed)
			r.tool.Set(a.ExternalID, catalog.RunFailed)
			r.tool.Fail(virtual.ToolFault{Err: errors.New("timeout"), Applied: applied})
			b := r.do(r.requests().Rerun(r.ctx, policies.RerunRequest{Ask: asked("r1"), Action: a.ID}))
			r.want(b.ID, catalog.ActionAmbiguous)
			r.after(30 * time.Second)
			_, reruns, _ := r.tool.Effects()
			if want := map[bool]int{true: 1, false: 0}[applied]; reruns != want {
				t.Errorf("applied %v: %d reruns after 30 s, want %d", applied, reruns, want)
			}
			r.after(3 * time.Minute)
			if _, reruns, _ = r.tool.Effects(); reruns != 1 {
				t.Errorf("applied %v: %d reruns, want 1: %s", applied, reruns, r.story())
			}
			r.want(b.ID, catalog.ActionAccepted)
		})
	}
}

func TestPauseAndResume(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		r.tool.Fail(virtual.ToolFault{Err: errors.New("timeout"), Applied: true})
		p := r.do(r.requests().Pause(r.ctx, asked("p1"), place("mart")))
		r.after(5 * time.Second)
		r.want(p.ID, catalog.ActionSucceeded)
		a := r.runBy("k1")
		r.want(a.ID, catalog.ActionHeld)
		q := r.do(r.requests().Resume(r.ctx, asked("p2"), place("mart")))
		r.want(q.ID, catalog.ActionSucceeded)
		r.after(2 * time.Minute)
		r.want(a.ID, catalog.ActionAccepted)
		if _, _, n := r.tool.Effects(); n != 2 {
			t.Errorf("the switch was turned %d times", n)
		}
	})
}

func days(n int) (out []time.Time) {
	for i := range n {
		out = append(out, time.Date(2026, 3, 1+i, 0, 0, 0, 0, time.UTC))
	}
	return out
}

// TestBackfill: five dates, two at once, in order; one fails.
func TestBackfill(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		b := r.do(r.requests().Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("b1"), Place: place("mart")}, Times: days(5), Parallel: 2}))
		r.want(b.ID, catalog.ActionRunning)
		var order []string
		for i := range 5 {
			open := r.parts(b.ID, true)
			if want := min(2, 5-i); len(open) != want {
				t.Fatalf("%d runs at once, want %d: %s", len(open), want, r.story())
			}
			next := open[0]
			order = append(order, next.Nominal.Format("01-02"))
			r.ended(r.play(next, "raw", "mart"), map[bool]catalog.RunState{true: catalog.RunFailed, false: catalog.RunSucceeded}[i == 3])
		}
		if got := strings.Join(order, " "); got != "03-01 03-02 03-03 03-04 03-05" {
			t.Errorf("the order was %s", got)
		}
		b = r.want(b.ID, catalog.ActionFailed)
		if last := b.Transitions[len(b.Transitions)-1]; last.Cause != "4 of 5 runs succeeded" {
			t.Errorf("closed because %q", last.Cause)
		}
		if n := r.tool.Started(); n != 5 {
			t.Errorf("%d runs", n)
		}
		for _, s := range r.tool.Sent() {
			if s.Nominal.IsZero() {
				t.Error("a run has no time")
			}
		}
	})
}

// parts are the runs of a backfill by their times.
func (r *rig) parts(id string, open bool) []catalog.Action {
	r.t.Helper()
	list, err := r.l.Actions(r.ctx, policies.ActionQuery{Parent: id, Open: open, Limit: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if list[j].Nominal.Before(list[i].Nominal) {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return list
}

func TestCancelBackfill(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		r.ran("load", "", "raw")
		b := r.do(r.requests().Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("b1"), Place: place("mart")}, Times: days(5), Parallel: 2}))
		runs := r.parts(b.ID, true)
		r.ended(r.play(runs[0], "raw", "mart"), catalog.RunSucceeded)
		c := r.do(r.requests().Cancel(r.ctx, asked("c1"), b.ID))
		r.want(b.ID, catalog.ActionCancelling)
		for _, p := range r.parts(b.ID, true) {
			r.ended(r.play(p, "raw", "mart"), catalog.RunCancelled)
		}
		r.want(b.ID, catalog.ActionCancelled)
		r.want(c.ID, catalog.ActionSucceeded)
		if n := r.tool.Started(); n != 3 {
			t.Errorf("%d runs were started, want 3", n)
		}
		if stops, _, _ := r.tool.Effects(); stops != 2 {
			t.Errorf("%d runs were stopped, want 2", stops)
		}
	})
}

// TestBackfillLeavesDemandsAlone: runs for past times say nothing of what is
// new now.
func TestBackfillLeavesDemandsAlone(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("load", "", "raw")
		r.ended(r.play(r.is(1, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)
		b := r.do(r.requests().Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked("b1"), Place: place("mart")}, Times: days(1), Parallel: 1}))
		p := r.parts(b.ID, true)[0]
		r.ran("load", "", "raw")
		r.ended(r.play(p, "", "mart"), catalog.RunSucceeded)
		r.want(b.ID, catalog.ActionSucceeded)
		if n := r.tool.Started(); n != 3 {
			t.Errorf("%d runs, want the first, the backfill's and that of the new input: %s", n, r.story())
		}
	})
}

func TestRequestsAreChecked(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		q := r.requests()
		for name, err := range map[string]error{
			"no reason":    second(q.Run(r.ctx, policies.RunRequest{Ask: policies.Ask{Actor: "ann"}, Place: place("mart")})),
			"no actor":     second(q.Run(r.ctx, policies.RunRequest{Ask: policies.Ask{Reason: "x"}, Place: place("mart")})),
			"our key":      second(q.Run(r.ctx, policies.RunRequest{Ask: asked("part:1"), Place: place("mart")})),
			"no place":     second(q.Run(r.ctx, policies.RunRequest{Ask: asked("")})),
			"no connector": second(q.Run(r.ctx, policies.RunRequest{Ask: asked(""), Place: policies.Place{Connector: "nosuch", Job: "x"}})),
			"no times":     second(q.Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked(""), Place: place("mart")}, Parallel: 1})),
			"twice":        second(q.Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked(""), Place: place("mart")}, Parallel: 1, Times: append(days(1), days(1)...)})),
			"too wide":     second(q.Backfill(r.ctx, policies.BackfillRequest{RunRequest: policies.RunRequest{Ask: asked(""), Place: place("mart")}, Parallel: 51, Times: days(1)})),
		} {
			if !errors.Is(err, catalog.ErrInvalid) {
				t.Errorf("%s: %v, want it refused", name, err)
			}
		}
		if _, err := q.Cancel(r.ctx, asked(""), "nosuch"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("an unknown action: %v", err)
		}
		if n := len(r.actions()); n != 0 {
			t.Errorf("%d actions were made", n)
		}
	})
}

func second(_ catalog.Action, err error) error { return err }
