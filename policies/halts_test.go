package policies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// What cannot run makes nothing run for it.

// lagging is a table that a job of the tool loads for who reads it, and a reader
// whose data may be an hour old.
func lagging(more ...string) string {
	return timely("raw", "inherit") + "---\n" + timely("stg", "{ max_lag: 1h }", append(more, `inputs: { "dataset:pg://wh/raw": {} }`)...)
}

// stopsAndGoes checks that nothing is started for a consumer that is stopped, that
// it is said why, and that its upstream is started once it may go on.
func (r *rig) stopsAndGoes(says string, stop, goOn func()) {
	r.t.Helper()
	r.three()
	stop()
	r.after(3 * time.Hour)
	if got := r.began3(); len(got) > 0 {
		r.t.Fatalf("%v was started for what cannot run: %s", got, r.story())
	}
	if e := r.outcome("raw", catalog.DecideNothing); !strings.Contains(e.Tree.Says, says) {
		r.t.Errorf("it does not say why: %s", e.Tree.Says)
	}
	goOn()
	r.after(time.Second)
	if got := r.began3(); !slices.Equal(got, []string{"raw"}) {
		r.t.Fatalf("%v was started: %s", got, r.story())
	}
}

// began3 are the jobs that policies started.
func (r *rig) began3() (out []string) {
	for _, a := range r.actions() {
		if a.Kind == catalog.ActionTrigger {
			out = append(out, a.ToolJob)
		}
	}
	return out
}

func (r *rig) switches(s catalog.Switch, on bool) {
	r.t.Helper()
	s.On, s.At, s.Reason, s.Actor = on, time.Now(), "a test", "ann"
	if _, err := r.l.SetSwitch(r.ctx, s); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func TestWhatIsHeldAsksForNothing(t *testing.T) {
	inRig(t, lagging(), func(r *rig) {
		r.stopsAndGoes("stg: ann holds it since", func() {
			r.do(r.requests().Hold(r.ctx, asked("h"), place("stg").Asset))
		}, func() { r.do(r.requests().Release(r.ctx, asked("r"), place("stg").Asset)) })
	})
}

func TestWhatIsPausedAsksForNothing(t *testing.T) {
	inRig(t, lagging(), func(r *rig) {
		r.stopsAndGoes("stg: ann paused stg", func() {
			r.do(r.requests().Pause(r.ctx, asked("p"), place("stg")))
		}, func() { r.do(r.requests().Resume(r.ctx, asked("q"), place("stg"))) })
	})
}

func TestWhatASwitchStopsAsksForNothing(t *testing.T) {
	stg := catalog.Switch{Scope: catalog.ScopePolicy, Name: "stg"}
	inRig(t, lagging(), func(r *rig) {
		r.stopsAndGoes("the kill switch", func() { r.switches(stg, true) }, func() { r.switches(stg, false) })
	})
	// Its gate says run while the switch is on: its own tool runs it, on what there
	// is.
	inRig(t, strings.Replace(lagging(), "job: stg }\nmode: act", "job: stg }\nmode: gate", 1), func(r *rig) {
		r.three()
		r.switches(stg, true)
		r.after(70 * time.Minute)
		if got := r.began3(); !slices.Equal(got, []string{"raw"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}

// TestAHaltedStepAsksForNobodyBehindIt: what is made of a step that is held can not
// be newer than it, so nobody asks through it. Who reads past it does.
func TestAHaltedStepAsksForNobodyBehindIt(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.three()
		r.do(r.requests().Hold(r.ctx, asked("h"), place("stg").Asset))
		r.after(3 * time.Hour)
		if got := r.began3(); len(got) > 0 {
			t.Fatalf("%v was started: %s", got, r.story())
		}
		r.ran("mart", "raw stg", "mart")
		r.after(70 * time.Minute)
		if got := r.began3(); !slices.Equal(got, []string{"load"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) { // a view stands still for nobody
		r.w.View(ds("stg"))
		r.three()
		r.do(r.requests().Hold(r.ctx, asked("h"), place("stg").Asset))
		r.after(70 * time.Minute)
		if got := r.began3(); !slices.Equal(got, []string{"load"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}

// TestAClosedConsumerAsksWhenItOpens: a bound of age does not make others run
// through a blackout in which its own asset may not.
func TestAClosedConsumerAsksWhenItOpens(t *testing.T) {
	inRig(t, lagging(`blackout: { cron: "0 1 * * *", duration: 4h, tz: UTC }`), func(r *rig) {
		r.three()
		r.until("2000-01-01 04:59")
		if got := r.began3(); len(got) > 0 {
			t.Fatalf("%v in the blackout: %s", got, r.story())
		}
		r.until("2000-01-01 05:01")
		if got := r.began3(); !slices.Equal(got, []string{"raw"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}

// frozenUntil is an upstream for a consumer that is due at 09:00 and frozen until
// then.
func frozenUntil(clock string) string {
	return timely("up", "inherit", "start: latest") + "---\n" +
		timely("a", by("9:00", "8h"), readsUp, "start: latest", "run: { margin: 0, retry_reserve: 0 }", "freeze: { until: 2000-01-01T"+clock+":00Z }")
}

// TestAFreezeThatEndsBeforeTheDeadline: the consumer can be in time yet, so what it
// reads is made for the moment at which it may begin, during the freeze.
func TestAFreezeThatEndsBeforeTheDeadline(t *testing.T) {
	for until, want := range map[string]string{"07:00": "01 07:30", "08:50": "01 01:00", "09:00": "01 09:00", "11:00": "01 11:00"} {
		t.Run(until, func(t *testing.T) {
			inRig(t, frozenUntil(until), func(r *rig) {
				r.past(10, "up", "", "up", 2*time.Hour, time.Hour)
				r.past(10, "a", "up", "a", 4*time.Hour, 30*time.Minute)
				r.until("2000-01-01 12:00")
				r.startedAt("up", want)
			})
		})
	}
}

// TestTheNextDeadlineComesIntoView: nothing happens between the deadline of one
// day and the start for the next.
func TestTheNextDeadlineComesIntoView(t *testing.T) {
	inRig(t, timely("up", "inherit", "start: latest")+"---\n"+timely("a", by("9:00", "1h"), readsUp, "run: { margin: 0, retry_reserve: 0 }"), func(r *rig) {
		r.past(10, "up", "", "up", 8*time.Hour, 10*time.Minute)
		r.past(10, "a", "up", "a", 8*time.Hour+20*time.Minute, 10*time.Minute)
		r.until("2000-01-01 08:41")
		r.serve("up", "", "up", 9*time.Minute)
		r.serve("a", "up", "a", 10*time.Minute-5*time.Second)
		if f := policies.FreshnessOf(r.outcome("a", catalog.DecideNothing)); f.State != policies.Fresh {
			t.Fatalf("a is %s", f.State)
		}
		r.until("2000-01-02 08:50")
		r.startedAt("up", "01 08:40", "02 08:40")
	})
}

// TestWhoIsStoppedIsSaidBesideWhatOthersAsk: one consumer is held, another is not.
func TestWhoIsStoppedIsSaidBesideWhatOthersAsk(t *testing.T) {
	inRig(t, lagging()+"---\n"+timely("mart", "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/raw": {} }`), func(r *rig) {
		r.three()
		r.do(r.requests().Hold(r.ctx, asked("h"), place("stg").Asset))
		if e := r.outcome("raw", catalog.DecideNothing); !strings.Contains(fmt.Sprint(e.Tree), "for mart: ") || !strings.Contains(fmt.Sprint(e.Tree), "stg: ann holds it since") {
			t.Errorf("it does not say who asks and who is stopped: %v", e.Tree)
		}
	})
}

// TestWhoIsStoppedIsSaidToBeCut: five are named, and that there are more is said.
func TestWhoIsStoppedIsSaidToBeCut(t *testing.T) {
	for n, more := range map[int]bool{5: false, 6: true} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			docs := []string{timely("raw", "inherit")}
			for i := range n {
				docs = append(docs, timely(fmt.Sprint("m", i), "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/raw": {} }`))
			}
			inRig(t, strings.Join(docs, "---\n"), func(r *rig) {
				for i := range n {
					r.do(r.requests().Hold(r.ctx, asked(fmt.Sprint("h", i)), place(fmt.Sprint("m", i)).Asset))
				}
				says := fmt.Sprint(r.outcome("raw", catalog.DecideNothing).Tree)
				if strings.Count(says, "ann holds it since") < 5 || strings.Contains(says, "and others") != more {
					t.Errorf("of %d: %s", n, says)
				}
			})
		})
	}
}

// TestASwitchOnWhatIsGivenStopsWhatPullsThroughIt: weir would start the step in the
// middle by the policy that is given to it, so nobody asks through it.
func TestASwitchOnWhatIsGivenStopsWhatPullsThroughIt(t *testing.T) {
	through := catalog.Switch{Scope: catalog.ScopePolicy, Name: "mart-upstreams"}
	inRig(t, timely("raw", "inherit")+"---\n"+pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.stopsAndGoes("stg: the kill switch of policy mart-upstreams is on", func() { r.switches(through, true) }, func() { r.switches(through, false) })
	})
}

// givenHours is a step in the middle that stands still until five by the policy that
// is given to it, which is not that of the one who asks.
func givenHours(hours string) string {
	return timely("raw", "inherit") + "---\n" + pulls("mart", "{ max_lag: 1h }") + "---\n" + pulls("early", "manual", hours)
}

// TestWhatIsGivenHasHours: nothing is made for a step that may not begin, whoever
// gives it the policy.
func TestWhatIsGivenHasHours(t *testing.T) {
	for name, hours := range map[string]string{
		"a blackout": `blackout: { cron: "0 1 * * *", duration: 4h, tz: UTC }`,
		"a freeze":   "freeze: { until: 2000-01-01T05:00:00Z }",
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, givenHours(hours), func(r *rig) {
				r.three()
				r.ran("early", "stg", "early")
				if on := r.on(); on["stg"] != "early-upstreams" {
					t.Fatalf("%v", on)
				}
				r.until("2000-01-01 04:59")
				if got := r.began3(); len(got) > 0 {
					t.Fatalf("%v was started for what may not begin: %s", got, r.story())
				}
				r.until("2000-01-01 05:01")
				if got := r.began3(); !slices.Equal(got, []string{"raw"}) {
					t.Errorf("%v: %s", got, r.story())
				}
			})
		})
	}
}
