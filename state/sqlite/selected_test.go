package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestSelectedByTagAndTool: tags of producers and of people, taken back as well;
// jobs by what reports them. A tag of a column is none of the dataset.
func TestSelectedByTagAndTool(t *testing.T) {
	h := newHistory(t)
	event := func(hour int, job, tool, output, tags string) {
		h.entry(catalog.EntryEvent, fmt.Sprintf(`{"eventType":"COMPLETE","eventTime":"2026-03-01T%02d:00:00Z","producer":"p","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run":{"runId":"0190a3a0-0000-7000-8000-0000000000%02d"},"job":{"namespace":"p","name":%q,"facets":{"jobType":{"_producer":"p","_schemaURL":"s","processingType":"BATCH","integration":%q}}},
			"outputs":[{"namespace":"pg://wh","name":%q,"facets":{"tags":{"_producer":"p","_schemaURL":"s","tags":[%s]}}}]}`, hour, hour, job, tool, output, tags))
	}
	tag := func(hour int, verb, name, key string) {
		h.entry(catalog.EntryOperator, fmt.Sprintf(`{"verb":%q,"at":"2026-03-01T%02d:00:00Z","actor":"ann","names":[{"type":1,"namespace":"pg://wh","name":%q}],"tag":{"key":%q}}`, verb, hour, name, key))
	}
	event(1, "model.a", "DBT", "a", `{"key":"mart","value":"yes"}`)
	event(2, "model.b", "dbt", "b", `{"key":"mart","value":"x","field":"id"}`)
	event(3, "other", "SPARK", "c", `{"key":"supermarket","value":"mart"}`)
	event(4, "more", "SPARK", "d", `{"key":"mart","value":"no"}`)
	tag(5, "tag", "c", "finance")
	tag(6, "untag", "d", "mart")
	names := func(list []catalog.Asset, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, a := range list {
			out = append(out, a.Name.Name)
		}
		return strings.Join(out, " ")
	}
	for what, c := range map[string]struct{ got, want string }{
		"a producer's tag":    {names(h.Tagged(t.Context(), catalog.TypeDataset, "mart", 10)), "a"},
		"a person's tag":      {names(h.Tagged(t.Context(), catalog.TypeDataset, "finance", 10)), "c"},
		"the other type":      {names(h.Tagged(t.Context(), catalog.TypeJob, "mart", 10)), ""},
		"an odd key":          {names(h.Tagged(t.Context(), catalog.TypeDataset, `"<é`, 10)), ""},
		"a tool, in any case": {names(h.OfTool(t.Context(), "Dbt", 10)), "model.a model.b"},
		"at most so many":     {names(h.OfTool(t.Context(), "dbt", 1)), "model.a"},
		"a tool nobody knows": {names(h.OfTool(t.Context(), "airflow", 10)), ""},
		"a part of its name":  {names(h.OfTool(t.Context(), "spar", 10)), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", what, c.got, c.want)
		}
	}
}
