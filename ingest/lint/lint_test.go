package lint

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirhq/weir/ingest/openlineage"
)

var update = flag.Bool("update", false, "write golden files")

// The schemas of the tests: the shape of the published ones, in small.
var small = fstest.MapFS{
	"OpenLineage.json": {Data: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://openlineage.io/spec/2-0-2/OpenLineage.json","$defs":{
		"BaseFacet":{"type":"object","properties":{"_producer":{"type":"string","format":"uri"}},"required":["_producer"]},
		"RunFacet":{"allOf":[{"$ref":"#/$defs/BaseFacet"}]},
		"RunEvent":{"type":"object","required":["run","job","eventTime"],"properties":{"eventTime":{"type":"string","format":"date-time"},
			"run":{"type":"object","properties":{"runId":{"type":"string","format":"uuid"}}},"job":{"type":"object"}}},
		"JobEvent":{"type":"object","required":["job","eventTime"]},
		"DatasetEvent":{"type":"object","required":["dataset","eventTime"]}}}`)},
	"facets/ParentRunFacet.json": {Data: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://openlineage.io/spec/facets/1-2-0/ParentRunFacet.json",
		"$defs":{"P":{"allOf":[{"$ref":"https://openlineage.io/spec/2-0-1/OpenLineage.json#/$defs/RunFacet"},{"type":"object","required":["run","job"],"properties":{"run":{"type":"object","additionalProperties":false,"properties":{"runId":{"type":"string"}}}}}]}},
		"type":"object","properties":{"parent":{"$ref":"#/$defs/P"}}}`)},
	"tests/ParentRunFacet/1.json": {Data: []byte(`{"parent":{}}`)},
}

const good = `{"eventTime":"2026-01-02T03:04:05Z","eventType":"START","producer":"https://p","schemaURL":"https://s",` +
	`"run":{"runId":"0196b1a5-0000-7000-8000-000000000001","facets":{"parent":{"_producer":"https://p","run":{"runId":"0196b1a5-0000-7000-8000-000000000002"},"job":{"namespace":"a","name":"b"}}}},` +
	`"job":{"namespace":"ns","name":"j"},"inputs":[{"namespace":"postgres://h:5432","name":"d.s.t"}]}`

// TestFindings: one row a rule, found where it should be and without the others.
func TestFindings(t *testing.T) {
	schemas, err := Load(small)
	if err != nil {
		t.Fatal(err)
	}
	l := &Linter{Schemas: schemas}
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good) }
	for name, c := range map[string]struct {
		body string
		want []string // code where
	}{
		"good":             {good, nil},
		"not JSON":         {`{`, []string{"not_an_event "}},
		"no identity":      {`{"eventTime":"2026-01-02T03:04:05Z"}`, []string{"not_an_event "}},
		"naive time":       {edit("05Z", "05"), []string{"schema /eventTime", "time_naive /eventTime"}},
		"no time":          {edit(`"eventTime":"2026-01-02T03:04:05Z",`, ""), []string{"event_time /eventTime", "schema "}},
		"run id":           {edit("000000000001", "x"), []string{"schema /run/runId", "run_id /run/runId"}},
		"parent shape":     {edit(`"run":{"runId":"0196b1a5-0000-7000-8000-000000000002"}`, `"run":{"runId":"x","b":1,"a":2}`), []string{"schema_facet /run/facets/parent/run"}},
		"parent producer":  {edit(`{"_producer":"https://p",`, `{`), []string{"schema_facet /run/facets/parent"}},
		"no parent":        {edit(`"parent":`, `"parents":`), []string{"missing_parent /run/facets"}},
		"unknown scheme":   {edit("postgres://h:5432", "warehouse"), []string{"unknown_scheme /inputs/0/namespace"}},
		"masked":           {edit(`"name":"j"}`, `"name":"j","facets":{"ownership":{"owners":[{"name":"***"}]}}}`), []string{"masked /job/facets/ownership"}},
		"not serializable": {edit(`"name":"j"}`, `"name":"j","facets":{"a/b":{"x":"<<non-serializable: Y>>"}}}`), []string{"not_serializable /job/facets/a~1b"}},
		"large":            {edit(`"name":"j"}`, `"name":"j","facets":{"plan":{"x":"`+strings.Repeat("x", largeFacet)+`"}}}`), []string{"large_facet /job/facets/plan"}},
		"job event":        {`{"job":{"namespace":"n","name":"j"},"eventTime":"2026-01-02","producer":"p","schemaURL":"s"}`, []string{"time_form /eventTime"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range l.Event([]byte(c.body)) {
				got = append(got, f.Code+" "+f.Where)
				if f.Severity < Info || f.Message == "" {
					t.Errorf("%+v has no severity or message", f)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestOneOrder: the same event gives the same report each time.
func TestOneOrder(t *testing.T) {
	schemas, err := Load(small)
	if err != nil {
		t.Fatal(err)
	}
	l := &Linter{Schemas: schemas}
	var extra strings.Builder
	for i := range 40 {
		fmt.Fprintf(&extra, `,"f%d":{"x":"***"}`, i)
	}
	body := []byte(strings.NewReplacer(`"run":{"runId":"0196b1a5-0000-7000-8000-000000000002"}`, `"run":{"runId":"x","b":1,"a":2,"c":3}`,
		`"name":"j"}`, `"name":"j","facets":{"g":{}`+extra.String()+`}}`).Replace(good))
	first := fmt.Sprint(l.Event(body))
	for range 20 {
		if again := fmt.Sprint(l.Event(body)); again != first {
			t.Fatalf("%s\nand\n%s", first, again)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := Load(fstest.MapFS{"a.json": {Data: []byte(`{}`)}}); err == nil {
		t.Error("a folder without OpenLineage.json is taken")
	}
	broken := fstest.MapFS{"OpenLineage.json": small["OpenLineage.json"], "XRunFacet.json": {Data: []byte(`{"$id":"https://openlineage.io/spec/facets/1-0-0/XRunFacet.json","$ref":"https://openlineage.io/spec/facets/1-0-0/Y.json"}`)}}
	if _, err := Load(broken); err == nil || !strings.Contains(err.Error(), "XRunFacet.json") {
		t.Errorf("a facet that refers to nothing: %v", err)
	}
}

// TestRulesAreDocumented: docs/producers.md lists every code with its meaning.
func TestRulesAreDocumented(t *testing.T) {
	const page = "../../docs/producers.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, r := range Rules {
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", r.Code, r.Severity, r.Says)
	}
	const head = "| Code | Severity | What |\n|---|---|---|\n"
	before, after, found := strings.Cut(string(b), head)
	if !found {
		t.Fatalf("%s has no table of codes", page)
	}
	end := 0
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+head+table.String()+after[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if after[:end] != table.String() {
		t.Errorf("%s: the table of codes is stale: go test ./ingest/lint -run TestRulesAreDocumented -update", page)
	}
}

// TestEveryFlagHasASeverity: a flag of the decoder or the interpreter without a
// rule would count as nothing.
func TestEveryFlagHasASeverity(t *testing.T) {
	src, err := os.ReadFile("../openlineage/event.go")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^\tFlag\w+\s*= "(\w+)"`).FindAllStringSubmatch(string(src), -1)
	if len(flags) < 10 {
		t.Fatalf("only %d flags found", len(flags))
	}
	for _, f := range flags {
		// Those need what the receiver has: a file has none of it.
		if f[1] != openlineage.FlagFuture && f[1] != openlineage.FlagTooOld && f[1] != openlineage.FlagAhead && severities[f[1]] == 0 {
			t.Errorf("flag %s has no rule", f[1])
		}
	}
}
