package ingest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
)

// conformancePage says what weir makes of OpenLineage. TestConformancePage
// asks the code: each facet is sent, and what it adds to the facts is written
// down. -update writes the page anew.
const conformancePage = "../docs/openlineage.md"

func TestConformancePage(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(pageHead)
	for _, part := range []func(*testing.T, *bytes.Buffer){eventsPart, statesPart, edgesPart, facetsPart, producersPart, flagsPart} {
		part(t, &b)
	}
	if *update {
		if err := os.WriteFile(conformancePage, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(conformancePage)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s is stale (go test ./ingest -run Conformance -update writes it):\n%s", conformancePage, newLines(string(want), b.String()))
	}
}

func newLines(want, got string) string {
	var out []string
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "")
}

const pageHead = `# OpenLineage in weir

What weir makes of each event, run state, facet and producer. A test writes this
page by sending them (` + "`go test ./ingest -run Conformance -update`" + `), and fails when it is stale.

Every body that is JSON and names a run's job, a job or a dataset is answered with 201
and kept byte for byte in the journal, whatever else is odd about it: what is odd is
flagged (see the end), and the rest of the event still counts.
`

// edgesPart says by which rule edges live, which the code has in one place.
func edgesPart(t *testing.T, b *bytes.Buffer) {
	if l := catalog.DefaultLifetime; l.Omissions != 3 || l.Quiet != 24*time.Hour || l.EmptyOmits {
		t.Errorf("the page says another rule than %+v", l)
	}
	b.WriteString(edgesText)
}

const edgesText = `
## How long an edge lasts

An edge between a job and what its runs read or write begins with the START of the first
run that names it, whatever becomes of that run. It ends when three successful runs in a
row named others of that side (inputs, outputs) and left it out, and 24 hours lie between
the last run that named it and the last that did not; it ended at the end of the first of
the three. So one odd run ends nothing, nor does a job that runs every minute and skips a
table for an hour.

- A run that failed or was aborted leaves nothing out, nor does one that names nothing of
  that side.
- Column edges go by the runs that carried column lineage for that output.
- A run that names it again begins another interval; a question as of a time sees each.
- What a JobEvent declares ends with the next JobEvent of the job that leaves it out.

The order in which events arrive does not matter, and the rule is the same for all
namespaces ([decision 48](decisions/0048-one-lifetime-of-edges.md)).
`

// TestConformanceCoversTheSpec: each facet that OpenLineage publishes is on the
// page, and each sample of the spec is understood without a flag.
func TestConformanceCoversTheSpec(t *testing.T) {
	if root := os.Getenv("WEIR_CORPUS"); root != "" {
		t.Run("schemas", func(t *testing.T) { coversSchemas(t, filepath.Join(root, "spec")) })
		t.Run("samples", func(t *testing.T) { takesSamples(t, filepath.Join(root, "spec/tests")) })
	}
}

func coversSchemas(t *testing.T, spec string) {
	files, err := filepath.Glob(filepath.Join(spec, "facets/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas in %s: %v", spec, err)
	}
	for _, registry := range []string{"registry/*/facets/*.json", "registry/*/*/facets/*.json"} {
		more, err := filepath.Glob(filepath.Join(spec, registry))
		if err != nil || len(more) == 0 {
			t.Fatalf("no schemas in %s: %v", registry, err)
		}
		files = append(files, more...)
	}
	for _, file := range files {
		var schema struct {
			ID         string `json:"$id"`
			Properties map[string]json.RawMessage
		}
		readJSON(t, file, &schema)
		version := filepath.Base(filepath.Dir(schema.ID))
		for key := range schema.Properties {
			if !slices.ContainsFunc(facets, func(f specFacet) bool { return f.key == key && f.schema == version }) {
				t.Errorf("the facet %s %s of %s is not on the page", key, version, filepath.Base(file))
			}
		}
	}
}

// takesSamples puts each sample where its folder's name says.
func takesSamples(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in %s: %v", dir, err)
	}
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		scope := datasetFacets
		switch {
		case strings.HasSuffix(folder, "RunFacet"):
			scope = runFacets
		case strings.HasSuffix(folder, "JobFacet"):
			scope = jobFacets
		case strings.HasSuffix(folder, "OutputDatasetFacet"):
			scope = outputFacets
		case strings.HasSuffix(folder, "InputDatasetFacet"):
			scope = inputFacets
		}
		var sample map[string]json.RawMessage
		readJSON(t, file, &sample)
		for key, facet := range sample {
			if bytes.Contains(facet, []byte(`"entries"`)) { // lineage: of jobs and of datasets
				scope = jobFacets
			}
			for _, flag := range (specFacet{scope: scope}).facts(t, fmt.Sprintf("{%q:%s}", key, facet)).Flags {
				t.Errorf("%s: %+v", file, flag)
			}
		}
	}
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// eventsPart sends the kinds of event.
func eventsPart(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n## Events\n\n| Event | Told by | States |\n|---|---|---|\n")
	const head = `"eventTime":"2026-01-02T03:04:05Z","producer":"p","schemaURL":"s",`
	const run, job, dataset, io = `"eventType":"START","run":{"runId":"0198c0de-0000-7000-8000-000000000001"},`, `"job":{"namespace":"n","name":"j"}`, `"dataset":{"namespace":"d","name":"t"}`,
		`,"inputs":[{"namespace":"d","name":"a"}],"outputs":[{"namespace":"d","name":"b"}]`
	for _, c := range []struct{ name, told, body string }{
		{"RunEvent", "`run` and `job`", run + job + io},
		{"JobEvent", "`job` without `run`", job + io},
		{"DatasetEvent", "`dataset` without `run` and `job`", dataset},
		{"several at once", "`run` before `job` before `dataset`", run + job + "," + dataset},
	} {
		f := interpret(t, []byte("{"+head+c.body+"}"))
		fmt.Fprintf(b, "| %s | %s | %s |\n", c.name, c.told, strings.Join(eventStates(f), ", "))
	}
	b.WriteString(`
` + "`schemaURL`" + ` decides nothing. An absent array, null and ` + "`[]`" + ` retract nothing: what the events of a run
name adds up. A job or dataset facet is replaced as a whole by the one of the latest
event time, ` + "`{\"_deleted\": true}`" + ` removes it. Datasets of a JobEvent make declared edges, which
end when a newer JobEvent leaves them out; those of runs make observed edges.
`)
}

func eventStates(f catalog.Facts) (out []string) {
	add := func(is bool, what string) {
		if is {
			out = append(out, what)
		}
	}
	add(f.Run != nil, "a run")
	add(f.Job != nil, "a job")
	add(f.Run == nil && len(f.Inputs)+len(f.Outputs) > 0, "declared inputs and outputs")
	add(f.Run != nil && len(f.Inputs)+len(f.Outputs) > 0, "inputs and outputs")
	add(f.Job == nil && len(f.Datasets) > 0, "a dataset and its facets")
	for _, flag := range f.Flags {
		out = append(out, "flag `"+flag.Code+"`")
	}
	return out
}

// statesPart folds runs.
func statesPart(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n## Run states\n\n| Events of the run | State | Attempt | Start |\n|---|---|---|---|\n")
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []string{"START", "RUNNING", "OTHER", "COMPLETE", "ABORT", "FAIL", "no type", "START, COMPLETE", "COMPLETE, START of the same time",
		"FAIL, COMPLETE 5 ms later", "ABORT, COMPLETE 5 ms later", "FAIL, COMPLETE an hour later", "COMPLETE, RUNNING an hour later", "FAIL, START an hour later"} {
		at, events := day, []catalog.RunEvent{}
		for _, word := range strings.Split(c, ", ") {
			typ, later, _ := strings.Cut(word, " ")
			at = at.Add(map[string]time.Duration{"5 ms later": 5 * time.Millisecond, "an hour later": time.Hour}[later])
			events = append(events, catalog.RunEvent{Type: catalog.EventType(strings.TrimPrefix(typ, "no")), At: at})
		}
		attempts := catalog.FoldRun(events)
		last := attempts[len(attempts)-1]
		start := "the first event's time, marked as not known"
		if last.StartKnown {
			start = "known"
		}
		state := string(last.State)
		if last.Contested {
			state += ", flagged"
		}
		fmt.Fprintf(b, "| %s | %s | %d | %s |\n", c, state, last.Number, start)
	}
	b.WriteString(`
The order of arrival decides nothing. A dataset has a new version when its run
succeeded and its last lifecycle word is none, CREATE, OVERWRITE or TRUNCATE. A run that
failed after it completed, or with output statistics, leaves a tainted version.
`)
}

// facetsPart sends each facet.
func facetsPart(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n## Facets\n\n" + `*used*: weir understands it; what it makes of it is named. *kept*: the latest one of the
run, job or dataset is kept byte for byte and readable by ` + "`facets(keys:)`" + ` in GraphQL. *journal*: it is
in the raw event only.` + "\n")
	for _, scope := range []facetScope{runFacets, jobFacets, datasetFacets, inputFacets, outputFacets, staticFacets} {
		fmt.Fprintf(b, "\n### %s\n\n| Facet | Schema | | What for | Limits |\n|---|---|---|---|---|\n", scope)
		for _, f := range facets {
			if f.scope == scope {
				level, what := f.outcome(t)
				fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.key, f.schema, level, strings.Join(what, ", "), f.limits)
			}
		}
	}
	b.WriteString("\nA facet of any other key is treated as `custom` is.\n")
}

// outcome sends an event with the facet and one without, and says what the
// facet added.
func (f specFacet) outcome(t *testing.T) (level string, what []string) {
	t.Helper()
	without, with := f.facts(t, "{}"), f.facts(t, `{"`+f.key+`":`+f.sample+`}`)
	for _, flag := range with.Flags {
		if flag.Code == openlineage.FlagFacet {
			t.Errorf("%s %s: %s", f.scope, f.key, flag.Message)
		}
	}
	level, base := "journal", paths(t, without)
	for path := range paths(t, with) {
		kind := strings.SplitN(path, "=", 2)[0]
		switch word, known := factWords[kind]; {
		case base[path] || word == "-" || strings.HasSuffix(kind, "facets.key"):
		case strings.HasSuffix(kind, "properties.raw"), strings.HasSuffix(kind, "facets.raw"):
			if level == "journal" {
				level = "kept"
			}
		case known:
			what = append(what, word)
		default:
			what = append(what, "`"+kind+"`")
		}
	}
	if slices.Sort(what); len(what) > 0 {
		level = "used"
	}
	return level, slices.Compact(what)
}

func (f specFacet) facts(t *testing.T, facets string) catalog.Facts {
	t.Helper()
	return interpret(t, f.event(facets))
}

// event is an event with facets in the facet's place.
func (f specFacet) event(facets string) []byte {
	place := map[facetScope]string{}
	for _, s := range []facetScope{runFacets, jobFacets, datasetFacets, inputFacets, outputFacets} {
		place[s] = "{}"
	}
	place[f.scope] = facets
	body := fmt.Sprintf(`{"eventTime":"2026-01-02T03:04:05Z","eventType":"COMPLETE","producer":"p","schemaURL":"s",
		"run":{"runId":"0198c0de-0000-7000-8000-000000000001","facets":%s},"job":{"namespace":"n","name":"j","facets":%s},
		"inputs":[{"namespace":"postgres://h:5432","name":"d.s.a","inputFacets":%s}],
		"outputs":[{"namespace":"postgres://h:5432","name":"d.s.b","facets":%s,"outputFacets":%s}]}`,
		place[runFacets], place[jobFacets], place[inputFacets], place[datasetFacets], place[outputFacets])
	if f.scope == staticFacets {
		body = fmt.Sprintf(`{"eventTime":"2026-01-02T03:04:05Z","producer":"p","schemaURL":"s","dataset":{"namespace":"postgres://h:5432","name":"d.s.b","facets":%s}}`, facets)
	}
	return []byte(body)
}

// paths flattens facts into "path=value", lists without their indexes.
func paths(t *testing.T, f catalog.Facts) map[string]bool {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	flatten("", v, out)
	return out
}

func flatten(path string, v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if path == "" {
				flatten(k, x, out)
			} else if k == "raw" || k == "value" { // a facet, as a whole
				out[path+"."+k+"="+fmt.Sprint(x)] = true
			} else {
				flatten(path+"."+k, x, out)
			}
		}
	case []any:
		for _, x := range v {
			flatten(path, x, out)
		}
	default:
		out[path+"="+fmt.Sprint(v)] = true
	}
}

// producersPart counts the events of each producer that the figures of
// internal/stack and the golden events beside this file hold.
func producersPart(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n## Producers\n\n" + `*Events*: how many events and templates of the producer, published by itself or
captured from it, are taken in the tests (in any order, with repetitions, on both stores: the same
graph). *Rules*: golden events of habits that need a rule of their own, in ` + "`ingest/testdata/interpret`" + `.

| Producer | Events | Rules | Run for real | Limits |
|---|---|---|---|---|
`)
	table, err := os.ReadFile("../internal/stack/testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range producers {
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s |\n", p.name, eventsOf(t, string(table), p.folders), goldenNames(t, p.golden), p.real, p.limits)
	}
}

func eventsOf(t *testing.T, table string, folders []string) (n int) {
	t.Helper()
	for line := range strings.Lines(table) {
		columns := strings.Fields(line)
		if len(columns) < 4 || !slices.Contains(folders, columns[0]) {
			continue
		}
		taken, err := strconv.Atoi(columns[3])
		if err != nil {
			t.Fatal(err)
		}
		n += taken
	}
	return n
}

func goldenNames(t *testing.T, patterns string) string {
	t.Helper()
	var out []string
	for pattern := range strings.FieldsSeq(patterns) {
		files, err := filepath.Glob("testdata/interpret/" + pattern + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			out = append(out, "`"+strings.TrimSuffix(filepath.Base(f), ".json")+"`")
		}
	}
	return strings.Join(out, ", ")
}

// flagsPart lists the flags, from the source that declares them.
func flagsPart(t *testing.T, b *bytes.Buffer) {
	b.WriteString("\n## Flags\n\nWhat is odd about an event that was kept.\n\n| Code | Meaning |\n|---|---|\n")
	file, err := parser.ParseFile(token.NewFileSet(), "openlineage/event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "Flag") {
			return true
		}
		code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil || v.Comment.Text() == "" {
			t.Errorf("%s has no comment that says what it means", v.Names[0].Name)
		}
		codes[code] = strings.TrimSpace(v.Comment.Text())
		return true
	})
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		fmt.Fprintf(b, "| `%s` | %s |\n", code, codes[code])
	}
	fmt.Fprintf(b, "\nAn event holds at most %d inputs and as many outputs, %d flags, %d levels of nesting; a name\nis flagged from %d bytes on. A body is refused (400) when it is not strict JSON (duplicate keys,\ninvalid UTF-8), nests deeper, has no identity, or has NUL in a name; from %d MB on with 413.\n",
		openlineage.MaxDatasets, openlineage.MaxFlags, openlineage.MaxDepth, openlineage.MaxName, ingest.MaxInflated>>20)
}
