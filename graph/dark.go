package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// dark finds where data flows on from datasets without column lineage. What a
// job makes of a dataset is lit when it states column lineage for it at all: it
// then passes on what this says and nothing else. Else its columns may be made of
// any that the job reads, and a walk of columns ends there without knowing. What
// no job states lights the two datasets that it names and no others.
type dark struct {
	ctx  context.Context
	src  Neighbourer
	asOf time.Time
	// lit are flows with column lineage, known those looked up.
	lit, known map[flow]bool
	// cut: an answer was longer than what may be read.
	cut bool
}

func newDark(ctx context.Context, src Neighbourer, asOf time.Time, fields []catalog.Edge) *dark {
	k := &dark{ctx: ctx, src: src, asOf: asOf, lit: map[flow]bool{}, known: map[flow]bool{}}
	k.light(fields)
	return k
}

func (k *dark) light(fields []catalog.Edge) {
	for _, e := range fields {
		k.lit[flowOf(e.Job, e.Source, e.Target)] = true
	}
}

// beyond are the assets that data of these comes from, or goes to, without
// column lineage: datasets, and jobs that read and are not known to write. A
// job among them has no columns, so that nothing of it is lit.
func (k *dark) beyond(d Direction, ids []catalog.AssetID) (map[catalog.AssetID]bool, error) {
	far := map[catalog.AssetID]bool{}
	for part := range slices.Chunk(ids, chunk) {
		edges, err := k.read(NeighbourQuery{Frontier: part, Direction: d, Types: lineageTypes})
		if err != nil {
			return nil, err
		}
		if d == Upstream {
			err = k.sources(edges, far)
		} else {
			err = k.targets(edges, far)
		}
		if err != nil {
			return nil, err
		}
	}
	return far, nil
}

// targets follows edges that leave datasets downstream.
func (k *dark) targets(edges []catalog.Edge, far map[catalog.AssetID]bool) error {
	var readers []catalog.AssetID
	flows := map[flow]bool{}
	for _, e := range edges {
		switch {
		case e.Type == catalog.EdgeReads || e.Jobs:
			readers = append(readers, e.Target)
		case e.Type == catalog.EdgeWrites: // of a job that the walk began at
			far[e.Target] = true
		default:
			flows[flowOf(e.Job, e.Source, e.Target)] = true
		}
	}
	given, err := k.chain(Downstream, readers)
	if err != nil {
		return err
	}
	for job, list := range given {
		if len(list) == 0 {
			far[job] = true
		}
		for _, e := range list {
			if e.Type == catalog.EdgeWrites {
				flows[flow{job: e.Source, target: e.Target}] = true
			}
		}
	}
	unlit, err := k.unlit(flows)
	for _, fl := range unlit {
		far[fl.target] = true
	}
	return err
}

// sources follows edges that enter datasets upstream. A job that nothing goes
// into hides no column.
func (k *dark) sources(edges []catalog.Edge, far map[catalog.AssetID]bool) error {
	var makers []catalog.AssetID
	flows, derived := map[flow]bool{}, map[flow][]catalog.AssetID{}
	for _, e := range edges {
		switch {
		case e.Jobs:
			makers = append(makers, e.Source)
		case e.Type == catalog.EdgeReads: // of a job that the walk began at
			far[e.Source] = true
		case e.Type == catalog.EdgeWrites:
			flows[flow{job: e.Source, target: e.Target}] = true
		default:
			fl := flowOf(e.Job, e.Source, e.Target)
			flows[fl], derived[fl] = true, append(derived[fl], e.Source)
		}
	}
	unlit, err := k.unlit(flows)
	if err != nil {
		return err
	}
	for _, fl := range unlit {
		for _, id := range derived[fl] {
			far[id] = true
		}
		if !fl.job.IsZero() {
			makers = append(makers, fl.job)
		}
	}
	given, err := k.chain(Upstream, makers)
	for _, list := range given {
		for _, e := range list {
			if e.Type == catalog.EdgeReads {
				far[e.Source] = true
			}
		}
	}
	return err
}

// chain reads what jobs, and those that they hand data to or take it from, have
// beyond them, by job.
func (k *dark) chain(d Direction, jobs []catalog.AssetID) (map[catalog.AssetID][]catalog.Edge, error) {
	types := []catalog.EdgeType{catalog.EdgeWrites, catalog.EdgeDerives}
	if d == Upstream {
		types[0] = catalog.EdgeReads
	}
	out := map[catalog.AssetID][]catalog.Edge{}
	for len(jobs) > 0 {
		slices.SortFunc(jobs, catalog.AssetID.Compare)
		jobs = slices.DeleteFunc(slices.Compact(jobs), func(id catalog.AssetID) bool { _, known := out[id]; return known })
		var next []catalog.AssetID
		for part := range slices.Chunk(jobs, chunk) {
			edges, err := k.read(NeighbourQuery{Frontier: part, Direction: d, Types: types})
			if err != nil {
				return nil, err
			}
			for _, id := range part {
				out[id] = nil
			}
			for _, e := range edges {
				if out[nearOf(d, e)] = append(out[nearOf(d, e)], e); e.Jobs {
					next = append(next, farOf(d, e))
				}
			}
		}
		jobs = next
	}
	return out, nil
}

// unlit picks the flows without column lineage.
func (k *dark) unlit(flows map[flow]bool) (out []flow, err error) {
	asked := map[catalog.AssetID]bool{}
	for fl := range flows {
		if !k.lit[fl] && !k.known[fl] {
			asked[fl.target], k.known[fl] = true, true
		}
	}
	for part := range slices.Chunk(slices.SortedFunc(maps.Keys(asked), catalog.AssetID.Compare), chunk) {
		fields, err := k.read(NeighbourQuery{Frontier: part, Direction: Upstream, Fields: true})
		if err != nil {
			return nil, err
		}
		k.light(fields)
	}
	for fl := range flows {
		if !k.lit[fl] {
			out = append(out, fl)
		}
	}
	return out, nil
}

func (k *dark) read(q NeighbourQuery) ([]catalog.Edge, error) {
	q.AsOf, q.Limit = k.asOf, edgeBudget
	edges, more, err := k.src.Neighbours(k.ctx, q)
	k.cut = k.cut || more
	if err != nil {
		return nil, fmt.Errorf("look for jobs without column lineage: %w", err)
	}
	return edges, nil
}

// reason is why not all was looked at.
func (k *dark) reason() CutReason {
	if k.cut {
		return CutMemory
	}
	return ""
}

// twilight notes that a walk of columns ends beside a job without column
// lineage. Where it was cut worse than by its depth nobody needs to know.
func (w *walker) twilight() error {
	if w.t.Granularity != ByField || w.t.within || cutRank[w.cut] > cutRank[CutNoColumns] {
		return nil
	}
	k := newDark(w.ctx, w.src, w.t.AsOf, slices.Collect(maps.Values(w.edges)))
	for _, s := range w.sides {
		far, err := k.beyond(s.d, assetsOf(slices.SortedFunc(maps.Keys(s.seen), comparePlaces)))
		if err != nil {
			return err
		}
		if len(far) > 0 {
			w.cut.add(CutNoColumns)
		}
	}
	w.cut.add(k.reason())
	return nil
}
