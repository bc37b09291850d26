package graph_test

import (
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// shop is raw -> stage (copies amount, filters by status) -> mart (sums amount)
// and raw -> opaque -> report (no column lineage).
func shop(t *testing.T) (*graph.Topology, map[string]catalog.Asset) {
	t.Helper()
	a := map[string]catalog.Asset{}
	for _, n := range []string{"raw", "stage", "mart", "opaque", "beyond"} {
		a[n] = graphtest.Dataset(n)
	}
	for _, n := range []string{"to_stage", "to_mart", "to_opaque", "to_beyond"} {
		a[n] = graphtest.Job(n)
	}
	field := func(job, from, ff, to, tf, typ, sub string) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: a[from].ID, SourceField: ff, Target: a[to].ID, TargetField: tf, Job: a[job].ID, Origin: catalog.EdgeObserved,
			From: graphtest.T0, Transformation: catalog.Transformation{Type: typ, Subtype: sub}}
	}
	row := func(job, from, to string, fields ...catalog.Edge) graph.Row {
		return graph.Row{Asset: a[job], Edges: append([]catalog.Edge{graphtest.Reads(a[from], a[job]), graphtest.Writes(a[job], a[to])}, fields...)}
	}
	c := graph.Change{Position: 1, Rows: []graph.Row{
		{Asset: a["raw"]}, {Asset: a["stage"]}, {Asset: a["mart"]}, {Asset: a["opaque"]}, {Asset: a["beyond"]},
		row("to_stage", "raw", "stage", field("to_stage", "raw", "amount", "stage", "amount", "DIRECT", "IDENTITY"), field("to_stage", "raw", "status", "stage", "amount", "INDIRECT", "FILTER")),
		row("to_mart", "stage", "mart", field("to_mart", "stage", "amount", "mart", "revenue", "DIRECT", "AGGREGATION")),
		row("to_opaque", "raw", "opaque"),
		row("to_beyond", "opaque", "beyond", field("to_beyond", "opaque", "x", "beyond", "x", "DIRECT", "IDENTITY")),
	}}
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return topo, a
}

func TestFindImpact(t *testing.T) {
	topo, a := shop(t)
	for name, c := range map[string]struct {
		change graph.PlannedChange
		want   map[string]graph.Severity
	}{
		"drop a copied field": {graph.PlannedChange{Kind: graph.DropField, Field: "amount"},
			map[string]graph.Severity{"stage": graph.Breaking, "mart": graph.Breaking, "to_stage": graph.Breaking, "opaque": graph.Uncertain, "beyond": graph.Uncertain}},
		"drop a filter's field": {graph.PlannedChange{Kind: graph.DropField, Field: "status"},
			map[string]graph.Severity{"stage": graph.Degrading, "mart": graph.Breaking}},
		"retype": {graph.PlannedChange{Kind: graph.RetypeField, Field: "amount"},
			map[string]graph.Severity{"stage": graph.Breaking, "mart": graph.Degrading}},
		"a field nobody uses": {graph.PlannedChange{Kind: graph.DropField, Field: "comment"},
			map[string]graph.Severity{"stage": graph.Safe, "mart": graph.Safe, "opaque": graph.Uncertain, "beyond": graph.Uncertain}},
		"drop the dataset": {graph.PlannedChange{Kind: graph.DropDataset},
			map[string]graph.Severity{"to_stage": graph.Breaking, "stage": graph.Breaking, "mart": graph.Degrading, "opaque": graph.Breaking}},
		"add a field": {graph.PlannedChange{Kind: graph.AddField, Field: "new"}, map[string]graph.Severity{"stage": graph.Safe, "opaque": graph.Safe}},
	} {
		c.change.Asset = a["raw"].ID
		got, err := graph.FindImpact(t.Context(), topo, []graph.PlannedChange{c.change}, 50, 2000)
		if err != nil || !got.Complete {
			t.Fatalf("%s: %v", name, err)
		}
		by := map[catalog.AssetID]graph.Impacted{}
		for _, i := range got.Affected {
			by[i.Asset] = i
		}
		for asset, want := range c.want {
			if i := by[a[asset].ID]; i.Severity != want || i.Reason == "" {
				t.Errorf("%s: %s is %q (%s), want %s", name, asset, i.Severity, i.Reason, want)
			}
		}
	}
}
