package gql_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
)

// questions finds each question of docs/graphql.md with its title and variables.
var questions = regexp.MustCompile("(?s)## ([^\n]+)\n\n```graphql\n(.*?)```\n(?:\n```json\n(.*?)```\n)?")

// nothingThere are the questions whose answer has empty lists alone in the world
// of these tests.
var nothingThere = []string{"What waits for a person", "What was set aside, and why", "What an act would do, before it is done"}

// TestDocs asks every question of the page, in order. It must be answered, and
// with something.
func TestDocs(t *testing.T) {
	w := build(t, nil, policyYAML+partitionYAML)
	w.tag(t)
	page, err := os.ReadFile("../../docs/graphql.md")
	if err != nil {
		t.Fatal(err)
	}
	all := questions.FindAllSubmatch(page, -1)
	if len(all) < 20 {
		t.Fatalf("%d questions, want 20 at least", len(all))
	}
	for _, q := range all {
		title := string(q[1])
		var vars map[string]any
		if len(q[3]) > 0 {
			if err := json.Unmarshal(q[3], &vars); err != nil {
				t.Fatalf("%s: variables: %v", title, err)
			}
		}
		a := w.ask(t, string(q[2]), vars)
		if len(a.Errors) > 0 {
			t.Errorf("%s: %.400s", title, a.body)
			continue
		}
		var data map[string]any
		if err := json.Unmarshal(a.Data, &data); err != nil {
			t.Fatal(err)
		}
		for field, v := range data {
			if says(v) == slices.Contains(nothingThere, title) {
				t.Errorf("%s: %s says %.300s", title, field, a.Data)
			}
		}
	}
}

// says reports whether a list in an answer has elements, or, without lists, an
// object a value.
func says(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case map[string]any:
		lists := false
		for _, x := range v {
			if l, ok := x.([]any); ok {
				lists = true
				if len(l) > 0 {
					return true
				}
			}
		}
		for _, x := range v {
			if _, isMap := x.(map[string]any); isMap && !lists && says(x) {
				return true
			}
		}
		return !lists && len(v) > 0
	}
	return v != nil
}

// tag marks a column, so that there is something tagged.
func (w *world) tag(t *testing.T) {
	t.Helper()
	a := w.ask(t, fill(`mutation { addTag(input: { asset: "{{dataset:`+wh+` shop.raw.orders}}", key: "pii", field: "id" }) { position } }`), nil)
	if len(a.Errors) > 0 {
		t.Fatalf("%s", a.body)
	}
}
