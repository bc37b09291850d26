package policies_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday

func version(name string, at time.Duration) *catalog.Version {
	return &catalog.Version{Dataset: ds(name), Run: catalog.RunKey{Job: job("j"), RunID: at.String()}, ProducedAt: noon.Add(at), RunStartedAt: noon.Add(at - time.Minute)}
}

// find gives the atom of a tree by its name.
func find(r catalog.Reason, atom string) (catalog.Reason, bool) {
	if r.Atom == atom && len(r.Children) == 0 {
		return r, true
	}
	for _, c := range r.Children {
		if f, ok := find(c, atom); ok {
			return f, true
		}
	}
	return catalog.Reason{}, false
}

// atomCase sets up one atom and says what it must be.
type atomCase struct {
	name string
	atom string
	set  func(*policies.Policy, *policies.Snapshot)
	want catalog.Ternary
	// evidence is how many ids are given; wakes when time alone may flip it.
	evidence int
	wakes    time.Duration
}

// TestAtoms: every atom true, false and, where it can be, unknown; each with a
// sentence, evidence and the time at which it may change by itself. Unknown
// cannot be: min_interval, quiet, max_age, by, self_idle, lease and the atoms
// of admission, which look only at what weir itself records.
func TestAtoms(t *testing.T) {
	input := func(require policies.Require, newest, pinned *catalog.Version) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) {
			in := policies.Input{Trigger: true, Require: require}
			p.Inputs = []policies.Input{in}
			s.Produced = version("mart", -2*time.Hour)
			s.Inputs = []policies.InputView{{Input: in, Name: ds("raw"), Newest: newest, Pinned: pinned}}
		}
	}
	then := func(f, g func(*policies.Policy, *policies.Snapshot)) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) { f(p, s); g(p, s) }
	}
	v1, v2 := version("raw", -3*time.Hour), version("raw", -time.Hour)
	view := func(f func(*policies.InputView)) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) { f(&s.Inputs[0]) }
	}
	fresh := func(bound, age time.Duration) func(*policies.Policy, *policies.Snapshot) {
		return then(input(policies.RequireFresh, v2, v1), view(func(v *policies.InputView) {
			v.Fresh = bound
			if age > 0 {
				v.Watermark = noon.Add(-age)
			}
		}))
	}
	checks := func(v catalog.Ternary) func(*policies.Policy, *policies.Snapshot) {
		return then(input(policies.RequireExists, v2, v1), view(func(i *policies.InputView) {
			i.Checks, i.Checked = policies.ChecksBlocking, policies.CheckView{Value: v, Says: "said", Evidence: []string{"run"}}
		}))
	}
	lag := func(age time.Duration, news ...string) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) {
			p.Want = policies.Want{Kind: policies.WantMaxLag, Within: time.Hour}
			s.Produced = version("mart", -time.Minute)
			s.Lag = policies.LagView{Because: ds("raw"), News: news}
			if age > 0 {
				s.Lag.Watermark = noon.Add(-age)
			}
		}
	}
	age := func(d time.Duration) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) {
			p.Want = policies.Want{Kind: policies.WantMaxAge, Within: time.Hour}
			s.Produced = version("mart", -d)
		}
	}
	by := func(w time.Duration) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) {
			p.Want = policies.Want{Kind: policies.WantBy, Cron: "0 9 * * *", TZ: "UTC", Covers: time.Hour}
			s.Produced, s.Lag.Watermark = version("mart", -30*time.Hour), noon.Add(-w)
		}
	}
	damp := func(f func(*policies.Policy, *policies.Snapshot)) func(*policies.Policy, *policies.Snapshot) {
		return then(input(policies.RequireExists, v2, v1), f)
	}
	idle := func(f func(*policies.Snapshot)) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) { p.Ready.SelfIdle = true; f(s) }
	}
	act := func(f func(*policies.Policy, *policies.Snapshot)) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) { p.Mode = catalog.ModeAct; f(p, s) }
	}
	none := func(*policies.Policy, *policies.Snapshot) {}
	on := time.Nanosecond // "within" is inclusive: it flips just after
	for _, c := range []atomCase{
		{"newer than pinned", "new(raw)", input(policies.RequireExists, v2, v1), catalog.True, 2, 0},
		{"same as pinned", "new(raw)", input(policies.RequireExists, v1, v1), catalog.False, 1, 0},
		{"never pinned", "new(raw)", input(policies.RequireExists, v1, nil), catalog.True, 1, 0},
		{"no version", "new(raw)", input(policies.RequireExists, nil, nil), catalog.False, 0, 0},
		{"made by the target", "new(raw)", then(input(policies.RequireExists, v2, v1), view(func(v *policies.InputView) { v.Own = true })), catalog.False, 2, 0},
		{"first, on_first wait", "new(raw)", then(input(policies.RequireExists, v2, nil), func(_ *policies.Policy, s *policies.Snapshot) { s.Produced = nil }), catalog.False, 1, 0},
		{"first, on_first run", "new(raw)", then(input(policies.RequireExists, v2, nil), func(p *policies.Policy, s *policies.Snapshot) { s.Produced, p.OnFirst = nil, policies.FirstRun }), catalog.True, 1, 0},
		{"updated", "updated(raw)", input(policies.RequireUpdated, v2, v1), catalog.True, 2, 0},
		{"not updated", "updated(raw)", input(policies.RequireUpdated, v1, v1), catalog.False, 1, 0},
		{"updated, tainted", "updated(raw)", then(input(policies.RequireUpdated, v2, v1), view(func(v *policies.InputView) { v.Tainted = true })), catalog.Unknown, 2, 0},
		{"exists", "exists(raw)", input(policies.RequireExists, v1, v1), catalog.True, 1, 0},
		{"does not exist", "exists(raw)", input(policies.RequireExists, nil, nil), catalog.False, 0, 0},
		{"silent", "exists(raw)", then(input(policies.RequireExists, nil, nil), view(func(v *policies.InputView) { v.SilentSince = noon })), catalog.Unknown, 0, 0},
		{"fresh", "fresh(raw)", fresh(2*time.Hour, time.Hour), catalog.True, 2, time.Hour + on},
		{"not fresh", "fresh(raw)", fresh(time.Hour, 2*time.Hour), catalog.False, 2, 0},
		{"fresh, but something was made when it no longer was", "fresh(raw)", then(fresh(2*time.Hour, time.Hour), func(_ *policies.Policy, s *policies.Snapshot) {
			s.Inputs = append(s.Inputs, policies.InputView{Name: ds("other"), Newest: version("other", 90*time.Minute)})
		}), catalog.Unknown, 3, time.Hour + on},
		{"fresh, and something was made later, while it was", "fresh(raw)", then(fresh(2*time.Hour, time.Hour), func(_ *policies.Policy, s *policies.Snapshot) {
			s.Inputs = append(s.Inputs, policies.InputView{Name: ds("other"), Newest: version("other", time.Hour)})
		}), catalog.True, 2, time.Hour + on},
		{"freshness unknown", "fresh(raw)", fresh(time.Hour, 0), catalog.Unknown, 2, 0},
		{"no bound", "fresh(raw)", fresh(0, time.Hour), catalog.Unknown, 2, 0},
		{"checks passed", "checks_ok(raw)", checks(catalog.True), catalog.True, 1, 0},
		{"checks failed", "checks_ok(raw)", checks(catalog.False), catalog.False, 1, 0},
		{"checks unknown", "checks_ok(raw)", checks(catalog.Unknown), catalog.Unknown, 1, 0},
		{"idle", "self_idle", idle(func(*policies.Snapshot) {}), catalog.True, 0, 0},
		{"a run goes on", "self_idle", idle(func(s *policies.Snapshot) {
			s.Running = []policies.RunView{{Key: catalog.RunKey{Job: job("dbt"), RunID: "r"}, SilentAt: noon.Add(time.Hour)}}
		}), catalog.False, 1, time.Hour},
		{"an action is open", "self_idle", idle(func(s *policies.Snapshot) { s.Open = []catalog.Action{{ID: "a", State: catalog.ActionLost}} }), catalog.False, 1, 0},
		{"a lease", "lease", func(_ *policies.Policy, s *policies.Snapshot) {
			s.Leases = []catalog.GateAnswer{{DecisionID: "d", RunRef: "r", Lease: &catalog.Lease{Expires: noon.Add(time.Minute)}}}
		}, catalog.False, 1, time.Minute},
		{"within lag", "max_lag", lag(30*time.Minute, "v"), catalog.False, 0, 30*time.Minute + on},
		{"beyond lag", "max_lag", lag(2*time.Hour, "v"), catalog.True, 0, 0},
		{"beyond lag, nothing newer", "max_lag", lag(2 * time.Hour), catalog.False, 0, 0},
		{"lag unknown", "max_lag", lag(0, "v"), catalog.False, 0, 0},
		{"within age", "max_age", age(30 * time.Minute), catalog.False, 0, 30*time.Minute + on},
		{"beyond age", "max_age", age(2 * time.Hour), catalog.True, 0, 0},
		{"tick covered", "by", by(3 * time.Hour), catalog.False, 0, 21 * time.Hour},
		{"tick not covered", "by", by(5 * time.Hour), catalog.True, 0, 21 * time.Hour},
		{"too soon", "min_interval", damp(func(p *policies.Policy, s *policies.Snapshot) {
			p.MinInterval, s.StartedAt = time.Hour, noon.Add(-time.Minute)
		}), catalog.False, 0, 59 * time.Minute},
		{"not too soon", "min_interval", damp(func(p *policies.Policy, s *policies.Snapshot) {
			p.MinInterval, s.StartedAt = time.Hour, noon.Add(-time.Hour)
		}), catalog.True, 0, 0},
		{"not quiet", "quiet", damp(func(p *policies.Policy, _ *policies.Snapshot) { p.Quiet = 2 * time.Hour }), catalog.False, 0, time.Hour},
		{"quiet", "quiet", damp(func(p *policies.Policy, _ *policies.Snapshot) { p.Quiet = time.Hour }), catalog.True, 0, 0},
		{"switch off", "kill_switch", none, catalog.True, 0, 0},
		{"switch on", "kill_switch", func(_ *policies.Policy, s *policies.Snapshot) { s.KillSwitch = true }, catalog.False, 0, 0},
		{"not frozen", "freeze", none, catalog.True, 0, 0},
		{"frozen", "freeze", func(p *policies.Policy, _ *policies.Snapshot) { p.Freeze = true }, catalog.False, 0, 0},
		{"resolved", "target", act(none), catalog.True, 0, 0},
		{"unresolved", "target", act(func(_ *policies.Policy, s *policies.Snapshot) { s.ResolveErr = "nobody claims it" }), catalog.False, 0, 0},
		{"demand open", "demand", act(none), catalog.True, 0, 0},
		{"demand spent", "demand", act(func(_ *policies.Policy, s *policies.Snapshot) { s.Spent["first"] = true }), catalog.False, 0, 0},
		{"equal rank", "rank", act(func(_ *policies.Policy, s *policies.Snapshot) { s.Equal = []string{"other"} }), catalog.False, 0, 0},
	} {
		t.Run(c.atom+"/"+c.name, func(t *testing.T) {
			p := &policies.Policy{Mode: catalog.ModeShadow, OnFirst: policies.FirstWait}
			s := policies.Snapshot{Spent: map[catalog.DemandElement]bool{}}
			c.set(p, &s)
			e := policies.Decide(p, s, noon)
			a, ok := find(e.Tree, c.atom)
			if !ok {
				t.Fatalf("no such atom in\n%s", render(e.Tree))
			}
			wakes := time.Time{}
			if c.wakes > 0 {
				wakes = noon.Add(c.wakes)
			}
			if a.Value != c.want || a.Says == "" || len(a.Evidence) != c.evidence || !a.MayChangeAt.Equal(wakes) {
				t.Errorf("got %+v, want %s with %d ids, may change at %s", a, c.want, c.evidence, wakes)
			}
			if !wakes.IsZero() && (e.WakeAt.IsZero() || e.WakeAt.After(wakes)) {
				t.Errorf("wakes at %s, but the atom may change at %s", e.WakeAt, wakes)
			}
		})
	}
}

func render(r catalog.Reason) string {
	var b strings.Builder
	policies.RenderReason(&b, r)
	return b.String()
}

// TestOutcomes: WANT x READY x ADMIT and on_unknown.
func TestOutcomes(t *testing.T) {
	v1, v2 := version("raw", -3*time.Hour), version("raw", -time.Hour)
	for name, c := range map[string]struct {
		newest  *catalog.Version
		tainted bool
		kill    bool
		busy    bool
		unknown policies.OnUnknown
		want    catalog.DecisionOutcome
	}{
		"nothing new":               {newest: v1, want: catalog.DecideNothing},
		"new and ready":             {newest: v2, want: catalog.DecideRun},
		"new and busy":              {newest: v2, busy: true, want: catalog.DecideWait},
		"new and killed":            {newest: v2, kill: true, want: catalog.DecideHold},
		"new, busy and killed":      {newest: v2, kill: true, busy: true, want: catalog.DecideHold},
		"unknown holds":             {newest: v2, tainted: true, want: catalog.DecideHold},
		"unknown runs if told":      {newest: v2, tainted: true, unknown: policies.UnknownRun, want: catalog.DecideRun},
		"unknown skips if told":     {newest: v2, tainted: true, unknown: policies.UnknownSkip, want: catalog.DecideSkip},
		"false is not unknown":      {newest: v2, tainted: true, busy: true, unknown: policies.UnknownRun, want: catalog.DecideWait},
		"nothing new, but killed":   {newest: v1, kill: true, want: catalog.DecideNothing},
		"nothing new, and unknown":  {newest: v1, tainted: true, want: catalog.DecideNothing},
		"no version of it whatever": {want: catalog.DecideNothing},
	} {
		t.Run(name, func(t *testing.T) {
			in := policies.Input{Trigger: true, Require: policies.RequireExists}
			p := &policies.Policy{Mode: catalog.ModeAct, OnUnknown: c.unknown, Inputs: []policies.Input{in}, Ready: policies.Ready{SelfIdle: true}}
			s := policies.Snapshot{KillSwitch: c.kill, Produced: version("mart", -2*time.Hour), Inputs: []policies.InputView{{Input: in, Name: ds("raw"), Newest: c.newest, Pinned: v1, Tainted: c.tainted}}}
			if c.busy {
				s.Running = []policies.RunView{{Key: catalog.RunKey{Job: job("x"), RunID: "r"}}}
			}
			e := policies.Decide(p, s, noon)
			if e.Outcome != c.want || e.Tree.Says == "" {
				t.Errorf("%s, want %s\n%s", e.Outcome, c.want, render(e.Tree))
			}
		})
	}
}

func TestDemand(t *testing.T) {
	v1, v2 := version("raw", -3*time.Hour), version("raw", -time.Hour)
	in := policies.Input{Trigger: true, Require: policies.RequireExists}
	p := &policies.Policy{Mode: catalog.ModeAct, Inputs: []policies.Input{in}, Want: policies.Want{Kind: policies.WantBy, Cron: "0 9 * * *", TZ: "UTC"}}
	s := policies.Snapshot{Produced: version("mart", -30*time.Hour), Inputs: []policies.InputView{{Input: in, Newest: v2, Pinned: v1}}}
	got := policies.Decide(p, s, noon).Demand
	want := []catalog.DemandElement{catalog.DemandElement(v2.ID()), "tick:2026-03-02T09:00:00Z"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if policies.Spent(got, map[catalog.DemandElement]bool{got[0]: true}) || !policies.Spent(got, map[catalog.DemandElement]bool{got[0]: true, got[1]: true}) {
		t.Error("a demand is spent when each element is")
	}
}
