package graph

import (
	"cmp"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// expand reads one hop of the granularity: a direct edge, or two edges through
// a job (BY DATASET) or a dataset (BY JOB), which become one DERIVES edge.
func (w *walker) expand(d Direction, ids []catalog.AssetID) ([]catalog.Edge, error) {
	edges, err := w.read(d, ids, w.t.Types)
	if err != nil {
		return nil, err
	}
	switch w.t.Granularity {
	case ByDataset:
		return w.collapse(d, edges, map[Direction][2]catalog.EdgeType{
			Downstream: {catalog.EdgeReads, catalog.EdgeWrites}, Upstream: {catalog.EdgeWrites, catalog.EdgeReads}}[d])
	case ByJob:
		return w.collapse(d, edges, map[Direction][2]catalog.EdgeType{
			Downstream: {catalog.EdgeWrites, catalog.EdgeReads}, Upstream: {catalog.EdgeReads, catalog.EdgeWrites}}[d])
	}
	return edges, nil
}

// passage is an edge into what is collapsed. by is who states how its data gets
// on from there, when somebody does who stands at no end.
type passage struct {
	edge catalog.Edge
	by   catalog.AssetID
}

// links reports whether an edge leads from one asset that is collapsed to
// another.
func (w *walker) links(e catalog.Edge) bool {
	return e.Type == catalog.EdgeDerives && e.Source != e.Target && e.Jobs == (w.t.Granularity == ByDataset)
}

// collapse replaces each edge of the type hop[0] by what continues it with
// hop[1]. Other edges stay: they begin at a root of the kind that is collapsed. Of
// a dataset, what is made of it without a job is no node BY JOB: it leads on.
func (w *walker) collapse(d Direction, first []catalog.Edge, hop [2]catalog.EdgeType) ([]catalog.Edge, error) {
	var out []catalog.Edge
	by := map[catalog.AssetID][]passage{}
	var middle []catalog.AssetID
	for _, e := range first {
		p, mid := passage{edge: e}, farOf(d, e)
		switch {
		case e.Type == hop[0]:
		case w.t.Granularity == ByJob && e.Type == catalog.EdgeDerives && !e.Jobs:
			if p.by = e.Job; !w.links(e) {
				continue
			}
		default:
			out = append(out, e)
			continue
		}
		if by[mid] == nil {
			middle = append(middle, mid)
		}
		by[mid] = append(by[mid], p)
	}
	if !slices.Contains(w.t.Types, hop[1]) {
		middle = nil
	}
	middle, err := w.chain(d, by, middle)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(middle, chunk) {
		second, err := w.read(d, part, []catalog.EdgeType{hop[1]})
		if err != nil {
			return nil, err
		}
		out = w.join(d, out, by, second)
	}
	slices.SortStableFunc(out, func(a, b catalog.Edge) int {
		return cmp.Or(nearOf(d, a).Compare(nearOf(d, b)), CompareEdges(d, a, b))
	})
	return slices.CompactFunc(out, func(a, b catalog.Edge) bool { return idOf(a) == idOf(b) }), nil
}

// chain adds the jobs that take their data from the jobs in the middle, or the
// datasets that are made of those there, and so on: what reaches one reaches them
// all.
func (w *walker) chain(d Direction, by map[catalog.AssetID][]passage, middle []catalog.AssetID) ([]catalog.AssetID, error) {
	if !slices.Contains(w.t.Types, catalog.EdgeDerives) {
		return middle, nil
	}
	budget := edgeBudget
	for next := middle; len(next) > 0; {
		part := next[:min(chunk, len(next))]
		next = next[len(part):]
		edges, err := w.read(d, part, []catalog.EdgeType{catalog.EdgeDerives})
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			far := farOf(d, e)
			known, news := by[far] != nil, 0
			if w.links(e) {
				news = reachOn(d, by, e)
			}
			if news == 0 {
				continue
			}
			if next = append(next, far); !known {
				middle = append(middle, far)
			}
			if budget -= news; budget < 0 {
				w.cut.add(CutMemory)
				return middle, nil
			}
		}
	}
	return middle, nil
}

// reachOn lets what reaches one end of an edge reach the other and says how much
// of it is news. What comes back to where it began is none.
func reachOn(d Direction, by map[catalog.AssetID][]passage, e catalog.Edge) (news int) {
	far := farOf(d, e)
	have := map[edgeID]bool{}
	for _, p := range by[far] {
		have[idOf(p.edge)] = true
	}
	for _, p := range by[nearOf(d, e)] {
		if have[idOf(p.edge)] || nearOf(d, p.edge) == far {
			continue
		}
		if p.edge = within(e, p.edge); !e.Jobs && !e.Job.IsZero() {
			p.by = e.Job
		}
		by[far] = append(by[far], p)
		news++
	}
	return news
}

// join adds one edge for every two that meet in the middle.
func (w *walker) join(d Direction, out []catalog.Edge, by map[catalog.AssetID][]passage, second []catalog.Edge) []catalog.Edge {
	for _, s := range second {
		for _, p := range by[nearOf(d, s)] {
			if len(out) >= edgeBudget {
				w.cut.add(CutMemory)
				return out
			}
			out = append(out, joined(d, p, s))
		}
	}
	return out
}

// joined holds while both edges hold.
func joined(d Direction, p passage, s catalog.Edge) catalog.Edge {
	f := p.edge
	e := catalog.Edge{Type: catalog.EdgeDerives, Job: cmp.Or(p.by, nearOf(d, s)), Origin: s.Origin, From: s.From, To: s.To, Run: s.Run, Policy: s.Policy, Source: f.Source, Target: s.Target}
	if d == Upstream {
		e.Source, e.Target = s.Source, f.Target
	}
	return within(f, e)
}
