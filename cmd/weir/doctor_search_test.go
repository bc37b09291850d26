package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// TestDoctorComparesTheIndex: with the graph store, and finds what is missing.
func TestDoctorComparesTheIndex(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	w := start(t, dir)
	write(t, "events.ndjson", readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	if _, words, code := w.weir("", "events", "send", "events.ndjson"); code != exitOK {
		t.Fatal(words)
	}
	if out, _, _ := w.weir("", "doctor"); !strings.Contains(out, "the index is at position 4") {
		t.Errorf("beside a server:\n%s", out)
	}
	w.stop()
	cfg := Config{Data: filepath.Join(dir, "data"), Graph: "embedded", URL: "http://127.0.0.1:1"}
	compare := func(spoil func(*stores)) finding {
		st, err := openStores(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		if _, err := st.catchUp(t.Context(), cfg, nil); err != nil {
			t.Fatal(err)
		}
		spoil(st)
		return st.compareSearch(t.Context())
	}
	if f := compare(func(*stores) {}); f.state != "ok" || !strings.Contains(f.says, "assets, as in the graph store") {
		t.Errorf("after a stop: %+v", f)
	}
	f := compare(func(st *stores) {
		pos, err := st.graph.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := graph.Change{After: pos, Position: pos + 1}
		if err := st.graph.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		n := catalog.JobName("prod", "ingest")
		c.Removed = []catalog.AssetID{catalog.AssetID(n.ID())}
		if err := st.search.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	})
	if f.state != "fail" || !strings.Contains(f.says, "1 asset in the graph store cannot be found") {
		t.Errorf("one is missing: %+v", f)
	}
}

// TestDoctorCountsWhatIsSearchedInPart: beside a server and in a directory.
func TestDoctorCountsWhatIsSearchedInPart(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	w := start(t, dir)
	event, err := json.Marshal(map[string]any{"eventTime": "2026-03-01T06:00:00Z", "producer": "https://example.com", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
		"dataset": map[string]any{"namespace": "postgres://wh:5432", "name": "shop.s.long", "facets": map[string]any{"documentation": map[string]any{
			"_producer": "https://example.com", "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/DocumentationDatasetFacet.json", "description": strings.Repeat("more than is searched ", 50_000)}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, words, code := w.weir(string(event)+"\n", "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	const says = "1 asset is not found by all of their columns"
	waitUntil(t, "the index says so", func() bool { out, _, _ := w.weir("", "doctor"); return strings.Contains(out, says) })
	w.stop()
	if out, _, _ := w.weir("", "doctor", "--data", filepath.Join(dir, "data")); !strings.Contains(out, says) {
		t.Errorf("after a stop:\n%s", out)
	}
}

// TestSearchWhileNeo4jIsDown: search follows from the state, so that it answers
// while nothing answers at the address of the graph store.
func TestSearchWhileNeo4jIsDown(t *testing.T) {
	t.Chdir(t.TempDir())
	w := start(t, ".", "--graph", "neo4j", "--neo4j-uri", "bolt://127.0.0.1:1")
	write(t, "events.ndjson", readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	if _, words, code := w.weir("", "events", "send", "events.ndjson"); code != exitOK {
		t.Fatal(words)
	}
	if out, words, code := w.weir("", "search", "marts", "orders"); code != exitOK || !strings.Contains(out, "shop.marts.orders") {
		t.Errorf("exit code %d: %s%s", code, out, words)
	}
}
