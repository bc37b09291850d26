package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
)

// TestRebuildGraph: the graph store is emptied and filled from the state; one
// that was cut short goes on where it stopped, and one that a server finished
// begins anew. Each way gives what was there.
func TestRebuildGraph(t *testing.T) {
	dir := t.TempDir()
	s, err := stack.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	var events [][]byte
	for i := range 600 {
		events = append(events, fmt.Appendf(nil, `{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"https://example.com","run":{"runId":"r%d"},
			"job":{"namespace":"n","name":"j%d"},"inputs":[],"outputs":[{"namespace":"postgres://wh:5432","name":"shop.s.t%d"}]}`, i, i, i))
	}
	if err := s.Send(t.Context(), 100, events...); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(t.Context(), &want); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Data: dir, Graph: "embedded", naming: catalog.DefaultNaming()}
	mark := filepath.Join(dir, "graph.rebuild")
	for _, tc := range []struct {
		name string
		from int // batches that a rebuild wrote before it was cut short, -1: none began
		says string
	}{{"anew", -1, "rebuilt"}, {"after a kill", 1, "cut short"}, {"after a kill that a server mended", 99, "rebuilt"}} {
		if tc.from >= 0 {
			if err := s.Graph.Apply(t.Context(), graph.Change{Reset: true}); err != nil {
				t.Fatal(err)
			}
			f := ingest.NewFollower("graph", s.History, s.Graph, nil)
			for range tc.from {
				if _, err := f.RunOnce(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(mark, []byte("embedded  "), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var words strings.Builder
		a := &app{process: process{err: &words}}
		if err := a.rebuildGraph(t.Context(), cfg); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if !strings.Contains(words.String(), tc.says) || strings.Contains(words.String(), "cut short") != (tc.says == "cut short") {
			t.Errorf("%s: it says\n%s", tc.name, words.String())
		}
		if _, err := os.Stat(mark); err == nil {
			t.Errorf("%s: the mark is left", tc.name)
		}
		if s, err = stack.Open(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		if err := stack.Export(t.Context(), s.Graph, s.History, &got); err != nil || got.String() != want.String() {
			t.Errorf("%s: the export differs, %v", tc.name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestProgress: it tells at most once a second, and what is left by what was done.
func TestProgress(t *testing.T) {
	start := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	now := start
	var said []string
	p := &progress{say: func(f string, args ...any) { said = append(said, fmt.Sprintf(f, args...)) }, now: func() time.Time { return now }, start: start, from: 100, end: 1100}
	for _, s := range []struct {
		after time.Duration
		at    catalog.Position
	}{{time.Second, 100}, {1500 * time.Millisecond, 200}, {10 * time.Second, 600}} {
		now = start.Add(s.after)
		p.step(500, s.at)
	}
	want := "graph at position 100 of 1100, 500 rows, the end cannot be told yet\ngraph at position 600 of 1100, 1500 rows, about 10s left"
	if got := strings.Join(said, "\n"); got != want {
		t.Errorf("said\n%s\nwant\n%s", got, want)
	}
}
