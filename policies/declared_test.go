package policies_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// What policies list and nobody has seen used is declared; what is observed is not
// said again.
func TestDeclared(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		yaml string
		want []string
	}{
		"a dataset":                       {on("p", "dataset:pg://wh/mart", "dataset:pg://wh/rates"), []string{"DERIVES rates -> mart by p"}},
		"a job":                           {on("p", "job:prod/dbt", "dataset:pg://wh/rates"), []string{"READS rates -> dbt by p"}},
		"observed, over the one job":      {on("p", "dataset:pg://wh/mart", "dataset:pg://wh/raw", "dataset:pg://wh/rates"), []string{"DERIVES rates -> mart by p"}},
		"observed, by the job itself":     {on("p", "job:prod/dbt", "dataset:pg://wh/raw"), nil},
		"observed, by a part of the job":  {on("p", "job:prod/dag", "dataset:pg://wh/raw"), nil},
		"observed, over two jobs":         {on("p", "dataset:pg://wh/board", "dataset:pg://wh/raw"), nil},
		"the other way round":             {on("p", "dataset:pg://wh/raw", "dataset:pg://wh/board"), []string{"DERIVES board -> raw by p"}},
		"by a pattern":                    {on("p", "dataset:pg://wh/*a*", "dataset:pg://wh/rates"), []string{"DERIVES rates -> board by p", "DERIVES rates -> mart by p", "DERIVES rates -> raw by p"}},
		"never seen":                      {on("p", "dataset:pg://wh/mart", "dataset:pg://wh/nobody"), nil},
		"on what was never seen":          {on("p", "dataset:pg://wh/nobody", "dataset:pg://wh/raw"), nil},
		"by another name":                 {on("p", "dataset:pg://wh/mart", "dataset:pg://wh/fx"), []string{"DERIVES rates -> mart by p"}},
		"itself":                          {on("p", "dataset:pg://wh/mart", "dataset:pg://wh/mart"), nil},
		"two policies, the first by name": {on("q", "dataset:pg://wh/mart", "dataset:pg://wh/rates") + "---\n" + on("p", "dataset:pg://wh/mart", "dataset:pg://wh/rates"), []string{"DERIVES rates -> mart by p"}},
		"the narrower policy":             {on("a", "dataset:pg://wh/m*", "dataset:pg://wh/rates") + "---\n" + on("p", "dataset:pg://wh/mart", "dataset:pg://wh/raw"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := declaredWorld(at)
			set, err := policies.ParseSet("p.yaml", []byte(c.yaml))
			if err != nil {
				t.Fatal(err)
			}
			live := &policies.Live{}
			live.Put(set)
			g := &policies.Gatherer{History: w, Graph: w, Ledger: virtual.NewLedger(), Policies: live}
			edges, err := g.Declared(t.Context(), at)
			if got := declaredWords(w, edges); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
			for _, e := range edges {
				if e.Origin != catalog.EdgeDeclared || !e.From.Equal(at) || !e.Current() {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// declaredWorld: dag contains dbt, which makes mart of raw; board is made of mart;
// rates, also called fx, is written by nobody who reads.
func declaredWorld(at time.Time) *virtual.World {
	w := virtual.NewWorld()
	run := func(name string, parent *catalog.RunRef, in, out string) catalog.RunKey {
		k := catalog.RunKey{Job: job(name), RunID: name}
		e := virtual.Event{Key: k, Type: catalog.EventComplete, At: at, Inputs: dss(in), Parent: parent}
		for _, n := range dss(out) {
			e.Written = append(e.Written, virtual.Written{Name: n})
		}
		w.Tell(e)
		return k
	}
	dag := run("dag", nil, "", "")
	run("ingest", nil, "", "raw rates")
	run("dbt", &catalog.RunRef{Job: dag.Job, RunID: dag.RunID}, "raw", "mart")
	run("bi", nil, "mart", "board")
	run("load", nil, "", "fx")
	w.Merge(ds("rates"), ds("fx"))
	return w
}

func on(name, asset string, inputs ...string) string {
	out := fmt.Sprintf("apiVersion: weir.dev/v1\nkind: Policy\nname: %s\nmode: observe\nowner: me\nselect: { asset: %q }\ninputs:\n", name, asset)
	for _, in := range inputs {
		out += fmt.Sprintf("  %q: {}\n", in)
	}
	return out
}

func declaredWords(w *virtual.World, edges []catalog.Edge) (out []string) {
	names := map[catalog.AssetID]string{}
	for _, n := range append(dss("raw rates mart board"), job("dbt"), job("dag")) {
		names[w.ID(n)] = n.Name
	}
	for _, e := range edges {
		out = append(out, fmt.Sprintf("%s %s -> %s by %s", e.Type, names[e.Source], names[e.Target], e.Policy))
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}
