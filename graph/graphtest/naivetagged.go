package graphtest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// carries reports whether values of one spot get to another in one step by an
// edge, and whether masked. A spot without a field is the whole dataset.
func (m model) carries(from, to spot, e catalog.Edge, fields []catalog.Edge) (yes, masked bool) {
	if e.FieldLevel() {
		hit := e.Source == from.id && e.SourceField == from.field && e.Target == to.id && (to.field == "" || e.TargetField == "" || e.TargetField == to.field)
		return hit && e.Transformation.Type != "INDIRECT", e.Transformation.Masking
	}
	if e.Source != from.id || e.Target != to.id || from.field != "" || !slices.Contains(dataTypes, e.Type) {
		return false, false
	}
	maker := e.Job
	if e.Type == catalog.EdgeWrites {
		maker = e.Source
	}
	lit := slices.ContainsFunc(fields, func(f catalog.Edge) bool { return states(f, maker, e.Source, e.Target) })
	return e.Type == catalog.EdgeReads || e.Jobs || !lit, false
}

// sources are the tagged spots from which values reach an asset, with whether
// some way is open, and whether some way ends at a mask: found by growing the
// sets of spots backwards over all edges until nothing is added.
func (m model) sources(q graph.TagQuery) map[spot][2]bool {
	assets, fields := m.at(q.AsOf)
	all := slices.Concat(assets, fields)
	inside := map[spot]bool{{id: q.To}: true}
	open := map[spot]bool{{id: q.To}: true}
	veiled := map[spot]bool{}
	for grown := true; grown; {
		grown = false
		add := func(set map[spot]bool, s spot) {
			if !set[s] {
				set[s], grown = true, true
			}
		}
		for _, e := range all {
			from := spot{e.Source, e.SourceField}
			for to := range inside {
				yes, masked := m.carries(from, to, e, fields)
				if !yes {
					continue
				}
				add(inside, from)
				if masked {
					add(veiled, from)
				} else if veiled[to] {
					add(veiled, from)
				}
				if !masked && open[to] && from.id != q.To {
					add(open, from)
				}
			}
		}
	}
	out := map[spot][2]bool{}
	for s := range inside {
		for _, t := range m[s.id].Asset.Tags {
			at := s
			if t.Key != q.Tag || s.id == q.To || t.Field != "" && s.field != "" && t.Field != s.field {
				continue
			}
			if s.field == "" && t.Field != "" {
				at.field = t.Field
			}
			was := out[at]
			out[at] = [2]bool{was[0] || open[s], was[1] || veiled[s]}
		}
	}
	return out
}

func compareTagged(rt *rapid.T, s graph.Store, topo graph.Neighbourer, m model) {
	q := graph.TagQuery{Tag: "pii", To: genDataset(rt).ID, AsOf: rapid.SampledFrom([]time.Time{{}, T0, T0.Add(90 * time.Minute)}).Draw(rt, "tagged at")}
	got, err := graph.FindTagged(rt.Context(), s, s, q)
	ways := len(got.MoreFrom) > 0 // more than k lead from there, and nothing else is left out
	if err != nil || got.Complete == ways || ways != (got.Cut == graph.CutWays) {
		rt.Fatalf("%+v: %v, complete %v, cut %q, more from %v", q, err, got.Complete, got.Cut, got.MoreFrom)
	}
	found := map[spot][2]bool{}
	for _, w := range got.Ways {
		first, last := spot{w.Nodes[0].Asset, w.Nodes[0].Field}, w.Nodes[len(w.Nodes)-1]
		f := found[first]
		f[0], f[1] = f[0] || !w.Masked, f[1] || w.Masked
		found[first] = f
		if !w.Masked && last.Asset != q.To {
			rt.Fatalf("%+v: an open way ends at %v", q, last)
		}
		for _, e := range w.Edges {
			if e.Transformation.Masking && !w.Masked {
				rt.Fatalf("%+v: an open way leads over a mask: %+v", q, w)
			}
		}
	}
	want := m.sources(q)
	for at, w := range want {
		if w != found[at] {
			rt.Fatalf("%+v: %v is open, masked %v, want %v; the store answers %+v", q, at, found[at], w, got)
		}
	}
	for at := range found {
		if _, ok := want[at]; !ok {
			rt.Fatalf("%+v: a way from %v, wanted are %v", q, at, want)
		}
	}
	if !q.AsOf.IsZero() {
		return
	}
	mem, err := graph.FindTagged(rt.Context(), topo, s, q)
	if err != nil || fmt.Sprint(mem) != fmt.Sprint(got) {
		rt.Fatalf("%+v: the topology answers\n%v\nthe store\n%v\n%v", q, mem, got, err)
	}
}

// compareFiltered: what is shown is what the whole walk has and the filter
// keeps, and one thing leads to another iff a way over hidden ones does.
func compareFiltered(rt *rapid.T, s graph.Store, topo graph.Neighbourer, m model) {
	q := genTraversal(rt)
	if q.MaxNodes = 1000; q.Granularity == graph.ByField {
		q.Granularity = graph.ByAsset // a root's fields are places of their own
	}
	f := graph.Filter{Tag: rapid.SampledFrom([]string{"", "pii", "gold"}).Draw(rt, "shown tag"), Namespace: rapid.SampledFrom([]string{"", "prod"}).Draw(rt, "shown namespace")}
	whole, err := graph.Walk(rt.Context(), s, q)
	if err != nil {
		rt.Fatal(err)
	}
	got, err := graph.FilteredWalk(rt.Context(), s, s, q, f)
	if err != nil || got.Cut != whole.Cut {
		rt.Fatalf("%+v %+v: cut %q, want %q, %v", q, f, got.Cut, whole.Cut, err)
	}
	shown := map[catalog.AssetID]bool{}
	var want []graph.Node
	for _, n := range whole.Nodes {
		a := m[n.Asset].Asset
		tag := f.Tag == "" || slices.ContainsFunc(a.Tags, func(t catalog.Tag) bool { return t.Key == f.Tag })
		if n.Distance == 0 || f == (graph.Filter{}) || !a.ID.IsZero() && tag && (f.Namespace == "" || a.Name.Namespace == f.Namespace) {
			shown[n.Asset] = true
			want = append(want, n)
		}
	}
	if fmt.Sprint(got.Nodes) != fmt.Sprint(want) {
		rt.Fatalf("%+v %+v: shows %v, want %v", q, f, got.Nodes, want)
	}
	have := map[[2]catalog.AssetID]bool{}
	for _, e := range got.Edges {
		have[[2]catalog.AssetID{e.Source, e.Target}] = true
	}
	for a := range shown {
		reach := map[catalog.AssetID]bool{}
		grow := []catalog.AssetID{a}
		for len(grow) > 0 {
			at := grow[0]
			grow = grow[1:]
			for _, e := range whole.Edges {
				if e.Source == at && !reach[e.Target] {
					if reach[e.Target] = true; !shown[e.Target] {
						grow = append(grow, e.Target)
					}
				}
			}
		}
		for b := range shown {
			if a != b && reach[b] != have[[2]catalog.AssetID{a, b}] {
				rt.Fatalf("%+v %+v: an edge from %s to %s: %v, want %v", q, f, a, b, !reach[b], reach[b])
			}
		}
	}
	if q.AsOf.IsZero() {
		mem, err := graph.FilteredWalk(rt.Context(), topo, s, q, f)
		if mem.Position = 0; err != nil || fmt.Sprint(mem) != fmt.Sprint(got) {
			rt.Fatalf("%+v %+v: the topology answers\n%v\nthe store\n%v\n%v", q, f, mem, got, err)
		}
	}
}
