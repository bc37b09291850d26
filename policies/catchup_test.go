package policies_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// hourly wants its job each hour.
func hourly(catchup string) string {
	return fmt.Sprintf(`kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
start: latest
want: { by: { cron: "0 * * * *", tz: UTC, covers: 20m } }
catchup: %s
`, catchup)
}

// serveAll plays each action as it comes, for so long, and counts them.
func (r *rig) serveAll(limit int) (n int) {
	r.t.Helper()
	for n < limit {
		var next *catalog.Action
		for _, a := range r.actions() {
			if a.Kind == catalog.ActionTrigger && a.State == catalog.ActionAccepted {
				next = &a
			}
		}
		if next == nil {
			return n
		}
		r.ended(r.play(*next, "", "mart"), catalog.RunSucceeded)
		r.after(time.Second)
		n++
	}
	return n
}

// pausedTwoDays is a job with an hourly policy, paused at 00:30 for two days,
// and what was shown before it was resumed.
func pausedTwoDays(r *rig) []policies.CatchupView {
	r.ran("dbt", "", "mart")
	r.after(30 * time.Minute)
	r.serveAll(10)
	before := r.tool.Started()
	p := r.do(r.requests().Pause(r.ctx, asked("p"), place("mart")))
	r.want(p.ID, catalog.ActionSucceeded)
	r.after(48 * time.Hour)
	r.outcome("mart", catalog.DecideHold)
	r.alike()
	if n := r.tool.Started() - before; n != 0 {
		r.t.Fatalf("%d runs while paused", n)
	}
	views, err := r.requests().Preview(r.ctx, place("mart"))
	if err != nil {
		r.t.Fatal(err)
	}
	return views
}

// TestCase28: a pause of two days, then resume. With catchup latest there is one
// run, and the preview says so; never 48.
func TestCase28(t *testing.T) {
	for catchup, c := range map[string]struct{ runs int }{"latest": {1}, "all": {48}, "none": {0}} {
		t.Run(catchup, func(t *testing.T) {
			inRig(t, hourly(catchup), func(r *rig) {
				views := pausedTwoDays(r)
				if len(views) != 1 || views[0].Missed != 48 || views[0].Runs != c.runs || !views[0].Complete || string(views[0].Catchup) != catchup {
					t.Errorf("the preview shows %+v, want 48 missed and %d runs", views, c.runs)
				}
				before := r.tool.Started()
				q := r.do(r.requests().Resume(r.ctx, asked("q"), place("mart")))
				r.want(q.ID, catalog.ActionSucceeded)
				r.alike()
				r.serveAll(100)
				if n := r.tool.Started() - before; n != c.runs {
					t.Errorf("%d runs after the resume, want %d: %s", n, c.runs, r.story())
				}
				// Then it goes on as before.
				r.after(time.Hour)
				r.serveAll(10)
				if n := r.tool.Started() - before; n != c.runs+1 {
					t.Errorf("%d runs an hour later, want %d", n, c.runs+1)
				}
				r.alike()
			})
		})
	}
}

// TestCatchupOrder: missed ticks are made up for oldest first, each once, also
// when one fails and weir is restarted meanwhile.
func TestCatchupOrder(t *testing.T) {
	inRig(t, hourly("all"), func(r *rig) {
		r.ran("dbt", "", "mart")
		r.after(30 * time.Minute)
		r.serveAll(10)
		r.do(r.requests().Pause(r.ctx, asked("p"), place("mart")))
		r.after(4 * time.Hour)
		was := len(r.actions())
		r.do(r.requests().Resume(r.ctx, asked("q"), place("mart")))
		var demands []string
		for i := range 4 {
			var a catalog.Action
			for _, x := range r.actions() {
				if x.Kind == catalog.ActionTrigger && x.State == catalog.ActionAccepted {
					a = x
				}
			}
			if a.ID == "" {
				t.Fatalf("no run for the missed tick %d: %s", i, r.story())
			}
			demands = append(demands, string(a.Demand[0]))
			r.ended(r.play(a, "", "mart"), map[bool]catalog.RunState{true: catalog.RunFailed, false: catalog.RunSucceeded}[i == 1])
			if i == 2 {
				r.stop()
				r.start()
			}
		}
		if got := strings.Join(demands, " "); got != "tick:2000-01-01T01:00:00Z tick:2000-01-01T02:00:00Z tick:2000-01-01T03:00:00Z tick:2000-01-01T04:00:00Z" {
			t.Errorf("made up for %s", got)
		}
		if n := len(r.actions()) - was; n != 5 { // and the resume
			t.Errorf("%d actions: %s", n, r.story())
		}
	})
}

// TestCatchupNoneOfData: an input that changed during the pause wants no run;
// one that changes after it does.
func TestCatchupNoneOfData(t *testing.T) {
	inRig(t, strings.Replace(mart, "on_first", "catchup: none\non_first", 1), func(r *rig) {
		r.ran("load", "", "raw")
		r.serveAll(1)
		r.do(r.requests().Pause(r.ctx, asked("p"), place("mart")))
		r.ran("load", "", "raw")
		r.do(r.requests().Resume(r.ctx, asked("q"), place("mart")))
		r.after(time.Hour)
		if n := r.tool.Started(); n != 1 {
			t.Fatalf("%d runs, want the first only: %s", n, r.story())
		}
		r.ran("load", "", "raw")
		if n := r.tool.Started(); n != 2 {
			t.Errorf("%d runs after a new version: %s", n, r.story())
		}
	})
}

// TestHoldAndRelease: a hold keeps runs and the gate back; a release lets go, and
// lets a demand that failed be tried again.
func TestHoldAndRelease(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		id := catalog.AssetID(ds("mart").ID())
		h := r.do(r.requests().Hold(r.ctx, asked("h"), id))
		r.want(h.ID, catalog.ActionSucceeded)
		r.ran("load", "", "raw")
		r.outcome("mart", catalog.DecideHold)
		if n := r.tool.Started(); n != 0 {
			t.Fatalf("%d runs of what is held", n)
		}
		r.do(r.requests().Release(r.ctx, asked("r"), id))
		a := r.is(3, catalog.ActionAccepted)
		r.ended(r.play(a, "raw", "mart"), catalog.RunFailed)
		r.after(time.Hour)
		if n := r.tool.Started(); n != 1 {
			t.Fatalf("%d runs: a demand that failed is spent", n)
		}
		r.do(r.requests().Release(r.ctx, asked("r2"), id))
		if n := r.tool.Started(); n != 2 {
			t.Errorf("%d runs after the release: %s", n, r.story())
		}
	})
}

// TestSkip: what is new counts as read, until something newer comes.
func TestSkip(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("load", "", "raw")
		r.ended(r.play(r.is(1, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)
		r.do(r.requests().Hold(r.ctx, asked("h"), catalog.AssetID(ds("mart").ID())))
		r.ran("load", "", "raw")
		r.do(r.requests().Skip(r.ctx, asked("s"), catalog.AssetID(ds("mart").ID())))
		r.do(r.requests().Release(r.ctx, asked("r"), catalog.AssetID(ds("mart").ID())))
		r.after(time.Hour)
		if n := r.tool.Started(); n != 1 {
			t.Fatalf("%d runs: what was skipped ran: %s", n, r.story())
		}
		r.ran("load", "", "raw")
		if n := r.tool.Started(); n != 2 {
			t.Errorf("%d runs after something newer: %s", n, r.story())
		}
	})
}

func TestGateWaitsWhileHeld(t *testing.T) {
	inRig(t, strings.NewReplacer("mode: act\n", "mode: gate\n", `"dataset:pg://wh/mart"`, `"job:prod/train"`).Replace(mart), func(r *rig) {
		r.ran("load", "", "raw")
		r.ran("train", "raw", "")
		r.ran("load", "", "raw")
		id := catalog.AssetID(job("train").ID())
		r.do(r.requests().Hold(r.ctx, asked("h"), id))
		a := r.ask("train", "k", "t1", 0)
		r.gateSays(a, catalog.DecideWait)
		if !strings.Contains(strings.Join(a.Reasons, " "), "ann holds it") {
			t.Errorf("reasons %v", a.Reasons)
		}
		r.do(r.requests().Release(r.ctx, asked("r"), id))
		r.gateSays(r.ask("train", "k", "t1", 0), catalog.DecideRun)
	})
}
