package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTopologyFile: what is current is the same from a fresh topology, from one
// that was kept, beside one that cannot be used, and from the store when the
// graph is larger than it may be, which weir says.
func TestTopologyFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "data", "topology.snapshot")
	w := start(t, dir)
	if _, words, code := w.weir(readFile(t, "testdata/events.ndjson"), "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	ask := func() string {
		lineage, words, code := w.weir("", "lineage", "shop.raw.orders", "-d", "10", "-o", "table")
		impact, more, code2 := w.weir("", "impact", "--change", "drop:dataset:postgres://wh:5432/shop.raw.orders")
		if code != exitOK || code2 != exitOK || !strings.Contains(lineage, "marts") {
			t.Fatalf("lineage %d %s%s; impact %d %s", code, lineage, words, code2, more)
		}
		return lineage + impact
	}
	want := ask()
	for _, c := range []struct {
		what   string
		before func(kept []byte)
		args   []string
		says   string
		limits bool
	}{
		{what: "kept"},
		{what: "torn", before: func(kept []byte) { _ = os.WriteFile(file, kept[:len(kept)-7], 0o600) }, says: "torn"},
		{what: "another format", before: func(kept []byte) { kept[8]++; _ = os.WriteFile(file, kept, 0o600) }, says: "format"},
		{what: "another graph", before: func(kept []byte) { kept[9]++; _ = os.WriteFile(file, kept, 0o600) }, says: "cannot be used"},
		{what: "gone", before: func([]byte) { _ = os.Remove(file) }},
		{what: "over the limit with all kept", args: []string{"--graph-memory-limit", "1"}, limits: true},
		{what: "over the limit", before: func([]byte) { _ = os.Remove(file) }, args: []string{"--graph-memory-limit", "1"}, limits: true},
		{what: "over the limit since before", args: []string{"--graph-memory-limit", "1"}, limits: true},
		{what: "within a limit again", args: []string{"--graph-memory-limit", "64MB"}, says: "too large for the limit that held then"},
	} {
		if code := w.stop(); code != exitOK {
			t.Fatalf("stopped with %d: %s", code, w.words.String())
		}
		kept := []byte(readFile(t, file))
		if c.before != nil {
			c.before(kept)
		}
		w = start(t, dir, c.args...)
		if said := w.words.String(); (c.says == "") == strings.Contains(said, "topology snapshot") || !strings.Contains(said, c.says) {
			t.Errorf("%s: the log says %s, want %q", c.what, said, c.says)
		}
		if got := ask(); got != want {
			t.Errorf("%s: %s\nwant\n%s", c.what, got, want)
		}
		if out, _, _ := w.weir("", "doctor"); strings.Contains(out, "graph_memory_limit is 1 B") != c.limits {
			t.Errorf("%s: doctor says %s", c.what, out)
		}
	}
}
