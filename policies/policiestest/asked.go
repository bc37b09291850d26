package policiestest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// testAsk: of many who ask under one key at once, one makes the action and all
// get it; what has no key of its own is not told apart by it.
func testAsk(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	ask := func(id, key string, k catalog.ActionKind) (catalog.Action, bool) {
		a := action(id, asset, catalog.ActionReady)
		a.Kind, a.Asked, a.Parent = k, &catalog.Asked{Actor: "ann", Reason: "test", Key: key, Digest: "d"}, "p1"
		if k == catalog.ActionTrigger {
			a.Nominal = day
		}
		d := decision("d-"+id, "", asset)
		kept, made, err := l.Ask(ctx, &d, a)
		must(t, err)
		return kept, made
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	made, ids := 0, map[string]bool{}
	for i := range 8 {
		wg.Go(func() {
			a, first := ask(string(rune('a'+i)), "k", catalog.ActionTrigger)
			mu.Lock()
			defer mu.Unlock()
			if ids[a.ID] = true; first {
				made++
			}
		})
	}
	wg.Wait()
	if made != 1 || len(ids) != 1 {
		t.Errorf("%d actions were made, and the answers name %d", made, len(ids))
	}
	ask("z", "other", catalog.ActionHold)
	if reopen != nil {
		l = reopen()
	}
	if _, first := ask("y", "k", catalog.ActionTrigger); first {
		t.Error("the key was forgotten")
	}
	plain := action("plain", asset, catalog.ActionReady)
	_, err := l.Record(ctx, decision("d-plain", "p", asset), &plain)
	must(t, err)
	for name, c := range map[string]struct {
		q    policies.ActionQuery
		want int
	}{
		"all": {policies.ActionQuery{}, 3}, "kind": {policies.ActionQuery{Kinds: []catalog.ActionKind{catalog.ActionHold, catalog.ActionRelease}}, 1},
		"parent": {policies.ActionQuery{Parent: "p1"}, 2}, "undated": {policies.ActionQuery{Undated: true}, 2},
		"key": {policies.ActionQuery{AskKey: "k"}, 1}, "unknown key": {policies.ActionQuery{AskKey: "q"}, 0},
	} {
		list, err := l.Actions(ctx, c.q)
		if must(t, err); len(list) != c.want {
			t.Errorf("%s: %d actions, want %d", name, len(list), c.want)
		}
	}
}

// testLead: one leads at a time; a new term fences the writes of the old one.
func testLead(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	a := action("a1", asset, catalog.ActionReady)
	_, err := l.Record(ctx, decision("d1", "p", asset), &a)
	must(t, err)
	lead := func(who string, term int64, at time.Time) (catalog.Lead, error) {
		return l.Lead(ctx, who, term, at, time.Minute)
	}

	first, err := lead("one", 0, day)
	must(t, err)
	if present, err := lead("two", 0, day.Add(59*time.Second)); !errors.Is(err, catalog.ErrConflict) || !present.Until.Equal(day.Add(time.Minute)) {
		t.Errorf("two leads beside one: %+v, %v", present, err)
	}
	again, err := lead("one", first.Term, day.Add(30*time.Second))
	if must(t, err); again.Term != first.Term || !again.Until.Equal(day.Add(90*time.Second)) {
		t.Errorf("renewed to %+v", again)
	}
	if reopen != nil {
		l = reopen()
	}
	restarted, err := lead("one", 0, day.Add(40*time.Second))
	if must(t, err); restarted.Term <= first.Term {
		t.Errorf("a restart has term %d after %d", restarted.Term, first.Term)
	}
	if _, err := lead("one", first.Term, day.Add(50*time.Second)); !errors.Is(err, catalog.ErrFenced) {
		t.Errorf("a twin leads too: %v", err)
	}
	second, err := lead("two", 0, day.Add(2*time.Minute))
	must(t, err)
	a.State = catalog.ActionDispatching
	if _, err := l.UpdateAs(ctx, restarted.Term, catalog.ActionReady, a); !errors.Is(err, catalog.ErrFenced) {
		t.Errorf("a write of the old term: %v, want it fenced", err)
	}
	_, err = l.UpdateAs(ctx, second.Term, catalog.ActionReady, a)
	must(t, err)
	if _, err := l.UpdateAs(ctx, second.Term, catalog.ActionReady, a); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("from where it is not: %v, want a conflict", err)
	}
}
