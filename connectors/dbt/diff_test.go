package dbt_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/connectors/dbt"
)

var update = flag.Bool("update", false, "write golden files")

// state reads what a real dbt made of one state of test/dbt/shop, cut down to
// what weir uses (go test -tags e2e ./test/dbt -update).
func state(t *testing.T, name string, withCatalog bool) dbt.Project {
	t.Helper()
	var p dbt.Project
	read(t, name+"-manifest.json", func(f *os.File) (err error) { p.Manifest, err = dbt.ReadManifest(f); return })
	if withCatalog {
		p.Catalog = &dbt.Catalog{}
		read(t, name+"-catalog.json", func(f *os.File) (err error) { *p.Catalog, err = dbt.ReadCatalog(f); return })
	}
	return p
}

func read(t *testing.T, name string, into func(*os.File) error) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	if err := into(f); err != nil {
		t.Fatal(err)
	}
}

func text(d dbt.Diff) string {
	var b strings.Builder
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "%s %s %s -> %s (%s; %s)\n", c.Kind, c.Table, c.Column, c.To, c.File, c.Evidence)
	}
	for _, c := range d.Blind {
		fmt.Fprintf(&b, "blind %s (%s; %s)\n", c.Table, c.File, c.Evidence)
	}
	for name, edited := range d.Edited {
		if edited {
			fmt.Fprintf(&b, "edited %s\n", name)
		}
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestCompare(t *testing.T) {
	for _, with := range []bool{false, true} {
		name := map[bool]string{false: "diff-manifests.txt", true: "diff-catalogs.txt"}[with]
		before, after := state(t, "before", with), state(t, "after", with)
		if none := dbt.Compare(before, before); len(none.Changes)+len(none.Blind) != 0 {
			t.Errorf("a state differs from itself: %v", none)
		}
		got := text(dbt.Compare(before, after))
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || string(want) != got {
			t.Errorf("%s: %v\n%s", golden, err, got)
		}
	}
}

const head = `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/manifest/v12.json"},`

func manifestOf(t *testing.T, body string) dbt.Project {
	t.Helper()
	m, err := dbt.ReadManifest(strings.NewReader(head + body + "}"))
	if err != nil {
		t.Fatal(err)
	}
	return dbt.Project{Manifest: m}
}

func TestCompareEdges(t *testing.T) {
	node := func(id, alias, more string) string {
		return fmt.Sprintf(`%q:{"unique_id":%q,"resource_type":"model","database":"d","schema":"s","name":%q,"alias":%q%s}`, id, id, alias, alias, more)
	}
	nodes := func(list ...string) string { return `"nodes":{` + strings.Join(list, ",") + `}` }
	for name, c := range map[string]struct{ old, new, want string }{
		"another model makes the table now": {nodes(node("model.a", "t", "")), nodes(node("model.b", "t", "")), "edited d.s.t\n"},
		"ephemeral models are nowhere":      {nodes(node("model.a", "t", `,"config":{"materialized":"ephemeral"}`)), nodes(), ""},
		"a model becomes ephemeral": {nodes(node("model.a", "t", "")), nodes(node("model.a", "t", `,"config":{"materialized":"ephemeral"}`)),
			"DROP_DATASET d.s.t  ->  (; model.a is ephemeral now)\n"},
		"a rename that nobody states is a drop": {nodes(node("model.a", "t", `,"columns":{"x":{"name":"x"}}`)), nodes(node("model.a", "t", `,"columns":{"y":{"name":"y"}}`)),
			"DROP_FIELD d.s.t x ->  (; documented columns; new: y)\n"},
		"spelling is no change":         {nodes(node("model.a", "t", `,"columns":{"X":{"name":"X","data_type":"NUMERIC(1, 2)"}}`)), nodes(node("model.a", "t", `,"columns":{"x":{"name":"x","data_type":"numeric(1,2)"}}`)), ""},
		"an unstated type is no change": {nodes(node("model.a", "t", `,"columns":{"x":{"name":"x"}}`)), nodes(node("model.a", "t", `,"columns":{"x":{"name":"x","data_type":"int"}}`)), ""},
		"SQL without known columns": {nodes(node("model.a", "t", `,"checksum":{"checksum":"1"}`)), nodes(node("model.a", "t", `,"checksum":{"checksum":"2"}`)),
			"blind d.s.t (; its SQL changed, and no columns are known)\nedited d.s.t\n"},
		"documentation of a source": {`"sources":{"source.a":{"unique_id":"source.a","resource_type":"source","columns":{"x":{"name":"x"}}}}`, `"sources":{"source.a":{"unique_id":"source.a","resource_type":"source","columns":{"y":{"name":"y"}}}}`, ""},
	} {
		if got := text(dbt.Compare(manifestOf(t, c.old), manifestOf(t, c.new))); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestExposureReads(t *testing.T) {
	p := manifestOf(t, `"nodes":{"model.e":{"unique_id":"model.e","resource_type":"model","config":{"materialized":"ephemeral"},"depends_on":{"nodes":["model.e","model.a","source.s"]}},
 "model.a":{"unique_id":"model.a","resource_type":"model","database":"d","schema":"s","alias":"a"}},
 "sources":{"source.s":{"unique_id":"source.s","resource_type":"source","database":"d","schema":"raw","identifier":"s"}},
 "exposures":{"exposure.x":{"unique_id":"exposure.x","depends_on":{"nodes":["model.e","model.a","model.gone"]}}}`)
	if got := p.Manifest.Reads(p.Manifest.Exposures["exposure.x"]); fmt.Sprint(got) != "[d.raw.s d.s.a]" {
		t.Errorf("reads %v", got)
	}
}

func TestReadManifestRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"empty":      {"", "not a JSON artifact"},
		"no JSON":    {"nodes: {}", "not a JSON artifact"},
		"a catalog":  {`{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/catalog/v1.json"}}`, "not a manifest"},
		"anything":   {`{}`, "not a manifest"},
		"wrong type": {head + `"nodes":[]}`, "not a JSON artifact"},
	} {
		if _, err := dbt.ReadManifest(strings.NewReader(c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStrangeManifests: a schema that is not known is said to be.
func TestStrangeManifests(t *testing.T) {
	const at = "https://schemas.getdbt.com/dbt/manifest/"
	for schema, want := range map[string]string{
		"v9.json": "", "v12.json": "",
		"v1.json": "its schema is v1,", "v8.json": "v8", "v13.json": "v13", "v99.json": "v99",
		"v99999999999999999999.json": "v99999999999999999999", "latest": at + "latest",
	} {
		m, err := dbt.ReadManifest(strings.NewReader(`{"metadata":{"dbt_schema_version":"` + at + schema + `"}}`))
		if got := m.Strange(); err != nil || (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, %v; want %q", schema, got, err, want)
		}
	}
}

// FuzzManifest: whatever is in the files, comparing them neither panics nor
// finds a state different from itself.
func FuzzManifest(f *testing.F) {
	for _, name := range []string{"before-manifest.json", "after-manifest.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(head + `"nodes":{"model.a":{"resource_type":"model","columns":{"x":{"name":"y"}}}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := dbt.ReadManifest(strings.NewReader(string(b)))
		if err != nil {
			return
		}
		p := dbt.Project{Manifest: m}
		for _, c := range dbt.Compare(p, p).Changes {
			if c.Kind != dbt.DropDataset && c.Kind != dbt.RenameDataset { // a file may give a node another id than its own
				t.Errorf("a state differs from itself: %v", c)
			}
		}
		dbt.Compare(p, dbt.Project{})
		dbt.Compare(dbt.Project{}, p)
		for _, e := range m.Exposures {
			m.Reads(e)
		}
	})
}

// vector is two manifests, or files of them, and what one changes of the other.
type vector struct {
	Name    string          `json:"name"`
	Old     json.RawMessage `json:"old"`
	New     json.RawMessage `json:"new"`
	Changes []changed       `json:"changes"`
	Blind   []changed       `json:"blind"`
}

type changed struct {
	Kind     dbt.ChangeKind `json:"kind,omitempty"`
	Table    string         `json:"table"`
	Column   string         `json:"column,omitempty"`
	To       string         `json:"to,omitempty"`
	Evidence string         `json:"evidence"`
}

func changedOf(list []dbt.Change) []changed {
	out := []changed{}
	for _, c := range list {
		out = append(out, changed{c.Kind, c.Table, c.Column, c.To, c.Evidence})
	}
	return out
}

// TestDiffVectors: the page of Impact compares manifests in the browser, and its
// tests read the same file.
func TestDiffVectors(t *testing.T) {
	const golden = "testdata/diffs.json"
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(b, &list); err != nil || len(list) < 15 {
		t.Fatal(err, len(list))
	}
	side := func(raw json.RawMessage) (p dbt.Project) {
		var name string
		if json.Unmarshal(raw, &name) == nil {
			return state(t, strings.TrimSuffix(name, "-manifest.json"), false)
		}
		m, err := dbt.ReadManifest(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		return dbt.Project{Manifest: m}
	}
	for i, v := range list {
		d := dbt.Compare(side(v.Old), side(v.New))
		changes, blind := changedOf(d.Changes), changedOf(d.Blind)
		if *update {
			list[i].Changes, list[i].Blind = changes, blind
		} else if !slices.Equal(changes, v.Changes) || !slices.Equal(blind, v.Blind) {
			t.Errorf("%s: got %v, blind %v; want %v, blind %v", v.Name, changes, blind, v.Changes, v.Blind)
		}
	}
	if *update {
		out, err := json.MarshalIndent(list, "", " ")
		if err == nil {
			err = os.WriteFile(golden, append(out, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
