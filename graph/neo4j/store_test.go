//go:build neo4j

package neo4j_test

import (
	"os"
	"testing"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// open gives the throw-away server that scripts/neo4j.sh started, emptied.
func open(t *testing.T) graph.Store {
	t.Helper()
	uri := os.Getenv("WEIR_TEST_NEO4J_URI")
	if uri == "" {
		t.Fatal("WEIR_TEST_NEO4J_URI is not set: run through scripts/neo4j.sh run (make test-neo4j)")
	}
	s, err := neo4j.Open(neo4j.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Apply(t.Context(), graph.Change{Reset: true}); err != nil {
		t.Fatal(err)
	}
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
