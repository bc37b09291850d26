package policies_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
	"github.com/weirhq/weir/policies/virtual"
)

// counted counts how often a ledger is asked for actions, and for those that stand.
type counted struct {
	*virtual.Ledger
	asked, stand int
}

func (c *counted) Actions(ctx context.Context, q policies.ActionQuery) ([]catalog.Action, error) {
	if c.asked++; q.Standing {
		c.stand++
	}
	return c.Ledger.Actions(ctx, q)
}

// readers is raw, which n policies that list it read, and the job load, which makes
// it and all of theirs; with what is told of it.
type readers struct {
	t      *testing.T
	w      *virtual.World
	ledger *counted
	g      *policies.Gatherer
	eval   *policies.Evaluator
	raw    *policies.Policy
	orders int
}

func newReaders(t *testing.T, n int) *readers {
	t.Helper()
	w, end := virtual.NewWorld(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	docs := []string{timely("raw", "inherit")}
	for i := range n {
		name := fmt.Sprint("m", i)
		docs = append(docs, timely(name, "{ max_lag: 1h }", `inputs: { "dataset:pg://wh/raw": {} }`))
		w.Tell(virtual.Event{Key: catalog.RunKey{Job: job(name), RunID: name}, Type: catalog.EventComplete, At: end, Inputs: dss("raw"), Written: []virtual.Written{{Name: ds(name)}}})
	}
	set, err := policies.ParseSet("p.yaml", []byte(strings.Join(docs, "---\n")))
	if err != nil {
		t.Fatal(err)
	}
	live := &policies.Live{}
	live.Put(set)
	r := &readers{t: t, w: w, ledger: &counted{Ledger: virtual.NewLedger()}, raw: set.Policies[0]}
	r.g = &policies.Gatherer{History: w, Recall: policies.NewRecall(w), Graph: w, Ledger: r.ledger, Policies: live, Connectors: []connectors.Connector{policiestest.NewTool("af", "prod")}}
	r.eval = policies.NewEvaluator(r.g, &sync.Mutex{}, policies.EvaluatorOptions{Now: func() time.Time { return end.Add(time.Hour) }})
	r.eval.Open()
	r.eval.Step(t.Context())
	return r
}

// order gives an order about a table or its job, which is followed at once.
func (r *readers) order(k catalog.ActionKind, of string) {
	r.orders++
	a := catalog.Action{ID: fmt.Sprint("o", r.orders), Kind: k, State: catalog.ActionSucceeded, Target: catalog.AssetID(ds(of).ID()), Name: ds(of),
		Transitions: []catalog.ActionTransition{{To: catalog.ActionSucceeded}}, Asked: &catalog.Asked{Actor: "ann", Key: fmt.Sprint(r.orders)}}
	if k == catalog.ActionPause || k == catalog.ActionResume {
		a.Connector, a.ToolJob = "af", of
	}
	if _, _, err := r.ledger.Ask(r.t.Context(), nil, a); err != nil {
		r.t.Fatal(err)
	}
	r.eval.Moved(a)
}

// reads is how often the ledger is asked for one look at raw; halted who is said
// to be stopped then.
func (r *readers) reads() (n int, halted []string) {
	r.t.Helper()
	before := r.ledger.asked
	s, err := r.g.Snapshot(r.t.Context(), r.raw, r.w.ID(ds("raw")), time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC), "")
	if err != nil {
		r.t.Fatal(err)
	}
	return r.ledger.asked - before, s.Timing.Halted
}

// TestOrdersAreReadOnce: who was ever held costs those nothing who are not, however
// many read an asset; who is held costs one look.
func TestOrdersAreReadOnce(t *testing.T) {
	few, many := newReaders(t, 1), newReaders(t, 12)
	same := func(when string, more int) {
		t.Helper()
		few.reads() // what stands is read again after an order
		many.reads()
		a, _ := few.reads()
		b, halted := many.reads()
		if b != a+more || len(halted) != more {
			t.Errorf("%s: %d reads for one reader, %d for twelve, want %d more; stopped are %v", when, a, b, more, halted)
		}
	}
	both := func(k catalog.ActionKind, of string) {
		few.order(k, of)
		many.order(k, of)
	}
	same("nobody was ever stopped", 0)
	both(catalog.ActionHold, "other")
	both(catalog.ActionPause, "another")
	same("others are stopped", 0)
	many.order(catalog.ActionHold, "m3")
	same("one of them is held", 1)
	many.order(catalog.ActionPause, "m4")
	same("one is held, one is paused", 2)
	many.order(catalog.ActionRelease, "m3")
	many.order(catalog.ActionResume, "m4")
	same("they may go on", 0)
	if before := many.ledger.stand; before != 5 {
		t.Errorf("what stands was read %d times, and changed four times", before)
	}
}

// TestMoreOrdersThanAreListed: whoever may be stopped looks for itself, once.
func TestMoreOrdersThanAreListed(t *testing.T) {
	r := newReaders(t, 3)
	r.order(catalog.ActionPause, "m1")
	r.order(catalog.ActionHold, "m2")
	for i := range 250 {
		r.order(catalog.ActionHold, fmt.Sprint("other", i))
	}
	if _, halted := r.reads(); len(halted) != 2 {
		t.Errorf("stopped are %v", halted)
	}
}

// TestAnOrderWakesThoseThatLooked: at who is held or paused, while nobody was and
// while others were.
func TestAnOrderWakesThoseThatLooked(t *testing.T) {
	r := newReaders(t, 3)
	stopped := func(want int) {
		t.Helper()
		r.eval.Step(t.Context())
		for _, e := range r.eval.Evaluations() {
			if e.Policy == r.raw && len(e.Snapshot.Timing.Halted) != want {
				t.Errorf("stopped are %v, want %d", e.Snapshot.Timing.Halted, want)
			}
		}
	}
	stopped(0)
	r.order(catalog.ActionHold, "m0")
	stopped(1)
	r.order(catalog.ActionPause, "m1")
	stopped(2)
	r.order(catalog.ActionHold, "m2")
	stopped(3)
	r.order(catalog.ActionRelease, "m0")
	stopped(2)
	r.order(catalog.ActionResume, "m1")
	stopped(1)
	r.order(catalog.ActionPause, "m1")
	stopped(2)
}
