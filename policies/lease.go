package policies

import (
	"context"
	"slices"
	"time"

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

// inTurn gives runs of a job to leases without a reference: to each one that began
// while it held and that no action of weir's started.
func (g *Gatherer) inTurn(ctx context.Context, job catalog.AssetID, list []*lease, taken map[catalog.RunKey]bool) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *lease) int { return a.At.Compare(b.At) })
	until := time.Time{}
	for _, l := range list {
		until = lastOf(until, l.until())
	}
	runs, err := g.startedWithin(ctx, job, list[0].At, until)
	if err != nil {
		return err
	}
	for _, l := range list {
		i := slices.IndexFunc(runs, func(r catalog.Run) bool {
			return !taken[r.Key] && !r.StartedAt.Before(l.At) && !r.StartedAt.After(l.until()) && !byWeir(r)
		})
		if i >= 0 {
			l.run, taken[runs[i].Key] = &runs[i], true
		}
	}
	return nil
}

// unleased is how long the run of an answer without a lease, of a policy that
// observes, is looked for.
const unleased = 10 * time.Minute

// until is when the run has to have begun.
func (l lease) until() time.Time {
	if l.Lease == nil {
		return l.At.Add(unleased)
	}
	return l.Lease.Expires
}

// byWeir: an action of weir's started the run.
func byWeir(r catalog.Run) bool {
	return slices.ContainsFunc([]*catalog.RunRef{r.Parent, r.Root}, func(ref *catalog.RunRef) bool {
		return ref != nil && ref.Job.Namespace == catalog.InternalNamespace
	})
}

// startedWithin are the runs of a job that began from one time to another, the
// oldest first; of more than maxOfRefs the newest.
func (g *Gatherer) startedWithin(ctx context.Context, job catalog.AssetID, from, to time.Time) (runs []catalog.Run, err error) {
	q := RunQuery{Jobs: []catalog.AssetID{job}, StartedAfter: from.Add(-1), StartedBefore: to.Add(1), Limit: maxLeases}
	seen := map[catalog.RunKey]bool{}
	for len(runs) < maxOfRefs {
		page, err := g.History.Runs(ctx, q)
		if err != nil {
			return nil, err
		}
		before := len(runs)
		for _, r := range page {
			if !seen[r.Key] {
				seen[r.Key], runs = true, append(runs, r)
			}
		}
		if len(page) < q.Limit || len(runs) == before {
			break
		}
		q.StartedBefore = page[len(page)-1].StartedAt.Add(1) // those of the same time once more
	}
	slices.Reverse(runs)
	return runs, nil
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
