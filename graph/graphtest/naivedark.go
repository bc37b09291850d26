package graphtest

import (
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// unlit reports whether data gets on from what a walk of columns reaches by a
// job that does not state its columns.
func (m model) unlit(q graph.Traversal) bool {
	if q.Granularity != graph.ByField {
		return false
	}
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		if q.Direction != d && q.Direction != graph.Both {
			continue
		}
		reached, _ := m.distances(q, d, nil)
		if len(m.beyond(q, d, reached)) > 0 {
			return true
		}
	}
	return false
}

// beyond is where data of what is reached goes to, or comes from, in the dark.
func (m model) beyond(q graph.Traversal, d graph.Direction, reached map[spot]int) map[catalog.AssetID]bool {
	_, fields := m.at(q.AsOf)
	var assets []catalog.Edge
	for _, r := range m {
		for _, e := range r.Edges {
			far := e.Target
			if d == graph.Upstream {
				far = e.Source
			}
			if e.At(q.AsOf) && !e.FieldLevel() && slices.Contains(dataTypes, e.Type) && !m[far].Asset.Internal {
				assets = append(assets, e)
			}
		}
	}
	lit := func(job, from, to catalog.AssetID) bool {
		return slices.ContainsFunc(fields, func(f catalog.Edge) bool { return states(f, job, from, to) && !m[f.Source].Asset.Internal })
	}
	out := map[catalog.AssetID]bool{}
	for at := range reached {
		for _, e := range assets {
			switch {
			case d == graph.Downstream && e.Source == at.id:
				m.after(e, assets, lit, out)
			case d == graph.Upstream && e.Target == at.id:
				m.before(e, assets, lit, out)
			}
		}
	}
	return out
}

// hands are a job and all that it hands its data to (or takes it from), over
// any others.
func (m model) hands(d graph.Direction, job catalog.AssetID, assets []catalog.Edge) map[catalog.AssetID]bool {
	out := map[catalog.AssetID]bool{job: true}
	for grown := true; grown; {
		grown = false
		for _, e := range assets {
			from, to := e.Source, e.Target
			if d == graph.Upstream {
				from, to = to, from
			}
			if e.Jobs && out[from] && !out[to] {
				out[to], grown = true, true
			}
		}
	}
	return out
}

// after is what follows an edge that leaves what is reached.
func (m model) after(e catalog.Edge, assets []catalog.Edge, lit func(job, from, to catalog.AssetID) bool, out map[catalog.AssetID]bool) {
	switch {
	case e.Type == catalog.EdgeWrites:
		out[e.Target] = true
	case e.Type == catalog.EdgeDerives && !e.Jobs:
		if !lit(e.Job, e.Source, e.Target) {
			out[e.Target] = true
		}
	default:
		for job := range m.hands(graph.Downstream, e.Target, assets) {
			last := true
			for _, w := range assets {
				switch {
				case w.Source != job:
				case w.Type == catalog.EdgeWrites:
					if last = false; !lit(job, job, w.Target) {
						out[w.Target] = true
					}
				case w.Type == catalog.EdgeDerives:
					last = false
				}
			}
			if last {
				out[job] = true
			}
		}
	}
}

// before is what precedes an edge that enters what is reached.
func (m model) before(e catalog.Edge, assets []catalog.Edge, lit func(job, from, to catalog.AssetID) bool, out map[catalog.AssetID]bool) {
	maker := e.Job
	switch {
	case e.Type == catalog.EdgeReads:
		out[e.Source] = true
		return
	case e.Jobs:
		maker = e.Source
	case e.Type == catalog.EdgeWrites:
		if maker = e.Source; lit(maker, maker, e.Target) {
			return
		}
	case lit(maker, e.Source, e.Target):
		return
	default:
		out[e.Source] = true
	}
	for job := range m.hands(graph.Upstream, maker, assets) {
		for _, r := range assets {
			if r.Type == catalog.EdgeReads && r.Target == job {
				out[r.Source] = true
			}
		}
	}
}

// unlitWays reports whether a way over columns may be hidden from a search.
func (m model) unlitWays(q graph.PathQuery) bool {
	if q.Granularity != graph.ByField {
		return false
	}
	t := graph.Traversal{Roots: []catalog.AssetID{q.From}, Granularity: q.Granularity, Direction: graph.Downstream, Depth: 100, AsOf: q.AsOf}
	reached, _ := m.distances(t, graph.Downstream, nil)
	far := m.beyond(t, graph.Downstream, reached)
	t.Roots, t.Granularity, t.Direction = []catalog.AssetID{q.To}, graph.ByAsset, graph.Upstream
	end, _ := m.distances(t, graph.Upstream, nil)
	for at := range end {
		if far[at.id] {
			return true
		}
	}
	return false
}
