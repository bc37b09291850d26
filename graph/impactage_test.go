package graph_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// ageing is raw -> load -> stage, side, of which stage takes raw.amount, and raw ->
// keep -> kept, which does not. What follows takes ids: sum and join of stage, rest
// of kept; dark says nothing of columns, merge leads back, view has no job. The job of
// stage announces board, which somebody makes of it.
func ageing(t *testing.T) (*graph.Topology, map[string]catalog.Asset) {
	t.Helper()
	a, edges := map[string]catalog.Asset{}, map[string][]catalog.Edge{}
	for _, n := range strings.Fields("raw stage side kept mart safe both hidden view told board") {
		a[n] = graphtest.Dataset(n)
	}
	for _, n := range strings.Fields("load keep sum rest join dark merge tell") {
		a[n] = graphtest.Job(n)
		edges[n] = nil
	}
	column := func(job, from, to, name string) catalog.Edge {
		return catalog.Edge{Type: catalog.EdgeDerives, Source: a[from].ID, SourceField: name, Target: a[to].ID, TargetField: name, Job: a[job].ID, Origin: catalog.EdgeObserved,
			From: graphtest.T0, Transformation: catalog.Transformation{Type: "DIRECT", Subtype: "IDENTITY"}}
	}
	for _, said := range []string{"load raw stage amount id", "load raw side id", "keep raw kept id", "sum stage mart id", "rest kept safe id",
		"join raw both id", "join stage both id", "dark stage hidden", "merge stage raw id", "tell view told id"} {
		w := strings.Fields(said)
		edges[w[0]] = append(edges[w[0]], graphtest.Reads(a[w[1]], a[w[0]]), graphtest.Writes(a[w[0]], a[w[2]]))
		for _, name := range w[3:] {
			edges[w[0]] = append(edges[w[0]], column(w[0], w[1], w[2], name))
		}
	}
	edges["load"] = append(edges["load"], catalog.Edge{Type: catalog.EdgeDerives, Source: a["stage"].ID, Target: a["board"].ID, Job: a["load"].ID, Origin: catalog.EdgeObserved, From: graphtest.T0})
	edges["view"] = []catalog.Edge{{Type: catalog.EdgeDerives, Source: a["stage"].ID, Target: a["view"].ID, Origin: catalog.EdgeDeclared, From: graphtest.T0}, column("", "stage", "view", "amount")}
	var rows []graph.Row
	for n, asset := range a {
		rows = append(rows, graph.Row{Asset: asset, Edges: edges[n]})
	}
	topo := graph.NewTopology()
	if err := topo.Apply(t.Context(), graph.Change{Position: 1, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	return topo, a
}

// TestWhatBreaksFeeds: what a job that breaks writes breaks with it, whichever
// columns it takes, and what is made of that grows old; what is fed by jobs that go on stays SAFE, and so does what
// only the dataset that changes feeds, whoever makes it.
func TestWhatBreaksFeeds(t *testing.T) {
	topo, a := ageing(t)
	for kind, want := range map[graph.ChangeKind]map[string]string{
		graph.DropField:   {"BREAKING": "load stage view side", "DEGRADING": "sum mart join both dark hidden merge tell told board", "SAFE": "keep kept rest safe"},
		graph.RenameField: {"BREAKING": "load stage view side", "DEGRADING": "sum mart join both dark hidden merge tell told board", "SAFE": "keep kept rest safe"},
		graph.RetypeField: {"BREAKING": "load stage view", "UNKNOWN": "dark hidden board", "SAFE": "side sum mart join both merge keep kept rest safe"},
	} {
		by := changed(t, topo, a, kind)
		for severity, names := range want {
			for _, n := range strings.Fields(names) {
				if i := by[a[n].ID]; string(i.Severity) != severity || i.Reason == "" {
					t.Errorf("%s: %s is %s (%s), want %s", kind, n, i.Severity, i.Reason, severity)
				}
			}
		}
	}
}

// TestOutputsOfBrokenAreAlike: an output of a job that breaks is as badly off when
// one column is dropped as when the dataset is, and so is what is made of it.
func TestOutputsOfBrokenAreAlike(t *testing.T) {
	topo, a := ageing(t)
	column, whole := changed(t, topo, a, graph.DropField), changed(t, topo, a, graph.DropDataset)
	for _, n := range strings.Fields("load stage side sum mart") {
		if c, w := column[a[n].ID], whole[a[n].ID]; c.Severity != w.Severity {
			t.Errorf("%s is %s (%s) without the column, %s (%s) without the dataset", n, c.Severity, c.Reason, w.Severity, w.Reason)
		}
	}
}

// TestWhatGrowsOldMayBreakToo: where no column lineage says whether it breaks as well,
// the reason says so.
func TestWhatGrowsOldMayBreakToo(t *testing.T) {
	topo, a := ageing(t)
	by := changed(t, topo, a, graph.DropField)
	for name, open := range map[string]bool{"dark": true, "hidden": true, "side": false, "mart": false} {
		if reason := by[a[name].ID].Reason; strings.Contains(reason, "; no column lineage is known") != open {
			t.Errorf("%s: %s", name, reason)
		}
	}
}

// TestWayToWhatGrowsOld: the way leads over what breaks, not over the shortest.
func TestWayToWhatGrowsOld(t *testing.T) {
	topo, a := ageing(t)
	by := changed(t, topo, a, graph.DropField)
	for to, want := range map[string]string{"side": "raw load side", "both": "raw load stage join both", "told": "raw load stage view tell told"} {
		var got []string
		for _, n := range by[a[to].ID].Path {
			for name, asset := range a {
				if asset.ID == n.Asset {
					got = append(got, name)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("the way to %s is %v, want %s", to, got, want)
		}
	}
}

// changed is what a change of raw.amount does.
func changed(t *testing.T, topo *graph.Topology, a map[string]catalog.Asset, kind graph.ChangeKind) map[catalog.AssetID]graph.Impacted {
	t.Helper()
	c := graph.PlannedChange{Asset: a["raw"].ID, Kind: kind, Field: "amount"}
	if kind == graph.DropDataset {
		c.Field = ""
	}
	q := graph.ImpactQuery{Changes: []graph.PlannedChange{c}, Depth: 50, MaxNodes: 100}
	got, err := graph.FindImpact(t.Context(), topo, q)
	if err != nil || !got.Complete {
		t.Fatalf("complete %v, %v", got.Complete, err)
	}
	by := map[catalog.AssetID]graph.Impacted{}
	for _, i := range got.Affected {
		by[i.Asset] = i
	}
	return by
}
