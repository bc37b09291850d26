package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCompletionOfNames: a shell is told the names of assets that begin with what was
// typed, and nothing when weir does not answer.
func TestCompletionOfNames(t *testing.T) {
	w := start(t, t.TempDir())
	w.must(exitOK, "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson"))
	const raw = "dataset:postgres://wh:5432/shop.raw.orders"
	for line, want := range map[string]string{
		"show dataset:postgres://wh:5432/shop.ra": raw,
		"why shop.ra":                            "shop.raw.orders",
		"paths shop.marts.orders shop.raw":       "shop.raw.orders",
		"run dataset:postgres://wh:5432/shop.ra": raw,
		"asset tag shop.raw":                     "shop.raw.orders",
		"asset merge a b shop.raw":               "shop.raw.orders",
		"asset tag shop.raw.orders sh":           "",
		"show raw.or":                            "",
		"gate sh":                                "",
	} {
		waitUntil(t, line+" is completed", func() bool { // once in 300 ms
			got := w.must(exitOK, append([]string{"__complete"}, strings.Fields(line)...)...)
			got, _, _ = strings.Cut("\n"+got, "\n:")
			return strings.TrimSpace(got) == want
		})
	}
	w.stop()
	began := time.Now()
	if out, _, code := w.weir("", "__complete", "show", "shop"); code != exitOK || strings.Contains(out, "shop") || time.Since(began) > 10*time.Second {
		t.Errorf("without an answer: exit %d after %s: %s", code, time.Since(began), out)
	}
}
