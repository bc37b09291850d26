package graphtest

import (
	"errors"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// column is column lineage that a job states.
func column(job, from catalog.Asset, x string, to catalog.Asset, y string) catalog.Edge {
	return catalog.Edge{Type: catalog.EdgeDerives, Source: from.ID, SourceField: x, Target: to.ID, TargetField: y, Job: job.ID, Origin: catalog.EdgeObserved, From: T0}
}

// unlitJobs: a -> lit -> b -> dim -> c -> lit2 -> d, where dim states no column
// lineage, and src, which ext writes from nothing.
func unlitJobs(t *testing.T, s graph.Store) {
	a, b, c, d, src := Dataset("a"), Dataset("b"), Dataset("c"), Dataset("d"), Dataset("src")
	lit, dim, lit2, ext := Job("lit"), Job("dim"), Job("lit2"), Job("ext")
	first, second, last := step(lit, []catalog.Asset{a}, []catalog.Asset{b}), step(dim, []catalog.Asset{b}, []catalog.Asset{c}), step(lit2, []catalog.Asset{c}, []catalog.Asset{d})
	first.Edges = append(first.Edges, column(lit, a, "x", b, "x"))
	last.Edges = append(last.Edges, column(lit2, c, "x", d, "x"))
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b, c, d, src), first, second, last, step(ext, nil, []catalog.Asset{src}))})
	unlitWalks(t, s, map[string]unlitWalk{
		"down to the job":              {a, graph.Downstream, 5, graph.ByField, graph.CutNoColumns},
		"down from the job's input":    {b, graph.Downstream, 5, graph.ByField, graph.CutNoColumns},
		"down, one hop":                {a, graph.Downstream, 1, graph.ByField, graph.CutNoColumns},
		"down behind it":               {c, graph.Downstream, 5, graph.ByField, ""},
		"up to the job":                {d, graph.Upstream, 5, graph.ByField, graph.CutNoColumns},
		"up before it":                 {b, graph.Upstream, 5, graph.ByField, ""},
		"both sides":                   {d, graph.Both, 5, graph.ByField, graph.CutNoColumns},
		"a source made of nothing":     {src, graph.Upstream, 5, graph.ByField, ""},
		"nobody reads it":              {d, graph.Downstream, 5, graph.ByField, ""},
		"a job has no columns":         {lit, graph.Downstream, 5, graph.ByField, graph.CutNoColumns},
		"assets are whole beside it":   {a, graph.Downstream, 50, graph.ByAsset, ""},
		"datasets are whole beside it": {a, graph.Downstream, 50, graph.ByDataset, ""},
	}, time.Time{})
	unlitPaths(t, s, a, b, d)
	second.Edges = append(second.Edges, column(dim, b, "y", c, "y"))
	apply(t, s, graph.Change{After: 1, Position: 2, Rows: []graph.Row{second, step(Job("report"), []catalog.Asset{d}, nil)}})
	unlitWalks(t, s, map[string]unlitWalk{
		"down, stated now":          {a, graph.Downstream, 5, graph.ByField, ""},
		"up, stated now":            {d, graph.Upstream, 5, graph.ByField, ""},
		"a report says no columns":  {d, graph.Downstream, 5, graph.ByField, graph.CutNoColumns},
		"it is beyond what is met":  {a, graph.Both, 5, graph.ByField, ""},
		"it stands at the far end":  {c, graph.Downstream, 5, graph.ByField, graph.CutNoColumns},
		"assets, with the report":   {d, graph.Downstream, 5, graph.ByAsset, ""},
		"the depth alone cuts this": {a, graph.Downstream, 1, graph.ByAsset, graph.CutDepth},
	}, time.Time{})
	if ways, err := graph.Paths(t.Context(), s, graph.PathQuery{From: a.ID, To: d.ID, Granularity: graph.ByField}); err != nil || len(ways) != 0 {
		t.Errorf("ways over columns, all stated: %v, %v; want none", ways, err)
	}
}

type unlitWalk struct {
	root        catalog.Asset
	direction   graph.Direction
	depth       int
	granularity graph.Granularity
	want        graph.CutReason
}

func unlitWalks(t *testing.T, s graph.Store, cases map[string]unlitWalk, asOf time.Time) {
	t.Helper()
	for what, c := range cases {
		for _, at := range []time.Time{asOf, T0} { // now from memory or the store, then always from the store
			l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{c.root.ID}, Direction: c.direction, Depth: c.depth, Granularity: c.granularity, AsOf: at})
			if l.Cut != c.want || l.Complete != (c.want == "") {
				t.Errorf("%s, at %v: cut %q, complete %v; want %q", what, at, l.Cut, l.Complete, c.want)
			}
		}
	}
}

// unlitPaths: no way over columns is not claimed where a job may hide one, and
// a way that is known is not said to be the only one.
func unlitPaths(t *testing.T, s graph.Store, a, b, d catalog.Asset) {
	t.Helper()
	if _, err := graph.Paths(t.Context(), s, graph.PathQuery{From: a.ID, To: d.ID, Granularity: graph.ByField}); !errors.Is(err, graph.ErrPathsUnlit) {
		t.Errorf("ways over columns through a job that states none: %v, want ErrPathsUnlit", err)
	}
	ways, err := graph.Paths(t.Context(), s, graph.PathQuery{From: a.ID, To: b.ID, Granularity: graph.ByField})
	if err != nil || len(ways) != 1 || !ways[0].Complete {
		t.Errorf("a way before that job: %+v, %v; want one, complete", ways, err)
	}
	if ways, err = graph.Paths(t.Context(), s, graph.PathQuery{From: d.ID, To: a.ID, Granularity: graph.ByField}); err != nil || len(ways) != 0 {
		t.Errorf("ways against the data: %+v, %v; want none", ways, err)
	}
	if ways, err = graph.Paths(t.Context(), s, graph.PathQuery{From: a.ID, To: d.ID}); err != nil || len(ways) != 1 || !ways[0].Complete {
		t.Errorf("ways over assets: %+v, %v; want one, complete", ways, err)
	}
}
