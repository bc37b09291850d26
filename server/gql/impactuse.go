package gql

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of what one impact looks at to say what was last used: the affected
// assets, worst first, and who reads them, a part of the datasets at a time. Of the
// rest it is not known.
const (
	maxUsed     = 2000
	maxReaders  = 5000
	readersPart = 100
)

// usesOf says once it is asked, for all of an answer at a time, when each affected
// asset was last used. Of the past nobody knows: edges are those of then, the
// newest runs those of now.
func (q query) usesOf(ctx context.Context, im graph.Impact, past bool) model.Uses {
	if past {
		return func() (map[catalog.AssetID]model.Use, error) { return nil, nil }
	}
	return sync.OnceValues(func() (map[catalog.AssetID]model.Use, error) {
		var ids []catalog.AssetID
		for _, i := range im.Affected[:min(len(im.Affected), maxUsed)] {
			ids = append(ids, i.Asset)
		}
		return q.lastUses(ctx, ids)
	})
}

func (q query) lastUses(ctx context.Context, ids []catalog.AssetID) (map[catalog.AssetID]model.Use, error) {
	named, err := q.History.Named(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	users, datasets := map[catalog.AssetID][]catalog.AssetID{}, []catalog.AssetID{}
	for _, n := range named {
		switch {
		case n.ID.IsZero() || n.Name.Namespace == "": // hidden
		case n.Name.Type == catalog.TypeJob:
			users[n.ID] = []catalog.AssetID{n.ID}
		default:
			datasets = append(datasets, n.ID)
		}
	}
	if err := addReaders(ctx, q.Graph, datasets, maxReaders, users); err != nil {
		return nil, err
	}
	return q.usedBy(ctx, users)
}

// addReaders adds the jobs that read datasets, or make something of them by their
// own word. It ends at the first part of them that has more than are left of most,
// where none is known to be all.
func addReaders(ctx context.Context, g graph.Neighbourer, datasets []catalog.AssetID, most int, users map[catalog.AssetID][]catalog.AssetID) error {
	for part := range slices.Chunk(datasets, readersPart) {
		if most <= 0 {
			return nil
		}
		ordered := slices.SortedFunc(slices.Values(part), catalog.AssetID.Compare)
		edges, more, err := g.Neighbours(ctx, graph.NeighbourQuery{Frontier: ordered, Direction: graph.Downstream, Types: []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeDerives}, Limit: most})
		if err != nil {
			return fmt.Errorf("read who reads what is affected: %w", err)
		}
		if more {
			return nil
		}
		most -= len(edges)
		readBy(part, edges, users)
	}
	return nil
}

// readBy files who reads datasets that have these edges and no others.
func readBy(datasets []catalog.AssetID, edges []catalog.Edge, users map[catalog.AssetID][]catalog.AssetID) {
	for _, id := range datasets {
		users[id] = nil
	}
	for _, e := range edges {
		by := e.Maker()
		if e.Type == catalog.EdgeReads {
			by = e.Target
		}
		if !by.IsZero() {
			users[e.Source] = append(users[e.Source], by)
		}
	}
}

// usedBy gives each asset the newest run of who uses it. Where a hidden job uses
// it too, none that may be shown is not none.
func (q query) usedBy(ctx context.Context, users map[catalog.AssetID][]catalog.AssetID) (map[catalog.AssetID]model.Use, error) {
	var jobs []catalog.AssetID
	last := map[catalog.AssetID]time.Time{}
	for _, by := range users {
		for _, job := range by {
			if _, known := last[job]; !known {
				last[job], jobs = time.Time{}, append(jobs, job)
			}
		}
	}
	named, err := q.History.Named(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	hidden := map[catalog.AssetID]bool{}
	for i, n := range named {
		hidden[jobs[i]] = n.ID.IsZero() || n.Name.Namespace == ""
	}
	runs, err := q.History.LatestRuns(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("read newest runs: %w", err)
	}
	for _, r := range runs {
		if r.StartedAt.After(last[r.Asset]) {
			last[r.Asset] = r.StartedAt
		}
	}
	out := make(map[catalog.AssetID]model.Use, len(users))
	for id, by := range users {
		u := model.Use{Seen: catalog.False}
		for _, job := range by {
			switch {
			case last[job].After(u.At):
				u = model.Use{Seen: catalog.True, At: last[job]}
			case hidden[job] && u.Seen == catalog.False:
				u.Seen = catalog.Unknown
			}
		}
		out[id] = u
	}
	return out, nil
}
