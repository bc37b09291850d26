package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const declaredShop = `assets:
  - namespace: looker
    name: dashboards/12
    kind: dashboard
    owners: [team:bi]
    inputs: ["dataset:postgres://wh:5432/shop.marts.orders"]
  - { namespace: sheets, name: plan, kind: sheet, tags: [pii] }
`

// TestDeclaredAssets: what files declare is there, a change is followed, what
// leaves is removed, a wrong file changes nothing; a start states nothing again,
// and a rebuild gives the same.
func TestDeclaredAssets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "assets", "shop.yaml")
	write(t, file, declaredShop)
	serve := []string{"--assets", filepath.Dir(file)}
	w := start(t, dir, serve...)
	if _, words, code := w.weir(readFile(t, "testdata/events.ndjson"), "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	shows := func(name, what string) func() bool {
		return func() bool {
			out, _, _ := w.weir("", "asset", "history", name)
			lineage, _, _ := w.weir("", "lineage", name)
			return strings.Contains(out+lineage, what)
		}
	}
	waitUntil(t, "the dashboard is there, and what it is made of", shows("dataset:looker/dashboards/12", "job:prod/build"))
	waitUntil(t, "the sheet is tagged", shows("dataset:sheets/plan", "file:shop.yaml  dataset:sheets/plan is tagged pii"))

	write(t, file, "assets: [{ namespace: x }]\n")
	doctor := func() string { out, _, _ := w.weir("", "doctor"); return out }
	waitUntil(t, "the error is shown", func() bool {
		return strings.Contains(doctor(), "degraded") && strings.Contains(doctor(), "shop.yaml:1")
	})
	write(t, file, strings.ReplaceAll(strings.ReplaceAll(declaredShop, "pii", "tier=gold"), "[team:bi]", "[team:sales]"))
	waitUntil(t, "another owner, the first taken back", shows("dataset:looker/dashboards/12", "takes back: team:bi owns"))
	waitUntil(t, "another tag", shows("dataset:sheets/plan", "is tagged tier=gold"))
	waitUntil(t, "nothing is degraded", func() bool { return !strings.Contains(doctor(), "degraded") })

	rest, _, _ := strings.Cut(strings.ReplaceAll(declaredShop, "[team:bi]", "[team:sales]"), "  - { namespace: sheets")
	write(t, file, rest)
	waitUntil(t, "what leaves is undeclared", shows("dataset:sheets/plan", "exists no longer"))
	waitUntil(t, "and its tag taken back, which is the last", shows("dataset:sheets/plan", "takes back: dataset:sheets/plan is tagged tier=gold"))

	before, _, _ := w.weir("", "export", "graph")
	if !strings.Contains(before, `"declared":{"by":"file:shop.yaml"`) || !strings.Contains(before, `"origin":"OPERATOR"`) {
		t.Errorf("the export does not show what was declared:\n%s", before)
	}
	last := w.position()
	w.stop()
	w = start(t, dir, serve...)
	write(t, file, rest+"    description: Sales.\n")
	waitUntil(t, "the files are read", shows("dataset:looker/dashboards/12", "is: Sales."))
	if now := w.position(); now != last+1 {
		t.Errorf("a start and one more word took the journal from %d to %d", last, now)
	}
	before, _, _ = w.weir("", "export", "graph")
	w.stop()
	if _, words, code := w.weir("", "rebuild", "--data", filepath.Join(dir, "data")); code != exitOK {
		t.Fatalf("rebuild: %d %s", code, words)
	}
	if rebuilt, words, _ := w.weir("", "export", "graph", "--data", filepath.Join(dir, "data")); rebuilt != before {
		t.Errorf("the export differs after a rebuild: %s", words)
	}
}

// position is the journal's end, as an export says it.
func (w *world) position() (n int) {
	w.t.Helper()
	_, said, _ := w.weir("", "export", "graph")
	if _, err := fmt.Sscanf(said, "position %d", &n); err != nil {
		w.t.Fatalf("%q: %v", said, err)
	}
	return n
}

// TestDeclaredFileIsWatched: one file instead of a directory.
func TestDeclaredFileIsWatched(t *testing.T) {
	file := filepath.Join(t.TempDir(), "assets.yaml")
	write(t, file, "assets: []\n")
	w := start(t, t.TempDir(), "--assets", file)
	write(t, file, declaredShop)
	waitUntil(t, "the sheet is there", func() bool {
		_, _, code := w.weir("", "asset", "history", "dataset:sheets/plan")
		return code == exitOK
	})
}
