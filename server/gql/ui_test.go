package gql_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

var (
	texts = regexp.MustCompile("const (\\w+) = (gql)?`([^`]*)`")
	uses  = regexp.MustCompile(`\$\{(\w+)\}`)
)

// uiValues are what the questions' variables are given; one that may be null
// and is not listed is left out. A name that means two things is listed with its type.
func uiValues(id string) map[string]any {
	return map[string]any{
		"id": id, "depth": 3, "max": 300, "q": "orders", "first": 100, "members": 5,
		"focus": []string{id}, "band": "ASSET", "up": 1, "down": 1, "limit": 300, "fold": true, "ways": 3, "form": "SVG", "of: ID": id, "target: ID!": id, "side": "UPSTREAM", "upstream": true,
		"type": "DATASET", "namespace": wh, "name": "shop.marts.orders", "changes": []any{map[string]any{"kind": "DROP_DATASET", "dataset": map[string]any{"namespace": wh, "name": "shop.marts.orders"}}},
		"policy": "mart", "position": "1", "from: Time": "2026-11-01T00:00:00Z", "to: Time": "2026-11-02T00:00:00Z",
		"connector": "airflow-main", "job": "daily", "of: PreviewInput": map[string]any{"hold": map[string]any{"asset": id, "reason": "a look"}},
	}
}

// TestUIQueries: what the web UI asks is within the limits and answered.
func TestUIQueries(t *testing.T) {
	folders, err := filepath.Glob("../../ui/src/*/queries.ts")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	shared := map[string]string{}
	asked := 0
	for i, path := range append([]string{"../../ui/src/api.ts"}, folders...) {
		parts := shared
		if i > 0 {
			parts = maps.Clone(shared)
		}
		asked += askAll(t, w, path, parts)
	}
	if asked < 5 {
		t.Errorf("only %d queries found under ui/src", asked)
	}
}

var (
	calls = regexp.MustCompile("(?s)`mutation \\w+[^{]*\\{ *(\\w+)")
	needs = regexp.MustCompile(`mutation(?::| =) [^}\n]*|\b(?:order|state|on|ofJob)\('\w+'`)
	words = regexp.MustCompile(`'(\w+)'`)
)

// TestUIDeeds: each mutation that the web UI calls is named by a deed of its, as
// what that needs: so who may not call it finds the button dead.
func TestUIDeeds(t *testing.T) {
	called, stated := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir("../../ui/src", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".test.") || !strings.Contains(filepath.Ext(path), ".ts") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range calls.FindAllStringSubmatch(string(src), -1) {
			called[m[1]] = true
		}
		for _, part := range needs.FindAllString(string(src), -1) {
			for _, m := range words.FindAllStringSubmatch(part, -1) {
				stated[m[1]] = true
			}
		}
		return err
	})
	if err != nil || len(called) < 20 {
		t.Fatalf("%v: %v", err, called)
	}
	for name := range called {
		if !stated[name] {
			t.Errorf("%s is called, and no deed names it in what it needs", name)
		}
	}
}

// askAll asks the queries of one file and says how many they are.
func askAll(t *testing.T, w *world, path string, parts map[string]string) (asked int) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range texts.FindAllStringSubmatch(string(src), -1) {
		text := uses.ReplaceAllStringFunc(m[3], func(u string) string { return parts[uses.FindStringSubmatch(u)[1]] })
		if m[2] == "" {
			parts[m[1]] = text
			continue
		}
		if strings.Contains(text, "mutation ") {
			continue
		}
		asked++
		for _, n := range []catalog.Name{catalog.DatasetName(wh, "shop.marts.orders"), catalog.JobName("prod", "report")} {
			vars := map[string]any{}
			for name, v := range uiValues(assetID(n)) {
				if declared(text, name) {
					bare, _, _ := strings.Cut(name, ":")
					vars[bare] = v
				}
			}
			if a := w.ask(t, text, vars); len(a.Errors) > 0 {
				t.Errorf("%s %s: %.500s", path, m[1], a.body)
			}
		}
	}
	return asked
}

// declared: the question has the variable, of that type when name says one.
func declared(text, name string) bool {
	if !strings.Contains(name, ":") {
		name += ":"
	}
	return strings.Contains(text, "$"+name)
}
