package main

import (
	"encoding/json"
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

// TestForeseen: each part of what would happen has its line, and what is not there
// has none.
func TestForeseen(t *testing.T) {
	for _, x := range []struct{ answer, want string }{
		{`{"says":"holds it"}`, "It holds it.\n"},
		{`{"says":"starts\u202eit","waits":["for a person"],"touched":3,"touches":[{"action":{"id":"action_1","targetName":{"namespace":"pg","name":"orders"}},"says":"is cancelled"}]}`,
			"It starts\\u202eit.\nwaits for a person\nalso  orders (action_1): is cancelled\nand 2 actions more\n"},
		{`{"says":"makes one asset of 2 assets","identity":{"hidden":1,"now":[{"names":[{"namespace":"pg","name":"a"}],"nameCount":1,"holds":{"edges":2,"versions":1,"runs":0,"policies":[],"complete":true}}],
		  "then":[{"names":[{"namespace":"pg","name":"a"}],"nameCount":3,"holds":{"edges":1,"versions":1,"runs":1,"policies":["p","q"],"complete":false}}]}}`,
			"It makes one asset of 2 assets.\nnow   pg/a (2 edges, 1 version, 0 runs, no policy)\nthen  pg/a and 2 more (at least 1 edge, 1 version, 1 run, policies p, q)\n1 asset that you may not read\n"},
	} {
		var p foreseenAct
		if err := json.Unmarshal([]byte(x.answer), &p); err != nil {
			t.Fatal(err)
		}
		var got buffer
		if p.print(&got); got.String() != x.want {
			t.Errorf("got\n%s\nwant\n%s", got.String(), x.want)
		}
	}
}
