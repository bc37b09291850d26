//go:build e2e && producers

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestProducers lets five real producers tell one story: Airflow loads raw
// orders and builds the mart with dbt, dbt builds it again with structured
// logs, Spark writes a report of it as Parquet, Great Expectations checks the
// report. weir must see one graph.
func TestProducers(t *testing.T) {
	x := newWeir(t, "producers", "--graph", "embedded")
	x.write("policies/shop.yaml", nil) // it only listens
	x.start()
	a, out := x.w.airflow, filepath.Join(x.w.dir, "report")

	a.awaitState(t, "ingest", a.trigger(t, "ingest", map[string]any{"amount": 5}), "success")
	a.awaitState(t, "dbt_build", a.trigger(t, "dbt_build", nil), "success")
	x.dbt("--consume-structured-logs", "build")
	x.tool("spark.sh", "spark", "python", "report.py", x.w.pgPort, out)
	x.tool("ge.sh", "ge", "python", "check.py", out)

	x.oneNodeAModel()
	x.connected("dataset:file/"+out, map[string][]string{
		"upstream": {x.w.dataset("raw.orders"), x.w.dataset("staging.stg_orders"), x.w.dataset("marts.orders"),
			"job:prod/ingest.load", "model.shop.stg_orders", "model.shop.orders", "job:spark/daily_report."},
		"downstream": {"job:ge/check_report"},
	})
	x.checked("file", out, 2)
	x.picture("report", "file", out)
	x.picture("mart", "postgres://127.0.0.1:"+x.w.pgPort, "shop.marts.orders")
}

// tool runs a program of the folder producers in a tool's environment.
func (x *weir) tool(script, namespace, interpreter, program string, args ...string) {
	x.t.Helper()
	args = append([]string{"run", interpreter, filepath.Join(x.w.root, "test/e2e/producers", program)}, args...)
	if _, err := x.w.script([]string{"OPENLINEAGE_URL=http://" + x.w.events.addr(), "OPENLINEAGE_NAMESPACE=" + namespace}, script, args...); err != nil {
		x.t.Fatal(err)
	}
}

// connected asks weir lineage for what is around an asset and wants a node
// that ends or begins with each of the texts.
func (x *weir) connected(root string, want map[string][]string) {
	x.t.Helper()
	x.t.Logf("$ weir lineage %s\n%s", root, x.ask("lineage", root, "-u", "20", "-d", "20"))
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(x.ask("lineage", root, "-u", "20", "-d", "20", "-o", "json")), &got); err != nil {
		x.t.Fatal(err)
	}
	for way, texts := range want {
		var side struct {
			Complete bool
			Nodes    []struct {
				Asset struct {
					Type string
					Name struct{ Namespace, Name string }
				}
			}
		}
		if err := json.Unmarshal(got[way], &side); err != nil || !side.Complete {
			x.t.Fatalf("%s of %s: complete %v, %v", way, root, side.Complete, err)
		}
		var names []string
		for _, n := range side.Nodes {
			names = append(names, strings.ToLower(n.Asset.Type)+":"+n.Asset.Name.Namespace+"/"+n.Asset.Name.Name)
		}
		for _, text := range texts {
			if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, text) || strings.HasSuffix(n, text) }) {
				x.t.Errorf("%s of %s lacks %s; it has %s", way, root, text, strings.Join(names, ", "))
			}
		}
	}
}

// checked wants so many passed checks of a dataset.
func (x *weir) checked(namespace, name string, want int) {
	x.t.Helper()
	var got struct {
		Dataset *struct {
			Checks struct {
				Nodes []struct{ Name, Outcome string }
			}
		}
	}
	err := x.graphql(`query($ns: String!, $n: String!) { dataset(namespace: $ns, name: $n) { checks(first: 50) { nodes { name outcome } } } }`,
		map[string]any{"ns": namespace, "n": name}, &got)
	if err != nil || got.Dataset == nil {
		x.t.Fatalf("checks of %s: %v", name, err)
	}
	for _, c := range got.Dataset.Checks.Nodes {
		if c.Outcome == "PASS" {
			want--
		}
	}
	if want != 0 {
		x.t.Errorf("checks of %s: %+v", name, got.Dataset.Checks.Nodes)
	}
}

// picture takes a screenshot of a dataset's page for a person to look at.
func (x *weir) picture(file, namespace, name string) {
	x.t.Helper()
	out := filepath.Join(x.w.root, "test/e2e/out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		x.t.Fatal(err)
	}
	var got struct{ Dataset struct{ ID string } }
	if err := x.graphql(`query($ns: String!, $n: String!) { dataset(namespace: $ns, name: $n) { id } }`, map[string]any{"ns": namespace, "n": name}, &got); err != nil {
		x.t.Fatal(err)
	}
	path := filepath.Join(out, "producers-"+file+".png")
	if _, err := x.w.command(nil, "node", filepath.Join(x.w.root, "test/e2e/producers/shot.mjs"), "http://"+x.w.listen, got.Dataset.ID, "5", path); err != nil {
		x.t.Fatal(err)
	}
	x.t.Logf("picture: %s", path)
}
