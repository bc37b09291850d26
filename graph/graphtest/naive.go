package graphtest

import (
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// spot is an asset, or one field of it.
type spot struct {
	id    catalog.AssetID
	field string
}

// hop is one step of a walk in the direction of data.
type hop struct{ from, to spot }

// hops are all steps that a traversal of one direction may take, found by
// looking at every edge.
func (m model) hops(q graph.Traversal) []hop {
	types := q.Types
	if len(types) == 0 {
		types = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}
	}
	fields := q.Granularity == graph.ByField
	var flat []catalog.Edge
	for _, r := range m {
		for _, e := range r.Edges {
			if e.At(q.AsOf) && e.FieldLevel() == fields && (fields || slices.Contains(types, e.Type)) {
				flat = append(flat, e)
			}
		}
	}
	var out []hop
	for _, e := range flat {
		switch {
		case fields:
			out = append(out, hop{spot{e.Source, e.SourceField}, spot{e.Target, e.TargetField}})
		case q.Granularity == graph.ByJob && e.Type == catalog.EdgeDerives && !e.Jobs:
		case !m.collapsed(q, e):
			out = append(out, hop{spot{id: e.Source}, spot{id: e.Target}})
		}
		for _, f := range flat {
			if m.joins(q, e, f, flat) {
				out = append(out, hop{spot{id: e.Source}, spot{id: f.Target}})
			}
		}
	}
	return out
}

// collapsed reports whether an edge is only part of a hop. One that begins at
// what the granularity leaves out is a hop of its own: only a root of that
// kind, or what it contains, is ever at its beginning.
func (m model) collapsed(q graph.Traversal, e catalog.Edge) bool {
	if e.Type != catalog.EdgeReads && e.Type != catalog.EdgeWrites {
		return false
	}
	if q.Granularity != graph.ByDataset && q.Granularity != graph.ByJob {
		return false
	}
	if q.Direction == graph.Upstream {
		return !m.middle(q, e.Target)
	}
	return !m.middle(q, e.Source)
}

// middle reports whether an asset is of the kind that a granularity leaves out.
func (m model) middle(q graph.Traversal, id catalog.AssetID) bool {
	return isJob(id) == (q.Granularity == graph.ByDataset)
}

func (m model) joins(q graph.Traversal, e, f catalog.Edge, all []catalog.Edge) bool {
	switch q.Granularity {
	case graph.ByDataset:
		return e.Type == catalog.EdgeReads && f.Type == catalog.EdgeWrites && m.chained(e.Target, f.Source, true, all, map[catalog.AssetID]bool{})
	case graph.ByJob:
		// A root that is a dataset begins with what is made of it.
		first, last := e.Type == catalog.EdgeWrites, f.Type == catalog.EdgeReads
		if q.Direction == graph.Upstream {
			last = last || between(f)
		} else {
			first = first || between(e)
		}
		return first && last && m.chained(e.Target, f.Source, false, all, map[catalog.AssetID]bool{})
	}
	return false
}

// between reports whether data flows from dataset to dataset.
func between(e catalog.Edge) bool { return e.Type == catalog.EdgeDerives && !e.Jobs }

// chained: one job is the other, or hands its data to it, over any others; or one
// dataset is the other, or the other is made of it, over any others.
func (m model) chained(from, to catalog.AssetID, jobs bool, all []catalog.Edge, seen map[catalog.AssetID]bool) bool {
	if m[from].Asset.Internal || seen[from] {
		return false
	}
	seen[from] = true
	return from == to || slices.ContainsFunc(all, func(e catalog.Edge) bool {
		return e.Type == catalog.EdgeDerives && e.Jobs == jobs && e.Source == from && m.chained(e.Target, to, jobs, all, seen)
	})
}

// isJob knows the jobs that the differential test draws, rows or not.
func isJob(id catalog.AssetID) bool {
	return slices.ContainsFunc([]string{"j", "k", "l"}, func(n string) bool { return Job(n).ID == id })
}

// check compares an answer with what the model finds by relaxing distances
// over all hops. Within the node budget everything has to be equal; beyond it,
// what is there has to be right and as much as allowed.
func (m model) check(q graph.Traversal, l graph.Lineage) error {
	distance, far := m.all(q)
	if want := min(len(distance), q.MaxNodes); len(l.Nodes) != want {
		return fmt.Errorf("%d nodes, want %d", len(l.Nodes), want)
	}
	for _, n := range l.Nodes {
		if d, ok := distance[spot{n.Asset, n.Field}]; !ok || d != n.Distance {
			return fmt.Errorf("%s %q at distance %d, want %d (%v)", n.Asset, n.Field, n.Distance, d, ok)
		}
	}
	want := graph.CutReason("")
	switch {
	case len(distance) > q.MaxNodes:
		want = graph.CutNodes
	case m.unlit(q):
		want = graph.CutNoColumns
	case far:
		want = graph.CutDepth
	}
	if l.Cut != want || l.Complete != (want == "") {
		return fmt.Errorf("cut %q, complete %v; want cut %q", l.Cut, l.Complete, want)
	}
	return m.checkHidden(q, l)
}

// all are the distances of what every side reaches, and whether there is more.
func (m model) all(q graph.Traversal) (map[spot]int, bool) {
	distance, far := map[spot]int{}, false
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		if q.Direction != d && q.Direction != graph.Both {
			continue
		}
		one, more := m.distances(q, d, nil)
		far = far || more
		for s, n := range one {
			if old, ok := distance[s]; !ok || n < old {
				distance[s] = n
			}
		}
	}
	return distance, far
}

// checkReached is check for a closure.
func (m model) checkReached(q graph.Traversal, c graph.Closure) error {
	q.Granularity = graph.ByAsset
	distance, far := m.all(q)
	if want := min(len(distance), q.MaxNodes); len(c.Reached) != want {
		return fmt.Errorf("%d assets, want %d", len(c.Reached), want)
	}
	last := 0
	for _, r := range c.Reached {
		if d, ok := distance[spot{id: r.Asset}]; !ok || d != r.Distance || d < last {
			return fmt.Errorf("%s at distance %d after %d, want %d (%v)", r.Asset, r.Distance, last, d, ok)
		}
		last = r.Distance
	}
	switch budget := len(distance) > q.MaxNodes; {
	case budget && c.Cut != graph.CutNodes, !budget && far && c.Cut != graph.CutDepth, !budget && !far && !c.Complete:
		return fmt.Errorf("cut %q, complete %v; beyond the budget %v, beyond the depth %v", c.Cut, c.Complete, budget, far)
	}
	return nil
}

// distances of what one side reaches, over what is shown (nil: everything), and
// whether there is more further on.
func (m model) distances(q graph.Traversal, d graph.Direction, shown map[spot]bool) (map[spot]int, bool) {
	out := map[spot]int{}
	for _, id := range q.Roots {
		out[spot{id: id}] = 0
	}
	one := q
	one.Direction = d
	hops := m.hops(one)
	for grown := true; grown; {
		grown = false
		for at, n := range out {
			for _, to := range m.next(hops, q, d, at) {
				if old, ok := out[to]; (!ok || n+1 < old) && (shown == nil || shown[to]) {
					out[to], grown = n+1, true
				}
			}
		}
	}
	more := false
	for s, n := range out {
		if n > q.Depth {
			delete(out, s)
			more = true
		}
	}
	return out, more
}

// next is what follows a spot; weir's own jobs never do. A spot or hop without
// a field stands for all.
func (m model) next(hops []hop, q graph.Traversal, d graph.Direction, at spot) (out []spot) {
	for _, h := range hops {
		near, far := h.from, h.to
		if d == graph.Upstream {
			near, far = far, near
		}
		same := near.field == at.field || at.field == "" || near.field == ""
		if near.id == at.id && same && !m[far.id].Asset.Internal && !slices.Contains(out, far) {
			out = append(out, far)
		}
	}
	return out
}

func (m model) checkHidden(q graph.Traversal, l graph.Lineage) error {
	shown := map[spot]bool{}
	for _, n := range l.Nodes {
		shown[spot{n.Asset, n.Field}] = true
	}
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		if q.Direction != d && q.Direction != graph.Both {
			continue
		}
		one := q
		one.Direction = d
		reached, _ := m.distances(q, d, shown)
		for _, n := range l.Nodes {
			if _, ok := reached[spot{n.Asset, n.Field}]; !ok {
				continue // only of the other side
			}
			want := 0
			for _, to := range m.next(m.hops(one), q, d, spot{n.Asset, n.Field}) {
				if !shown[to] {
					want++
				}
			}
			got := n.HiddenDownstream
			if d == graph.Upstream {
				got = n.HiddenUpstream
			}
			if got != want {
				return fmt.Errorf("%s %q hides %d %s, want %d", n.Asset, n.Field, got, d, want)
			}
		}
	}
	return nil
}
