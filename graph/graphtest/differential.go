package graphtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// model is the naive store: a map.
type model map[catalog.AssetID]graph.Row

func (m model) apply(c graph.Change) {
	for _, id := range c.Removed {
		delete(m, id)
	}
	for _, r := range c.Rows {
		m[r.Asset.ID] = r
	}
}

func (m model) dump() string {
	var rows []graph.Row
	for _, r := range m {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b graph.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(Canonical(r) + "\n")
	}
	return b.String()
}

// Differential drives a store, the topology and the naive model with the same
// random script and compares what they hold and what they reach. fresh empties
// the store.
func Differential(t *testing.T, s graph.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		m, topo := model{}, graph.NewTopology()
		reset := graph.Change{Reset: true}
		mustApply(rt, s, topo, reset)
		pos := catalog.Position(0)
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			c := genChange(rt, pos)
			if rapid.IntRange(0, 3).Draw(rt, "pipeline") == 0 {
				c = genPipeline(rt, pos)
			}
			pos = c.Position
			m.apply(c)
			mustApply(rt, s, topo, c)
			if rapid.IntRange(0, 2).Draw(rt, "restart") == 0 {
				topo = Restored(t, topo)
			}
		}
		got, err := Dump(t.Context(), s)
		if want := m.dump(); err != nil || got != want {
			rt.Fatalf("the store holds\n%s\nwant\n%s\n%v", got, want, err)
		}
		compareAnswers(t, rt, s, topo, m)
		over, both := m.overlaid(genOverlay(rt, m))
		topo.Lay(over)
		compareAnswers(t, rt, laidStore{s, over.Over(s)}, graph.Overlaid{Current: graph.Current{Topology: topo, Store: s}}, both)
		compareAnswers(t, rt, s, topo, m) // who does not ask for it does not see it
	})
}

// inMemory is a topology, or one with an overlay.
type inMemory interface {
	graph.Neighbourer
	Lineage(ctx context.Context, t graph.Traversal) (graph.Lineage, error)
	Reach(ctx context.Context, t graph.Traversal) (graph.Closure, error)
}

func compareAnswers(t *testing.T, rt *rapid.T, s graph.Store, topo inMemory, m model) {
	compareWalks(t, rt, s, topo, m)
	compareImpacts(rt, s, topo, m)
	comparePaths(rt, s, topo, m)
	compareTagged(rt, s, topo, m)
	compareFiltered(rt, s, topo, m)
}

func mustApply(rt *rapid.T, s graph.Store, topo *graph.Topology, c graph.Change) {
	if err := s.Apply(rt.Context(), c); err != nil {
		rt.Fatalf("apply: %v", err)
	}
	if err := topo.Apply(rt.Context(), c); err != nil {
		rt.Fatalf("apply to the topology: %v", err)
	}
}

func compareWalks(t *testing.T, rt *rapid.T, s graph.Store, topo inMemory, m model) {
	q := genTraversal(rt)
	l, err := graph.Walk(t.Context(), s, q)
	if err != nil {
		rt.Fatal(err)
	}
	if err := m.check(q, l); err != nil {
		rt.Fatalf("%+v: the store answers %+v: %v", q, l, err)
	}
	reached, err := graph.Reach(t.Context(), s, q)
	if err != nil {
		rt.Fatal(err)
	}
	if err := m.checkReached(q, reached); err != nil {
		rt.Fatalf("%+v: the store reaches %+v: %v", q, reached, err)
	}
	if !q.AsOf.IsZero() {
		return
	}
	held, err := topo.Reach(t.Context(), q)
	if held.Position = 0; err != nil || fmt.Sprint(held) != fmt.Sprint(reached) {
		rt.Fatalf("%+v: the topology reaches\n%v\nthe store\n%v\n%v", q, held, reached, err)
	}
	mem, err := topo.Lineage(t.Context(), q)
	if err != nil {
		rt.Fatal(err)
	}
	compareOver(rt, s, q, l, reached)
	// A walk over the topology's neighbours, without its own Lineage.
	slow, err := graph.Walk(t.Context(), struct{ graph.Neighbourer }{topo}, q)
	if err != nil {
		rt.Fatal(err)
	}
	mem.Position = 0 // the walk of a store does not say it
	if fmt.Sprint(mem) != fmt.Sprint(l) || fmt.Sprint(slow) != fmt.Sprint(l) {
		rt.Fatalf("%+v: the topology answers\n%v\nits neighbours\n%v\nthe store\n%v", q, mem, slow, l)
	}
}

// compareOver: a topology that may not hold the graph answers the same.
func compareOver(rt *rapid.T, s graph.Store, q graph.Traversal, want graph.Lineage, reached graph.Closure) {
	small := graph.NewTopology()
	small.Limit = 1
	if err := small.Apply(rt.Context(), graph.Change{Position: 1, Rows: []graph.Row{{Asset: Dataset("a")}}}); err != nil {
		rt.Fatal(err)
	}
	c := graph.Current{Topology: small, Store: s}
	l, err := graph.Walk(rt.Context(), c, q)
	pos, _ := s.Position(rt.Context())
	if l.Position != pos {
		rt.Fatalf("over the limit the answer is of position %s, the store of %s", l.Position, pos)
	}
	if l.Position = 0; err != nil || fmt.Sprint(l) != fmt.Sprint(want) {
		rt.Fatalf("%+v: over the limit\n%v\nwant\n%v\n%v", q, l, want, err)
	}
	r, err := graph.Reach(rt.Context(), c, q)
	if r.Position = 0; err != nil || fmt.Sprint(r) != fmt.Sprint(reached) {
		rt.Fatalf("%+v: over the limit\n%v\nwant\n%v\n%v", q, r, reached, err)
	}
}

func genTraversal(rt *rapid.T) graph.Traversal {
	q := graph.Traversal{
		Direction:   rapid.SampledFrom([]graph.Direction{graph.Upstream, graph.Downstream, graph.Both}).Draw(rt, "direction"),
		Granularity: rapid.SampledFrom([]graph.Granularity{graph.ByAsset, graph.ByDataset, graph.ByJob, graph.ByField}).Draw(rt, "granularity"),
		Depth:       rapid.SampledFrom([]int{1, 2, 3, 50}).Draw(rt, "depth"),
		MaxNodes:    rapid.SampledFrom([]int{1, 3, 1000}).Draw(rt, "nodes"),
		AsOf:        rapid.SampledFrom([]time.Time{{}, T0, T0.Add(90 * time.Minute)}).Draw(rt, "at"),
		Types:       rapid.SampledFrom([][]catalog.EdgeType{nil, {catalog.EdgeContains}, {catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeContains}}).Draw(rt, "types"),
	}
	for range rapid.IntRange(1, 2).Draw(rt, "roots") {
		root := genDataset(rt)
		if rapid.Bool().Draw(rt, "root is a job") {
			root = genJob(rt)
		}
		q.Roots = append(q.Roots, root.ID)
	}
	return q
}

func genJob(rt *rapid.T) catalog.Asset {
	return Job(rapid.SampledFrom([]string{"j", "k", "l"}).Draw(rt, "job"))
}

func genDataset(rt *rapid.T) catalog.Asset {
	return Dataset(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "dataset"))
}

func genChange(rt *rapid.T, after catalog.Position) graph.Change {
	c := graph.Change{After: after, Position: after + catalog.Position(rapid.IntRange(1, 3).Draw(rt, "ahead"))}
	used := map[catalog.AssetID]bool{}
	for range rapid.IntRange(1, 4).Draw(rt, "rows") {
		r := genRow(rt)
		if used[r.Asset.ID] {
			continue
		}
		used[r.Asset.ID] = true
		if rapid.IntRange(0, 4).Draw(rt, "remove") == 0 {
			c.Removed = append(c.Removed, r.Asset.ID)
		} else {
			c.Rows = append(c.Rows, r)
		}
	}
	genMerge(rt, &c, used)
	return c
}

// genMerge lets a dataset take over another one's name and end it.
func genMerge(rt *rapid.T, c *graph.Change, used map[catalog.AssetID]bool) {
	into, from := genDataset(rt), genDataset(rt)
	if used[into.ID] || used[from.ID] || into.ID == from.ID || !rapid.Bool().Draw(rt, "merge") {
		return
	}
	into.Names = append(into.Names, from.Names...)
	c.Rows = append(c.Rows, graph.Row{Asset: into})
	c.Removed = append(c.Removed, from.ID)
}

// genPipeline is a change of everything at once, connected as pipelines are:
// jobs that read, write, and mostly say which columns go where.
func genPipeline(rt *rapid.T, after catalog.Position) graph.Change {
	c := graph.Change{After: after, Position: after + 1}
	for _, name := range []string{"a", "b", "c", "d"} {
		d := Dataset(name)
		d.Tags = genTags(rt)
		c.Rows = append(c.Rows, graph.Row{Asset: d, Edges: genDeclared(rt, d)})
	}
	for _, name := range []string{"j", "k", "l"} {
		j := Job(name)
		in, out := genDataset(rt), genDataset(rt)
		r := graph.Row{Asset: j, Edges: []catalog.Edge{Reads(in, j), Writes(j, out)}}
		seen := map[string]bool{}
		for range rapid.IntRange(0, 4).Draw(rt, "columns") {
			e := genColumn(rt, in, j, out)
			if key := fmt.Sprint(e.SourceField, e.TargetField); !seen[key] {
				seen[key] = true
				r.Edges = append(r.Edges, e)
			}
		}
		c.Rows = append(c.Rows, r)
	}
	return c
}

func genTags(rt *rapid.T) []catalog.Tag {
	return rapid.SampledFrom([][]catalog.Tag{nil, nil, {{Key: "pii"}}, {{Key: "pii", Field: "x"}}, {{Key: "gold", Field: "y"}}}).Draw(rt, "tags")
}

// genDeclared are what no job states: a declared source, or what a dataset says of
// its own columns.
func genDeclared(rt *rapid.T, d catalog.Asset) (out []catalog.Edge) {
	seen := map[string]bool{}
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(rt, "declared") {
		from := genDataset(rt)
		e := Reads(from, d)
		if e.Type = catalog.EdgeDerives; rapid.Bool().Draw(rt, "of columns") {
			e = genColumn(rt, from, catalog.Asset{}, d)
		}
		e.Origin = genOrigin(rt)
		if key := fmt.Sprint(e.Source, e.SourceField, e.TargetField); !seen[key] {
			seen[key] = true
			out = append(out, e)
		}
	}
	return out
}

func genOrigin(rt *rapid.T) catalog.EdgeOrigin {
	return rapid.SampledFrom([]catalog.EdgeOrigin{catalog.EdgeObserved, catalog.EdgeObserved, catalog.EdgeDeclared, catalog.EdgeOperator}).Draw(rt, "origin")
}

// genColumn makes an edge between columns, or from or to a whole dataset.
func genColumn(rt *rapid.T, from, job, to catalog.Asset) catalog.Edge {
	e := Reads(from, job)
	e.Type, e.Target, e.Job = catalog.EdgeDerives, to.ID, job.ID
	e.SourceField = rapid.SampledFrom([]string{"x", "y", ""}).Draw(rt, "field")
	e.TargetField = rapid.SampledFrom([]string{"x", "y", ""}[:2+min(1, len(e.SourceField))]).Draw(rt, "target field")
	e.Transformation = rapid.SampledFrom([]catalog.Transformation{{}, {Type: "DIRECT", Subtype: "IDENTITY"}, {Type: "DIRECT", Subtype: "AGGREGATION"},
		{Type: "INDIRECT", Subtype: "FILTER"}, {Type: "DIRECT", Subtype: "TRANSFORMATION", Masking: true}}).Draw(rt, "transformation")
	return e
}

func genRow(rt *rapid.T) graph.Row {
	if rapid.Bool().Draw(rt, "is dataset") {
		d := genDataset(rt)
		d.Description = rapid.SampledFrom([]string{"", "one", "two"}).Draw(rt, "description")
		d.Tags = genTags(rt)
		return graph.Row{Asset: d, Edges: genDeclared(rt, d)}
	}
	j := genJob(rt)
	j.Internal = rapid.IntRange(0, 5).Draw(rt, "internal") == 0
	r := graph.Row{Asset: j}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 5).Draw(rt, "edges") {
		e := genEdge(rt, j)
		if key := fmt.Sprint(e.Type, e.Source, e.Target, e.SourceField, e.TargetField, e.Ordinal); !seen[key] {
			seen[key] = true
			r.Edges = append(r.Edges, e)
		}
	}
	return r
}

// genEdge makes an edge that the job owns.
func genEdge(rt *rapid.T, j catalog.Asset) catalog.Edge {
	d := genDataset(rt)
	var e catalog.Edge
	switch rapid.IntRange(0, 9).Draw(rt, "kind") {
	case 0, 1, 2:
		e = Reads(d, j)
	case 3, 4:
		e = Writes(j, d)
	case 5:
		e = Writes(j, d)
		e.Type, e.Source, e.Target = catalog.EdgeContains, genJob(rt).ID, j.ID
	case 6:
		e = Writes(j, d)
		e.Type, e.Source, e.Target, e.Jobs, e.Job = catalog.EdgeDerives, genJob(rt).ID, genJob(rt).ID, true, j.ID
	case 7: // another job's, by this one's word
		if e = Reads(d, genJob(rt)); e.Target != j.ID {
			e.Job = j.ID
		}
	case 8: // what flows between datasets, by the job's word
		e = Reads(d, genDataset(rt))
		e.Type, e.Job = catalog.EdgeDerives, j.ID
	default:
		e = genColumn(rt, d, j, genDataset(rt))
	}
	e.Origin = genOrigin(rt)
	e.Ordinal = rapid.IntRange(0, 1).Draw(rt, "ordinal")
	e.From = T0.Add(time.Duration(e.Ordinal) * time.Hour)
	if e.Ordinal == 0 && rapid.Bool().Draw(rt, "closed") {
		e.To = T0.Add(30 * time.Minute)
	}
	return e
}
