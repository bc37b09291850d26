package plan_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/policies/virtual"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// memory keeps sets as the ledger does.
type memory struct {
	sets []catalog.PolicySet
	fail error
}

func (m *memory) PolicySets(_ context.Context, before int64, limit int) (out []catalog.PolicySet, err error) {
	for _, s := range slices.Backward(m.sets) {
		if (before == 0 || s.Version < before) && len(out) < limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func (m *memory) KeepPolicySet(_ context.Context, s catalog.PolicySet, base int64) (catalog.PolicySet, error) {
	if m.fail != nil || base != int64(len(m.sets)) {
		return s, errors.Join(m.fail, catalog.ErrConflict)
	}
	s.Version = base + 1
	m.sets = append(m.sets, s)
	return s, nil
}

type office struct {
	*plan.Desk
	world *virtual.World
	live  *policies.Live
	kept  *memory
	now   time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{world: virtual.NewWorld(), live: &policies.Live{}, kept: &memory{}, now: noon}
	g := &policies.Gatherer{History: o.world, Graph: o.world, Ledger: virtual.NewLedger(), Policies: o.live}
	o.Desk = &plan.Desk{Planner: plan.Planner{Over: g, Now: func() time.Time { return o.now }}, Store: o.kept, Put: o.live.Put}
	return o
}

func (o *office) planned(t *testing.T, text string) plan.Plan {
	t.Helper()
	p, err := o.Plan(t.Context(), files(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (o *office) applied(t *testing.T, text string) {
	t.Helper()
	if _, _, err := o.Apply(t.Context(), plan.Proposal{Files: files(text), Hash: o.planned(t, text).Hash, Actor: "ann"}); err != nil {
		t.Fatal(err)
	}
}

func files(text string) []catalog.PolicyFile {
	return []catalog.PolicyFile{{Path: "p.yaml", Text: text}}
}

func dataset(name string) catalog.Name {
	return catalog.Name{Type: catalog.TypeDataset, Namespace: "pg://wh", Name: name}
}

// made lets a version of a dataset appear.
func (o *office) made(name string, at time.Time) {
	o.world.Version(catalog.Version{Dataset: dataset(name), Run: catalog.RunKey{Job: catalog.Name{Type: catalog.TypeJob, Namespace: "prod", Name: "make_" + name}, RunID: at.String()}, RunStartedAt: at.Add(-time.Minute), ProducedAt: at})
}

func policy(lines ...string) string {
	return "kind: Policy\nname: mart\nselect: { asset: \"dataset:pg://wh/mart\" }\n" + strings.Join(lines, "\n") + "\n"
}

const raw = `inputs: { "dataset:pg://wh/raw": { trigger: true, require: updated } }`

func TestEffects(t *testing.T) {
	o := open(t)
	for h := range 48 {
		o.made("raw", noon.Add(-time.Duration(h)*time.Hour))
	}
	o.made("mart", noon.Add(-30*time.Minute))
	for name, c := range map[string]struct {
		yaml  string
		runs  int
		known bool
		basis string
		ticks int
	}{
		"data":              {policy(raw), 48, true, "48 new", 0},
		"data, damped":      {policy(raw, "min_interval: 4h"), 12, true, "48 new", 0},
		"max_lag":           {policy(raw, "want: { max_lag: 12h }"), 4, true, "48 new", 0},
		"max_age":           {policy(raw, "want: { max_age: 1d }"), 14, true, "at least one each 24h", 0},
		"by":                {policy(raw, "want: { by: { cron: \"0 9 * * 1\", tz: Europe/Berlin, covers: 6h } }"), 2, true, "one for each tick", 2},
		"by, many":          {policy(raw, "want: { by: { cron: \"*/5 * * * *\", tz: UTC, covers: 1h } }"), 50, true, "more than are counted", 50},
		"manual":            {policy("want: manual"), 0, true, "no input starts it", 0},
		"max_lag, rootless": {strings.ReplaceAll(policy("want: { max_lag: 1h }"), "mart", "new"), 0, false, "no input", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := o.planned(t, c.yaml)
			if len(p.Effects) != 1 || p.Effects[0].Before != nil || p.Effects[0].After == nil {
				t.Fatalf("%+v", p.Effects)
			}
			a := p.Effects[0].After
			if a.Runs != c.runs || a.Known != c.known || !strings.Contains(a.Basis, c.basis) || len(a.Ticks) != c.ticks {
				t.Errorf("%d runs, known %v, basis %q, %d ticks; want %+v", a.Runs, a.Known, a.Basis, len(a.Ticks), c)
			}
			for _, tick := range a.Ticks {
				if !tick.After(p.From) || tick.After(p.Until) {
					t.Errorf("tick %s is not between %s and %s", tick, p.From, p.Until)
				}
			}
		})
	}
}

// A narrower selector takes an asset from a policy that says the same as before.
func TestAnAssetThatComesToAnotherPolicy(t *testing.T) {
	o := open(t)
	o.made("mart", noon)
	o.made("other", noon)
	wide := "kind: Policy\nname: wide\nselect: { asset: \"dataset:pg://wh/*\" }\n"
	o.applied(t, wide)
	p := o.planned(t, wide+"---\n"+policy())
	if len(p.Changes) != 1 || p.Unchanged != 1 || len(p.Effects) != 2 {
		t.Fatalf("%+v", p)
	}
	if came, went := p.Effects[0], p.Effects[1]; came.Policy != "mart" || came.Before != nil || went.Policy != "wide" || went.After != nil || went.Name.Name != "mart" {
		t.Errorf("%+v", p.Effects)
	}
}

// What is in none of the files goes.
func TestRemoved(t *testing.T) {
	o := open(t)
	o.applied(t, policy(raw))
	p := o.planned(t, "")
	if len(p.Changes) != 1 || p.Changes[0].Kind != plan.Removed || len(p.Effects) != 1 || p.Effects[0].After != nil || p.Empty() {
		t.Errorf("%+v", p)
	}
}

// Two names of one asset close a circle that the files alone do not have.
func TestACycleUnderOtherNamesIsRefused(t *testing.T) {
	back := func(input string) string {
		return policy(raw) + "---\nkind: Policy\nname: back\nselect: { asset: \"dataset:pg://wh/raw\" }\ninputs: { \"dataset:pg://wh/" + input + "\": { trigger: true } }\n"
	}
	o := open(t)
	o.made("mart", noon)
	o.applied(t, back("mart_view")) // the control: nothing says that they are one
	o.world.Merge(dataset("mart"), dataset("mart_view"))
	_, _, err := o.Apply(t.Context(), plan.Proposal{Files: files(back("mart_view")), Hash: o.planned(t, back("mart_view")).Hash})
	if !errors.Is(err, catalog.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "E110: trigger cycle, under all names: dataset:pg://wh/mart <- dataset:pg://wh/raw <- dataset:pg://wh/mart") {
		t.Errorf("%v", err)
	}
	if len(o.kept.sets) != 1 {
		t.Errorf("%d sets kept", len(o.kept.sets))
	}
}

// A pool is a part of the set as a policy is.
func TestPools(t *testing.T) {
	o := open(t)
	with := func(slots string) string { return policy() + "---\nkind: Pool\nname: gpu\nslots: " + slots + "\n" }
	o.applied(t, with("2"))
	same, more, none := o.planned(t, with("2")), o.planned(t, with("3")), o.planned(t, policy())
	if !same.Empty() || same.Unchanged != 2 || more.Hash == same.Hash || none.Hash == same.Hash {
		t.Errorf("%+v", same)
	}
	if len(more.Changes) != 1 || more.Changes[0].Of != "Pool" || len(more.Changes[0].Fields) != 1 || len(more.Effects) != 0 {
		t.Errorf("%+v", more)
	}
	if len(none.Changes) != 1 || none.Changes[0].Kind != plan.Removed {
		t.Errorf("%+v", none)
	}
	n := 0
	for f := range reflect.TypeFor[policies.Set]().Fields() {
		if f.IsExported() {
			n++
		}
	}
	if n != 3 {
		t.Errorf("a set has %d kinds of documents: Documents has to list the new one, and this test to know it", n)
	}
}

// A calendar is one, too.
func TestCalendars(t *testing.T) {
	o := open(t)
	with := func(hours string) string {
		return policy() + "---\nkind: Calendar\nname: night\nblackout: { cron: \"0 0 * * *\", duration: " + hours + " }\n"
	}
	o.applied(t, with("6h"))
	same, more := o.planned(t, with("6h")), o.planned(t, with("7h"))
	if !same.Empty() || same.Unchanged != 2 || more.Hash == same.Hash || len(more.Changes) != 1 || more.Changes[0].Of != "Calendar" || len(more.Changes[0].Fields) != 1 {
		t.Errorf("%+v, then %+v", same, more)
	}
}

// The hash stands for the content: not for the clock, the spelling or the
// files; for anything else that an effect depends on.
func TestHash(t *testing.T) {
	base := policy("mode: act", "owner: o", raw)
	hash := func(prepare func(*office), text string) string {
		o := open(t)
		o.made("mart", noon.Add(-time.Hour))
		prepare(o)
		return o.planned(t, text).Hash
	}
	first := hash(func(*office) {}, base)
	for name, other := range map[string]string{
		"the clock":     hash(func(o *office) { o.now = noon.Add(3 * 24 * time.Hour) }, base),
		"comments":      hash(func(*office) {}, "# why\n"+strings.ReplaceAll(base, "owner: o", "owner: \"o\" # them")),
		"order":         hash(func(*office) {}, policy(raw, "owner: o", "mode: act")),
		"a new version": hash(func(o *office) { o.made("mart", noon) }, base),
	} {
		if other != first {
			t.Errorf("%s is in the hash", name)
		}
	}
	for name, other := range map[string]string{
		"a key":                 hash(func(*office) {}, base+"quiet: 3m\n"),
		"what is in force":      hash(func(o *office) { o.applied(t, policy()) }, base),
		"an input that is seen": hash(func(o *office) { o.made("raw", noon) }, base),
	} {
		if other == first {
			t.Errorf("%s is not in the hash", name)
		}
	}
}

// A set that was planned is applied exactly when its hash is that of now, and
// what is in force is always the newest that was kept.
func TestApplyProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := open(t)
		texts := []string{policy(), policy(raw), policy(raw, "quiet: 3m"), ""}
		var looked []struct{ text, hash string }
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				text := rapid.SampledFrom(texts).Draw(rt, "text")
				looked = append(looked, struct{ text, hash string }{text, o.planned(t, text).Hash})
			case 1:
				if len(looked) == 0 {
					continue
				}
				l := rapid.SampledFrom(looked).Draw(rt, "plan")
				holds := o.planned(t, l.text).Hash == l.hash
				_, _, err := o.Apply(t.Context(), plan.Proposal{Files: files(l.text), Hash: l.hash, Actor: "a"})
				if holds != (err == nil) || err != nil && !errors.Is(err, catalog.ErrConflict) {
					rt.Fatalf("holds %v, applied with %v", holds, err)
				}
			case 2:
				before := len(o.kept.sets)
				if _, _, err := o.Rollback(t.Context(), 0, "a", ""); (err == nil) != (before > 1) {
					rt.Fatalf("rollback of %d versions: %v", before, err)
				}
			case 3:
				o.made(fmt.Sprintf("t%d", rapid.IntRange(0, 3).Draw(rt, "table")), noon)
			}
			want := 0
			if n := len(o.kept.sets); n > 0 {
				set, err := policies.Load(o.kept.sets[n-1].Files)
				if err != nil {
					rt.Fatal(err)
				}
				want = len(set.Policies)
			}
			if got := len(o.live.Get().Policies); got != want {
				rt.Fatalf("%d policies in force, %d kept", got, want)
			}
		}
	})
}

// What could not be kept is not put in force.
func TestNothingIsInForceThatWasNotKept(t *testing.T) {
	o := open(t)
	p := o.planned(t, policy())
	o.kept.fail = errors.New("disk full")
	if _, _, err := o.Apply(t.Context(), plan.Proposal{Files: files(policy()), Hash: p.Hash}); err == nil || len(o.live.Get().Policies) != 0 {
		t.Errorf("%v, %d policies in force", err, len(o.live.Get().Policies))
	}
}

// A kept set that this version cannot read is a reason not to start.
func TestRestore(t *testing.T) {
	o := open(t)
	if err := o.Restore(t.Context()); err != nil {
		t.Errorf("nothing to restore: %v", err)
	}
	o.kept.sets = []catalog.PolicySet{{Version: 1, Files: files(policy())}}
	if err := o.Restore(t.Context()); err != nil || len(o.live.Get().Policies) != 1 {
		t.Errorf("%v, %d policies in force", err, len(o.live.Get().Policies))
	}
	o.kept.sets = append(o.kept.sets, catalog.PolicySet{Version: 2, Files: files("kind: Policy\nname: p\nnever: 1\n")})
	if err := o.Restore(t.Context()); err == nil || !strings.Contains(err.Error(), "version 2") || catalog.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestBoundsOfAProposal(t *testing.T) {
	o := open(t)
	_, err := o.Plan(t.Context(), files(strings.Repeat("# filler\n", 150_000)))
	if !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("%v", err)
	}
	_, err = o.Plan(t.Context(), files("kind: Policy\nname: p\nnever: 1\nnor: 2\n"))
	var wrong *plan.FilesError
	if !errors.As(err, &wrong) || len(wrong.Faults()) != 2 || !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
