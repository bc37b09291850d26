package embedded_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/embedded"
	"github.com/weirhq/weir/graph/graphtest"
)

func open(t *testing.T) graph.Store {
	t.Helper()
	s, err := embedded.Open(t.Context(), filepath.Join(t.TempDir(), "graph.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) { graphtest.Run(t, open) }

// TestConformanceInMemory and TestConformanceOverLimit force the two ways in
// which a server answers what is current.
func TestConformanceInMemory(t *testing.T) {
	graphtest.Run(t, func(t *testing.T) graph.Store { return graphtest.Followed(open(t), 0) })
}

func TestConformanceOverLimit(t *testing.T) {
	graphtest.Run(t, func(t *testing.T) graph.Store { return graphtest.Followed(open(t), 1) })
}

func TestDifferential(t *testing.T) { graphtest.Differential(t, open(t)) }

// TestReopen: what was applied is there after a restart, with its position.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s, err := embedded.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	a := graphtest.Dataset("a")
	if err := s.Apply(t.Context(), graph.Change{Position: 5, Rows: []graph.Row{{Asset: a}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = embedded.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if pos, err := s.Position(t.Context()); err != nil || pos != 5 {
		t.Errorf("position %s, %v; want 5", pos, err)
	}
	if got, err := graphtest.Dump(t.Context(), s); err != nil || got != graphtest.Canonical(graph.Row{Asset: a})+"\n" {
		t.Errorf("holds %s, %v", got, err)
	}
}

// merging is a store in which two assets become one between two hops of a walk.
type merging struct {
	graph.Store
	between func()
}

func (m *merging) Moment(ctx context.Context, ask func(graph.Behind) error) error {
	return m.Store.(graph.Still).Moment(ctx, func(at graph.Behind) error { return ask(&hop{at, m, 0}) })
}

type hop struct {
	graph.Behind
	of *merging
	n  int
}

func (h *hop) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	if h.n++; h.n == 2 {
		h.of.between()
	}
	return h.Behind.Neighbours(ctx, q)
}

// TestAWalkIsOfOneMoment: what is merged meanwhile does not end a way at an id
// that is no more.
func TestAWalkIsOfOneMoment(t *testing.T) {
	s := open(t)
	a, b, merged, j, k := graphtest.Dataset("a"), graphtest.Dataset("b"), graphtest.Dataset("b2"), graphtest.Job("j"), graphtest.Job("k")
	flow := func(b catalog.Asset) []graph.Row {
		return []graph.Row{{Asset: a}, {Asset: b}, {Asset: j, Edges: []catalog.Edge{graphtest.Reads(a, j), graphtest.Writes(j, b)}}, {Asset: k, Edges: []catalog.Edge{graphtest.Reads(b, k)}}}
	}
	put := func(c graph.Change) {
		if err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	put(graph.Change{Position: 1, Rows: flow(b)})
	happened := false
	src := &merging{s, func() {
		happened = true
		put(graph.Change{After: 1, Position: 2, Removed: []catalog.AssetID{b.ID}, Rows: flow(merged)})
	}}
	for _, want := range []catalog.AssetID{b.ID, merged.ID} {
		l, err := graph.Walk(t.Context(), src, graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream})
		if err != nil || !l.Complete || len(l.Nodes) != 4 || !slices.ContainsFunc(l.Nodes, func(n graph.Node) bool { return n.Asset == want }) {
			t.Fatalf("%d nodes, complete %v, %v; want all four, with %s", len(l.Nodes), l.Complete, err, want)
		}
		if !happened {
			t.Fatal("nothing was merged meanwhile")
		}
		src.between = func() {}
	}
}
