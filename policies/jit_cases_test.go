package policies_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Cases of deadlines, by number. The clock of a rig begins on Saturday, 1
// January 2000, 00:00 UTC.

// past adds a run of a job on each of the n days before, so long, at a time of
// the day.
func (r *rig) past(n int, name, in, out string, at, took time.Duration) {
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	for day := n; day >= 1; day-- {
		start := midnight.AddDate(0, 0, -day).Add(at)
		end := start.Add(took)
		r.runs++
		r.w.Run(catalog.Run{Key: catalog.RunKey{Job: job(name), RunID: fmt.Sprintf("past-%03d", r.runs)}, State: catalog.RunSucceeded,
			StartedAt: start, StartKnown: true, EndedAt: &end, Inputs: dss(in), Outputs: dss(out)})
	}
	r.settle()
}

// until lets time pass up to a time of the first day.
func (r *rig) until(clock string) {
	r.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", clock)
	if err != nil {
		r.t.Fatal(err)
	}
	r.after(time.Until(at))
	r.alike()
}

// started are the starts of a tool's job, by the clock.
func (r *rig) started(toolJob string) (out []string) {
	for _, a := range r.actions() {
		if a.ToolJob == toolJob {
			out = append([]string{a.CreatedAt.UTC().Format("02 15:04")}, out...)
		}
	}
	return out
}

// startedAt checks when a job of the tool was started.
func (r *rig) startedAt(toolJob string, want ...string) {
	r.t.Helper()
	if got := r.started(toolJob); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
		r.t.Fatalf("%s started at %v, want %v: %s", toolJob, got, want, r.story())
	}
}

// serve plays the open action of a job: it runs for so long.
func (r *rig) serve(toolJob, in, out string, took time.Duration) {
	r.t.Helper()
	for _, a := range r.actions() {
		if a.ToolJob == toolJob && a.State == catalog.ActionAccepted {
			run := r.play(a, in, out)
			r.after(took)
			r.ended(run, catalog.RunSucceeded)
			return
		}
	}
	r.t.Fatalf("no action on %s waits for its run: %s", toolJob, r.story())
}

// alike decides every snapshot again in shadow mode, and from what a record of
// it would give back: the conclusions must be the same.
func (r *rig) alike() {
	r.t.Helper()
	for _, e := range r.eval.Evaluations() {
		shadow := *e.Policy
		shadow.Mode = catalog.ModeShadow
		b, err := json.Marshal(e.Snapshot)
		if err != nil {
			r.t.Fatal(err)
		}
		var again policies.Snapshot
		if err := json.Unmarshal(b, &again); err != nil {
			r.t.Fatal(err)
		}
		same(r.t, "shadow", e.Evaluation, policies.Decide(&shadow, e.Snapshot, e.At))
		same(r.t, "replay", e.Evaluation, policies.Decide(e.Policy, again, e.At))
	}
}

func same(t *testing.T, mode string, live, other policies.Evaluation) {
	t.Helper()
	if live.Want != other.Want || live.Ready != other.Ready || !live.WakeAt.Equal(other.WakeAt) || !reflect.DeepEqual(live.Demand, other.Demand) || live.Tree.Children[0].Says != other.Tree.Children[0].Says {
		t.Fatalf("%s decides otherwise:\n%+v\n%+v", mode, live, other)
	}
}

// timely is a policy on a dataset that its tool's job of the same name makes.
func timely(name, want string, more ...string) string {
	return fmt.Sprintf("kind: Policy\nname: %s\nselect: { asset: \"dataset:pg://wh/%s\" }\ntarget: { connector: af, job: %s }\nmode: act\nowner: team-%s\nwant: %s\n%s\n", name, name, name, name, want, strings.Join(more, "\n"))
}

func by(at, covers string) string {
	hour, minute, _ := strings.Cut(at, ":")
	return fmt.Sprintf(`{ by: { cron: "%s %s * * *", tz: UTC, covers: %s } }`, minute, hour, covers)
}

const readsUp = `inputs: { "dataset:pg://wh/up": {} }`

// twoConsumers read one upstream that runs only for them.
func twoConsumers(start, first, second, covers string) string {
	return timely("up", "inherit", start) + "---\n" + timely("a", by(first, covers), readsUp) + "---\n" + timely("b", by(second, covers), readsUp)
}

func (r *rig) twoPasts() {
	r.past(10, "up", "", "up", 3*time.Hour+45*time.Minute, 20*time.Minute)
	r.past(10, "a", "up", "a", 5*time.Hour, 10*time.Minute)
	r.past(10, "b", "up", "b", 5*time.Hour, 10*time.Minute)
}

func TestCase14TwoConsumersShareOneRun(t *testing.T) {
	inRig(t, twoConsumers("start: ready", "9:00", "9:30", "6h"), func(r *rig) {
		r.twoPasts()
		r.until("2000-01-01 03:29") // the window of a is open, that of b is not
		r.last(0)
		r.until("2000-01-01 03:31")
		r.startedAt("up", "01 03:30")
		r.serve("up", "", "up", 20*time.Minute)
		r.serve("a", "up", "a", 10*time.Minute)
		r.serve("b", "up", "b", 10*time.Minute)
		r.until("2000-01-01 23:00")
		r.startedAt("up", "01 03:30")
		for _, p := range []string{"a", "b"} {
			if f := policies.FreshnessOf(r.outcome(p, catalog.DecideNothing)); f.State != policies.Fresh {
				t.Errorf("%s is %s: %s", p, f.State, r.story())
			}
		}
	})
}

func TestCase14LatestStartIsShared(t *testing.T) {
	inRig(t, twoConsumers("start: latest\nrun: { retry_reserve: 0 }", "9:00", "9:30", "6h"), func(r *rig) {
		r.twoPasts()
		r.until("2000-01-01 09:00")
		// 09:00 - margin 5m - 20m - 10m - one retry of the consumer's own
		// reserve, 20m: the deadline's policy says how much is reserved.
		r.startedAt("up", "01 08:05")
	})
}

func TestCase15TwoDeadlinesTwoRuns(t *testing.T) {
	inRig(t, twoConsumers("start: ready", "9:00", "15:00", "1h"), func(r *rig) {
		r.past(10, "up", "", "up", 14*time.Hour+10*time.Minute, 10*time.Minute)
		r.past(10, "a", "up", "a", 14*time.Hour+30*time.Minute, 5*time.Minute)
		r.past(10, "b", "up", "b", 14*time.Hour+30*time.Minute, 5*time.Minute)
		r.until("2000-01-01 08:01")
		r.startedAt("up", "01 08:00")
		r.serve("up", "", "up", 10*time.Minute)
		r.serve("a", "up", "a", 5*time.Minute)
		r.until("2000-01-01 14:01")
		r.startedAt("up", "01 08:00", "01 14:00")
		r.serve("up", "", "up", 10*time.Minute)
		r.serve("b", "up", "b", 5*time.Minute)
		r.until("2000-01-01 23:59")
		r.startedAt("up", "01 08:00", "01 14:00")
		r.startedAt("a", "01 08:11")
		r.startedAt("b", "01 14:11")
	})
}

// chained is an upstream of an hour and a consumer of half an hour (p95), due
// at 09:00.
func chained(reserve string) string {
	return timely("up", "inherit", "start: latest") + "---\n" +
		timely("a", by("9:00", "8h"), readsUp, "start: latest", "run: { confidence: 0.95, margin: 5m, retry_reserve: "+reserve+" }")
}

func TestCase16LatestStartAlongThePath(t *testing.T) {
	for reserve, want := range map[string]string{"0": "01 07:25", "1": "01 06:25"} {
		t.Run("reserve "+reserve, func(t *testing.T) {
			inRig(t, chained(reserve), func(r *rig) {
				r.past(19, "up", "", "up", 2*time.Hour, time.Hour)
				r.past(19, "a", "up", "a", 4*time.Hour, 30*time.Minute)
				r.until("2000-01-01 08:00")
				r.startedAt("up", want)
			})
		})
	}
}

func TestCase17NoHistoryRunsWhenReady(t *testing.T) {
	inRig(t, timely("a", by("9:00", "6h"), readsUp, "start: latest"), func(r *rig) {
		r.past(1, "up", "", "up", 4*time.Hour, time.Hour)
		r.past(1, "a", "up", "a", 6*time.Hour, time.Hour)
		r.until("2000-01-01 02:59")
		r.last(0)
		r.until("2000-01-01 04:00")
		e := r.outcome("a", catalog.DecideWait) // wanted; the input does not cover yet
		if !strings.Contains(e.Tree.Children[0].Says, "just in time is off") {
			t.Errorf("it does not say that just in time is off: %s", r.story())
		}
		r.ended(r.began("up", "", "up", nil), catalog.RunSucceeded)
		r.startedAt("a", "01 04:00")
	})
}

func TestCase17ExpectedTakesThePlaceOfHistory(t *testing.T) {
	inRig(t, timely("a", by("9:00", "6h"), "start: latest", "run: { expected: 1h, retry_reserve: 0, margin: 10m }"), func(r *rig) {
		r.past(1, "a", "", "a", 6*time.Hour, time.Minute)
		r.until("2000-01-01 09:00")
		r.startedAt("a", "01 07:50")
	})
}

// stands checks how an asset stands by its policy, as time alone left it.
func (r *rig) stands(policy string, want policies.FreshnessState) policies.Freshness {
	r.t.Helper()
	for _, e := range r.eval.Evaluations() {
		if f := policies.FreshnessOf(e); e.Policy.Name == policy {
			if f.State != want {
				r.t.Fatalf("%s is %s (%s), want %s: %s", policy, f.State, f.Says, want, r.story())
			}
			return f
		}
	}
	r.t.Fatalf("%s was not evaluated", policy)
	return policies.Freshness{}
}

func TestCase18InfeasibleIsAtRiskWhenPlanned(t *testing.T) {
	for name, c := range map[string]struct {
		took  time.Duration
		state policies.FreshnessState
	}{
		"two hours in one":      {2 * time.Hour, policies.AtRisk},
		"half an hour suffices": {30 * time.Minute, policies.Fresh},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := timely("a", by("9:00", "1h"), "start: ready", fmt.Sprintf("run: { expected: %s, retry_reserve: 0, margin: 0 }", c.took))
			inRig(t, yaml, func(r *rig) {
				r.past(1, "a", "", "a", 8*time.Hour, c.took)
				f := r.stands("a", c.state) // at midnight, nine hours before
				if c.state == policies.AtRisk && (f.Meet != 0 || f.Cause == nil || f.Cause.Owner != "team-a") {
					t.Errorf("at risk, and not why: %+v", f)
				}
				r.until("2000-01-01 08:30")
				r.startedAt("a", "01 08:00") // it runs all the same
			})
		})
	}
}

// sourced is a mart due at 09:00 that reads what another team's cron loads.
func sourced() string {
	return timely("a", by("9:00", "6h"), readsUp, "run: { margin: 0, retry_reserve: 0 }") + "---\n" +
		"kind: Policy\nname: up\nselect: { asset: \"dataset:pg://wh/up\" }\nmode: observe\nowner: loaders\n"
}

func TestAtRiskNamesTheOwnerOfTheStepThatCausesIt(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(10, "load", "", "up", 4*time.Hour, time.Hour)
		r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.stands("a", policies.Fresh)
		r.until("2000-01-01 07:29") // an hour and a half would suffice yet
		r.stands("a", policies.Due)
		r.until("2000-01-01 07:31") // no event came: time alone tells
		f := r.stands("a", policies.AtRisk)
		if f.Cause == nil || f.Cause.Owner != "loaders" || f.Cause.Name != ds("up") || !strings.Contains(f.Says, "because of up, since 2000-01-01 03:00:00Z") {
			t.Errorf("the cause is %+v: %s", f.Cause, f.Says)
		}
		r.until("2000-01-01 09:01")
		if f := r.stands("a", policies.Late); !strings.Contains(f.Says, "late since 2000-01-01 09:00:00Z because of up, since") || f.ExpectedAt.IsZero() {
			t.Errorf("late, and not why: %s", f.Says)
		}
	})
}

// TestAtRiskThroughABlackout: an upstream that may not begin in time puts the
// deadline at risk when that is so, however long before.
func TestAtRiskThroughABlackout(t *testing.T) {
	dark := func(mode, from, long string) string {
		return strings.Replace(sourced(), "mode: observe", "mode: "+mode+"\nblackout: { cron: \"0 "+from+" * * *\", duration: "+long+", tz: UTC }", 1)
	}
	for name, c := range map[string]struct {
		yaml         string
		planned, six policies.FreshnessState
	}{
		"dark too long":           {dark("gate", "3", "5h"), policies.AtRisk, policies.AtRisk},
		"over in time":            {dark("gate", "3", "4h"), policies.Fresh, policies.Due},
		"may begin before":        {dark("gate", "5", "3h"), policies.Fresh, policies.AtRisk},
		"only watched, so no bar": {dark("shadow", "3", "5h"), policies.Fresh, policies.Due},
		"under a pattern":         {strings.Replace(dark("gate", "3", "5h"), "wh/up\" }\n", "wh/u*\" }\n", 1), policies.AtRisk, policies.AtRisk},
		"watched by another, too": {"kind: Policy\nname: watch\nselect: { asset: \"dataset:pg://wh/up\" }\nmode: observe\n---\n" + dark("gate", "3", "5h"), policies.AtRisk, policies.AtRisk},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, c.yaml, func(r *rig) {
				r.past(10, "load", "", "up", 4*time.Hour, time.Hour)
				r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
				r.stands("a", c.planned)
				r.until("2000-01-01 04:59")
				if c.planned == policies.Fresh {
					r.stands("a", policies.Due)
				}
				r.until("2000-01-01 05:01") // no event came
				f := r.stands("a", c.six)
				if c.six == policies.AtRisk && !strings.Contains(f.Says, "it may not begin before 2000-01-01 08:00:00Z") {
					t.Errorf("it does not say why: %s", f.Says)
				}
			})
		})
	}
}

func TestFailedUpstreamIsAtRiskAtOnce(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(10, "load", "", "up", 4*time.Hour, time.Hour)
		r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.until("2000-01-01 04:00")
		r.ended(r.began("load", "", "up", nil), catalog.RunFailed)
		if f := r.stands("a", policies.AtRisk); f.Cause.Owner != "loaders" || !strings.Contains(f.Cause.Says, "failed") {
			t.Errorf("the cause is %+v", f.Cause)
		}
		r.ended(r.began("load", "", "up", nil), catalog.RunSucceeded)
		r.stands("a", policies.Due)
	})
}

func TestExpectedWhileItRuns(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(9, "load", "", "up", 4*time.Hour, time.Hour)
		r.past(1, "load", "", "up", 190*time.Minute, 150*time.Minute) // one run took long
		r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.until("2000-01-01 05:00")
		run := r.began("load", "", "up", nil)
		if f := r.stands("a", policies.Due); !f.ExpectedAt.Equal(run.StartedAt.Add(90 * time.Minute)) {
			t.Errorf("expected at %s", f.ExpectedAt)
		}
		r.until("2000-01-01 06:01") // it is no run of an hour: one took longer
		if f := r.stands("a", policies.Due); !f.ExpectedAt.Equal(run.StartedAt.Add(3 * time.Hour)) {
			t.Errorf("after an hour expected at %s", f.ExpectedAt)
		}
		r.until("2000-01-01 07:31")
		if f := r.stands("a", policies.AtRisk); f.MeetKnown || !strings.Contains(f.Says, "longer than any of") {
			t.Errorf("longer than any run, and not said: %s", f.Says)
		}
	})
}

// TestCase29OfAPath: a consumer that may not begin when it would have to moves all
// before it: the upstream is made in time for the consumer's last moment before
// its blackout.
func TestCase29OfAPath(t *testing.T) {
	for name, c := range map[string]struct{ consumer, more string }{
		"a blackout": {"blackout: { cron: \"0 6 * * *\", duration: 2h45m, tz: UTC }", ""},
		"a calendar": {"calendar: closing", "---\nkind: Calendar\nname: closing\nblackout: [ { cron: \"0 6 * * *\", duration: 2h45m, tz: UTC } ]\n"},
		"a window":   {"ready: { all: [ self_idle, { in_window: { cron: \"0 0 * * *\", duration: 6h, tz: UTC } } ] }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			exact := "run: { margin: 0, retry_reserve: 0 }"
			yaml := timely("up", "inherit", "start: latest") + "---\n" + timely("a", by("9:00", "6h"), readsUp, "start: latest", exact, c.consumer) + c.more
			inRig(t, yaml, func(r *rig) {
				r.past(10, "up", "", "up", 4*time.Hour, 20*time.Minute)
				r.past(10, "a", "up", "a", 5*time.Hour, 30*time.Minute)
				r.until("2000-01-01 05:38") // without the blackout it would begin at 08:10
				r.last(0)
				r.until("2000-01-01 05:39")
				r.startedAt("up", "01 05:38")
				if says := r.outcome("up", catalog.DecideWait).Tree.Children[0].Says; !strings.Contains(says, "moved to when a may begin") {
					t.Errorf("it does not say why so early: %s", says)
				}
				r.serve("up", "", "up", 20*time.Minute)
				r.until("2000-01-01 05:59") // up took two seconds to begin: there is time for that
				r.after(time.Second)
				r.startedAt("a", "01 05:59")
				r.serve("a", "up", "a", 30*time.Minute)
				r.until("2000-01-01 09:01")
				r.stands("a", policies.Fresh)
			})
		})
	}
}

// TestLatestStartFollowsWhatChanges: after runs, waits and new policies in any
// order, what the engine holds of a path by what it was told is what a fresh look
// gives.
func TestLatestStartFollowsWhatChanges(t *testing.T) {
	for seed := range 6 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 0))
		world := func() string {
			dark := fmt.Sprintf("blackout: { cron: \"%d %d * * *\", duration: %dm, tz: UTC }", rnd.IntN(60), 4+rnd.IntN(4), 10+rnd.IntN(200))
			return timely("up", "inherit", "start: latest") + "---\n" +
				timely("mid", "inherit", "start: latest\npool: few", readsUp, dark) + "---\n" +
				timely("a", by("9:00", "6h"), `inputs: { "dataset:pg://wh/mid": {} }`, "calendar: closing") + "---\n" +
				"kind: Pool\nname: few\nslots: 1\n---\nkind: Calendar\nname: closing\n" + strings.Replace(dark, "tz: UTC", "tz: Europe/Berlin", 1) + "\n"
		}
		inRig(t, world(), func(r *rig) {
			for _, name := range []string{"up", "mid", "a"} {
				r.past(6+rnd.IntN(5), name, map[string]string{"mid": "up", "a": "mid"}[name], name, 2*time.Hour, time.Duration(5+rnd.IntN(50))*time.Minute)
			}
			for range 12 {
				switch rnd.IntN(4) {
				case 0:
					r.put(world())
					r.settle()
				case 1:
					r.toldOf([]string{"up", "mid", "a"}[rnd.IntN(3)], time.Duration(1+rnd.IntN(60))*time.Minute)
				default:
					r.after(time.Duration(rnd.IntN(90)) * time.Minute)
				}
				r.freshly()
			}
		})
	}
}

// toldOf adds a run that is over, and says what it touched, no more.
func (r *rig) toldOf(name string, took time.Duration) {
	r.after(took + time.Second)
	now := time.Now()
	r.runs++
	r.w.Run(catalog.Run{Key: catalog.RunKey{Job: job(name), RunID: fmt.Sprintf("run-%03d", r.runs)}, State: catalog.RunSucceeded, StartedAt: now.Add(-took), StartKnown: true, EndedAt: &now, Outputs: dss(name)})
	r.eval.Wake(r.w.ID(job(name)), r.w.ID(ds(name)))
	synctest.Wait()
}

// freshly reads each snapshot again, as of when it was read.
func (r *rig) freshly() {
	r.t.Helper()
	anew := &policies.Gatherer{History: r.w, Graph: r.w, Ledger: r.l, Connectors: r.g.Connectors, Policies: r.live}
	for _, e := range r.eval.Evaluations() {
		s, err := anew.Snapshot(r.ctx, e.Policy, e.Asset, e.At, "")
		if err != nil {
			r.t.Fatal(err)
		}
		s.Equal = e.Snapshot.Equal
		held, fresh := e.Snapshot.Timing, s.Timing
		if !reflect.DeepEqual(held.Deadlines, fresh.Deadlines) || !reflect.DeepEqual(held.Waits, fresh.Waits) || !reflect.DeepEqual(e.Tree.Children[0], policies.Decide(e.Policy, s, e.At).Tree.Children[0]) {
			r.t.Fatalf("%s was told less than there is:\n%+v\n%+v", e.Policy.Name, held, fresh)
		}
	}
}

// TestWaitForASlotMovesTheLatestStart: what a step's actions have waited for their
// pool is kept free before it.
func TestWaitForASlotMovesTheLatestStart(t *testing.T) {
	yaml := timely("up", "inherit", "start: latest") + "---\n" + timely("a", by("9:00", "6h"), readsUp, "pool: few", "run: { margin: 0, retry_reserve: 0 }") + "---\nkind: Pool\nname: few\nslots: 1\n"
	inRig(t, yaml, func(r *rig) {
		r.past(10, "up", "", "up", 4*time.Hour, 20*time.Minute)
		r.past(10, "a", "up", "a", 5*time.Hour, 30*time.Minute)
		for i := range 6 {
			ready := time.Now().Add(-time.Duration(i+1) * 24 * time.Hour)
			_, err := r.l.Record(r.ctx, catalog.Decision{ID: fmt.Sprint("d", i)}, &catalog.Action{ID: fmt.Sprint("w", i), Kind: catalog.ActionTrigger, State: catalog.ActionSucceeded,
				Target: r.w.ID(ds("a")), Name: ds("a"), Connector: "af", ToolJob: "a", CreatedAt: ready, Admission: catalog.Admission{Pool: "few"},
				Transitions: []catalog.ActionTransition{{To: catalog.ActionReady, At: ready}, {To: catalog.ActionDispatching, At: ready.Add(40 * time.Minute)}, {To: catalog.ActionSucceeded, At: ready.Add(time.Hour)}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		r.stop()
		r.start()
		r.until("2000-01-01 07:29")
		r.last(6)
		r.until("2000-01-01 07:31")
		r.startedAt("up", "01 07:30") // 09:00 less 30m, 40m for a slot, and 20m
	})
}

// TestAtRiskThroughAGivenBlackout: what a policy gives to its upstreams keeps them
// from beginning, too.
func TestAtRiskThroughAGivenBlackout(t *testing.T) {
	inRig(t, timely("a", by("9:00", "6h"), "run: { margin: 0, retry_reserve: 0 }", "defaults_for_upstreams: { want: inherit }",
		`blackout: { cron: "0 3 * * *", duration: 5h, tz: UTC }`), func(r *rig) {
		r.past(10, "load", "", "up", 4*time.Hour, time.Hour)
		r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.stands("a", policies.AtRisk)
	})
}
