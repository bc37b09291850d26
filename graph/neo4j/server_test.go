//go:build neo4j

package neo4j_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
	"github.com/weirhq/weir/graph/neo4j"
)

// server opens a plain connection, as somebody at the shell would.
func server(t *testing.T) driver.SessionWithContext {
	t.Helper()
	d, err := driver.NewDriverWithContext(os.Getenv("WEIR_TEST_NEO4J_URI"), driver.NoAuth())
	if err != nil {
		t.Fatal(err)
	}
	s := d.NewSession(t.Context(), driver.SessionConfig{DatabaseName: "neo4j"})
	t.Cleanup(func() {
		s.Close(context.Background()) //nolint:errcheck // a test's end
		d.Close(context.Background()) //nolint:errcheck // a test's end
	})
	return s
}

func ask(t *testing.T, s driver.SessionWithContext, query string, params map[string]any) []*driver.Record {
	t.Helper()
	res, err := s.Run(t.Context(), query, params)
	if err != nil {
		t.Fatal(err)
	}
	records, err := res.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// shop fills a store with two jobs and column lineage.
func shop(t *testing.T, s graph.Store) []graph.Row {
	t.Helper()
	a, b, c, j, k := graphtest.Dataset("a"), graphtest.Dataset("b"), graphtest.Dataset("c"), graphtest.Job("j"), graphtest.Job("k")
	field := func(job, from, to catalog.Asset) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: "x", Target: to.ID, TargetField: "y", Job: job.ID, Origin: catalog.EdgeObserved, From: graphtest.T0}
	}
	rows := []graph.Row{{Asset: a}, {Asset: b}, {Asset: c},
		{Asset: j, Edges: []catalog.Edge{graphtest.Reads(a, j), graphtest.Writes(j, b), field(j, a, b)}},
		{Asset: k, Edges: []catalog.Edge{graphtest.Reads(b, k), graphtest.Writes(k, c), field(k, b, c)}}}
	if err := s.Apply(t.Context(), graph.Change{Position: 1, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestHandDeletedRelationship: the export comes from the backend itself, so a
// relationship deleted by hand shows.
func TestHandDeletedRelationship(t *testing.T) {
	s := open(t)
	shop(t, s)
	before, err := graphtest.Export(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	sess := server(t)
	for _, typ := range []string{"INPUT_TO", "OUTPUTS", "COL_FLOWS"} {
		ask(t, sess, fmt.Sprintf("MATCH ()-[e:%s]->() WITH e ORDER BY e.key LIMIT 1 DELETE e", typ), nil)
		after, err := graphtest.Export(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(before, "\n") != strings.Count(after, "\n")+1 {
			t.Errorf("one %s was deleted, and the export has %d lines, before %d", typ, strings.Count(after, "\n"), strings.Count(before, "\n"))
		}
		before = after
	}
}

// TestLooseNodes: nothing of what was removed stays in the server.
func TestLooseNodes(t *testing.T) {
	s := open(t)
	var ids []catalog.AssetID
	for _, r := range shop(t, s) {
		ids = append(ids, r.Asset.ID)
	}
	if err := s.Apply(t.Context(), graph.Change{After: 1, Position: 2, Removed: ids}); err != nil {
		t.Fatal(err)
	}
	left := ask(t, server(t), "MATCH (n:Asset|Column) RETURN count(n) AS n", nil)
	if n, _ := left[0].Get("n"); n != int64(0) {
		t.Errorf("%v nodes are left", n)
	}
}

// TestInterruptedWipe: a server that was being emptied when weir died counts
// as empty, and is emptied to the end before the next change.
func TestInterruptedWipe(t *testing.T) {
	s := open(t)
	rows := shop(t, s)
	ask(t, server(t), "MATCH (c:WeirCursor) SET c.offset = -1", nil)
	if pos, err := s.Position(t.Context()); err != nil || pos != 0 {
		t.Errorf("position %s, %v; want 0", pos, err)
	}
	if err := s.Apply(t.Context(), graph.Change{Position: 4, Rows: rows[:1]}); err != nil {
		t.Fatal(err)
	}
	if got, err := graphtest.Dump(t.Context(), s); err != nil || got != graphtest.Canonical(rows[0])+"\n" {
		t.Errorf("holds\n%s\n%v", got, err)
	}
}

// TestDown: a server that is not there is unavailable, which is no other error.
func TestDown(t *testing.T) {
	s, err := neo4j.Open(neo4j.Options{URI: "bolt://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ready(t.Context()); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("ready without a server: %v", err)
	}
}
