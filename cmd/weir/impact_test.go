package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weirhq/weir/graph"
)

// dbtShop are the events of the project whose manifests are recorded in
// connectors/dbt/testdata: column lineage as dbt-ol sends it, and one exposure
// of its three.
func dbtShop() string {
	var b strings.Builder
	table := func(name string) map[string]any {
		return map[string]any{"namespace": "duckdb:///srv/shop.duckdb", "name": "shop.main." + name}
	}
	send := func(n int, job string, in []any, out map[string]any) {
		for i, typ := range []string{"START", "COMPLETE"} {
			e, err := json.Marshal(map[string]any{"eventType": typ, "eventTime": fmt.Sprintf("2026-03-01T06:%02d:0%dZ", n, i), "producer": "https://example.com/dbt", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
				"run": map[string]any{"runId": fmt.Sprintf("0195e000-0000-7000-8000-0000000001%02d", n)}, "job": map[string]any{"namespace": "dbt", "name": job}, "inputs": in, "outputs": []any{out}})
			if err != nil {
				panic(err)
			}
			b.Write(append(e, '\n'))
		}
	}
	for n, x := range []struct {
		from, to string
		columns  map[string]string
	}{
		{"raw_orders", "stg_orders", map[string]string{"id": "id", "customer": "customer", "amount": "amount", "status": "status", "note": "note"}},
		{"stg_orders", "revenue", map[string]string{"customer": "customer", "revenue": "amount"}},
		{"stg_orders", "notes", map[string]string{"id": "id", "remark": "note"}},
		{"stg_orders", "states", map[string]string{"id": "id", "status": "status"}},
		{"stg_orders", "old_report", map[string]string{"id": "id"}},
		{"old_report", "archive", map[string]string{"id": "id"}},
	} {
		out, fields := table(x.to), map[string]any{}
		for to, from := range x.columns {
			in := table(x.from)
			in["field"] = from
			fields[to] = map[string]any{"inputFields": []any{in}}
		}
		out["facets"] = map[string]any{"columnLineage": map[string]any{"_producer": "https://example.com/dbt", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json", "fields": fields}}
		send(n, "shop.main.shop."+x.to, []any{table(x.from)}, out)
	}
	send(20, "exposures", []any{table("states")}, map[string]any{"namespace": "dbt", "name": "exposure.shop.state_board"})
	return b.String()
}

// TestImpactOfManifests: the manifests that a real dbt made, in every form.
func TestImpactOfManifests(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, state := range []string{"before", "after"} {
		for _, file := range []string{"manifest", "catalog"} {
			write(t, filepath.Join(state, "target", file+".json"), readFile(t, filepath.Join(packageDir, "../../connectors/dbt/testdata", state+"-"+file+".json")))
		}
	}
	w := start(t, ".")
	if _, words, code := w.weir(dbtShop(), "events", "send", "-"); code != exitOK {
		t.Fatal(words)
	}
	diff := []string{"impact", "--diff", "after/target/manifest.json", "--against", "before/target/manifest.json"}
	for _, form := range impactForms {
		out, words, code := w.weir("", append(diff, "--fail-on", "degrading", "-o", form)...)
		if code != exitFindings || !strings.Contains(words, "assets are breaking") {
			t.Errorf("%s: exit %d, %s", form, code, words)
		}
		golden(t, "impact."+form, out)
	}
	catalogs := append(diff, "--catalog", "after/target/catalog.json", "--against-catalog", "before/target/catalog.json")
	out, words, code := w.weir("", catalogs...)
	if code != exitOK {
		t.Errorf("exit %d: %s", code, words)
	}
	golden(t, "impact.catalogs", out+words)
	same, words, code := w.weir("", "impact", "--diff", "before/target/manifest.json", "--against", "before/target/manifest.json", "--fail-on", "unknown")
	if code != exitOK || strings.Count(same, "\n") != 1 {
		t.Errorf("a project against itself: exit %d, %s%s", code, same, words)
	}
	manifest := readFile(t, filepath.Join(packageDir, "../../connectors/dbt/testdata", "before-manifest.json"))
	write(t, "next.json", strings.Replace(manifest, "/manifest/v12.json", "/manifest/v99.json", 1))
	strange, words, code := w.weir("", "impact", "--diff", "next.json", "--against", "before/target/manifest.json", "--fail-on", "unknown")
	if code != exitFindings || !strings.Contains(strange+words, "next.json: its schema is v99") {
		t.Errorf("a manifest of the time to come: exit %d, %s%s", code, strange, words)
	}
	for name, args := range map[string][]string{
		"half a pair":            {"impact", "--diff", "after/target/manifest.json"},
		"half a pair of columns": append(diff, "--catalog", "after/target/catalog.json"),
		"no manifest":            {"impact", "--diff", "after/target/catalog.json", "--against", "before/target/manifest.json"},
		"no file":                {"impact", "--diff", "gone.json", "--against", "before/target/manifest.json"},
		"only a namespace":       {"impact", "--namespace", "x"},
	} {
		if _, words, code := w.weir("", args...); code != exitUsage || !strings.Contains(words, "hint:") {
			t.Errorf("%s: exit %d, %s", name, code, words)
		}
	}
	nowhere, words, code := w.weir("", append(diff, "--namespace", "postgres://elsewhere", "--fail-on", "unknown")...)
	if code != exitFindings || !strings.Contains(words, "weir has never seen it") {
		t.Errorf("tables that are not known: exit %d, %s%s", code, nowhere, words)
	}
}

var atLocalhost = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(packageDir, "testdata", name)
	got = atLocalhost.ReplaceAllString(got, "http://weir.example") // a port is another each time
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, path); want != got {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

// TestParseChange reads what the page writes for the command: the page's tests
// have the same list.
func TestParseChange(t *testing.T) {
	var list []struct {
		Text, Namespace, Name, Field, To string
		Kind                             graph.ChangeKind
		Job                              bool
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(packageDir, "testdata/changes.json"))), &list); err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		want, name := planned{Kind: x.Kind, Column: x.Field, To: x.To}, "dataset:"+x.Namespace+"/"+x.Name
		if x.Kind == graph.DelayData {
			want.To, want.By = "", x.To
		}
		if x.Job {
			name = "job:" + x.Namespace + "/" + x.Name
		}
		if got, of, err := parseChange(x.Text); err != nil || of != name || got != want {
			t.Errorf("%s: %+v of %s, %v; want %+v of %s", x.Text, got, of, err, want, name)
		}
	}
}

// TestSchemes: the page finds tables of the same namespaces.
func TestSchemes(t *testing.T) {
	var want map[string]string
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(packageDir, "testdata/schemes.json"))), &want); err != nil || !maps.Equal(want, schemes) {
		t.Errorf("%v: testdata/schemes.json has %v, the command %v", err, want, schemes)
	}
}

// TestImpactFormsOfACutAnswer: no form says that nothing is affected when the
// answer was cut, or when the diff cannot be read whole.
func TestImpactFormsOfACutAnswer(t *testing.T) {
	whole := report{Changes: []planned{{Kind: "DROP_DATASET", Asset: "dataset:x/y", Known: true}}, Findings: []affected{}, Complete: true}
	cut, blind, safe := whole, whole, whole
	cut.Complete, cut.Cut = false, "NODES"
	blind.Blind = []string{"shop.main.notes: its SQL changed, and no columns are known"}
	safe.Complete, safe.Cut = false, "TIMEOUT"
	safe.Findings = []affected{{Severity: "SAFE", Asset: "dataset:x/z", Effects: []effect{{0, "SAFE", "no column of it"}}}}
	for _, form := range []string{"md", "github", "junit", "sarif"} {
		for what, x := range map[string]struct {
			r    report
			says string
		}{"cut": {cut, "the answer is cut (nodes)"}, "blind": {blind, "its SQL changed"}, "cut after what is safe": {safe, "the answer is cut (timeout)"}} {
			got := formOf(t, form, x.r, nil)
			if !strings.Contains(got, x.says) || strings.Contains(got, "nothing downstream is") || strings.Contains(got, "::notice") && what != "blind" {
				t.Errorf("%s of what is %s:\n%s", form, what, got)
			}
		}
		if got := formOf(t, form, whole, nil); strings.Contains(got, "cut") || strings.Contains(got, "invocations") {
			t.Errorf("%s of a whole answer:\n%s", form, got)
		}
	}
	for _, x := range []struct {
		bad  []graph.Severity
		want string
	}{{nil, `tests="1" failures="0" skipped="1"`}, {failLevels["breaking"], `tests="1" failures="1" skipped="0"`}} {
		if got := formOf(t, "junit", cut, x.bad); !strings.Contains(got, x.want) {
			t.Errorf("--fail-on %v: want %s:\n%s", x.bad, x.want, got)
		}
	}
}

func formOf(t *testing.T, form string, r report, bad []graph.Severity) string {
	t.Helper()
	var out, words buffer
	a := &app{process: process{out: &out, err: &words, getenv: func(string) string { return "" }}}
	if err := a.printImpact(form, r, bad); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestImpactFormsEscape: what producers call things cannot break a form.
func TestImpactFormsEscape(t *testing.T) {
	odd := "a|b`c<script>%0A::error::\n@all]]>"
	r := report{Changes: []planned{{Kind: "DROP_FIELD", Asset: odd, Column: odd, File: "models/a,b:c.sql", Evidence: odd, Known: true}, {Kind: "DROP_DATASET", Asset: odd}},
		Findings: []affected{{Severity: "BREAKING", Asset: odd, Columns: []string{odd}, Reason: odd, Path: []string{odd, odd + "2"}, Effects: []effect{{0, "BREAKING", odd}}}}, Owners: []string{odd}, Blind: []string{odd}, Complete: true}
	var md, junit, sarif, out bytes.Buffer
	if err := writeMarkdown(&md, r); err != nil || strings.Contains(md.String(), "<script>") && !strings.Contains(md.String(), "`a") {
		t.Errorf("%v: %s", err, &md)
	}
	for _, line := range strings.Split(md.String(), "\n") {
		if strings.HasPrefix(line, "::") || strings.HasPrefix(line, "@") {
			t.Errorf("a name begins a line: %s", line)
		}
	}
	if err := writeJUnit(&junit, r, nil); err != nil || xml.Unmarshal(junit.Bytes(), &junitSuites{}) != nil {
		t.Errorf("%v: %s", err, &junit)
	}
	if err := writeSARIF(&sarif, r); err != nil || !json.Valid(sarif.Bytes()) {
		t.Errorf("%v: %s", err, &sarif)
	}
	a := &app{process: process{out: &out, getenv: func(string) string { return "" }}}
	if err := a.printGitHub(r); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if !strings.HasPrefix(line, "::error file=models/a%2Cb%3Ac.sql,title=") && !strings.HasPrefix(line, "::warning title=") {
			t.Errorf("not a command of ours: %q", line)
		}
	}
}

// TestImpactFormsOfHiddenAssets: each form counts what the role does not show.
func TestImpactFormsOfHiddenAssets(t *testing.T) {
	r := report{Changes: []planned{{Kind: "DROP_DATASET", Asset: "dataset:a/b", Known: true}}, Findings: []affected{{Severity: "BREAKING", Asset: "hidden asset 1"}}, Complete: true, DeniedByRole: 4}
	for _, form := range []string{"md", "github", "junit", "sarif"} {
		if got := formOf(t, form, r, nil); !strings.Contains(got, "4 denied by role") {
			t.Errorf("%s:\n%s", form, got)
		}
	}
}
