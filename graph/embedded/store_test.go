package embedded_test

import (
	"path/filepath"
	"testing"

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
