//go:build neo4j

package stack_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/neo4j"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/corpus"
	"github.com/weirhq/weir/internal/stack"
)

// openNeo4j opens the throw-away server that the tests are given, emptied.
func openNeo4j(t *testing.T) *neo4j.Store {
	t.Helper()
	uri := os.Getenv("WEIR_TEST_NEO4J_URI")
	if uri == "" {
		t.Fatal("WEIR_TEST_NEO4J_URI is not set: run through scripts/neo4j.sh run")
	}
	s, err := neo4j.Open(neo4j.Options{URI: uri, Timeout: time.Minute})
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

// TestBothStoresHoldTheSame: the same events on both backends, equal exports;
// each folder of the corpus in several orders.
func TestBothStoresHoldTheSame(t *testing.T) {
	store := openNeo4j(t)
	sameOnNeo4j(t, store, corpus.Folder{Name: "own"}, ownEvents(t))
	if corpus.Root() == "" {
		return
	}
	for _, f := range corpusFolders(t) {
		sameOnNeo4j(t, store, f, f.Bodies())
	}
}

func sameOnNeo4j(t *testing.T, store *neo4j.Store, f corpus.Folder, events [][]byte) {
	t.Run(f.Name, func(t *testing.T) {
		want := export(t, events, 100)
		for seed := range uint64(neo4jOrders()) {
			must(t, store.Apply(t.Context(), graph.Change{Reset: true}))
			s, err := stack.OpenOn(t.Context(), t.TempDir(), borrowed{store})
			must(t, err)
			got := exported(t, s, shuffled(events, seed), 7)
			must(t, s.Close())
			if got != want {
				t.Fatalf("order %d: the exports differ:\n%s", seed, firstDifference(want, got))
			}
		}
	})
}

// neo4jOrders are a fiftieth of what the embedded store is tried with.
func neo4jOrders() int { return max(3, *permutations/50) }

// borrowed is a store that its borrower cannot close.
type borrowed struct{ *neo4j.Store }

func (borrowed) Close() error { return nil }

// TestBothStoresHoldStatements: what people state is held by both backends, also
// what they took back again in between.
func TestBothStoresHoldStatements(t *testing.T) {
	s, err := stack.OpenOn(t.Context(), t.TempDir(), openNeo4j(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if want, got := told(t, everyVerb()...), tell(t, s, everyVerb()...); got != want {
		t.Errorf("the exports differ:\n%s", lineDiff(want, got))
	}
}

// TestTwoWeirsOnOneNeo4j: the follower of the older weir is refused by the first
// change of the younger one and keeps saying why, which /readyz shows; nothing
// of its state gets into the graph any more.
func TestTwoWeirsOnOneNeo4j(t *testing.T) {
	older, err := stack.OpenOn(t.Context(), t.TempDir(), openNeo4j(t))
	must(t, err)
	defer older.Close()
	events := ownEvents(t)
	half := len(events) / 2
	must(t, older.Send(t.Context(), 7, events[:half]...))
	first := ingest.NewFollower("graph", older.History, older.Graph, nil)
	_, err = first.RunOnce(t.Context())
	must(t, err)

	second, err := neo4j.Open(neo4j.Options{URI: os.Getenv("WEIR_TEST_NEO4J_URI"), Timeout: time.Minute})
	must(t, err)
	younger, err := stack.OpenOn(t.Context(), t.TempDir(), second)
	must(t, err)
	defer younger.Close()
	must(t, second.Apply(t.Context(), graph.Change{Reset: true}))
	want := exported(t, younger, events, 7)

	must(t, older.Send(t.Context(), 7, events[half:]...))
	for range 3 {
		if _, err := first.RunOnce(t.Context()); !errors.Is(err, neo4j.ErrFenced) {
			t.Errorf("the older weir: %v", err)
		}
	}
	var again strings.Builder
	must(t, younger.Export(t.Context(), &again))
	if again.String() != want {
		t.Errorf("the younger weir's graph changed:\n%s", firstDifference(want, again.String()))
	}
}
