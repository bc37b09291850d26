package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/weirhq/weir/bench/load"
)

// TestLoadGenerator: what the generator sends is what weir knows afterwards.
func TestLoadGenerator(t *testing.T) {
	w := start(t, t.TempDir())
	company := load.Company{Seed: 7, Assets: 60, Edges: 100}
	send := load.Sending{URL: w.url + "/api/v1/lineage", Producers: 8, Events: 100, Body: company.Repeat}
	if r := load.Send(t.Context(), send); r.All() != nil || r.Accepted != 100 || len(r.Latencies) != 100 {
		t.Fatalf("%+v: %v", r, r.All())
	}
	want := map[string]int{"asset": 60, "run": 100, "version": 100, "edge": 94}
	got := map[string]int{}
	waitUntil(t, "what was sent in the export", func() bool {
		out, words, code := w.weir("", "export", "graph", "--url", w.url)
		if code != exitOK {
			t.Fatal(words)
		}
		for record := range want {
			got[record] = strings.Count(out, fmt.Sprintf(`"record":%q`, record))
		}
		return got["run"] == want["run"]
	})
	if !maps.Equal(got, want) {
		t.Errorf("the export has %v, want %v", got, want)
	}
}
