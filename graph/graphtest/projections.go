package graphtest

import (
	"errors"
	"testing"

	"github.com/weirhq/weir/graph"
)

// projections: a store that counts the positions of one projection refuses what
// another says, until it is emptied.
func projections(t *testing.T, s graph.Store) {
	wantProjection(t, s, 0)
	apply(t, s, graph.Change{Position: 3, Projection: 7, Rows: rows(Dataset("a"))})
	wantProjection(t, s, 7)
	for _, c := range []graph.Change{
		{After: 3, Position: 4, Projection: 8, Rows: rows(Dataset("b"))},
		{After: 3, Position: 4, Projection: 8},
		{After: 3, Position: 3, Projection: 8},
		{After: 1, Position: 2, Projection: 8},
	} {
		if err := s.Apply(t.Context(), c); !errors.Is(err, graph.ErrProjection) {
			t.Errorf("a change %s to %s of another projection: %v, want ErrProjection", c.After, c.Position, err)
		}
	}
	apply(t, s, graph.Change{After: 3, Position: 4, Projection: 7})
	apply(t, s, graph.Change{After: 4, Position: 5}) // it does not say
	wantProjection(t, s, 7)
	wantRows(t, s, rows(Dataset("a"))...)
	wantPosition(t, s, 5)
	apply(t, s, graph.Change{Reset: true})
	wantPosition(t, s, 0)
	apply(t, s, graph.Change{Position: 2, Projection: 8, Rows: rows(Dataset("b"))})
	wantProjection(t, s, 8)
	wantRows(t, s, rows(Dataset("b"))...)
	apply(t, s, graph.Change{Reset: true, Position: 1, Projection: 9, Rows: rows(Dataset("c"))})
	wantProjection(t, s, 9)
	apply(t, s, graph.Change{Reset: true, Position: 1})
	wantProjection(t, s, 0)
}

// adopts: a store that was filled without a projection takes one where it
// stands, or with the change that follows, and keeps what it holds.
func adopts(t *testing.T, s graph.Store) {
	apply(t, s, graph.Change{Position: 3, Rows: rows(Dataset("a"))})
	apply(t, s, graph.Change{After: 2, Position: 2, Projection: 7}) // it stands elsewhere
	wantProjection(t, s, 0)
	apply(t, s, graph.Change{After: 3, Position: 3, Projection: 7})
	wantProjection(t, s, 7)
	wantPosition(t, s, 3)
	wantRows(t, s, rows(Dataset("a"))...)
	apply(t, s, graph.Change{Reset: true, Position: 1, Rows: rows(Dataset("b"))})
	apply(t, s, graph.Change{After: 1, Position: 2, Projection: 8})
	wantProjection(t, s, 8)
	wantRows(t, s, rows(Dataset("b"))...)
}

func wantProjection(t *testing.T, s graph.Store, want int64) {
	t.Helper()
	if got, err := s.Projection(t.Context()); err != nil || got != want {
		t.Errorf("the store counts positions of %d, %v; want %d", got, err, want)
	}
}
