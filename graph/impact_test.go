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
			map[string]graph.Severity{"stage": graph.Degrading, "mart": graph.Degrading}},
		"retype": {graph.PlannedChange{Kind: graph.RetypeField, Field: "amount"},
			map[string]graph.Severity{"stage": graph.Breaking, "mart": graph.Degrading}},
		"a field nobody uses": {graph.PlannedChange{Kind: graph.DropField, Field: "comment"},
			map[string]graph.Severity{"stage": graph.Safe, "mart": graph.Safe, "opaque": graph.Uncertain, "beyond": graph.Uncertain}},
		"drop the dataset": {graph.PlannedChange{Kind: graph.DropDataset},
			map[string]graph.Severity{"to_stage": graph.Breaking, "stage": graph.Breaking, "mart": graph.Degrading, "opaque": graph.Breaking}},
		"add a field": {graph.PlannedChange{Kind: graph.AddField, Field: "new"}, map[string]graph.Severity{"stage": graph.Safe, "mart": graph.Safe, "opaque": graph.Uncertain}},
	} {
		c.change.Asset = a["raw"].ID
		got, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{c.change}, Depth: 50, MaxNodes: 2000})
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

// derives, stated and handed are flows that nobody known states, that a job does,
// and between jobs.
func derives(from, to catalog.Asset) catalog.Edge {
	e := graphtest.Reads(from, to)
	e.Type = catalog.EdgeDerives
	return e
}

func stated(job catalog.Asset, e catalog.Edge) catalog.Edge {
	e.Job = job.ID
	return e
}

func handed(from, to catalog.Asset) catalog.Edge {
	e := derives(from, to)
	e.Jobs = true
	return e
}

// TestUnknownIsNeverSafe: column lineage of one way says nothing of another.
func TestUnknownIsNeverSafe(t *testing.T) {
	raw, other, stage, side, mart := graphtest.Dataset("raw"), graphtest.Dataset("other"), graphtest.Dataset("stage"), graphtest.Dataset("side"), graphtest.Dataset("mart")
	dark, lit, late, report := graphtest.Job("dark"), graphtest.Job("lit"), graphtest.Job("late"), graphtest.Job("report")
	field := func(job, from, to catalog.Asset) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: "x", Target: to.ID, TargetField: "x", Job: job.ID, Origin: catalog.EdgeObserved,
			From: graphtest.T0, Transformation: catalog.Transformation{Type: "DIRECT", Subtype: "IDENTITY"}}
	}
	base := []graph.Row{{Asset: raw}, {Asset: other}, {Asset: stage}, {Asset: side}, {Asset: mart}}
	for name, c := range map[string]struct {
		rows []graph.Row
		want map[catalog.AssetID]graph.Severity
	}{
		"a second writer has column lineage": {[]graph.Row{
			{Asset: dark, Edges: []catalog.Edge{graphtest.Reads(raw, dark), graphtest.Writes(dark, stage)}},
			{Asset: lit, Edges: []catalog.Edge{graphtest.Reads(other, lit), graphtest.Writes(lit, stage), field(lit, other, stage)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Uncertain, dark.ID: graph.Uncertain}},
		"one of two outputs has column lineage": {[]graph.Row{
			{Asset: lit, Edges: []catalog.Edge{graphtest.Reads(raw, lit), graphtest.Writes(lit, stage), graphtest.Writes(lit, side), field(lit, raw, stage)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Safe, side.ID: graph.Uncertain, lit.ID: graph.Uncertain}},
		"a report writes nothing": {[]graph.Row{{Asset: report, Edges: []catalog.Edge{graphtest.Reads(raw, report)}}},
			map[catalog.AssetID]graph.Severity{report.ID: graph.Uncertain}},
		"beyond what is explained all is safe": {[]graph.Row{
			{Asset: lit, Edges: []catalog.Edge{graphtest.Reads(raw, lit), graphtest.Writes(lit, stage), field(lit, raw, stage)}},
			{Asset: late, Edges: []catalog.Edge{graphtest.Reads(stage, late), graphtest.Writes(late, mart)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Safe, late.ID: graph.Safe, mart.ID: graph.Safe}},
		"what nobody known states speaks of two datasets": {[]graph.Row{
			{Asset: stage, Edges: []catalog.Edge{derives(raw, stage), derives(other, stage), field(catalog.Asset{}, other, stage)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Uncertain}},
		"what nobody known states of the two of them": {[]graph.Row{
			{Asset: stage, Edges: []catalog.Edge{derives(raw, stage), derives(other, stage), field(catalog.Asset{}, raw, stage)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Safe}},
		"a job states what flows, a dataset its columns": {[]graph.Row{
			{Asset: stage, Edges: []catalog.Edge{field(catalog.Asset{}, raw, stage)}}, {Asset: lit, Edges: []catalog.Edge{stated(lit, derives(raw, stage))}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Uncertain}},
		"a job hands on what it takes": {[]graph.Row{
			{Asset: lit, Edges: []catalog.Edge{graphtest.Reads(raw, lit), graphtest.Writes(lit, side), field(lit, raw, side)}},
			{Asset: late, Edges: []catalog.Edge{handed(lit, late), graphtest.Writes(late, mart)}},
		}, map[catalog.AssetID]graph.Severity{side.ID: graph.Safe, lit.ID: graph.Uncertain, late.ID: graph.Uncertain, mart.ID: graph.Uncertain}},
		"a cycle leads back into what was explained": {[]graph.Row{
			{Asset: lit, Edges: []catalog.Edge{graphtest.Reads(raw, lit), graphtest.Reads(mart, lit), graphtest.Writes(lit, stage), field(lit, mart, stage)}},
			{Asset: dark, Edges: []catalog.Edge{graphtest.Reads(raw, dark), graphtest.Writes(dark, side)}},
			{Asset: late, Edges: []catalog.Edge{graphtest.Reads(side, late), graphtest.Writes(late, mart)}},
		}, map[catalog.AssetID]graph.Severity{stage.ID: graph.Uncertain, mart.ID: graph.Uncertain}},
	} {
		topo := graph.NewTopology()
		if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: append(append([]graph.Row{}, base...), c.rows...)}); err != nil {
			t.Fatal(err)
		}
		drop := graph.PlannedChange{Asset: raw.ID, Kind: graph.DropField, Field: "unused"}
		whole, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{drop}, Depth: 50, MaxNodes: 2000})
		if err != nil {
			t.Fatal(err)
		}
		cut, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{drop}, Depth: 50, MaxNodes: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range whole.Affected {
			if want, ok := c.want[i.Asset]; ok && i.Severity != want {
				t.Errorf("%s: %s is %s (%s), want %s", name, i.Asset, i.Severity, i.Reason, want)
			}
			if len(i.Path) != i.Distance+1 || i.Path[0].Asset != raw.ID || i.Path[i.Distance].Asset != i.Asset {
				t.Errorf("%s: path %v of distance %d", name, i.Path, i.Distance)
			}
		}
		for _, i := range cut.Affected {
			if i.Severity == graph.Safe && !cut.Complete {
				t.Errorf("%s: %s is SAFE in an answer that was cut", name, i.Asset)
			}
		}
	}
}

// TestStopJobSaysWhatItDidNotFollow: parts of the job that lie beyond the depth
// may feed anything, so the answer is not complete.
func TestStopJobSaysWhatItDidNotFollow(t *testing.T) {
	flow, group, task, out := graphtest.Job("flow"), graphtest.Job("group"), graphtest.Job("task"), graphtest.Dataset("out")
	contains := func(outer, inner catalog.Asset) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeContains, Source: outer.ID, Target: inner.ID, Origin: catalog.EdgeObserved, From: graphtest.T0}
	}
	topo := graph.NewTopology()
	c := graph.Change{Position: 1, Rows: []graph.Row{{Asset: out}, {Asset: flow}, {Asset: group, Edges: []catalog.Edge{contains(flow, group)}},
		{Asset: task, Edges: []catalog.Edge{contains(group, task), graphtest.Writes(task, out)}}}}
	if err := topo.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for depth, complete := range map[int]bool{1: false, 3: true} {
		q := graph.ImpactQuery{Changes: []graph.PlannedChange{{Asset: flow.ID, Kind: graph.StopJob}}, Depth: depth, MaxNodes: 100}
		got, err := graph.FindImpact(t.Context(), topo, q)
		if err != nil || got.Complete != complete {
			t.Errorf("depth %d: complete %v (%s), want %v, %v", depth, got.Complete, got.Cut, complete, err)
		}
	}
}

// TestColumnsAsTheyAreSpelt: producers write one column in different ways, and a
// column that nobody knows is no reason to call its readers SAFE.
func TestColumnsAsTheyAreSpelt(t *testing.T) {
	topo, a := shop(t)
	for name, c := range map[string]struct {
		kind    graph.ChangeKind
		field   string
		columns []string
		want    graph.Severity
	}{
		"another case":                       {graph.DropField, "AMOUNT", nil, graph.Breaking},
		"as the schema spells it":            {graph.DropField, "AMOUNT", []string{"AMOUNT", "status"}, graph.Breaking},
		"only column lineage knows it":       {graph.DropField, "amount", []string{"id"}, graph.Breaking},
		"two columns that differ in case":    {graph.DropField, "AMOUNT", []string{"AMOUNT", "amount"}, graph.Safe},
		"nobody uses it":                     {graph.DropField, "comment", []string{"comment"}, graph.Safe},
		"nobody uses it, in another case":    {graph.DropField, "Comment", []string{"comment"}, graph.Safe},
		"the columns are not known":          {graph.DropField, "amuont", nil, graph.Safe},
		"no such column":                     {graph.DropField, "amuont", []string{"amount", "status"}, graph.Uncertain},
		"no such column to rename":           {graph.RenameField, "amuont", []string{"amount", "status"}, graph.Uncertain},
		"no such column to retype":           {graph.RetypeField, "amuont", []string{"amount", "status"}, graph.Uncertain},
		"a new column is never there before": {graph.AddField, "note", []string{"amount", "status"}, graph.Safe},
	} {
		change := graph.PlannedChange{Asset: a["raw"].ID, Kind: c.kind, Field: c.field, Columns: c.columns}
		got, err := graph.FindImpact(t.Context(), topo, graph.ImpactQuery{Changes: []graph.PlannedChange{change}, Depth: 50, MaxNodes: 2000})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, i := range got.Affected {
			if i.Asset == a["stage"].ID && i.Severity != c.want {
				t.Errorf("%s: the stage is %s (%s), want %s", name, i.Severity, i.Reason, c.want)
			}
		}
	}
}
