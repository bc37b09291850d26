package graphtest

import (
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

// reach is a naive walk: what can be reached at a time, without a budget.
func (m model) reach(root catalog.AssetID, d graph.Direction, at time.Time) map[catalog.AssetID]bool {
	seen := map[catalog.AssetID]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, r := range m {
			for _, e := range r.Edges {
				from, to := e.Source, e.Target
				if d == graph.Upstream {
					from, to = to, from
				}
				if e.At(at) && seen[from] && !seen[to] {
					seen[to], grown = true, true
				}
			}
		}
	}
	return seen
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
			pos = c.Position
			m.apply(c)
			mustApply(rt, s, topo, c)
		}
		got, err := Dump(t.Context(), s)
		if want := m.dump(); err != nil || got != want {
			rt.Fatalf("the store holds\n%s\nwant\n%s\n%v", got, want, err)
		}
		compareWalks(t, rt, s, topo, m)
	})
}

func mustApply(rt *rapid.T, s graph.Store, topo *graph.Topology, c graph.Change) {
	if err := s.Apply(rt.Context(), c); err != nil {
		rt.Fatalf("apply: %v", err)
	}
	if err := topo.Apply(rt.Context(), c); err != nil {
		rt.Fatalf("apply to the topology: %v", err)
	}
}

func compareWalks(t *testing.T, rt *rapid.T, s graph.Store, topo *graph.Topology, m model) {
	at := rapid.SampledFrom([]time.Time{{}, T0, T0.Add(90 * time.Minute)}).Draw(rt, "at")
	d := rapid.SampledFrom([]graph.Direction{graph.Upstream, graph.Downstream}).Draw(rt, "direction")
	root := genDataset(rt)
	q := graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: d, Depth: 50, MaxNodes: 1000, AsOf: at}
	l, err := graph.Walk(t.Context(), s, q)
	if err != nil {
		rt.Fatal(err)
	}
	want := m.reach(root.ID, d, at)
	if len(l.Nodes) != len(want) || !l.Complete {
		rt.Fatalf("walk reaches %d, the model %d", len(l.Nodes), len(want))
	}
	for _, n := range l.Nodes {
		if !want[n.Asset] {
			rt.Fatalf("walk reaches %s, the model does not", n.Asset)
		}
	}
	if at.IsZero() {
		mem, err := graph.Walk(t.Context(), topo, q)
		mem.Position = 0
		if err != nil || fmt.Sprint(mem) != fmt.Sprint(l) {
			rt.Fatalf("the topology answers\n%v\nthe store\n%v\n%v", mem, l, err)
		}
	}
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
	return c
}

func genRow(rt *rapid.T) graph.Row {
	if rapid.Bool().Draw(rt, "is dataset") {
		d := genDataset(rt)
		d.Description = rapid.SampledFrom([]string{"", "one", "two"}).Draw(rt, "description")
		return graph.Row{Asset: d}
	}
	j := Job(rapid.SampledFrom([]string{"j", "k", "l"}).Draw(rt, "job"))
	r := graph.Row{Asset: j}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 4).Draw(rt, "edges") {
		d := genDataset(rt)
		e := Reads(d, j)
		if rapid.Bool().Draw(rt, "writes") {
			e = Writes(j, d)
		}
		e.Ordinal = rapid.IntRange(0, 1).Draw(rt, "ordinal")
		e.From = T0.Add(time.Duration(e.Ordinal) * time.Hour)
		if e.Ordinal == 0 && rapid.Bool().Draw(rt, "closed") {
			e.To = T0.Add(30 * time.Minute)
		}
		key := fmt.Sprint(e.Type, e.Source, e.Target, e.Ordinal)
		if !seen[key] {
			seen[key] = true
			r.Edges = append(r.Edges, e)
		}
	}
	return r
}
