package graph

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// loadOutputs reads what jobs write that break and are not part of the walk.
func (f *fieldImpact) loadOutputs(ctx context.Context, asOf time.Time) error {
	var jobs []catalog.AssetID
	for job, h := range f.jobs {
		if _, walked := f.border[job]; !walked && h.severity == Breaking {
			jobs = append(jobs, job)
		}
	}
	slices.SortFunc(jobs, catalog.AssetID.Compare)
	for part := range slices.Chunk(jobs, chunk) {
		edges, more, err := f.src.Neighbours(ctx, NeighbourQuery{Frontier: part, Direction: Downstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, AsOf: asOf, Limit: edgeBudget})
		if err != nil {
			return fmt.Errorf("read what jobs write: %w", err)
		}
		f.cut = f.cut || more
		for _, e := range edges {
			if _, walked := f.border[e.Target]; walked {
				f.aside, f.outputs[e.Source] = append(f.aside, e), append(f.outputs[e.Source], e.Target)
			}
		}
	}
	return nil
}

// age finds what is fed by something that breaks, whatever it takes of it: a job
// that fails writes nothing any more, so that all its outputs break with it, and
// what is made of these grows old. It ends at the dataset that changes, for who
// changes it changes what makes it, such as a job that merges into what it reads.
func (f *fieldImpact) age() {
	f.broken, f.ageing, f.unwritten = map[catalog.AssetID]bool{}, map[catalog.AssetID]catalog.AssetID{}, map[catalog.AssetID]bool{}
	if f.change.Kind.severity(UseFed) == unaffected {
		return
	}
	var queue []catalog.AssetID
	for _, n := range f.l.Nodes { // the nearest explain what they feed
		if n.Asset != f.change.Asset && f.breaks(n.Asset) {
			f.broken[n.Asset] = true
			queue = append(queue, n.Asset)
		}
	}
	queue = append(queue, f.outputsOfBroken()...)
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range f.after(at) {
			if _, known := f.ageing[next]; !known && !f.broken[next] && next != f.change.Asset {
				f.ageing[next] = at
				queue = append(queue, next)
			}
		}
	}
}

// after are what data of an asset goes to.
func (f *fieldImpact) after(at catalog.AssetID) []catalog.AssetID {
	out := slices.Concat(f.readers[at], f.outputs[at], f.handed[at])
	for _, fl := range f.derived[at] {
		out = append(out, fl.target)
	}
	return out
}

// outputsOfBroken notes what is not written any more, by its job's word or by its
// own, and does not break by a column of its own.
func (f *fieldImpact) outputsOfBroken() (out []catalog.AssetID) {
	for _, e := range slices.Concat(f.l.Edges, f.aside) {
		maker := e.Job
		if e.Type == catalog.EdgeWrites {
			maker = e.Source
		}
		if e.Type == catalog.EdgeReads || e.Jobs || f.jobs[maker].severity != Breaking {
			continue
		}
		if slices.Contains(f.outputs[maker], e.Source) { // made of its output by somebody else, who announced it to the job (exposures of dbt)
			continue
		}
		f.broken[maker] = true
		if to := e.Target; !f.broken[to] && !f.unwritten[to] && to != f.change.Asset {
			f.unwritten[to], f.ageing[to] = true, maker
			out = append(out, to)
		}
	}
	return out
}

func (f *fieldImpact) breaks(id catalog.AssetID) bool {
	for _, h := range f.reached[id] {
		if h.severity == Breaking {
			return true
		}
	}
	return f.jobs[id].severity == Breaking
}

// aged is what holds for an asset that is fed by something that breaks.
func (f *fieldImpact) aged(n Node) hit {
	if _, ageing := f.ageing[n.Asset]; !ageing {
		return hit{}
	}
	use := UseFed
	if f.unwritten[n.Asset] {
		use = UseOutput
	}
	return hit{severity: f.change.Kind.severity(use), reason: wholeWords(f.change.Kind, use)}
}

// overBroken is how a place is fed by what breaks, and how that is reached.
func (f *fieldImpact) overBroken(_ hit, to place) ([]place, Confidence) {
	if f.steps == nil {
		f.steps = f.fed()
	}
	var out []place
	at, sure := to.asset, ByRuns
	for ; !f.broken[at]; at = f.ageing[at] {
		out, sure = append(out, place{asset: at}), sure.Weaker(f.steps[[2]catalog.AssetID{f.ageing[at], at}])
	}
	slices.Reverse(out)
	way, before := f.explained(at)
	return append(way, out...), sure.Weaker(before)
}
