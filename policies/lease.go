package policies

import (
	"context"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// lease is an answer of the gate that let a run through, with that run once it
// was heard of.
type lease struct {
	catalog.GateAnswer
	run *catalog.Run
}

// heard finds the runs of answers. Those without a reference take the runs of
// their job in turn, the oldest answer first: each the first run that began after
// it and that is no other's, so that two places are not both taken for one run.
func (g *Gatherer) heard(ctx context.Context, answers []catalog.GateAnswer) ([]lease, error) {
	byJob := map[catalog.AssetID][]*lease{}
	out := make([]lease, len(answers))
	for i, a := range answers {
		job, _, err := g.History.Resolve(ctx, a.Job)
		if err != nil {
			return nil, err
		}
		out[i].GateAnswer = a
		byJob[job] = append(byJob[job], &out[i])
	}
	for job, list := range byJob {
		if err := g.heardOf(ctx, job, list); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (g *Gatherer) heardOf(ctx context.Context, job catalog.AssetID, list []*lease) error {
	var refs []string
	var nameless []*lease
	for _, l := range list {
		if l.RunRef == "" {
			nameless = append(nameless, l)
		} else if !slices.Contains(refs, l.RunRef) {
			refs = append(refs, l.RunRef)
		}
	}
	runs, err := g.runsOfRefs(ctx, job, refs)
	if err != nil {
		return err
	}
	taken := map[catalog.RunKey]bool{}
	for _, l := range list {
		if run, ok := runs[l.RunRef]; ok {
			l.run, taken[run.Key] = &run, true
		}
	}
	return g.inTurn(ctx, job, nameless, taken)
}

// inTurn gives runs of a job to leases without a reference.
func (g *Gatherer) inTurn(ctx context.Context, job catalog.AssetID, list []*lease, taken map[catalog.RunKey]bool) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *lease) int { return a.At.Compare(b.At) })
	runs, err := g.History.Runs(ctx, RunQuery{Jobs: []catalog.AssetID{job}, StartedAfter: list[0].At.Add(-1), Limit: max(maxLeases, len(list))})
	if err != nil {
		return err
	}
	slices.Reverse(runs) // the oldest first
	for _, l := range list {
		i := slices.IndexFunc(runs, func(r catalog.Run) bool { return !taken[r.Key] && !r.StartedAt.Before(l.At) })
		if i >= 0 {
			l.run, taken[runs[i].Key] = &runs[i], true
		}
	}
	return nil
}

// maxOfRef bounds how many runs of what is around a job are looked at for one run
// reference, maxOfRefs for all of them.
const (
	maxOfRef  = 50
	maxOfRefs = 5000
)

// runsOfRefs are the runs that asked about a job by run references. A tool's own
// id is that of one run only within a job and what it contains or lies in:
// schedules give the same id to the runs of many jobs. A run id of OpenLineage
// is of one run anywhere, and a run outside may ask for a job. A run of the job
// itself counts before one around it.
func (g *Gatherer) runsOfRefs(ctx context.Context, job catalog.AssetID, refs []string) (map[string]catalog.Run, error) {
	out := map[string]catalog.Run{}
	if len(refs) == 0 {
		return out, nil
	}
	own := []catalog.AssetID{job}
	around, err := g.family(newReader(ctx, g.History), &Snapshot{Asset: job})
	if err != nil {
		return nil, err
	}
	for _, jobs := range [][]catalog.AssetID{own, around, nil} {
		if err := g.byRefs(ctx, jobs, refs, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// byRefs looks among jobs, all of them when none are given, for the references
// that have no run yet.
func (g *Gatherer) byRefs(ctx context.Context, jobs []catalog.AssetID, refs []string, out map[string]catalog.Run) error {
	for _, by := range []func(*RunQuery, []string){
		func(q *RunQuery, refs []string) { q.RunIDs = refs },
		func(q *RunQuery, refs []string) { q.ExternalIDs = refs },
	} {
		left := slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { _, ok := out[ref]; return ok })
		q := RunQuery{Jobs: jobs, Limit: min(maxOfRef*len(left), maxOfRefs)}
		by(&q, left)
		if len(left) == 0 || len(jobs) == 0 && len(q.ExternalIDs) > 0 {
			continue
		}
		runs, err := g.History.Runs(ctx, q)
		if err != nil {
			return err
		}
		for _, run := range runs {
			for _, ref := range []string{run.Key.RunID, run.ExternalID} {
				if _, known := out[ref]; !known && slices.Contains(left, ref) {
					out[ref] = run
				}
			}
		}
	}
	return nil
}
