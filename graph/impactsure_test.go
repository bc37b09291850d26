package graph_test

import (
	"context"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// sureShop is raw -> seen (observed) and told (its job only declares it), both
// made of amount; told -> last, which a run makes; raw -> dark without column
// lineage; raw.amount -> loud under the name AMOUNT -> louder from amount; passed
// is made of amount, dbt does not say how; aged is what seen feeds.
func sureShop(t *testing.T) (*graph.Topology, map[string]catalog.Asset) {
	t.Helper()
	a := map[string]catalog.Asset{}
	for _, n := range []string{"raw", "seen", "told", "last", "dark", "loud", "louder", "passed", "aged"} {
		a[n], a["to_"+n] = graphtest.Dataset(n), graphtest.Job("to_"+n)
	}
	identity := catalog.Transformation{Type: "DIRECT", Subtype: "IDENTITY"}
	row := func(from, ff, to, tf string, how catalog.Transformation, origin catalog.EdgeOrigin) graph.Row {
		job := a["to_"+to]
		edges := []catalog.Edge{graphtest.Reads(a[from], job), graphtest.Writes(job, a[to])}
		if ff != "" {
			edges = append(edges, catalog.Edge{Type: catalog.EdgeDerives, Source: a[from].ID, SourceField: ff, Target: a[to].ID, TargetField: tf, Job: job.ID, From: graphtest.T0, Transformation: how})
		}
		for i := range edges {
			edges[i].Origin = origin
		}
		return graph.Row{Asset: job, Edges: edges}
	}
	c := graph.Change{Position: 1, Rows: []graph.Row{
		row("raw", "amount", "seen", "amount", identity, catalog.EdgeObserved),
		row("raw", "amount", "told", "amount", identity, catalog.EdgeDeclared),
		row("told", "amount", "last", "amount", identity, catalog.EdgeObserved),
		row("raw", "", "dark", "", identity, catalog.EdgeObserved),
		row("raw", "amount", "loud", "AMOUNT", identity, catalog.EdgeObserved),
		row("loud", "amount", "louder", "amount", identity, catalog.EdgeObserved),
		row("raw", "amount", "passed", "amount", catalog.Transformation{}, catalog.EdgeObserved),
		row("seen", "other", "aged", "other", identity, catalog.EdgeOperator),
	}}
	for _, n := range []string{"raw", "seen", "told", "last", "dark", "loud", "louder", "passed", "aged"} {
		c.Rows = append(c.Rows, graph.Row{Asset: a[n]})
	}
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return topo, a
}

// TestConfidence: the weakest step of the path says how sure a severity is.
func TestConfidence(t *testing.T) {
	topo, a := sureShop(t)
	const seen, told, weir, none = graph.ByRuns, graph.ByWord, graph.ByWeir, graph.ByNothing
	for name, c := range map[string]struct {
		change graph.PlannedChange
		want   map[string]graph.Confidence
	}{
		"drop a column": {graph.PlannedChange{Kind: graph.DropField, Field: "amount"}, map[string]graph.Confidence{
			"seen": seen, "to_seen": seen, "told": told, "last": told, "dark": none, "loud": seen, "louder": weir, "passed": seen, "aged": told}},
		"drop a column by a name that differs in case": {graph.PlannedChange{Kind: graph.DropField, Field: "Amount"}, map[string]graph.Confidence{"seen": weir, "told": weir, "dark": none}},
		"retype a column":          {graph.PlannedChange{Kind: graph.RetypeField, Field: "amount"}, map[string]graph.Confidence{"seen": seen, "passed": weir, "told": told}},
		"drop what nobody uses":    {graph.PlannedChange{Kind: graph.DropField, Field: "comment"}, map[string]graph.Confidence{"seen": weir, "told": weir, "dark": none}},
		"drop what is not known":   {graph.PlannedChange{Kind: graph.DropField, Field: "oops", Columns: []string{"amount"}}, map[string]graph.Confidence{"seen": none}},
		"drop the dataset":         {graph.PlannedChange{Kind: graph.DropDataset}, map[string]graph.Confidence{"seen": seen, "dark": seen, "told": told, "to_told": told, "last": told, "aged": told}},
		"a delay without deadline": {graph.PlannedChange{Kind: graph.DelayData}, map[string]graph.Confidence{"seen": none, "told": none}},
	} {
		c.change.Asset = a["raw"].ID
		im, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{c.change}, Depth: 50, MaxNodes: 2000})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkSure(t, name, im, a, c.want)
	}
}

func checkSure(t *testing.T, name string, im graph.Impact, a map[string]catalog.Asset, want map[string]graph.Confidence) {
	t.Helper()
	by := map[catalog.AssetID]graph.Impacted{}
	for _, i := range im.Affected {
		by[i.Asset] = i
	}
	for asset, want := range want {
		if i := by[a[asset].ID]; i.Confidence != want {
			t.Errorf("%s: %s is %s (%s) with confidence %q, want %s", name, asset, i.Severity, i.Reason, i.Confidence, want)
		}
	}
}

// TestUnlit: of what is UNKNOWN for want of column lineage it is said who states
// none, also further on.
func TestUnlit(t *testing.T) {
	topo, a := shop(t)
	for _, kind := range []graph.ChangeKind{graph.DropField, graph.DropDataset} {
		c := graph.PlannedChange{Asset: a["raw"].ID, Kind: kind}
		if kind == graph.DropField {
			c.Field = "amount"
		}
		im, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{c}, Depth: 50, MaxNodes: 2000})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range im.Affected {
			want := catalog.AssetID{}
			if i.Severity == graph.Uncertain {
				want = a["to_opaque"].ID
			}
			if i.Unlit != want {
				t.Errorf("%s: %s of %s is left in the dark by %s, want %s", kind, i.Severity, i.Asset, i.Unlit, want)
			}
		}
	}
}

// TestConfidenceOfDeadlines: when data will be there is reckoned by weir.
func TestConfidenceOfDeadlines(t *testing.T) {
	topo, a := sureShop(t)
	verdicts := map[catalog.AssetID]graph.Verdict{a["seen"].ID: {Use: graph.UseMissed}, a["told"].ID: {Use: graph.UseMet}, a["dark"].ID: {Use: graph.UseUnclear}}
	im, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{{Asset: a["raw"].ID, Kind: graph.DelayData}}, Depth: 50, MaxNodes: 2000,
		Deadlines: func(context.Context, int, []catalog.AssetID, []catalog.AssetID) (map[catalog.AssetID]graph.Verdict, error) {
			return verdicts, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	checkSure(t, "a delay", im, a, map[string]graph.Confidence{"seen": graph.ByWeir, "to_seen": graph.ByWeir, "told": graph.ByWeir, "dark": graph.ByNothing, "last": graph.ByNothing})
}

// TestConfidenceOfStop: a part is as sure as that it is one, and what it tells of
// as that it does.
func TestConfidenceOfStop(t *testing.T) {
	a := map[string]catalog.Asset{"job": graphtest.Job("job"), "part": graphtest.Job("part"), "other": graphtest.Job("other"), "out": graphtest.Dataset("out"), "far": graphtest.Dataset("far")}
	part := graphtest.Writes(a["job"], a["part"])
	part.Type, part.Origin = catalog.EdgeContains, catalog.EdgeDeclared
	tells := graphtest.Writes(a["other"], a["far"])
	tells.Job, tells.Origin = a["job"].ID, catalog.EdgeOperator
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: a["job"], Edges: []catalog.Edge{tells}}, {Asset: a["part"], Edges: []catalog.Edge{part, graphtest.Writes(a["part"], a["out"])}},
		{Asset: a["other"]}, {Asset: a["out"]}, {Asset: a["far"]}}}); err != nil {
		t.Fatal(err)
	}
	im, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{{Asset: a["job"].ID, Kind: graph.StopJob}}, Depth: 50, MaxNodes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	checkSure(t, "a stop", im, a, map[string]graph.Confidence{"part": graph.ByWord, "out": graph.ByWord, "far": graph.ByWord})
}
