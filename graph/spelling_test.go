package graph_test

import (
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// relay is raw.amount -> stage.amount, and from there to mart.revenue by a job that
// calls it as said; columns are those that stage is written with.
func relay(t *testing.T, called string, columns ...string) (topo *graph.Topology, raw, stage, mart catalog.Asset) {
	t.Helper()
	raw, stage, mart = graphtest.Dataset("raw"), graphtest.Dataset("stage"), graphtest.Dataset("mart")
	load, sum := graphtest.Job("load"), graphtest.Job("sum")
	edge := func(job, from catalog.Asset, column string, to catalog.Asset, into string) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: column, Target: to.ID, TargetField: into, Job: job.ID, Origin: catalog.EdgeObserved, From: graphtest.T0,
			Transformation: catalog.Transformation{Type: "DIRECT", Subtype: "IDENTITY"}}
	}
	first := []catalog.Edge{graphtest.Reads(raw, load), graphtest.Writes(load, stage)}
	for _, c := range columns {
		raw.Fields = append(raw.Fields, catalog.Field{Name: c})
		first = append(first, edge(load, raw, c, stage, c))
	}
	topo = graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: raw}, {Asset: stage}, {Asset: mart}, {Asset: load, Edges: first},
		{Asset: sum, Edges: []catalog.Edge{graphtest.Reads(stage, sum), graphtest.Writes(sum, mart), edge(sum, stage, called, mart, "revenue")}}}}); err != nil {
		t.Fatal(err)
	}
	return topo, raw, stage, mart
}

// TestColumnsFurtherDown: a column on the way that the next job spells in another
// case is the same one, unless the dataset has two such. What takes another column
// of a table whose job breaks is only no longer made anew.
func TestColumnsFurtherDown(t *testing.T) {
	for name, c := range map[string]struct {
		called  string
		columns []string
		on      bool
	}{
		"as it is":                   {"amount", []string{"amount"}, true},
		"in another case":            {"Amount", []string{"amount", "status"}, true},
		"another column":             {"amounts", []string{"amount"}, false},
		"two that differ in case":    {"Amount", []string{"amount", "Amount"}, false},
		"three, none as it is named": {"AMOUNT", []string{"amount", "Amount"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			topo, raw, stage, mart := relay(t, c.called, c.columns...)
			impactOn(t, topo, raw, mart, c.on)
			waysOn(t, topo, raw, mart, c.on)
			if c.on {
				lineageOn(t, topo, raw, stage, mart)
			}
		})
	}
}

func impactOn(t *testing.T, topo *graph.Topology, raw, mart catalog.Asset, on bool) {
	t.Helper()
	got, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{{Asset: raw.ID, Kind: graph.DropField, Field: "amount"}}, Depth: 50, MaxNodes: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range got.Affected {
		if want := map[bool]graph.Severity{true: graph.Breaking, false: graph.Degrading}[on]; i.Asset == mart.ID && i.Severity != want {
			t.Errorf("the mart is %s (%s), want %s", i.Severity, i.Reason, want)
		}
	}
}

// waysOn looks upstream from the mart for a tagged column.
func waysOn(t *testing.T, topo *graph.Topology, raw, mart catalog.Asset, on bool) {
	t.Helper()
	raw.Tags = []catalog.Tag{{Key: "pii", Field: "amount"}}
	got, err := graph.FindTagged(t.Context(), topo, shelf{raw.ID: raw}, graph.TagQuery{To: mart.ID, Tag: "pii"})
	if err != nil || (len(got.Ways) > 0) != on {
		t.Errorf("%d ways from what is tagged, %v; want some: %v", len(got.Ways), err, on)
	}
}

// lineageOn: both directions lead through, and every edge ends at nodes of the
// answer.
func lineageOn(t *testing.T, topo *graph.Topology, raw, stage, mart catalog.Asset) {
	t.Helper()
	for root, far := range map[catalog.AssetID]catalog.AssetID{raw.ID: mart.ID, mart.ID: raw.ID} {
		l, err := graph.Walk(t.Context(), topo, graph.Traversal{Roots: []catalog.AssetID{root}, Direction: graph.Both, Granularity: graph.ByField, Depth: 5, MaxNodes: 100})
		if err != nil {
			t.Fatal(err)
		}
		at := map[graph.Node]bool{}
		for _, n := range l.Nodes {
			at[graph.Node{Asset: n.Asset, Field: n.Field}] = true
		}
		if far := (graph.Node{Asset: far, Field: map[bool]string{true: "revenue", false: "amount"}[far == mart.ID]}); !at[far] {
			t.Errorf("lineage of columns does not get to %v: %+v", far, l.Nodes)
		}
		for _, e := range l.Edges {
			if e.Source == stage.ID && !at[graph.Node{Asset: stage.ID, Field: e.SourceField}] || e.Target == stage.ID && !at[graph.Node{Asset: stage.ID, Field: e.TargetField}] {
				t.Errorf("an edge ends at no node: %+v of %+v", e, l.Nodes)
			}
		}
	}
	ways, err := graph.Paths(t.Context(), topo, graph.PathQuery{From: raw.ID, To: mart.ID, Granularity: graph.ByField})
	if err != nil || len(ways) == 0 {
		t.Errorf("%d paths over columns, %v", len(ways), err)
	}
}
