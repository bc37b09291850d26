package policies_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

var updateDocs = flag.Bool("update", false, "write golden files")

// codeWorld is what is known where the files of testdata/codes are looked at:
// mart is made of raw and side by one job, and has a second name; left and right
// are made of mid, which is made of raw; two tables are made of each other; beside
// them stands a crowd of 1001.
func codeWorld(p *policies.Live) *policies.Gatherer {
	w := virtual.NewWorld()
	data := func(n string) catalog.Name {
		return catalog.Name{Type: catalog.TypeDataset, Namespace: "pg://wh", Name: n}
	}
	job := catalog.Name{Type: catalog.TypeJob, Namespace: "prod", Name: "make_mart"}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	w.Run(catalog.Run{Key: catalog.RunKey{Job: job, RunID: "r"}, State: catalog.RunSucceeded, StartedAt: at, StartKnown: true, EndedAt: &at, LastEventAt: at,
		Inputs: []catalog.Name{data("raw"), data("side")}, Outputs: []catalog.Name{data("mart")}})
	var crowd []catalog.Name
	for i := range 1001 {
		crowd = append(crowd, catalog.DatasetName("pg://crowd", fmt.Sprint("t", i)))
	}
	w.Run(catalog.Run{Key: catalog.RunKey{Job: catalog.JobName("prod", "make_crowd"), RunID: "c"}, State: catalog.RunSucceeded, StartedAt: at, StartKnown: true, EndedAt: &at, LastEventAt: at, Outputs: crowd})
	for made, of := range map[string]string{"mid": "raw", "left": "mid", "right": "mid", "ring-a": "ring-b", "ring-b": "ring-a", "below-ring": "ring-a"} {
		w.Run(catalog.Run{Key: catalog.RunKey{Job: catalog.JobName("prod", "make_"+made), RunID: made}, State: catalog.RunSucceeded, StartedAt: at, StartKnown: true, EndedAt: &at, LastEventAt: at,
			Inputs: []catalog.Name{data(of)}, Outputs: []catalog.Name{data(made)}})
	}
	w.Version(catalog.Version{Dataset: data("raw"), ProducedAt: at.Add(-time.Hour)})
	w.Merge(data("mart"), data("mart_by_another_name"))
	return &policies.Gatherer{History: w, Graph: w, Ledger: virtual.NewLedger(), Policies: p, Connectors: []connectors.Connector{virtual.NewTool("af", "elsewhere")}}
}

// codeTools are the tools of the connectors file.
var codeTools = []policies.Tool{{Name: "af", Kind: "airflow", Starts: true, Keyed: true}, {Name: "script", Kind: "script", Starts: true}, {Name: "bare", Kind: "airflow", Starts: true, Keyed: true, Anonymous: true}, {Name: "dbt", Kind: "dbt"}}

// found is everything that weir validate and a server would say of a file.
func found(t *testing.T, path string) (out []policies.FileError) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := policies.Load([]catalog.PolicyFile{{Path: "p.yaml", Text: string(b)}})
	for _, e := range slices.Concat(flatten(err), set.CheckTools(codeTools)) {
		var f *policies.FileError
		if errors.As(e, &f) {
			out = append(out, *f)
		}
	}
	if len(out) > 0 {
		return out // it is not put in force
	}
	live := &policies.Live{}
	live.Put(set)
	said, err := codeWorld(live).Check(context.Background(), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return append(out, said...)
}

var expectation = regexp.MustCompile(`^# ([EW]\d{3}) (\d+:\d+)\n`)

// Each file of testdata/codes says in its first line which code it has, and
// where; it has no other. Every code has a file.
func TestEveryCode(t *testing.T) {
	files, err := filepath.Glob("testdata/codes/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m := expectation.FindStringSubmatch(string(b))
			if m == nil {
				t.Fatal("the first line is not: # CODE LINE:COLUMN")
			}
			has[m[1]] = true
			list := found(t, path)
			if len(list) == 0 {
				t.Fatal("nothing is found")
			}
			if e := list[0]; e.Code != m[1] || fmt.Sprintf("%d:%d", e.Line, e.Column) != m[2] || e.Hint == "" || e.What == "" || e.File != "p.yaml" {
				t.Errorf("%v (hint %q), want %s at %s", &e, e.Hint, m[1], m[2])
			}
			for _, e := range list[1:] {
				if e.Code != m[1] {
					t.Errorf("it also has %v", &e)
				}
			}
		})
	}
	for _, c := range policies.Codes {
		if !has[c.Code] {
			t.Errorf("no file of testdata/codes has %s", c.Code)
		}
	}
}

// The codes of the sources, of the table in code and of the documentation are
// the same.
func TestCodesAreDocumented(t *testing.T) {
	var table strings.Builder
	var list []string
	for _, c := range policies.Codes {
		means := c.Means
		if c.Warning {
			means = "(warning) " + means
		}
		fmt.Fprintf(&table, "| %s | %s |\n", c.Code, means)
		list = append(list, c.Code)
	}
	if !slices.IsSorted(list) {
		t.Error("codes are not in order")
	}
	if used := codesIn(t); !slices.Equal(used, list) {
		t.Errorf("the sources have %v,\nthe table has  %v", used, list)
	}
	const doc, head = "../docs/policies.md", "| code | meaning |\n|---|---|\n"
	b, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), head)
	if !ok {
		t.Fatalf("%s has no table of codes", doc)
	}
	rows := regexp.MustCompile(`^(\|.*\n)*`).FindString(rest)
	if *updateDocs {
		if err := os.WriteFile(doc, []byte(before+head+table.String()+rest[len(rows):]), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if rows != table.String() {
		t.Errorf("the table of %s differs; run with -update", doc)
	}
}

// codesIn are the codes that the sources of the room give.
func codesIn(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"([EW]\d{3})"`)
	seen := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "codes.go" {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			seen[m[1]] = true
		}
	}
	var out []string
	for c := range seen {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}
