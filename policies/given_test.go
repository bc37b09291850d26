package policies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// pulls is a policy on a table that pulls what it is made of.
func pulls(name, want string, more ...string) string {
	return timely(name, want, append(more, "defaults_for_upstreams: { want: inherit }")...)
}

// three is raw <- load, stg <- raw, mart <- stg, made each by a job of the tool.
func (r *rig) three() {
	r.ran("load", "", "raw")
	r.ran("stg", "raw", "stg")
	r.ran("mart", "stg", "mart")
}

// on is which policy is about which table.
func (r *rig) on() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	matches, err := r.g.Matches(r.ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range matches {
		a, err := r.w.Assets(r.ctx, []catalog.AssetID{m.Asset})
		if err != nil || len(a) == 0 {
			r.t.Fatalf("%v", err)
		}
		out[a[0].Name.Name] += m.Policy.Name
	}
	return out
}

// order are the jobs that were started, in order.
func (r *rig) order() (out []string) {
	list := r.actions()
	slices.SortFunc(list, func(a, b catalog.Action) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, a := range list {
		out = append(out, a.ToolJob)
	}
	return out
}

// TestDemandPullsTheChain: a bound of one table starts what makes its upstreams,
// the first one first, each once.
func TestDemandPullsTheChain(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.three()
		if on := r.on(); on["raw"] != "mart-upstreams" || on["stg"] != "mart-upstreams" || on["mart"] != "mart" {
			t.Fatalf("%v", on)
		}
		r.after(50 * time.Minute)
		r.last(0)
		r.after(15 * time.Minute)
		if got := r.order(); !slices.Equal(got, []string{"load"}) {
			t.Fatalf("%v: %s", got, r.story())
		}
		r.serve("load", "", "raw", time.Minute)
		r.after(time.Minute)
		r.serve("stg", "raw", "stg", time.Minute)
		r.after(time.Minute)
		r.serve("mart", "stg", "mart", time.Minute)
		r.after(30 * time.Minute)
		if got := r.order(); !slices.Equal(got, []string{"load", "stg", "mart"}) {
			t.Fatalf("%v: %s", got, r.story())
		}
		e := r.outcome("mart-upstreams", catalog.DecideNothing)
		if !strings.Contains(e.Tree.Says, "for mart: data of") {
			t.Errorf("%s", e.Tree.Says)
		}
	})
}

// TestNothingIsPulledForNobody: the control. Without the word, the mart waits for
// somebody else to run its upstreams.
func TestNothingIsPulledForNobody(t *testing.T) {
	inRig(t, timely("mart", "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/stg": {} }`), func(r *rig) {
		r.three()
		r.after(5 * time.Hour)
		r.last(0)
	})
}

// TestOneRunForADiamond: what has two upstreams waits for both.
func TestOneRunForADiamond(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.ran("load", "", "raw")
		r.ran("left", "raw", "left")
		r.ran("right", "raw", "right")
		r.ran("mart", "left right", "mart")
		r.after(65 * time.Minute)
		r.serve("load", "", "raw", time.Minute)
		r.after(time.Minute)
		r.serve("left", "raw", "left", time.Minute)
		r.after(time.Minute)
		r.serve("right", "raw", "right", 10*time.Minute)
		r.after(time.Minute)
		r.serve("mart", "left right", "mart", time.Minute)
		r.after(20 * time.Minute)
		if got := r.order(); len(got) != 4 || got[0] != "load" || got[3] != "mart" {
			t.Fatalf("%v: %s", got, r.story())
		}
	})
}

// TestDeadlinePullsTheChain: each step waits for the one before, and runs once.
func TestDeadlinePullsTheChain(t *testing.T) {
	inRig(t, pulls("mart", by("9:00", "6h")), func(r *rig) {
		r.past(10, "load", "", "raw", 4*time.Hour, 10*time.Minute)
		r.past(10, "stg", "raw", "stg", 5*time.Hour, 10*time.Minute)
		r.past(10, "mart", "stg", "mart", 6*time.Hour, 10*time.Minute)
		r.until("2000-01-01 03:01")
		r.serve("load", "", "raw", 10*time.Minute)
		r.after(time.Minute)
		r.serve("stg", "raw", "stg", 10*time.Minute)
		r.after(time.Minute)
		r.serve("mart", "stg", "mart", 10*time.Minute)
		r.until("2000-01-01 12:00")
		if got := r.order(); !slices.Equal(got, []string{"load", "stg", "mart"}) {
			t.Fatalf("%v: %s", got, r.story())
		}
		r.alike()
	})
}

// TestAnOwnPolicyEndsTheWalk: it says itself what is wanted of its asset, and
// nothing is given to it or to what lies behind it.
func TestAnOwnPolicyEndsTheWalk(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }")+"---\n"+timely("stg", "manual"), func(r *rig) {
		r.three()
		if on := r.on(); on["stg"] != "stg" || on["raw"] != "" {
			t.Errorf("%v", on)
		}
		r.put(pulls("mart", "{ max_lag: 1h }") + "---\nkind: Policy\nname: all\nselect: { asset: \"dataset:pg://wh/s*\" }\nwant: manual\n")
		if on := r.on(); on["stg"] != "all" || on["raw"] != "" {
			t.Errorf("a pattern is a policy of its own: %v", on)
		}
	})
}

// TestListedInputsAreTheUpstreams: what a policy lists counts, and what it lets
// go does not.
func TestListedInputsAreTheUpstreams(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/stg": {}, "dataset:pg://wh/fixed": { static: true } }`), func(r *rig) {
		r.ran("fix", "", "fixed")
		r.ran("other", "", "other")
		r.three()
		r.ran("mart", "stg fixed other", "mart")
		if on := r.on(); on["stg"] != "mart-upstreams" || on["fixed"] != "" || on["other"] != "" {
			t.Errorf("%v", on)
		}
	})
}

// TestTwoGivers: the strictest demand counts, and of two modes that which may do
// least.
func TestTwoGivers(t *testing.T) {
	two := pulls("mart", "{ max_lag: 5h }") + "---\n" + pulls("report", "{ max_lag: 1h }")
	inRig(t, two, func(r *rig) {
		r.three()
		r.ran("report", "stg", "report")
		r.after(70 * time.Minute)
		if got := r.order(); !slices.Equal(got, []string{"load"}) {
			t.Fatalf("%v: %s", got, r.story())
		}
	})
	inRig(t, strings.Replace(two, "mode: act", "mode: shadow", 1), func(r *rig) {
		r.three()
		r.ran("report", "stg", "report")
		r.after(70 * time.Minute)
		if on := r.on(); on["raw"] != "mart-upstreams" || on["stg"] != "mart-upstreams" {
			t.Errorf("%v", on)
		}
		for _, a := range r.actions() {
			if a.State != catalog.ActionShadowed {
				t.Errorf("%s is %s", a.ToolJob, a.State)
			}
		}
	})
}

// TestCirclesAreGivenNothing: A reads B and B reads A.
func TestCirclesAreGivenNothing(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.three()
		r.ran("stg", "raw mart", "stg")
		if on := r.on(); on["stg"] != "" || on["raw"] != "mart-upstreams" {
			t.Errorf("%v", on)
		}
	})
}

// TestViewsAreNotStarted: they are as new as what they show, and pass on what is
// asked of them.
func TestViewsAreNotStarted(t *testing.T) {
	inRig(t, pulls("mart", "{ max_lag: 1h }"), func(r *rig) {
		r.w.View(ds("stg"))
		r.three()
		if on := r.on(); on["stg"] != "" || on["raw"] != "mart-upstreams" {
			t.Errorf("%v", on)
		}
		r.after(70 * time.Minute)
		if got := r.order(); !slices.Equal(got, []string{"load"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}

// TestInheritFindsObservedConsumers: a policy that lists nothing reads what its
// job is seen to read; one that lists its inputs has said it.
func TestInheritFindsObservedConsumers(t *testing.T) {
	inRig(t, timely("raw", "inherit")+"---\n"+timely("stg", "{ max_lag: 1h }"), func(r *rig) {
		r.three()
		r.after(70 * time.Minute)
		r.outcome("raw", catalog.DecideWait) // it is under way
	})
	inRig(t, timely("raw", "inherit")+"---\n"+timely("stg", "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/side": {} }`), func(r *rig) {
		r.three()
		r.after(70 * time.Minute)
		r.outcome("raw", catalog.DecideNothing)
	})
	inRig(t, timely("raw", "inherit")+"---\n"+timely("mart", "{ max_age: 1h }"), func(r *rig) {
		r.three()
		r.after(70 * time.Minute)
		r.outcome("raw", catalog.DecideNothing) // nobody asks stg for anything
	})
}

// TestAFrozenConsumerAsksOnceItThaws: nothing else tells its upstream.
func TestAFrozenConsumerAsksOnceItThaws(t *testing.T) {
	inRig(t, timely("raw", "inherit")+"---\n"+timely("stg", "{ max_lag: 1h }", "freeze: { until: 2000-01-01T05:00:00Z }"), func(r *rig) {
		r.three()
		r.until("2000-01-01 04:00")
		if got := r.order(); len(got) > 0 {
			t.Fatalf("%v", got)
		}
		r.until("2000-01-01 05:01")
		if got := r.order(); !slices.Equal(got, []string{"raw"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}

// TestUpstreamsAreBounded: beyond a thousand the nearest are given one.
func TestUpstreamsAreBounded(t *testing.T) {
	w, at := virtual.NewWorld(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	ran := func(made, of []catalog.Name) {
		w.Run(catalog.Run{Key: catalog.RunKey{Job: job("make_" + made[0].Name), RunID: made[0].Name}, State: catalog.RunSucceeded, StartedAt: at, StartKnown: true, EndedAt: &at, LastEventAt: at, Inputs: of, Outputs: made})
	}
	var wide []catalog.Name
	for i := range 1005 {
		wide = append(wide, ds(fmt.Sprint("u", i)))
	}
	ran(wide, dss("far"))
	ran(dss("far"), dss("farther"))
	ran(dss("mart"), wide)
	live := &policies.Live{}
	set, err := policies.Load([]catalog.PolicyFile{{Path: "p.yaml", Text: pulls("mart", "{ max_lag: 1h }")}})
	if err != nil {
		t.Fatal(err)
	}
	live.Put(set)
	g := &policies.Gatherer{History: w, Graph: w, Ledger: virtual.NewLedger(), Policies: live}
	pairs, err := g.Matches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said, err := g.Check(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	far := slices.ContainsFunc(pairs, func(m policies.Match) bool { return m.Asset == w.ID(ds("far")) })
	if len(pairs) != 1001 || far || !slices.ContainsFunc(said, func(e policies.FileError) bool { return e.Code == "W206" && e.Line > 0 && e.Column > 0 }) {
		t.Errorf("%d, far %v, %v", len(pairs), far, said)
	}
}

// TestTheNameOfWhatIsGivenIsTaken: nobody else may use it.
func TestTheNameOfWhatIsGivenIsTaken(t *testing.T) {
	_, err := policies.Load([]catalog.PolicyFile{{Path: "p.yaml", Text: pulls("mart", "manual") + "---\n" + timely("mart-upstreams", "manual")}})
	if err == nil || !strings.Contains(err.Error(), "E104") {
		t.Errorf("%v", err)
	}
}

// TestDemandsPassWhereAPolicyIsGiven: through what a giver lists, whether or not its
// job is seen to read it, and not through what it lists as static, or does not list.
func TestDemandsPassWhereAPolicyIsGiven(t *testing.T) {
	docs := []string{pulls("mart", "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/stg": {}, "dataset:pg://wh/fixed": { static: true } }`)}
	for _, source := range []string{"of-stg", "of-fixed", "of-other"} {
		docs = append(docs, timely(source, "inherit"))
	}
	inRig(t, strings.Join(docs, "---\n"), func(r *rig) {
		for _, step := range []string{"stg", "fixed", "other"} {
			r.ran("of-"+step, "", "of-"+step)
			r.ran("pre-"+step, "of-"+step, "pre-"+step)
			r.ran(step, "pre-"+step, step)
		}
		r.ran("mart", "fixed other", "mart")
		r.after(70 * time.Minute)
		if got := r.began3(); !slices.Equal(got, []string{"of-stg"}) {
			t.Errorf("%v: %s", got, r.story())
		}
	})
}
