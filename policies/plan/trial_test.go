package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
)

func (o *office) mode(t *testing.T, name string) catalog.Mode {
	t.Helper()
	p := o.live.Get().ByName(name)
	if p == nil {
		t.Fatalf("no policy %s", name)
	}
	return p.Mode
}

// chain lets jobs be seen that make each dataset of the one before; the first is
// made of nothing.
func (o *office) chain(names ...string) {
	var of []catalog.Name
	for _, n := range names {
		made := []catalog.Name{dataset(n)}
		o.world.Run(catalog.Run{Key: catalog.RunKey{Job: catalog.Name{Type: catalog.TypeJob, Namespace: "prod", Name: "make_" + n}, RunID: n}, State: catalog.RunSucceeded, StartedAt: noon, StartKnown: true, EndedAt: &noon, LastEventAt: noon, Inputs: of, Outputs: made})
		of = made
	}
}

func (o *office) pass(d time.Duration) {
	o.now = o.now.Add(d)
	o.Step()
}

var acting = policy("mode: act", "owner: o", raw)

// TestARiseIsTriedForADay: the policy does what it did, says so, and acts a day
// later without anybody; a restart in between changes nothing.
func TestARiseIsTriedForADay(t *testing.T) {
	o := open(t)
	o.made("mart", noon)
	o.applied(t, policy("mode: shadow", raw))
	p := o.planned(t, acting)
	if len(p.Trials) != 1 || p.Trials[0].From != catalog.ModeShadow || p.Trials[0].To != catalog.ModeAct || !p.Trials[0].Until.Equal(noon.Add(plan.TrialTime)) {
		t.Fatalf("%+v", p.Trials)
	}
	o.applied(t, acting)
	mart := o.live.Get().ByName("mart")
	if mart.Mode != catalog.ModeShadow || mart.Trial == nil || len(o.kept.sets[1].Trials) != 1 {
		t.Fatalf("mode %s, trial %+v, kept %+v", mart.Mode, mart.Trial, o.kept.sets[1])
	}
	ev := policies.Decide(mart, policies.Snapshot{}, noon)
	if admit := ev.Tree.Children[2]; !strings.Contains(admit.Children[len(admit.Children)-1].Says, "on trial until 2026-03-03 12:00:00Z: mode shadow, then act") {
		t.Errorf("%+v", admit)
	}
	o.pass(23 * time.Hour)
	if err := o.Restore(t.Context()); err != nil || o.mode(t, "mart") != catalog.ModeShadow {
		t.Errorf("%v, mode %s after a restart", err, o.mode(t, "mart"))
	}
	o.pass(time.Hour)
	if o.mode(t, "mart") != catalog.ModeAct {
		t.Errorf("mode %s after a day", o.mode(t, "mart"))
	}
}

// TestWhatIsNoRise: what was held or started before goes on without a trial.
func TestWhatIsNoRise(t *testing.T) {
	renamed := strings.Replace(acting, "name: mart", "name: other", 1)
	wide := strings.NewReplacer("name: mart", "name: wide", "wh/mart", "wh/*").Replace(acting)
	for name, c := range map[string]struct {
		before, after string
		tried         bool
	}{
		"the first set":             {"", acting, false},
		"nothing changed":           {acting, acting, false},
		"another key":               {acting, acting + "quiet: 3m\n", false},
		"another name":              {acting, renamed, false},
		"cut out of a pattern":      {wide, wide + "---\n" + acting, false},
		"a fall":                    {acting, policy("mode: gate", raw), false},
		"to shadow":                 {policy("mode: observe", raw), policy("mode: shadow", raw), false},
		"gate to act":               {policy("mode: gate", raw), acting, true},
		"a new policy":              {"kind: Pool\nname: p\nslots: 1\n", acting, true},
		"wider than what was there": {acting, wide, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.made("mart", noon)
			o.made("table", noon)
			if c.before != "" {
				o.applied(t, c.before)
			}
			if got := o.planned(t, c.after).Trials; len(got) > 0 != c.tried {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestWhatRisesForAnAsset: a policy is tried when more would be done for all of
// its assets, though its own mode stays; one that comes to further ones goes on,
// since a trial would stop what it runs. What is given counts as what is written.
func TestWhatRisesForAnAsset(t *testing.T) {
	gives := acting + "defaults_for_upstreams: { want: inherit }\n"
	wide := strings.NewReplacer("name: mart", "name: wide", "wh/mart", "wh/*").Replace(acting)
	narrow := strings.NewReplacer("name: wide", "name: narrow", "mode: act", "mode: shadow", "wh/*", "wh/ra*").Replace(wide)
	report := strings.NewReplacer("name: mart", "name: report", "wh/mart", "wh/report", "mode: act", "mode: shadow").Replace(gives)
	for name, c := range map[string]struct{ before, after, tried string }{
		"it gives to its upstreams now": {acting, gives, "mart-upstreams"},
		"it selects more":               {strings.Replace(wide, "wh/*", "wh/m*", 1), wide, ""},
		"a narrower shadow policy goes": {wide + "---\n" + narrow, wide, ""},
		"a giver that may do less goes": {gives + "---\n" + report, gives, "mart-upstreams"},
		"control: the giver stays":      {gives + "---\n" + report, gives + "---\n" + report, ""},
		"control: it gave before":       {gives, gives + "quiet: 3m\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.chain("raw", "mart")
			o.chain("raw", "report")
			o.applied(t, c.before)
			got := o.planned(t, c.after).Trials
			if c.tried == "" && len(got) > 0 || c.tried != "" && (len(got) != 1 || got[0].Policy != c.tried || got[0].From != catalog.ModeShadow || got[0].To != catalog.ModeAct) {
				t.Fatalf("%+v", got)
			}
			o.applied(t, c.after)
			if c.tried != "" && o.mode(t, c.tried) != catalog.ModeShadow {
				t.Errorf("%s acts at once", c.tried)
			}
			o.pass(plan.TrialTime)
			if c.tried != "" && o.mode(t, c.tried) != catalog.ModeAct {
				t.Errorf("%s does not act after a day", c.tried)
			}
		})
	}
}

// TestATrialGoesOn: the same set applied again, or gone back to, does not cut it
// short; a policy that changed begins anew.
func TestATrialGoesOn(t *testing.T) {
	o := open(t)
	o.made("mart", noon)
	o.applied(t, policy("mode: shadow", raw))
	o.applied(t, acting)
	o.pass(20 * time.Hour)
	o.applied(t, acting)
	if got := o.live.Get().ByName("mart").Trial; got == nil || !got.Until.Equal(noon.Add(plan.TrialTime)) {
		t.Fatalf("%+v", got)
	}
	o.applied(t, policy("mode: shadow", raw))
	if _, _, err := o.Rollback(t.Context(), 0, "ann", ""); err != nil || o.mode(t, "mart") != catalog.ModeShadow {
		t.Errorf("%v: gone back to it acts", err)
	}
	o.applied(t, acting+"quiet: 3m\n")
	if got := o.live.Get().ByName("mart").Trial; got == nil || !got.Until.Equal(o.now.Add(plan.TrialTime)) {
		t.Errorf("%+v", got)
	}
	o.pass(30 * time.Hour)
	o.applied(t, policy("mode: shadow", raw))
	if _, _, err := o.Rollback(t.Context(), 0, "ann", ""); err != nil || o.mode(t, "mart") != catalog.ModeAct {
		t.Errorf("%v: a way back is no rise", err)
	}
}

// TestAWayBackEndsNoTrial: one that was cut short goes on for what was left of it,
// however long that version was out of force.
func TestAWayBackEndsNoTrial(t *testing.T) {
	o := open(t)
	o.made("mart", noon)
	o.applied(t, policy("mode: shadow", raw))
	o.applied(t, acting)
	o.pass(time.Hour)
	o.applied(t, policy("mode: shadow", raw))
	o.pass(30 * time.Hour)
	if _, _, err := o.Rollback(t.Context(), 0, "ann", ""); err != nil || o.mode(t, "mart") != catalog.ModeShadow {
		t.Fatalf("%v: it acts after an hour of trial", err)
	}
	o.pass(22 * time.Hour)
	if o.mode(t, "mart") != catalog.ModeShadow {
		t.Error("it acts too soon")
	}
	o.pass(time.Hour)
	if o.mode(t, "mart") != catalog.ModeAct {
		t.Error("it does not act in the end")
	}
}

// TestWithoutATrial: at once, by somebody who says why.
func TestWithoutATrial(t *testing.T) {
	o := open(t)
	o.made("mart", noon)
	o.applied(t, policy("mode: shadow", raw))
	now := plan.Proposal{Files: files(acting), Hash: o.planned(t, acting).Hash, Actor: "ann", NoTrial: true}
	if _, _, err := o.Apply(t.Context(), now); !errors.Is(err, catalog.ErrInvalid) || o.mode(t, "mart") != catalog.ModeShadow {
		t.Errorf("%v", err)
	}
	now.Reason = "the night is near"
	if _, _, err := o.Apply(t.Context(), now); err != nil || o.mode(t, "mart") != catalog.ModeAct {
		t.Errorf("%v", err)
	}
	if s := o.kept.sets[1]; !s.NoTrial || len(s.Trials) != 0 || s.Actor != "ann" || s.Reason == "" {
		t.Errorf("%+v", s)
	}
}

// TestWhatIsGivenIsTriedToo: upstreams rise with the policy that gives to them.
func TestWhatIsGivenIsTriedToo(t *testing.T) {
	o := open(t)
	o.chain("raw", "mart")
	gives := func(mode string) string { return policy(mode, "owner: o", "defaults_for_upstreams: { want: inherit }") }
	o.applied(t, gives("mode: shadow"))
	o.applied(t, gives("mode: act"))
	if o.mode(t, "mart-upstreams") != catalog.ModeShadow {
		t.Error("it acts at once")
	}
	set := o.live.Get()
	if mart := set.ByName("mart"); mart.Gives != set.ByName("mart-upstreams") {
		t.Errorf("it gives another one than stands in the set, in mode %s", mart.Gives.Mode)
	}
	matches, err := o.Over.Matches(t.Context())
	if err != nil || len(matches) != 2 {
		t.Fatalf("%v, %v", matches, err)
	}
	for _, m := range matches {
		if m.Policy.Mode != catalog.ModeShadow || !slices.Contains(set.Policies, m.Policy) {
			t.Errorf("%s is in mode %s", m.Policy.Name, m.Policy.Mode)
		}
	}
	o.pass(plan.TrialTime)
	if o.mode(t, "mart-upstreams") != catalog.ModeAct {
		t.Error("it does not act after a day")
	}
}

// TestDrift: a directory that rules where something else was applied says so.
func TestDrift(t *testing.T) {
	o := open(t)
	o.applied(t, policy(raw))
	if p := o.planned(t, policy(raw)); len(p.Drift) != 0 {
		t.Errorf("%v", p.Drift)
	}
	o.Dir = "/etc/policies"
	if p := o.planned(t, policy(raw)); len(p.Drift) != 0 {
		t.Errorf("the same: %v", p.Drift)
	}
	set, err := policies.Load(files(policy(raw, "quiet: 3m") + "---\nkind: Pool\nname: gpu\nslots: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	o.live.Put(set)
	o.live.Fail(errors.New("p.yaml:3:1: E101"))
	got := strings.Join(o.planned(t, policy(raw)).Drift, "\n")
	for _, want := range []string{"/etc/policies was changed since, and could not be read", "policy mart is not what was applied by ann at 2026-03-02T12:00:00Z (version 1)", "pool gpu was not applied by ann"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}
