package ingest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
	"github.com/weirhq/weir/internal/corpus"
)

var update = flag.Bool("update", false, "write the golden facts anew")

// TestInterpretGolden reads testdata/interpret: an event in NAME.json, what it
// states in NAME.facts.
func TestInterpretGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/interpret/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			golden(t, strings.TrimSuffix(file, ".json")+".facts", interpretFile(t, file))
		})
	}
}

func interpretFile(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	facts := interpret(t, body)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(facts); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func interpret(t *testing.T, body []byte) catalog.Facts {
	t.Helper()
	e, err := openlineage.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	facts, _ := ingest.Interpret(e)
	if again, _ := ingest.Interpret(e); !reflect.DeepEqual(again, facts) {
		t.Error("interpreted twice, the facts differ")
	}
	return facts
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
	}
}

// One dbt model is one job, whatever the mode and command that ran it.
func TestDBTModelIsOneJob(t *testing.T) {
	names := map[catalog.Name]bool{}
	for _, mode := range []string{"artifact", "logs"} {
		body, err := os.ReadFile("testdata/interpret/dbt-model-" + mode + ".json")
		if err != nil {
			t.Fatal(err)
		}
		names[interpret(t, body).Job.Name] = true
	}
	if len(names) != 1 || !names[catalog.JobName("dbt", "shop.public.model.shop.orders")] {
		t.Errorf("names %v", names)
	}
}

// A test run states checks, and neither edges nor output assets.
func TestDBTTestMakesNoLineage(t *testing.T) {
	body, err := os.ReadFile("testdata/interpret/dbt-test.json")
	if err != nil {
		t.Fatal(err)
	}
	f := interpret(t, body)
	if f.Job.Name.Name != "shop.public.model.shop.orders.test" || len(f.Inputs)+len(f.Outputs)+len(f.Columns) != 0 || len(f.Checks) != 1 {
		t.Errorf("%+v", f)
	}
	if slices.ContainsFunc(f.Datasets, func(d catalog.AssetFact) bool { return strings.Contains(d.Name.Name, "failures") }) {
		t.Error("the test's output became an asset")
	}
}

// An event at the limits is interpreted in time that grows with its size, not
// with its square, and nested names do not multiply.
func TestInterpretIsBounded(t *testing.T) {
	const head = `{"eventTime":"2026-01-02T03:04:05Z","producer":"p","schemaURL":"s","job":{"namespace":"n","name":"j"},"inputs":[`
	var many strings.Builder
	many.WriteString(head)
	for i := range openlineage.MaxDatasets {
		fmt.Fprintf(&many, `{"namespace":"d","name":"t%d","facets":{"schema":7,"dataQualityAssertions":{"assertions":[{"assertion":"a%d","success":true}]}}},`, i, i)
	}
	many.WriteString(`{"namespace":"d","name":"t0"}]}`)
	start := time.Now()
	f := interpret(t, []byte(many.String()))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	if len(f.Datasets) != openlineage.MaxDatasets || len(f.Flags) > 2*openlineage.MaxFlags || len(f.Checks) != openlineage.MaxDatasets {
		t.Errorf("%d datasets, %d flags, %d checks", len(f.Datasets), len(f.Flags), len(f.Checks))
	}
	long := head + `{"namespace":"d","name":"t","facets":{"schema":{"fields":[{"name":"` + strings.Repeat("x", 1<<20) + `","fields":[` +
		strings.Repeat(`{"name":"y"},`, 10_000) + `{"name":"z"}]},{"name":"short"}]}}}]}`
	f = interpret(t, []byte(long))
	if v := f.Datasets[0].Properties[0].Value; len(v) > 1<<10 || !strings.Contains(string(v), "short") {
		t.Errorf("schema of %d bytes", len(v))
	}
}

// A data time that nanoseconds since 1970 cannot hold is no look: stored, it
// would be another time.
func TestLooksAreInRange(t *testing.T) {
	for text, looks := range map[string]int{"2026-01-01T00:00:00Z": 1, "0001-01-01T00:00:00Z": 0, "9999-12-31T00:00:00Z": 0} {
		f := specFacet{scope: inputFacets}.facts(t, `{"weir_sourceFreshness":{"maxLoadedAt":"`+text+`"}}`)
		if len(f.Looks) != looks {
			t.Errorf("%s: looks %v", text, f.Looks)
		}
	}
}

func FuzzInterpret(f *testing.F) {
	files, err := filepath.Glob("testdata/interpret/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	bodies, err := corpus.Samples()
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range bodies {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) { interpretOdd(t, body) })
}

// interpretOdd interprets a body that may be anything: it makes facts that can
// be stored, or a reason why not, and never breaks.
func interpretOdd(t *testing.T, body []byte) *catalog.Facts {
	t.Helper()
	p := ingest.InterpretEntry(ingest.Entry{Kind: ingest.EntryEvent, Position: 1, Body: body})
	if p.ParkCode == "panic" {
		t.Fatalf("%s: %q", p.ParkReason, body)
	}
	if (p.Facts == nil) == (p.ParkCode == "") {
		t.Fatalf("neither facts nor a reason: %+v", p)
	}
	if p.Facts != nil {
		if _, err := json.Marshal(p.Facts); err != nil {
			t.Fatalf("facts cannot be stored: %v", err)
		}
	}
	return p.Facts
}

// FuzzFacets puts a facet of any shape in each place where facets stand: an odd
// facet costs itself, never the event.
func FuzzFacets(f *testing.F) {
	for _, x := range facets {
		f.Add(x.key, []byte(x.sample))
	}
	seen := map[string]bool{}
	err := corpus.Objects(func(o map[string]any) {
		for key, v := range o {
			if facet, is := v.(map[string]any); is && corpus.Text(facet, "_schemaURL") != "" && !seen[key] { // one of each
				seen[key] = true
				if raw, err := json.Marshal(facet); err == nil {
					f.Add(key, raw)
				}
			}
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string, raw []byte) {
		name, err := json.Marshal(key)
		if err != nil || !json.Valid(raw) {
			return
		}
		for _, scope := range []facetScope{runFacets, jobFacets, datasetFacets, inputFacets, outputFacets, staticFacets} {
			body := specFacet{scope: scope}.event(fmt.Sprintf("{%s:%s}", name, raw))
			if _, err := openlineage.Decode(body); err != nil {
				return // duplicate keys, bad UTF-8, too deep
			}
			facts := interpretOdd(t, body)
			if facts == nil || scope != staticFacets && (facts.Job == nil || facts.Run == nil || facts.Run.RunID == "") {
				t.Fatalf("%s %q of %s cost the event: %+v", scope, key, raw, facts)
			}
		}
	})
}
