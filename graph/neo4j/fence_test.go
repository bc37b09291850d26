//go:build neo4j

package neo4j_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

func another(t *testing.T) *neo4j.Store {
	t.Helper()
	s, err := neo4j.Open(neo4j.Options{URI: os.Getenv("WEIR_TEST_NEO4J_URI"), Timeout: patient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestFence: the first change of a second weir shuts the first one out, for
// writing and for saying where the graph stands; reading goes on.
func TestFence(t *testing.T) {
	first := open(t)
	rows := shop(t, first)
	second := another(t)
	if err := second.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.Apply(t.Context(), graph.Change{After: 1, Position: 2}); err != nil {
		t.Errorf("who only looks fences nobody out: %v", err)
	}
	if err := second.Apply(t.Context(), graph.Change{After: 2, Position: 3}); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"a change": first.Apply(t.Context(), graph.Change{After: 3, Position: 4, Rows: rows[:1]}),
		"a reset":  first.Apply(t.Context(), graph.Change{Reset: true}),
		"ready":    first.Ready(t.Context()),
	} {
		if !errors.Is(err, neo4j.ErrFenced) || !strings.Contains(catalog.HintOf(err), "database of its own") {
			t.Errorf("%s of the first weir: %v (%s)", what, err, catalog.HintOf(err))
		}
	}
	if got, err := first.Assets(t.Context(), []catalog.AssetID{rows[0].Asset.ID}); err != nil || len(got) != 1 {
		t.Errorf("the first weir reads %v, %v", got, err)
	}
	if err := second.Apply(t.Context(), graph.Change{After: 3, Position: 4}); err != nil {
		t.Errorf("the second weir: %v", err)
	}
}

// TestFencedWipe: a weir that is fenced out while it empties the graph deletes
// nothing of what the other one wrote since.
func TestFencedWipe(t *testing.T) {
	first := open(t).(*neo4j.Store)
	rows := shop(t, first)
	ask(t, server(t), "MATCH (c:WeirCursor) SET c.offset = -1", nil) // the first one is at it
	second := another(t)
	if err := second.Apply(t.Context(), graph.Change{Position: 9, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	if err := neo4j.Wipe(t.Context(), first); !errors.Is(err, neo4j.ErrFenced) {
		t.Errorf("the first weir goes on emptying: %v", err)
	}
	if got, err := graphtest.Dump(t.Context(), second); err != nil || strings.Count(got, "\n") != len(rows) {
		t.Errorf("the second weir's graph holds\n%s, %v", got, err)
	}
}

// TestRestoredByHand: a graph from an older backup, cursor and all, is carried
// on from where it stands.
func TestRestoredByHand(t *testing.T) {
	s := open(t)
	rows := shop(t, s)
	ask(t, server(t), "MATCH (c:WeirCursor) DELETE c", nil)
	ask(t, server(t), "MATCH (n:Asset|Column) DETACH DELETE n", nil)
	if pos, err := s.Position(t.Context()); err != nil || pos != 0 {
		t.Fatalf("position %s, %v; want 0", pos, err)
	}
	if err := s.Apply(t.Context(), graph.Change{Position: 7, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	if got, err := graphtest.Dump(t.Context(), s); err != nil || strings.Count(got, "\n") != len(rows) {
		t.Errorf("holds\n%s\n%v", got, err)
	}
}
