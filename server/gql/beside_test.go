package gql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestBeside: all that lies beside an asset is read page by page, by name, and
// counted, however much it is.
func TestBeside(t *testing.T) {
	w := newWorld(t)
	var want, outputs []string
	for i := range 230 {
		want = append(want, fmt.Sprintf("t%03d", i))
		outputs = append(outputs, fmt.Sprintf(`{"namespace":"n","name":"t%03d"}`, i))
	}
	slices.Reverse(outputs)
	w.send(t, `{"eventTime":"2026-03-01T10:00:00Z","eventType":"COMPLETE","producer":"t","schemaURL":"s","run":{"runId":"`+uid(70)+`"},"job":{"namespace":"live","name":"wide"},
		"inputs":[{"namespace":"n","name":"in"}],"outputs":[`+strings.Join(outputs, ",")+`]}`)
	type reply struct {
		Job struct {
			Outputs struct {
				Nodes      []struct{ Name struct{ Name string } }
				TotalCount int
				PageInfo   struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}
	}
	var got []string
	vars := map[string]any{"first": 200}
	for pages := 1; ; pages++ {
		out := data[reply](t, w.ask(t, `query($first: Int, $after: String) { job(namespace: "live", name: "wide") { outputs(first: $first, after: $after) { nodes { name { name } } totalCount pageInfo { hasNextPage endCursor } } } }`, vars)).Job.Outputs
		for _, n := range out.Nodes {
			got = append(got, n.Name.Name)
		}
		if out.TotalCount != 230 || pages > 2 {
			t.Fatalf("page %d of %d", pages, out.TotalCount)
		}
		if !out.PageInfo.HasNextPage {
			break
		}
		vars["after"] = *out.PageInfo.EndCursor
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d names: %v", len(got), got)
	}
	if a := w.ask(t, `{ dataset(namespace: "n", name: "in") { consumers { nodes { name { name } } totalCount } producers { totalCount } } }`, nil); !strings.Contains(string(a.Data), `"consumers":{"nodes":[{"name":{"name":"wide"}}],"totalCount":1},"producers":{"totalCount":0}`) {
		t.Errorf("%s", a.body)
	}
}
