package virtual_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// held is what an evaluation comes to, without what merely counts time.
func held(p *policies.Policy, s policies.Snapshot, ev policies.Evaluation) string {
	atoms := policies.Deciding(ev.Tree)
	slices.Sort(atoms)
	out := fmt.Sprintf("%s: %s by %v, demand %v, data of %s, spent %d, tries %d", p.Name, ev.Outcome, atoms, ev.Demand, s.Lag.Watermark, len(s.Spent), len(s.Tries))
	for _, in := range s.Inputs {
		out += fmt.Sprintf("; %s of %s own %t", in.Name.Name, in.Watermark, in.Own)
		if in.Newest != nil {
			out += " newest " + in.Newest.ID()
		}
		if in.Pinned != nil {
			out += " pinned " + in.Pinned.ID()
		}
	}
	return out
}

// remembers compares what the engine holds with all of it read anew, by a
// gatherer that remembers nothing.
func (p *plant) remembers() string {
	ctx := context.Background()
	anew := &policies.Gatherer{History: p.world, Graph: p.world, Ledger: p.ledger, Connectors: []connectors.Connector{p.tool}, Policies: p.live}
	for _, e := range p.engine.Evaluations() {
		s, err := anew.Snapshot(ctx, e.Policy, e.Asset, p.engine.Now(), "")
		if err != nil {
			return err.Error()
		}
		is, was := held(e.Policy, s, policies.Decide(e.Policy, s, p.engine.Now())), held(e.Policy, e.Snapshot, e.Evaluation)
		if is != was {
			return fmt.Sprintf("at %s the engine holds\n%s\nand read anew it is\n%s", p.loop.Now(), was, is)
		}
	}
	return ""
}

// again tells something that was told before once more, or a failure of a run
// that may have succeeded.
func (p *plant) again(at time.Time, which int, fails bool) {
	p.loop.At(at, func() {
		if len(p.log) == 0 {
			return
		}
		e := p.log[which%len(p.log)].e
		if fails {
			e.Type, e.At = catalog.EventFail, e.At.Add(time.Second)
		}
		p.tell(e)
	})
}

// TestWhatIsRememberedIsWhatIsRead: whatever comes, in whatever order, what an
// engine holds that reads again only what was touched equals all of it read anew.
func TestWhatIsRememberedIsWhatIsRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlant(t, "act")
		for i, at := range moments(rt, "loads", 1, 6) {
			p.loadAt(at, i)
		}
		for _, at := range moments(rt, "again", 0, 8) {
			p.again(at, rapid.IntRange(0, 30).Draw(rt, "which"), rapid.Bool().Draw(rt, "fails"))
		}
		for _, at := range moments(rt, "disturbances", 0, 3) {
			p.disturb(disturbance{rapid.SampledFrom([]string{"restart", "reload"}).Draw(rt, "kind"), at, time.Hour})
		}
		for at := monday; at.Before(monday.AddDate(0, 0, 4)); at = at.Add(5*time.Hour + 7*time.Minute) {
			p.loop.RunUntil(at)
			if says := p.remembers(); says != "" {
				rt.Fatalf("%s\n%s", says, strings.Join(p.decided, "\n"))
			}
		}
	})
}

// TestWhoIsAwayHoldsNothing: while an engine is stopped the world goes on, so
// what it held is no memory to hold against that; back again it reads all anew.
func TestWhoIsAwayHoldsNothing(t *testing.T) {
	p := newPlant(t, "act")
	p.loadAt(monday.Add(time.Hour), 0)
	p.disturb(disturbance{"restart", monday.Add(3 * time.Hour), time.Hour})
	p.loadAt(monday.Add(3*time.Hour+10*time.Minute), 1)
	for _, one := range []struct {
		after time.Duration
		held  int
	}{{2 * time.Hour, 3}, {3*time.Hour + 30*time.Minute, 0}, {6 * time.Hour, 3}} {
		p.loop.RunUntil(monday.Add(one.after))
		if says := p.remembers(); says != "" {
			t.Error(says)
		}
		if got := len(p.engine.Evaluations()); got != one.held {
			t.Errorf("after %s it holds %d evaluations, want %d", one.after, got, one.held)
		}
	}
	if says := p.lost(); says != "" {
		t.Error(says)
	}
}

// TestForgottenTouchIsSeen: the control. An engine that is not told of a load
// holds what was.
func TestForgottenTouchIsSeen(t *testing.T) {
	p := newPlant(t, "act")
	p.loadAt(monday.Add(time.Hour), 1)
	p.loop.RunUntil(monday.Add(4 * time.Hour))
	if says := p.remembers(); says != "" {
		t.Fatal(says)
	}
	at := p.loop.Now()
	p.world.Tell(virtual.Event{Key: catalog.RunKey{Job: catalog.JobName("prod", "load"), RunID: "unheard"}, Type: catalog.EventComplete, At: at, Written: []virtual.Written{{Name: ds("raw")}}})
	p.loop.RunUntil(at.Add(time.Minute))
	if p.remembers() == "" {
		t.Error("an engine that was told nothing holds what is new")
	}
}
