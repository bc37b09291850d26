package policies_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// fails lets a new version of raw lead to a run that fails.
func (r *rig) fails(n int) {
	r.t.Helper()
	r.ran("ingest", "", "raw")
	r.ended(r.play(r.is(n, catalog.ActionAccepted), "raw", ""), catalog.RunFailed)
	r.is(n, catalog.ActionFailed)
}

// sameInEveryMode: what was decided live is decided by a replay of its snapshot,
// and by the policy in shadow.
func (r *rig) sameInEveryMode(policy string) {
	r.t.Helper()
	for _, e := range r.eval.Evaluations() {
		if e.Policy.Name != policy {
			continue
		}
		if again := policies.Decide(e.Policy, e.Snapshot, e.At); !reflect.DeepEqual(again, e.Evaluation) {
			r.t.Errorf("a replay decides %s, live was %s", again.Tree.Says, e.Tree.Says)
		}
		shadow := *e.Policy
		shadow.Mode = catalog.ModeShadow
		if o := policies.Decide(&shadow, e.Snapshot, e.At).Outcome; o != e.Outcome {
			r.t.Errorf("in shadow it is %s, live %s", o, e.Outcome)
		}
	}
}

func (r *rig) alerts() []catalog.Alert {
	r.t.Helper()
	list, err := r.l.Alerts(r.ctx, catalog.AlertQuery{})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func TestCase20BreakerOpensAfterThree(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		for n := range 3 {
			r.fails(n + 1)
		}
		r.ran("ingest", "", "raw") // new, and nothing is started for it
		r.is(3, catalog.ActionFailed)
		r.outcome("mart", catalog.DecideHold)
		r.sameInEveryMode("mart")
		r.ran("ingest", "", "raw")
		r.stop()
		r.start() // no memory but the ledger's
		r.last(3)
		if a := r.alerts(); len(a) != 1 || a[0].Kind != catalog.AlertBreaker || a[0].Owner != "team" {
			t.Errorf("alerts %+v, want one", a)
		}

		r.after(15 * time.Minute) // a probe, which fails: twice the rest
		r.ended(r.play(r.is(4, catalog.ActionAccepted), "raw", ""), catalog.RunFailed)
		r.ran("ingest", "", "raw")
		r.after(29 * time.Minute)
		r.is(4, catalog.ActionFailed)
		r.after(time.Minute)
		r.ended(r.play(r.is(5, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)

		r.ran("ingest", "", "raw") // closed
		r.is(6, catalog.ActionAccepted)
		if n := len(r.alerts()); n != 1 {
			t.Errorf("%d alerts for one opening", n)
		}
	})
}

// TestCase20WithoutABreaker is the control: with a breaker that never opens the
// same story starts a fourth run at once.
func TestCase20WithoutABreaker(t *testing.T) {
	inRig(t, mart+"breaker: 100\n", func(r *rig) {
		for n := range 4 {
			r.fails(n + 1)
		}
		if len(r.alerts()) != 0 {
			t.Error("an alert without an opening")
		}
	})
}

func TestReleaseClosesTheBreaker(t *testing.T) {
	inRig(t, mart+"breaker: { after: 2, rest: 8h }\n", func(r *rig) {
		r.fails(1)
		r.fails(2)
		r.after(time.Hour)
		r.outcome("mart", catalog.DecideHold)
		r.after(time.Second)
		failed := r.last(2)
		r.do(r.requests().Release(r.ctx, policies.Ask{Actor: "ann", Reason: "the disk was full"}, r.w.ID(ds("mart"))))
		r.settle()
		a := r.is(4, catalog.ActionAccepted) // the demand of the last failure, under another key
		if failed.Key == a.Key || a.Attempt != 2 {
			t.Errorf("attempt %d, keys %s and %s", a.Attempt, failed.Key, a.Key)
		}
		r.ended(r.play(a, "raw", ""), catalog.RunFailed) // the count began anew
		r.fails(5)
		r.outcome("mart", catalog.DecideHold)
		if n := len(r.alerts()); n != 2 {
			t.Errorf("%d alerts for two openings", n)
		}
	})
}

// TestRetries: what may pass is tried again, after a pause, as often as the
// policy says; what is refused for good, or ended by a person, is not.
func TestRetries(t *testing.T) {
	refuse := func(c connectors.Class) func(*rig) {
		return func(r *rig) {
			f := policiestest.ToolFault{Err: &connectors.Error{Class: c, Op: "trigger", Message: "no"}}
			r.tool.Fail(f, f, f, f, f)
			r.ran("ingest", "", "raw")
		}
	}
	ends := func(s catalog.RunState) func(*rig) {
		return func(r *rig) {
			r.ran("ingest", "", "raw")
			r.ended(r.play(r.is(1, catalog.ActionAccepted), "raw", ""), s)
		}
	}
	for name, c := range map[string]struct {
		rule  string
		story func(*rig)
		hours time.Duration
		tries int
	}{
		"not at all without attempts": {"", refuse(connectors.Retryable), 3, 1},
		"transient":                   {"attempts: 3\nbreaker: 10\n", refuse(connectors.Retryable), 3, 3},
		"permanent":                   {"attempts: 3\n", refuse(connectors.Permanent), 3, 1},
		"another run has the place":   {"attempts: 3\n", refuse(connectors.Conflict), 3, 1},
		"a failed run":                {"attempts: 2\n", ends(catalog.RunFailed), 3, 2},
		"a person's cancel":           {"attempts: 2\n", ends(catalog.RunCancelled), 3, 1},
		"never beyond the breaker":    {"attempts: 50\nbreaker: { after: 3, rest: 20h }\n", refuse(connectors.Retryable), 3, 3},
		"not after retry_until":       {"attempts: 5\nretry_until: 2m\nbreaker: 10\n", refuse(connectors.Retryable), 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, mart+c.rule, func(r *rig) {
				c.story(r)
				r.after(c.hours * time.Hour)
				sent := r.tool.Sent()
				keys := map[string]bool{}
				for _, s := range sent {
					keys[s.Key] = true
				}
				if len(sent) != c.tries || len(keys) != c.tries {
					t.Errorf("%d sends with %d keys, want %d: %s", len(sent), len(keys), c.tries, r.story())
				}
			})
		})
	}
}

// TestRetryNeedsNothingMore: a demand that was met meanwhile is not tried again.
func TestRetryNeedsNothingMore(t *testing.T) {
	inRig(t, mart+"attempts: 3\n", func(r *rig) {
		r.ran("ingest", "", "raw")
		r.ended(r.play(r.is(1, catalog.ActionAccepted), "raw", ""), catalog.RunFailed)
		r.ran("dbt", "raw", "mart") // by hand
		r.after(3 * time.Hour)
		r.is(1, catalog.ActionFailed)
		r.outcome("mart", catalog.DecideNothing)
	})
}

// wide is a policy for each of n assets, all of which one input triggers.
func wide(n int, more string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\nkind: Policy\nname: w%03d\nselect: { asset: \"dataset:pg://wh/w%03d\" }\ntarget: { connector: af, job: j%03d }\nmode: act\nowner: team\non_first: run\n"+
			"inputs: { \"dataset:pg://wh/raw\": { trigger: true } }\n%s", i, i, i, more)
	}
	return b.String()
}

func (r *rig) count(s catalog.ActionState) int {
	r.t.Helper()
	n, err := r.l.CountActions(r.ctx, policies.ActionQuery{States: []catalog.ActionState{s}})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) approvals() *policies.Approvals {
	return &policies.Approvals{Ledger: r.l, Now: time.Now, OnMove: func(catalog.Action) { r.disp.Wake() }}
}

func TestCase36FanOutAwaitsApproval(t *testing.T) {
	inRig(t, wide(400, ""), func(r *rig) {
		r.ran("ingest", "", "raw")
		if sent, asked := r.tool.Started(), r.count(catalog.ActionAwaitingApproval); sent != 50 || asked != 350 {
			t.Fatalf("%d sent and %d waiting, want 50 and 350", sent, asked)
		}
		r.sameInEveryMode("w399")
		waiting, err := r.l.Actions(r.ctx, policies.ActionQuery{States: []catalog.ActionState{catalog.ActionAwaitingApproval}, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		root := waiting[0].Admission.Root
		for _, a := range waiting {
			if a.Admission.Root != root || len(a.Admission.Approval.Why) != 1 {
				t.Fatalf("%+v", a.Admission)
			}
		}
		alerts := r.alerts()
		if len(alerts) != 1 || alerts[0].Kind != catalog.AlertFanOut || alerts[0].Evidence[0] != root {
			t.Fatalf("%+v", alerts)
		}
		one, err := r.approvals().Approve(r.ctx, policies.Answer{Action: waiting[0].ID, Actor: "ann", Reason: "looks right"})
		if err != nil || len(one) != 1 {
			t.Fatal(err)
		}
		if r.settle(); r.tool.Started() != 51 {
			t.Errorf("%d sent after one approval, want 51", r.tool.Started())
		}
		rest, err := r.approvals().Approve(r.ctx, policies.Answer{Action: waiting[1].ID, Actor: "ann", Reason: "all of it", Whole: true})
		if err != nil || len(rest) != 349 {
			t.Fatalf("%d approved, %v", len(rest), err)
		}
		if r.settle(); r.tool.Started() != 400 {
			t.Errorf("%d sent, want 400", r.tool.Started())
		}
	})
}

// TestFanOutIsOfOneChange: as many actions of different changes ask nobody.
func TestFanOutIsOfOneChange(t *testing.T) {
	yaml := strings.ReplaceAll(wide(8, "limits: { fan_out: 3 }\n"), "\"dataset:pg://wh/raw\"", "\"dataset:pg://wh/rawN\"")
	for i := range 8 {
		yaml = strings.Replace(yaml, "rawN", fmt.Sprintf("raw%d", i%4), 1)
	}
	inRig(t, yaml, func(r *rig) {
		for i := range 4 {
			r.ran("ingest", "", fmt.Sprintf("raw%d", i))
		}
		if n := r.count(catalog.ActionAwaitingApproval); n != 0 || r.tool.Started() != 8 {
			t.Errorf("%d wait and %d were sent", n, r.tool.Started())
		}
	})
}

func TestApproval(t *testing.T) {
	const ask = mart + "approval: { when: always, expires: 4h }\n"
	t.Run("approved", func(t *testing.T) {
		inRig(t, ask, func(r *rig) {
			r.ran("ingest", "", "raw")
			a := r.is(1, catalog.ActionAwaitingApproval)
			r.after(time.Hour)
			r.ran("ingest", "", "raw") // taken in when it goes
			r.is(1, catalog.ActionAwaitingApproval)
			if _, err := r.approvals().Approve(r.ctx, policies.Answer{Action: a.ID, Actor: "ann", Reason: "yes"}); err != nil {
				t.Fatal(err)
			}
			r.settle()
			a = r.is(1, catalog.ActionAccepted)
			newest, _ := r.w.Versions(r.ctx, policies.VersionQuery{Dataset: r.w.ID(ds("raw")), Limit: 1})
			if a.Pins[0].Version != newest[0].ID() {
				t.Error("not pinned to the newest")
			}
			if p := a.Admission.Approval; p.By != "ann" || p.Reason != "yes" || p.At.IsZero() {
				t.Errorf("%+v", p)
			}
			if _, err := r.approvals().Approve(r.ctx, policies.Answer{Action: a.ID, Actor: "bob", Reason: "late"}); err == nil {
				t.Error("approved twice")
			}
		})
	})
	t.Run("rejected", func(t *testing.T) {
		inRig(t, ask, func(r *rig) {
			r.ran("ingest", "", "raw")
			a := r.is(1, catalog.ActionAwaitingApproval)
			if _, err := r.approvals().Reject(r.ctx, policies.Answer{Action: a.ID, Actor: "ann", Reason: "month end"}); err != nil {
				t.Fatal(err)
			}
			r.after(12 * time.Hour)
			r.is(1, catalog.ActionRejected)
			r.ran("ingest", "", "raw") // a new demand is a new question
			r.is(2, catalog.ActionAwaitingApproval)
		})
	})
	t.Run("nobody answers", func(t *testing.T) {
		inRig(t, ask, func(r *rig) {
			r.ran("ingest", "", "raw")
			a := r.last(1)
			r.after(4 * time.Hour)
			list, _ := r.l.Actions(r.ctx, policies.ActionQuery{ID: a.ID})
			if list[0].State != catalog.ActionExpired || r.tool.Started() != 0 {
				t.Errorf("%s: %s", list[0].State, r.story())
			}
		})
	})
	t.Run("an approval lapses", func(t *testing.T) {
		inRig(t, ask, func(r *rig) {
			r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
			r.ran("ingest", "", "raw")
			a := r.last(1)
			if _, err := r.approvals().Approve(r.ctx, policies.Answer{Action: a.ID, Actor: "ann", Reason: "yes"}); err != nil {
				t.Fatal(err)
			}
			r.after(4*time.Hour + time.Second)
			list, _ := r.l.Actions(r.ctx, policies.ActionQuery{ID: a.ID})
			if list[0].State != catalog.ActionExpired || r.tool.Started() != 0 {
				t.Errorf("%s: %s", list[0].State, r.story())
			}
		})
	})
	t.Run("met elsewhere", func(t *testing.T) {
		inRig(t, ask, func(r *rig) {
			r.ran("ingest", "", "raw")
			r.ran("dbt", "raw", "mart")
			r.after(time.Minute)
			r.is(1, catalog.ActionSkipped)
		})
	})
	t.Run("asked since", func(t *testing.T) {
		inRig(t, mart, func(r *rig) {
			r.tool.SetPaused(r.ctx, "dbt", true) //nolint:errcheck // never fails
			r.ran("ingest", "", "raw")
			r.put(ask)
			r.tool.SetPaused(r.ctx, "dbt", false) //nolint:errcheck // never fails
			r.after(2 * time.Minute)
			r.is(1, catalog.ActionAwaitingApproval)
		})
	})
}

func TestRates(t *testing.T) {
	inRig(t, mart+"limits: { runs_per_hour: 2, runs_per_day: 3 }\n", func(r *rig) {
		for n := range 2 {
			r.ran("ingest", "", "raw")
			r.ended(r.play(r.is(n+1, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)
		}
		r.ran("ingest", "", "raw")
		r.last(2)
		e := r.outcome("mart", catalog.DecideHold)
		r.after(time.Until(e.WakeAt)) // by the clock alone
		r.ended(r.play(r.is(3, catalog.ActionAccepted), "raw", "mart"), catalog.RunSucceeded)
		r.after(2 * time.Hour)
		r.ran("ingest", "", "raw")
		r.last(3)
		r.after(22 * time.Hour)
		r.is(4, catalog.ActionAccepted)
	})
}

// TestHops: a chain of weir's own actions ends at the limit.
func TestHops(t *testing.T) {
	chain := ""
	for i := range 4 {
		chain += fmt.Sprintf("---\nkind: Policy\nname: c%d\nselect: { asset: \"dataset:pg://wh/d%d\" }\ntarget: { connector: af, job: j%d }\nmode: act\nowner: team\non_first: run\nlimits: { hops: 2 }\n"+
			"inputs: { \"dataset:pg://wh/d%d\": { trigger: true } }\n", i+1, i+1, i+1, i)
	}
	inRig(t, chain, func(r *rig) {
		r.ran("ingest", "", "d0")
		root, err := r.w.Versions(r.ctx, policies.VersionQuery{Dataset: r.w.ID(ds("d0")), Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			a := r.is(n+1, catalog.ActionAccepted)
			if a.Admission.Hops != n || a.Admission.Root != root[0].ID() {
				t.Errorf("%+v", a.Admission)
			}
			r.ended(r.play(a, fmt.Sprintf("d%d", n), fmt.Sprintf("d%d", n+1)), catalog.RunSucceeded)
		}
		r.last(3)
		r.outcome("c4", catalog.DecideHold)
	})
}
