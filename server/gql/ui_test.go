package gql_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

var (
	texts = regexp.MustCompile("const (\\w+) = (gql)?`([^`]*)`")
	uses  = regexp.MustCompile(`\$\{(\w+)\}`)
)

// TestUIQueries: what the web UI asks is within the limits and answered.
func TestUIQueries(t *testing.T) {
	src, err := os.ReadFile("../../ui/src/api.ts")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	parts := map[string]string{}
	asked := 0
	for _, m := range texts.FindAllStringSubmatch(string(src), -1) {
		text := uses.ReplaceAllStringFunc(m[3], func(u string) string { return parts[uses.FindStringSubmatch(u)[1]] })
		parts[m[1]] = text
		if m[2] == "" || strings.Contains(text, "mutation ") {
			continue
		}
		asked++
		for _, n := range []catalog.Name{catalog.DatasetName(wh, "shop.marts.orders"), catalog.JobName("prod", "report")} {
			vars := map[string]any{}
			for name, v := range map[string]any{"id": assetID(n), "depth": 3, "max": 300, "q": "orders", "after": nil} {
				if strings.Contains(text, "$"+name+":") {
					vars[name] = v
				}
			}
			if a := w.ask(t, text, vars); len(a.Errors) > 0 {
				t.Errorf("%s: %.500s", m[1], a.body)
			}
		}
	}
	if asked < 5 {
		t.Errorf("only %d queries found in ui/src/api.ts", asked)
	}
}
