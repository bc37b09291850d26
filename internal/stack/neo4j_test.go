//go:build neo4j

package stack_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/internal/stack"
)

// openNeo4j opens the throw-away server that the tests are given, emptied.
func openNeo4j(t *testing.T) *neo4j.Store {
	t.Helper()
	uri := os.Getenv("WEIR_TEST_NEO4J_URI")
	if uri == "" {
		t.Fatal("WEIR_TEST_NEO4J_URI is not set: run through scripts/neo4j.sh run")
	}
	s, err := neo4j.Open(neo4j.Options{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), graph.Change{Reset: true}); err != nil {
		t.Fatal(err)
	}
	return s
}

// ownEvents are the project's own events, one a producer's habit.
func ownEvents(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob("../../ingest/testdata/interpret/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events of our own: %v", err)
	}
	var out [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// TestBothStoresHoldTheSame: the same events on both backends, equal exports.
func TestBothStoresHoldTheSame(t *testing.T) {
	events := ownEvents(t)
	if root := os.Getenv("WEIR_CORPUS"); root != "" {
		for _, list := range corpusFolders(t, root) {
			events = append(events, list...)
		}
	}
	want := export(t, events, 100)
	ctx := context.Background()
	s, err := stack.OpenOn(ctx, t.TempDir(), openNeo4j(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Send(ctx, 7, events...); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Export(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != want {
		t.Errorf("the exports differ:\n%s", firstDifference(want, got))
	}
}
