package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestDecisionsTakeTurns: while batches are projected without a pause, a decision
// is recorded behind the one that goes on, or soon after.
func TestDecisionsTakeTurns(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	h, err := NewHistory(t.Context(), db)
	noError(t, err)
	t.Cleanup(func() { noError(t, h.Close()) })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var batches atomic.Int64
	done := make(chan error, 1)
	go func() { done <- projectOn(ctx, h, &batches) }()
	l := NewLedger(db)
	const decisions, each = 10, 5
	for batches.Load() == 0 {
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	before := batches.Load()
	for i := range decisions {
		_, err := l.Record(t.Context(), catalog.Decision{ID: fmt.Sprint(i), Policy: "p"}, nil)
		noError(t, err)
	}
	if n := batches.Load() - before; n > decisions*each {
		t.Errorf("%d batches went before %d decisions, want at most %d each", n, decisions, each)
	}
	stop()
	noError(t, <-done)
}

// projectOn projects batches of a few milliseconds until ctx ends.
func projectOn(ctx context.Context, h *History, batches *atomic.Int64) error {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for pos := catalog.Position(0); ctx.Err() == nil; batches.Add(1) {
		var list []Projected
		for range 50 {
			pos++
			name := catalog.Name{Type: catalog.TypeDataset, Namespace: "pg", Name: fmt.Sprint("t", pos%10)}
			list = append(list, Projected{Position: pos, Facts: &catalog.Facts{
				EventTime: at.Add(time.Duration(pos) * time.Second), Job: &catalog.AssetFact{Name: catalog.Name{Type: catalog.TypeJob, Namespace: "af", Name: "load"}},
				Outputs: []catalog.IOFact{{Dataset: name}}, Run: &catalog.RunFact{RunID: fmt.Sprint(pos), Type: catalog.EventComplete}}})
		}
		if _, err := h.Project(context.WithoutCancel(ctx), list); err != nil {
			return err
		}
	}
	return nil
}
