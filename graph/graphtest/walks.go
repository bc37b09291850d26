package graphtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

func names(l graph.Lineage, assets ...catalog.Asset) []string {
	byID := map[catalog.AssetID]string{}
	for _, a := range assets {
		byID[a.ID] = a.Name.Name
	}
	var out []string
	for _, n := range l.Nodes {
		out = append(out, fmt.Sprintf("%s%d", byID[n.Asset], n.Distance))
	}
	slices.Sort(out)
	return out
}

func walk(t *testing.T, s graph.Store, q graph.Traversal) graph.Lineage {
	t.Helper()
	l, err := graph.Walk(t.Context(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func asOf(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	row := step(j, []catalog.Asset{a, b}, nil)
	row.Edges[0].To = T0.Add(time.Hour)
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), row)})
	q := graph.Traversal{Roots: []catalog.AssetID{j.ID}, Direction: graph.Upstream}
	for at, want := range map[time.Time][]string{
		{}: {"b1", "j0"}, T0: {"a1", "b1", "j0"}, T0.Add(-1): {"j0"}, T0.Add(time.Hour): {"b1", "j0"}, T0.Add(time.Hour - 1): {"a1", "b1", "j0"},
	} {
		q.AsOf = at
		if got := names(walk(t, s, q), a, b, j); !slices.Equal(got, want) {
			t.Errorf("at %v: %v, want %v", at, got, want)
		}
	}
}

func neighboursCut(t *testing.T, s graph.Store) {
	j := Job("j")
	var in []catalog.Asset
	for i := range 20 {
		in = append(in, Dataset(fmt.Sprint("d", i)))
	}
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(in...), step(j, in, nil))})
	q := graph.NeighbourQuery{Frontier: []catalog.AssetID{j.ID}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeReads}, Limit: 20}
	edges, more, err := s.Neighbours(t.Context(), q)
	sorted := slices.IsSortedFunc(edges, func(a, b catalog.Edge) int { return graph.CompareEdges(graph.Upstream, a, b) })
	if err != nil || more || len(edges) != 20 || !sorted {
		t.Errorf("%d edges, more %v, sorted %v, %v", len(edges), more, sorted, err)
	}
	q.Limit = 19
	if edges, more, err = s.Neighbours(t.Context(), q); err != nil || !more || len(edges) != 19 {
		t.Errorf("%d edges, more %v, %v; want 19 and a cut", len(edges), more, err)
	}
}

// cutFirst: what is left of an answer that was cut is its first part in the order of
// the frontier, so that it is equal each time, and on every store.
func cutFirst(t *testing.T, s graph.Store) {
	sets, jobs, c := tangle()
	apply(t, s, c)
	frontier := ids(append(sets, jobs...))
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		for _, fields := range []bool{false, true} {
			q := graph.NeighbourQuery{Frontier: frontier, Direction: d, Fields: fields, Types: []catalog.EdgeType{catalog.EdgeWrites, catalog.EdgeReads, catalog.EdgeDerives, catalog.EdgeContains}}
			wantFirst(t, s, q)
		}
	}
}

// tangle is jobs of which each reads and writes many datasets, and says what flows
// between them and their columns.
func tangle() (sets, jobs []catalog.Asset, c graph.Change) {
	for i := range 12 {
		sets = append(sets, Dataset(fmt.Sprint("d", i)))
	}
	c = graph.Change{Position: 1, Rows: rows(sets...)}
	for i := range 5 {
		jobs = append(jobs, Job(fmt.Sprint("j", i)))
		row := step(jobs[i], sets[:6], sets[6:])
		for n, d := range sets[6:] {
			flow := Reads(sets[n], d)
			flow.Type, flow.Job = catalog.EdgeDerives, jobs[i].ID
			column := flow
			column.SourceField, column.TargetField = fmt.Sprint("x", n%2), []string{"y", ""}[n%2]
			again := column
			again.TargetField = "z"
			row.Edges = append(row.Edges, flow, column, again)
		}
		ended := Reads(sets[0], jobs[i])
		ended.Ordinal, ended.From = 1, T0.Add(time.Hour)
		row.Edges[0].To = T0.Add(time.Minute)
		c.Rows = append(c.Rows, graph.Row{Asset: jobs[i], Edges: append(row.Edges, ended, containsJob(jobs[0], jobs[i]))})
	}
	return sets, jobs, c
}

func ids(assets []catalog.Asset) (out []catalog.AssetID) {
	for _, a := range assets {
		out = append(out, a.ID)
	}
	return out
}

func containsJob(parent, child catalog.Asset) catalog.Edge {
	e := Writes(parent, child)
	e.Type = catalog.EdgeContains
	return e
}

// wantFirst asks for more and more of an answer.
func wantFirst(t *testing.T, s graph.Store, q graph.NeighbourQuery) {
	t.Helper()
	all, more, err := s.Neighbours(t.Context(), q)
	sorted := slices.Clone(all)
	graph.SortNeighbours(q, sorted)
	if err != nil || more || len(all) < 20 || fmt.Sprint(all) != fmt.Sprint(sorted) {
		t.Fatalf("%s, fields %v: %d edges, more %v, %v; want all in order", q.Direction, q.Fields, len(all), more, err)
	}
	for q.Limit = 1; q.Limit < len(all); q.Limit += 1 + q.Limit/4 {
		got, more, err := s.Neighbours(t.Context(), q)
		if err != nil || !more || fmt.Sprint(got) != fmt.Sprint(all[:q.Limit]) {
			t.Errorf("%s, fields %v, the first %d of %d: more %v, %v\n%v\nwant\n%v", q.Direction, q.Fields, q.Limit, len(all), more, err, got, all[:q.Limit])
		}
	}
}

// selfFlow: a table rewritten from itself has columns that flow into themselves.
func selfFlow(t *testing.T, s graph.Store) {
	a, j := Dataset("a"), Job("j")
	row := step(j, []catalog.Asset{a}, []catalog.Asset{a})
	row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeDerives, Source: a.ID, SourceField: "x", Target: a.ID, TargetField: "x", Job: j.ID, Origin: catalog.EdgeObserved, From: T0})
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a), row)})
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		edges, _, err := s.Neighbours(t.Context(), graph.NeighbourQuery{Frontier: []catalog.AssetID{a.ID}, Direction: d, Fields: true})
		if err != nil || len(edges) != 1 {
			t.Errorf("%s of a column that flows into itself: %v, %v", d, edges, err)
		}
	}
}

func fieldEdges(t *testing.T, s graph.Store) {
	a, b, j := Dataset("a"), Dataset("b"), Job("j")
	row := step(j, []catalog.Asset{a}, []catalog.Asset{b})
	e := catalog.Edge{Type: catalog.EdgeDerives, Source: a.ID, SourceField: "x", Target: b.ID, TargetField: "y", Job: j.ID, Origin: catalog.EdgeObserved, From: T0,
		Transformation: catalog.Transformation{Type: "DIRECT", Subtype: "IDENTITY"}}
	whole := e
	whole.SourceField, whole.TargetField = "z", ""
	row.Edges = append(row.Edges, e, whole)
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b), row)})
	wantRows(t, s, graph.Row{Asset: a}, graph.Row{Asset: b}, row)
	l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Granularity: graph.ByField})
	if len(l.Edges) != 2 || len(l.Nodes) != 3 {
		t.Errorf("lineage of fields: %d nodes, %d edges, want 3 and 2: %+v", len(l.Nodes), len(l.Edges), l.Nodes)
	}
}

func cycles(t *testing.T, s graph.Store) {
	a, b, c, j, k, m := Dataset("a"), Dataset("b"), Dataset("c"), Job("j"), Job("k"), Job("m")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b, c),
		step(j, []catalog.Asset{a}, []catalog.Asset{b, c}), step(k, []catalog.Asset{b, c}, []catalog.Asset{a}), step(m, []catalog.Asset{a}, []catalog.Asset{a}))})
	l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Depth: 20})
	if got, want := names(l, a, b, c, j, k, m), []string{"a0", "b2", "c2", "j1", "k3", "m1"}; !slices.Equal(got, want) || !l.Complete || len(l.Edges) != 8 {
		t.Errorf("%v with %d edges, complete %v; want %v with 8", got, len(l.Edges), l.Complete, want)
	}
	l = walk(t, s, graph.Traversal{Roots: []catalog.AssetID{b.ID}, Direction: graph.Downstream, Granularity: graph.ByDataset, Depth: 20})
	if got, want := names(l, a, b, c), []string{"a1", "b0", "c2"}; !slices.Equal(got, want) {
		t.Errorf("by dataset: %v, want %v", got, want)
	}
}

func fairBudget(t *testing.T, s graph.Store) {
	root, small, big := Dataset("root"), Job("small"), Job("big")
	var many []catalog.Asset
	for i := range 300 {
		many = append(many, Dataset(fmt.Sprint("m", i)))
	}
	few := []catalog.Asset{Dataset("f1"), Dataset("f2")}
	apply(t, s, graph.Change{Position: 1, Rows: append(append(rows(many...), rows(append(few, root)...)...),
		step(big, []catalog.Asset{root}, many), step(small, []catalog.Asset{root}, few))})
	l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: graph.Downstream, MaxNodes: 10})
	found := 0
	for _, n := range l.Nodes {
		if n.Asset == few[0].ID || n.Asset == few[1].ID {
			found++
		}
	}
	if found != 2 || len(l.Nodes) != 10 || l.Complete || l.Cut != graph.CutNodes {
		t.Errorf("%d of 2 small outputs among %d nodes, cut %q", found, len(l.Nodes), l.Cut)
	}
}

func hidden(t *testing.T, s graph.Store) {
	a, b, c, j := Dataset("a"), Dataset("b"), Dataset("c"), Job("j")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b, c), step(j, []catalog.Asset{a}, []catalog.Asset{b, c}))})
	l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Depth: 1})
	if len(l.Nodes) != 2 || l.Nodes[1].HiddenDownstream != 2 || l.Cut != graph.CutDepth {
		t.Errorf("%+v, cut %q: want the job with 2 hidden", l.Nodes, l.Cut)
	}
}

func internalHidden(t *testing.T, s graph.Store) {
	a, b, parent, child := Dataset("a"), Dataset("b"), Job("weir-parent"), Job("child")
	parent.Internal = true
	row := step(child, []catalog.Asset{a}, []catalog.Asset{b})
	row.Edges = append(row.Edges, catalog.Edge{Type: catalog.EdgeContains, Source: parent.ID, Target: child.ID, Origin: catalog.EdgeObserved, From: T0})
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b, parent), row)})
	q := graph.Traversal{Roots: []catalog.AssetID{child.ID}, Direction: graph.Both, Types: []catalog.EdgeType{catalog.EdgeContains, catalog.EdgeReads}}
	if got, want := names(walk(t, s, q), a, b, parent, child), []string{"a1", "child0"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	n := graph.NeighbourQuery{Frontier: []catalog.AssetID{child.ID}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeContains}, Limit: 10, Internal: true}
	if edges, _, err := s.Neighbours(t.Context(), n); err != nil || len(edges) != 1 {
		t.Errorf("%d edges when asked for internal ones, %v; want 1", len(edges), err)
	}
}

func hub(t *testing.T, s graph.Store) {
	const fan = 2000
	h := Dataset("hub")
	c := graph.Change{Position: 1, Rows: rows(h)}
	for i := range fan {
		c.Rows = append(c.Rows, step(Job(fmt.Sprint("j", i)), []catalog.Asset{h}, nil))
	}
	apply(t, s, c)
	q := graph.Traversal{Roots: []catalog.AssetID{h.ID}, Direction: graph.Downstream, MaxNodes: 100}
	l := walk(t, s, q)
	if len(l.Nodes) != 100 || l.Nodes[0].HiddenDownstream != fan-99 || l.Cut != graph.CutNodes {
		t.Errorf("%d nodes, %d hidden, cut %q; want 100, %d", len(l.Nodes), l.Nodes[0].HiddenDownstream, l.Cut, fan-99)
	}
	q.MaxNodes = fan + 1
	if l = walk(t, s, q); len(l.Nodes) != fan+1 || !l.Complete {
		t.Errorf("%d nodes, complete %v", len(l.Nodes), l.Complete)
	}
	apply(t, s, graph.Change{After: 1, Position: 2, Removed: []catalog.AssetID{h.ID}, Rows: rows(Job("j0"))})
	if l = walk(t, s, q); len(l.Nodes) != fan {
		t.Errorf("%d nodes after one job left, want %d", len(l.Nodes), fan)
	}
}

func collapsed(t *testing.T, s graph.Store) {
	a, b, c, j, k := Dataset("a"), Dataset("b"), Dataset("c"), Job("j"), Job("k")
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(a, b, c), step(j, []catalog.Asset{a}, []catalog.Asset{b}), step(k, []catalog.Asset{b}, []catalog.Asset{c}))})
	for what, c := range map[string]struct {
		q    graph.Traversal
		want []string
	}{
		"datasets after a":        {graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Granularity: graph.ByDataset}, []string{"a0", "b1", "c2"}},
		"datasets before c":       {graph.Traversal{Roots: []catalog.AssetID{c.ID}, Direction: graph.Upstream, Granularity: graph.ByDataset}, []string{"a2", "b1", "c0"}},
		"jobs after j":            {graph.Traversal{Roots: []catalog.AssetID{j.ID}, Direction: graph.Downstream, Granularity: graph.ByJob}, []string{"j0", "k1"}},
		"datasets around a job":   {graph.Traversal{Roots: []catalog.AssetID{k.ID}, Granularity: graph.ByDataset}, []string{"a2", "b1", "c1", "k0"}},
		"jobs after a dataset":    {graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Granularity: graph.ByJob}, []string{"a0", "j1", "k2"}},
		"datasets, one hop of it": {graph.Traversal{Roots: []catalog.AssetID{a.ID}, Direction: graph.Downstream, Granularity: graph.ByDataset, Depth: 1}, []string{"a0", "b1"}},
	} {
		l := walk(t, s, c.q)
		if got := names(l, a, b, j, k, Dataset("c")); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// overDatasets: load -> c -> d -> e -> use, where copy states c -> d and d was
// renamed to e. By job, what is made without a job leads on, and the edge names who
// states it.
func overDatasets(t *testing.T, s graph.Store) {
	c, d, e, load, cp, use := Dataset("c"), Dataset("d"), Dataset("e"), Job("load"), Job("copy"), Job("use")
	made, renamed := Reads(c, d), Reads(d, e)
	made.Type, made.Job, renamed.Type = catalog.EdgeDerives, cp.ID, catalog.EdgeDerives
	apply(t, s, graph.Change{Position: 1, Rows: append(rows(c, d), graph.Row{Asset: e, Edges: []catalog.Edge{renamed}}, graph.Row{Asset: cp, Edges: []catalog.Edge{made}},
		step(load, nil, []catalog.Asset{c}), step(use, []catalog.Asset{e}, nil))})
	for what, c := range map[string]struct {
		root      catalog.Asset
		direction graph.Direction
		want      []string
	}{
		"after load": {load, graph.Downstream, []string{"load0", "use1"}},
		"before use": {use, graph.Upstream, []string{"load1", "use0"}},
		"after c":    {c, graph.Downstream, []string{"c0", "use1"}},
		"before e":   {e, graph.Upstream, []string{"e0", "load1"}},
	} {
		for _, at := range []time.Time{{}, T0} {
			l := walk(t, s, graph.Traversal{Roots: []catalog.AssetID{c.root.ID}, Direction: c.direction, Granularity: graph.ByJob, AsOf: at})
			if got := names(l, c.root, load, use); !slices.Equal(got, c.want) || !l.Complete || len(l.Edges) != 1 || l.Edges[0].Job != cp.ID {
				t.Errorf("%s: %v by %+v, complete %v; want %v, by copy", what, got, l.Edges, l.Complete, c.want)
			}
		}
	}
}
