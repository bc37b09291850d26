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

// TestBesideGoesOn: the next page begins after what was shown last, though what
// stood before it is gone or new.
func TestBesideGoesOn(t *testing.T) {
	w := newWorld(t)
	reads := func(at string, names ...string) {
		var in []string
		for _, n := range names {
			in = append(in, `{"namespace":"n","name":"`+n+`"}`)
		}
		w.send(t, `{"eventTime":"`+at+`","eventType":"COMPLETE","producer":"t","schemaURL":"s","run":{"runId":"`+uid(len(at)+len(names))+`"},"job":{"namespace":"live","name":"reader"},"inputs":[`+strings.Join(in, ",")+`]}`)
	}
	const ask = `query($after: String) { job(namespace: "live", name: "reader") { inputs(first: 2, after: $after) { nodes { name { name } } pageInfo { endCursor } } } }`
	type reply struct {
		Job struct {
			Inputs struct {
				Nodes    []struct{ Name struct{ Name string } }
				PageInfo struct{ EndCursor string }
			}
		}
	}
	reads("2026-03-01T10:00:00Z", "b", "c", "d", "e")
	first := data[reply](t, w.ask(t, ask, nil)).Job.Inputs
	reads("2026-03-01T11:00:00Z", "a", "b", "bb", "c", "d", "e")
	second := data[reply](t, w.ask(t, ask, map[string]any{"after": first.PageInfo.EndCursor})).Job.Inputs
	if got := fmt.Sprint(first.Nodes, second.Nodes); got != "[{{b}} {{c}}] [{{d}} {{e}}]" {
		t.Errorf("page by page %s", got)
	}
	if a := w.ask(t, ask, map[string]any{"after": "bzI"}); a.code() != "BAD_USER_INPUT" {
		t.Errorf("a cursor of another list: %s", a.body)
	}
}
