//go:build e2e

package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDBTModes runs the same project in dbt-ol's two modes: what the second
// says is what is known since the first, under another job name.
func TestDBTModes(t *testing.T) {
	x := newWeir(t, "dbt-modes", "--graph", "embedded")
	x.write("policies/shop.yaml", nil) // it only listens
	x.start()
	if err := x.w.sql("insert into raw.orders (customer, amount) values ('c1', 5)"); err != nil {
		t.Fatal(err)
	}
	x.dbt("build")
	artifact := x.lineage()
	x.dbt("--consume-structured-logs", "build")
	x.oneNodeAModel()
	if logs := x.lineage(); !slices.Equal(artifact, logs) {
		t.Errorf("structured logs changed the lineage:\n%s", difference(strings.Join(artifact, "\n")+"\n", strings.Join(logs, "\n")+"\n"))
	}
}

// dbt runs dbt-ol on the shop, as a person at a terminal does.
func (x *weir) dbt(args ...string) {
	x.t.Helper()
	project := filepath.Join(x.w.dir, "shop")
	args = append(append([]string{"run", "dbt-ol"}, args...), "--project-dir", project, "--profiles-dir", project, "--no-use-colors")
	if _, err := x.w.script([]string{"OPENLINEAGE_URL=http://" + x.w.events.addr(), "OPENLINEAGE_NAMESPACE=dbt", "SHOP_PORT=" + x.w.pgPort}, "dbt.sh", args...); err != nil {
		x.t.Fatal(err)
	}
}

// A record is one line of the export, as far as the tests look at it.
type record struct {
	Record, Type, Namespace, Name string
	Source, Target                struct{ Namespace, Name string }
	ValidTo                       string
}

func (x *weir) records() (out []record) {
	x.t.Helper()
	for line := range strings.Lines(x.ask("export", "graph")) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			x.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// oneNodeAModel checks that each model of the shop is one job, whatever its
// runs were called.
func (x *weir) oneNodeAModel() {
	x.t.Helper()
	all := x.records()
	for _, model := range []string{"model.shop.stg_orders", "model.shop.orders"} {
		var jobs []string
		for _, r := range all {
			if r.Record == "asset" && r.Type == "JOB" && strings.HasSuffix(r.Name, model) {
				jobs = append(jobs, r.Name)
			}
		}
		if len(jobs) != 1 {
			x.t.Errorf("%s is %d jobs: %v", model, len(jobs), jobs)
		}
	}
}

// lineage lists what reads and writes what now.
func (x *weir) lineage() (out []string) {
	x.t.Helper()
	for _, r := range x.records() {
		if r.Record == "edge" && r.ValidTo == "" && (r.Type == "READS" || r.Type == "WRITES") {
			out = append(out, r.Type+" "+r.Source.Name+" -> "+r.Target.Name)
		}
	}
	return out
}
