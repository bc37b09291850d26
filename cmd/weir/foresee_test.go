package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestMergeDryRun: what a merge would make is said, and nothing is stated.
func TestMergeDryRun(t *testing.T) {
	w := start(t, t.TempDir())
	if _, words, code := w.weir("", "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	const a, b = "dataset:postgres://wh:5432/shop.raw.orders", "dataset:postgres://wh:5432/shop.marts.orders"
	out, words, code := w.weir("", "asset", "merge", a, b, "--dry-run")
	if code != exitOK || !strings.HasPrefix(out, "It makes one asset of 2 assets.\nnow ") || !strings.Contains(out, "\nthen  postgres://wh:5432/shop.") {
		t.Fatalf("%d %s%s", code, out, words)
	}
	if out, _, _ := w.weir("", "asset", "history", a); strings.Contains(out, "MERGE") {
		t.Errorf("it was stated: %s", out)
	}
}
