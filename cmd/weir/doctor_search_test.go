package main

import (
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
