package graph

import (
	"slices"

	"github.com/weirhq/weir/catalog"
)

// SortStated puts what jobs state into the order of a Neighbours answer: by
// who states it, then as CompareBySource.
func SortStated(edges []catalog.Edge) {
	slices.SortFunc(edges, func(a, b catalog.Edge) int {
		if c := a.Job.Compare(b.Job); c != 0 {
			return c
		}
		return CompareBySource(a, b)
	})
}

// statedBy answers a NeighbourQuery of what jobs state.
func (t *Topology) statedBy(q NeighbourQuery) ([]catalog.Edge, bool, error) {
	if !q.AsOf.IsZero() {
		return nil, false, errCurrentOnly
	}
	g, done, err := t.read()
	if err != nil {
		return nil, false, err
	}
	defer done()
	var out []catalog.Edge
	for _, id := range q.Frontier {
		out = append(out, g.stated(id)...)
	}
	SortStated(out)
	if q.Limit > 0 && len(out) > q.Limit {
		return out[:q.Limit], true, nil
	}
	return out, false, nil
}
