package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// deskWorld is a journal whose entries are seen at once.
type deskWorld struct {
	mu      sync.Mutex
	filed   []catalog.Statement
	waited  []catalog.Position
	refused error
}

func (w *deskWorld) Append(_ context.Context, e Entry) (catalog.Position, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused != nil {
		return 0, w.refused
	}
	var f catalog.OperatorFact
	if err := json.Unmarshal(e.Body, &f); err != nil {
		return 0, err
	}
	w.filed = append(w.filed, catalog.Statement{ID: f.ID(), Fact: f, Position: catalog.Position(len(w.filed) + 1)})
	return catalog.Position(len(w.filed)), nil
}

func (w *deskWorld) End() catalog.Position { return catalog.Position(len(w.filed)) }

func (w *deskWorld) StatementsAbout(context.Context, []catalog.Name) ([]catalog.Statement, error) {
	return catalog.Settle(w.filed), nil
}

func (w *deskWorld) LastStatement(context.Context) (last time.Time, err error) {
	for _, s := range w.filed {
		last = s.Fact.At
	}
	return last, nil
}

func (w *deskWorld) seen(_ context.Context, pos catalog.Position) error {
	w.waited = append(w.waited, pos)
	return nil
}

func described(text string) func(context.Context) (catalog.OperatorFact, error) {
	return func(context.Context) (catalog.OperatorFact, error) {
		return catalog.OperatorFact{Verb: catalog.OperatorDescribe, Actor: "ann", Names: []catalog.Name{catalog.JobName("p", "j")}, Description: &catalog.Description{Text: text}}, nil
	}
}

// TestDeskStampsInOrder: also when the clock stands still, goes back, or a
// process before this one was ahead of it.
func TestDeskStampsInOrder(t *testing.T) {
	w := &deskWorld{}
	clock := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	options := DeskOptions{Seen: w.seen, Now: func() time.Time { return clock }}
	d := NewDesk(w, w, options)
	for i, text := range []string{"a", "b", "c", "d"} {
		if i == 2 {
			clock = clock.Add(-time.Hour)
			d = NewDesk(w, w, options)
		}
		s, err := d.State(t.Context(), described(text))
		if err != nil || s.Position != catalog.Position(i+1) || s.ID == "" {
			t.Fatalf("%+v: %v", s, err)
		}
	}
	for i, s := range w.filed[1:] {
		if !s.Fact.At.After(w.filed[i].Fact.At) {
			t.Errorf("statement %d of %s is not after the one before, of %s", i+1, s.Fact.At, w.filed[i].Fact.At)
		}
	}
	if got := w.waited; len(got) != 4 || got[1] != 1 || got[2] != 2 || got[3] != 3 {
		t.Errorf("waited for %v", got)
	}
}

// TestDeskRepeats: what stands is not said again, by however many at once.
func TestDeskRepeats(t *testing.T) {
	w := &deskWorld{}
	d := NewDesk(w, w, DeskOptions{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if s, err := d.State(t.Context(), described("a")); err != nil || s.Position != 1 {
				t.Errorf("%+v: %v", s, err)
			}
		})
	}
	all.Wait()
	if len(w.filed) != 1 {
		t.Errorf("%d entries", len(w.filed))
	}
}

func TestDeskRefuses(t *testing.T) {
	w := &deskWorld{}
	d := NewDesk(w, w, DeskOptions{Seen: w.seen})
	_, err := d.State(t.Context(), func(context.Context) (catalog.OperatorFact, error) {
		return catalog.OperatorFact{}, catalog.ErrConflict
	})
	if !errors.Is(err, catalog.ErrConflict) {
		t.Error(err)
	}
	half := func(context.Context) (catalog.OperatorFact, error) { return catalog.OperatorFact{Verb: "bless"}, nil }
	if _, err = d.State(t.Context(), half); !errors.Is(err, catalog.ErrInvalid) {
		t.Error(err)
	}
	w.refused = catalog.ErrUnavailable
	if _, err = d.State(t.Context(), described("a")); !errors.Is(err, catalog.ErrUnavailable) {
		t.Error(err)
	}
	d.turn <- struct{}{} // somebody else is being heard
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = d.State(ctx, described("a")); !errors.Is(err, catalog.ErrUnavailable) {
		t.Error(err)
	}
	if len(w.filed) != 0 {
		t.Errorf("filed %v", w.filed)
	}
}
