package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Counter is a Neighbourer that counts where it would have too much to list.
type Counter interface {
	// Beyond counts, for each asset of the frontier, the assets at the other ends of
	// the edges that Neighbours would give, but for those of taken. Limit, Fields and
	// Stated are not looked at; an asset with nothing beyond it may be left out. nil:
	// it cannot count.
	Beyond(ctx context.Context, q NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error)
}

// fellShort notes that not all edges of an asset were read. Of what a hop makes of
// two edges nobody could count the rest.
func (w *walker) fellShort(d Direction, id catalog.AssetID) {
	for _, s := range w.sides {
		if s.d == d && w.t.Granularity == ByAsset {
			s.short = append(s.short, id)
		}
	}
}

// countBeyond counts what the edges that were not read lead to, where the source can.
func (w *walker) countBeyond() error {
	c, ok := w.src.(Counter)
	if !ok || !slices.ContainsFunc(w.sides, func(s *side) bool { return len(s.short) > 0 }) {
		return nil
	}
	var taken []catalog.AssetID
	for p := range w.nodes {
		taken = append(taken, p.asset)
	}
	for _, s := range w.sides {
		for part := range slices.Chunk(s.short, chunk) {
			n, err := c.Beyond(w.ctx, NeighbourQuery{Frontier: part, Direction: s.d, Types: w.t.Types, AsOf: w.t.AsOf}, taken)
			if err != nil {
				return fmt.Errorf("count what is hidden: %w", err)
			}
			if n == nil {
				return nil
			}
			for _, id := range part {
				s.beyond[id] = n[id]
			}
		}
	}
	return nil
}

// Beyond counts what is laid over with what is stored.
func (l laid) Beyond(ctx context.Context, q NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	c, ok := l.Behind.(Counter)
	if !ok {
		return nil, nil
	}
	bare := q
	bare.Frontier = nil
	laid := map[catalog.AssetID]int{}
	for _, id := range q.Frontier {
		far := l.over.far(q, id, taken)
		if len(far) == 0 {
			bare.Frontier = append(bare.Frontier, id)
			continue
		}
		one := q
		one.Frontier = []catalog.AssetID{id}
		n, err := c.Beyond(ctx, one, slices.Concat(taken, far))
		if n == nil || err != nil {
			return nil, err
		}
		laid[id] = n[id] + len(far)
	}
	out, err := c.Beyond(ctx, bare, taken)
	if out == nil || err != nil {
		return nil, err
	}
	maps.Copy(out, laid)
	return out, nil
}

// far are the assets that edges laid over lead to from one, but for those of taken.
func (o *Overlay) far(q NeighbourQuery, id catalog.AssetID, taken []catalog.AssetID) (out []catalog.AssetID) {
	if !q.AsOf.IsZero() {
		return nil
	}
	for _, e := range o.by[sideOf(q.Direction)][id] {
		if to := farOf(q.Direction, e); slices.Contains(q.Types, e.Type) && !slices.Contains(taken, to) && !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	return out
}
