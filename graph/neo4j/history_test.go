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

// following opens the server for a history.
func following(t *testing.T, history string, takeOver bool) *neo4j.Store {
	t.Helper()
	s, err := neo4j.Open(neo4j.Options{URI: os.Getenv("WEIR_TEST_NEO4J_URI"), Timeout: patient, History: history, TakeOver: takeOver})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// unclaimed empties the server; its cursor is as an older weir left it.
func unclaimed(t *testing.T) {
	t.Helper()
	open(t)
	ask(t, server(t), "MATCH (c:WeirCursor) REMOVE c.history", nil)
}

// refused reports what a store of another history may do after all.
func refused(t *testing.T, s *neo4j.Store, rows []graph.Row) {
	t.Helper()
	_, position := s.Position(t.Context())
	_, _, neighbours := s.Neighbours(t.Context(), graph.NeighbourQuery{Frontier: []catalog.AssetID{rows[0].Asset.ID}, Direction: graph.Downstream})
	_, dump := graphtest.Dump(t.Context(), s)
	for what, err := range map[string]error{
		"ready": s.Ready(t.Context()), "its position": position, "its neighbours": neighbours, "its rows": dump,
		"a change":                s.Apply(t.Context(), graph.Change{Position: 9, Rows: rows[:1]}),
		"a change that fits":      s.Apply(t.Context(), graph.Change{After: 1, Position: 2, Rows: rows[:1]}),
		"a reset":                 s.Apply(t.Context(), graph.Change{Reset: true}),
		"a reset that refills":    s.Apply(t.Context(), graph.Change{Reset: true, Position: 1, Rows: rows[:1]}),
		"ready after all of it":   s.Ready(t.Context()),
		"a change after all this": s.Apply(t.Context(), graph.Change{After: 1, Position: 2}),
	} {
		if !errors.Is(err, neo4j.ErrForeign) || !errors.Is(err, catalog.ErrUnavailable) {
			t.Errorf("%s of another history: %v, want ErrForeign", what, err)
			continue
		}
		for _, word := range []string{"database neo4j at bolt://", "position 1", "nothing of it was changed"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s of another history says %q, without %q", what, err, word)
			}
		}
		if hint := catalog.HintOf(err); !strings.Contains(hint, "--neo4j-database") || !strings.Contains(hint, "weir rebuild graph --graph neo4j --neo4j-uri bolt://") {
			t.Errorf("%s of another history: the hint is %q", what, hint)
		}
	}
}

// TestForeign: a store of another history reads and writes nothing, wherever the
// cursor stands, and shuts nobody out; the one that filled the graph goes on.
func TestForeign(t *testing.T) {
	unclaimed(t)
	mine := following(t, "mine", false)
	rows := shop(t, mine)
	before, err := graphtest.Dump(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	other := following(t, "other", false)
	refused(t, other, rows)
	if by, at, err := other.Filled(t.Context()); err != nil || by != "mine" || at != 1 {
		t.Errorf("filled by %q up to %s, %v", by, at, err)
	}
	if err := mine.Apply(t.Context(), graph.Change{After: 1, Position: 2}); err != nil {
		t.Errorf("who filled it: %v", err)
	}
	if after, err := graphtest.Dump(t.Context(), mine); err != nil || after != before {
		t.Errorf("the graph became\n%s\n%v", after, err)
	}
	again := following(t, "mine", false) // a restart, or the same history restored elsewhere
	if pos, err := again.Position(t.Context()); err != nil || pos != 2 {
		t.Errorf("the same history again: %s, %v", pos, err)
	}
}

// TestForeignSchema: an older schema of another history's graph is left alone.
func TestForeignSchema(t *testing.T) {
	unclaimed(t)
	mine := following(t, "mine", false)
	shop(t, mine)
	ask(t, server(t), "MATCH (v:WeirSchema) SET v.version = 1", nil)
	other := following(t, "other", false)
	if err := other.Ready(t.Context()); !errors.Is(err, neo4j.ErrForeign) {
		t.Errorf("ready: %v", err)
	}
	left := ask(t, server(t), "MATCH (v:WeirSchema) RETURN v.version AS n", nil)
	if n, _ := left[0].Get("n"); n != int64(1) {
		t.Errorf("the schema became version %v", n)
	}
	if err := following(t, "mine", false).Ready(t.Context()); err != nil { // migrates it
		t.Error(err)
	}
}

// TestAdopted: a graph that an older weir filled is taken up where it stands,
// once; it is not emptied for one whose journal does not reach that far.
func TestAdopted(t *testing.T) {
	unclaimed(t)
	rows := shop(t, another(t))
	mine, other := following(t, "mine", false), following(t, "other", false)
	if pos, err := other.Position(t.Context()); err != nil || pos != 1 {
		t.Errorf("whose it is nobody knows yet: %s, %v", pos, err)
	}
	if err := other.Apply(t.Context(), graph.Change{Reset: true}); !errors.Is(err, neo4j.ErrForeign) || !strings.Contains(err.Error(), "position 1") {
		t.Errorf("a reset of what an older weir filled: %v", err)
	}
	if err := mine.Apply(t.Context(), graph.Change{After: 1, Position: 2}); err != nil {
		t.Fatal(err)
	}
	if err := other.Apply(t.Context(), graph.Change{After: 2, Position: 3}); !errors.Is(err, neo4j.ErrForeign) {
		t.Errorf("another history, once it is adopted: %v", err)
	}
	if got, err := graphtest.Dump(t.Context(), mine); err != nil || strings.Count(got, "\n") != len(rows) {
		t.Errorf("holds\n%s\n%v", got, err)
	}
	if err := mine.Apply(t.Context(), graph.Change{Reset: true}); err != nil {
		t.Errorf("a reset by whose it is: %v", err)
	}
}

// TestTakenOver: a rebuild takes a graph over, and who filled it before is told.
func TestTakenOver(t *testing.T) {
	unclaimed(t)
	mine := following(t, "mine", false)
	rows := shop(t, mine)
	taker := following(t, "other", true)
	if err := taker.Apply(t.Context(), graph.Change{After: 1, Position: 2}); !errors.Is(err, neo4j.ErrForeign) {
		t.Errorf("a change before the reset: %v", err)
	}
	if err := taker.Apply(t.Context(), graph.Change{Reset: true, Position: 1, Rows: rows[:2]}); err != nil {
		t.Fatal(err)
	}
	other := following(t, "other", false)
	if pos, err := other.Position(t.Context()); err != nil || pos != 1 {
		t.Errorf("who took it over: %s, %v", pos, err)
	}
	if _, err := mine.Position(t.Context()); !errors.Is(err, neo4j.ErrForeign) {
		t.Errorf("who filled it before: %v", err)
	}
	if _, err := graphtest.Dump(t.Context(), mine); !errors.Is(err, neo4j.ErrForeign) {
		t.Errorf("who filled it before reads on: %v", err)
	}
	ask(t, server(t), "MATCH (n) DETACH DELETE n", nil)
	if pos, err := mine.Position(t.Context()); err != nil || pos != 0 {
		t.Errorf("emptied by hand it is anybody's: %s, %v", pos, err)
	}
}
