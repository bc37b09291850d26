package graphtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// laidStore is a store with an overlay.
type laidStore struct {
	graph.Store
	over graph.Behind
}

func (s laidStore) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	return s.over.Neighbours(ctx, q)
}

// overlayFrom is later than any time that the suite asks for.
var overlayFrom = T0.Add(1000 * time.Hour)

// Declares makes an edge of an overlay: a policy on an asset that lists a dataset.
func Declares(in, on catalog.Asset, policy string) catalog.Edge {
	e := catalog.Edge{Type: catalog.EdgeDerives, Source: in.ID, Target: on.ID, Origin: catalog.EdgeDeclared, Ordinal: graph.OverlayOrdinal, From: overlayFrom, Policy: policy}
	if on.Type == catalog.TypeJob {
		e.Type = catalog.EdgeReads
	}
	return e
}

// genOverlay makes a few edges, none to weir's own jobs.
func genOverlay(rt *rapid.T, m model) []catalog.Edge {
	var out []catalog.Edge
	for range rapid.IntRange(1, 4).Draw(rt, "declared") {
		on := genDataset(rt)
		if rapid.Bool().Draw(rt, "on a job") {
			on = genJob(rt)
		}
		if !m[on.ID].Asset.Internal {
			out = append(out, Declares(genDataset(rt), on, rapid.SampledFrom([]string{"p", "q"}).Draw(rt, "policy")))
		}
	}
	return out
}

// overlaid is the overlay of edges, and the model with what it adds.
func (m model) overlaid(edges []catalog.Edge) (*graph.Overlay, model) {
	o, both := graph.NewOverlay(edges), model{}
	for id, r := range m {
		both[id] = r
	}
	both[catalog.AssetID{1}] = graph.Row{Edges: o.Edges()}
	return o, both
}

// laidWorld is a job that makes b of a, and one that makes c of what only policies
// declare.
type laidWorld struct {
	a, b, c, j, k catalog.Asset
}

func (w laidWorld) change() graph.Change {
	return graph.Change{Position: 1, Rows: append(rows(w.a, w.b, w.c), step(w.j, []catalog.Asset{w.a}, []catalog.Asset{w.b}), step(w.k, nil, []catalog.Asset{w.c}))}
}

func (w laidWorld) names(l graph.Lineage) []string { return names(l, w.a, w.b, w.c, w.j, w.k) }

// overlay: what policies declare is beside what is stored for who asks for it, in
// memory and hop by hop, now and at no other time, and no store knows of it.
func overlay(t *testing.T, s graph.Store) {
	w := laidWorld{Dataset("a"), Dataset("b"), Dataset("c"), Job("j"), Job("k")}
	apply(t, s, w.change())
	before, err := Dump(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	topo, small := graph.NewTopology(), graph.NewTopology()
	small.Limit = 1
	for name, x := range map[string]*graph.Topology{"in memory": topo, "hop by hop": small} {
		if err := x.Apply(t.Context(), w.change()); err != nil {
			t.Fatal(err)
		}
		o := graph.Overlaid{Current: graph.Current{Topology: x, Store: s}}
		x.Lay(graph.NewOverlay([]catalog.Edge{Declares(w.b, w.c, "mart"), Declares(w.b, w.k, "job-k")}))
		t.Run(name+" walks", func(t *testing.T) { w.walks(t, o) })
		t.Run(name+" evidence", func(t *testing.T) { w.evidence(t, o) })
		t.Run(name+" impact", func(t *testing.T) { w.impact(t, o) })
	}
	if l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{w.b.ID}, AsOf: overlayFrom.Add(time.Hour), Direction: graph.Downstream}); len(l.Nodes) != 1 {
		t.Errorf("as of a time: %+v", l.Nodes)
	}
	if after, err := Dump(t.Context(), s); err != nil || after != before {
		t.Errorf("the store holds\n%s\n%v", after, err)
	}
	w.outlives(t, topo)
}

func laidWalk(t *testing.T, src graph.Neighbourer, g graph.Granularity, d graph.Direction, root catalog.Asset) graph.Lineage {
	t.Helper()
	l, err := graph.Walk(t.Context(), src, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: d, Granularity: g})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (w laidWorld) walks(t *testing.T, o graph.Overlaid) {
	for _, x := range []struct {
		g     graph.Granularity
		d     graph.Direction
		root  catalog.Asset
		nodes []string
	}{
		{graph.ByAsset, graph.Downstream, w.a, []string{"a0", "b2", "c3", "j1", "k3"}},
		{graph.ByAsset, graph.Upstream, w.c, []string{"a3", "b1", "c0", "j2", "k1"}},
		{graph.ByDataset, graph.Downstream, w.a, []string{"a0", "b1", "c2"}},
		{graph.ByJob, graph.Downstream, w.j, []string{"j0", "k1"}},
	} {
		if got := w.names(laidWalk(t, o, x.g, x.d, x.root)); !slices.Equal(got, x.nodes) {
			t.Errorf("%s of %s by %s: %v, want %v", x.d, x.root.Name.Name, x.g, got, x.nodes)
		}
	}
	if l := laidWalk(t, o, graph.ByField, graph.Upstream, w.c); l.Cut != graph.CutNoColumns {
		t.Errorf("columns beside what a policy declares: cut %q", l.Cut)
	}
	if l := laidWalk(t, o.Current, graph.ByAsset, graph.Downstream, w.b); len(l.Nodes) != 1 {
		t.Errorf("who does not ask for the overlay gets %v", w.names(l))
	}
}

func (w laidWorld) evidence(t *testing.T, o graph.Overlaid) {
	for _, e := range laidWalk(t, o, graph.ByAsset, graph.Downstream, w.b).Edges {
		want := map[catalog.EdgeType]string{catalog.EdgeDerives: "mart", catalog.EdgeReads: "job-k"}[e.Type]
		if e.Policy != want || (e.Origin == catalog.EdgeDeclared) != (want != "") {
			t.Errorf("%s is %s by %q, want %q", e.Type, e.Origin, e.Policy, want)
		}
	}
	for d, root := range map[graph.Direction]catalog.Asset{graph.Upstream: w.c, graph.Downstream: w.b} {
		for _, e := range laidWalk(t, o, graph.ByDataset, d, root).Edges {
			if e.Job == w.k.ID && e.Policy != "job-k" {
				t.Errorf("%s: a hop over a job that only a policy lets read is declared by %q", d, e.Policy)
			}
		}
	}
}

func (w laidWorld) impact(t *testing.T, o graph.Overlaid) {
	for _, x := range []struct {
		kind  graph.ChangeKind
		field string
		want  graph.Severity
	}{{graph.DropDataset, "", graph.Breaking}, {graph.DropField, "x", graph.Uncertain}} {
		im, err := graph.FindImpact(t.Context(), o, graph.ImpactQuery{Changes: []graph.PlannedChange{{Asset: w.b.ID, Kind: x.kind, Field: x.field}}})
		if err != nil || len(im.Affected) != 2 || im.Affected[0].Severity != x.want || im.Affected[1].Severity != x.want {
			t.Errorf("%s: %+v, %v; want two %s", x.kind, im.Affected, err, x.want)
		}
	}
}

// outlives: an overlay is no part of a snapshot, lies over what comes next, and can
// be lifted.
func (w laidWorld) outlives(t *testing.T, topo *graph.Topology) {
	t.Helper()
	for _, c := range []graph.Change{{Reset: true}, w.change()} {
		if err := topo.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	o := graph.Overlaid{Current: graph.Current{Topology: topo}}
	if l := laidWalk(t, o, graph.ByAsset, graph.Downstream, w.b); len(l.Nodes) != 3 {
		t.Errorf("after a reset %v", w.names(l))
	}
	again := graph.Overlaid{Current: graph.Current{Topology: Restored(t, topo)}}
	if l := laidWalk(t, again, graph.ByAsset, graph.Downstream, w.b); len(l.Nodes) != 1 {
		t.Errorf("a snapshot has %v", w.names(l))
	}
	topo.Lay(nil)
	if l := laidWalk(t, o, graph.ByAsset, graph.Downstream, w.b); len(l.Nodes) != 1 {
		t.Errorf("lifted, and there are %v", w.names(l))
	}
}
