package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// tiny is a company that is played in a moment.
var tiny = Game{Size: Size{Sources: 8, Models: 20, Pipelines: 2, Reports: 8}, Seed: 1, Days: 3, Faults: AllFaults}

func TestWeirKeepsItsPromises(t *testing.T) {
	cron := playCron(tiny, twoPasses)
	w, err := playWeir(tiny, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.Stale != 0 {
		t.Errorf("%d runs on stale input", w.Stale)
	}
	if w.Doubled != 0 {
		t.Errorf("%d doubled actions", w.Doubled)
	}
	if w.Met < cron.Met || cron.Met == 0 {
		t.Errorf("%d of %d deadlines met, cron met %d", w.Met, w.Due, cron.Met)
	}
	if f := fewer(w.Runs, cron.Runs); f < 30 {
		t.Errorf("%d runs, cron had %d: %.1f %% fewer, want 30 at least", w.Runs, cron.Runs, f)
	}
	if cron.Stale == 0 {
		t.Error("cron had no run on stale input: the days are too easy to tell anything")
	}
}

func TestGamesAreAFunctionOfTheSeed(t *testing.T) {
	play := func(seed uint64) string {
		g := tiny
		g.Days, g.Seed = 1, seed
		o, err := playAll(g)
		if err != nil {
			t.Fatal(err)
		}
		o.cron.Took, o.once.Took, o.wei.Took = 0, 0, 0
		return fmt.Sprintf("%+v", o)
	}
	first := play(2)
	if again := play(2); again != first {
		t.Errorf("the same seed gave\n%s\nthen\n%s", first, again)
	}
	if other := play(3); other == first {
		t.Error("another seed gave the same days")
	}
}

// TestSideBySideIsOneAfterAnother: games that are played at once do not know of
// each other.
func TestSideBySideIsOneAfterAnother(t *testing.T) {
	g := tiny
	g.Days = 1
	table := func(atOnce int) (out []string) {
		for _, game := range (Seeds{First: 2, N: 3, AtOnce: atOnce}).play(g) {
			r := <-game
			if r.err != nil {
				t.Fatal(r.err)
			}
			r.cron.Took, r.once.Took, r.wei.Took = 0, 0, 0
			out = append(out, fmt.Sprintf("%+v", r.outcome))
		}
		return out
	}
	if one, two := table(1), table(2); !slices.Equal(one, two) {
		t.Errorf("one after another gave\n%s\nside by side\n%s", one, two)
	}
}

// TestLogSaysWhyInputWasStale: a run on stale input is in the log with what was
// too old, and with the decision that asked for it.
func TestLogSaysWhyInputWasStale(t *testing.T) {
	g := tiny
	g.Days, g.Logs = 1, t.TempDir()
	s, err := playWeir(g, carefree)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(g.Logs, "seed-1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for one := range bytes.Lines(text) {
		var l struct{ Stale *blamed }
		if err := json.Unmarshal(one, &l); err != nil {
			t.Fatal(err)
		}
		if l.Stale == nil {
			continue
		}
		said++
		if len(l.Stale.Inputs) == 0 || l.Stale.Action == "" || len(l.Stale.Decisions) == 0 {
			t.Errorf("the log does not say why: %s", one)
		}
	}
	if said != s.Stale || said == 0 {
		t.Errorf("the log has %d runs on stale input, the judge saw %d", said, s.Stale)
	}
	g.Logs = ""
	without, err := playWeir(g, carefree)
	if err != nil {
		t.Fatal(err)
	}
	if s.Took, without.Took = 0, 0; s != without {
		t.Errorf("with a log %+v, without %+v", s, without)
	}
}

// Controls: what the judge must see when a promise is broken.

func TestJudgeSeesRunsOnStaleInput(t *testing.T) {
	g := tiny
	g.Days = 1
	s, err := playWeir(g, carefree)
	if err != nil {
		t.Fatal(err)
	}
	if s.Stale == 0 {
		t.Error("no run on stale input was seen without readiness")
	}
}

// carefree takes any input.
func carefree(_ *weir, set *policies.Set, _ []connectors.Connector) {
	for _, p := range set.Policies {
		for i := range p.Inputs {
			p.Inputs[i].Require = policies.RequireExists
		}
	}
}

func TestJudgeSeesDoubledActions(t *testing.T) {
	g := tiny
	g.Days, g.Faults = 1, Faults{LostAnswers: 0.2, Late: 1}
	s, err := playWeir(g, func(_ *weir, _ *policies.Set, conns []connectors.Connector) {
		for i, c := range conns {
			conns[i] = &forgetful{Works: c.(*virtual.Works)}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Doubled == 0 {
		t.Error("no doubled action was seen though the tools forget keys")
	}
}

// forgetful is a tool that says it keeps one run a key, and does not.
type forgetful struct {
	*virtual.Works
	calls int
}

func (f *forgetful) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	f.calls++
	r.Key = fmt.Sprintf("%s-%d", r.Key, f.calls)
	return f.Works.Start(ctx, r)
}

func TestEveryoneMeetsTheSameDays(t *testing.T) {
	a, b := build(Small, 7), build(Small, 7)
	for d := range 10 {
		for i := range a.things {
			if a.things[i].kind == source && !slices.Equal(a.syncs(a.things[i], d), b.syncs(b.things[i], d)) {
				t.Fatalf("day %d differs for %s", d, a.things[i].name)
			}
		}
	}
	for _, th := range a.things {
		for _, in := range th.inputs {
			if in >= th.id {
				t.Fatalf("%s reads what comes after it", th.name)
			}
		}
		if th.kind != source && len(th.inputs) == 0 {
			t.Errorf("%s reads nothing", th.name)
		}
	}
}
