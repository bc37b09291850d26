package policies

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/catalog"
)

// slots keeps the dispatcher and the gate from giving one free slot of a pool to
// two: each counts what is taken and writes down what it takes under the lock.
// Whoever counted before the gate gave another one away counts again.
type slots struct {
	mu sync.Mutex
	// given is how many slots the gate has given away. It is counted under the
	// lock, once what was given is written down, and read without: who counted
	// before that sees another number when it takes.
	given atomic.Int64
}

// maxLeases bounds how many answers of the gate are looked at for one policy.
const maxLeases = 200

// atGate is how many slots of a pool runs hold that the gate let through: from
// the answer on until the run has ended, or until the lease lapses when it never
// begins. frees is when the next lease lapses; zero: none does. A run that an
// action of held started is counted with that action.
func (g *Gatherer) atGate(ctx context.Context, pool *Pool, held []catalog.Action, now time.Time) (used int, frees time.Time, err error) {
	r := newReader(ctx, g.History)
	for _, p := range g.Policies.Get().Policies {
		if p.Admit.Pool != pool.Name || p.Select.Type != catalog.TypeJob || !p.Gates() {
			continue
		}
		n, lapses, err := g.letThrough(ctx, r, p, held, now)
		if err != nil {
			return 0, frees, err
		}
		used += n * min(max(1, p.Admit.Slots), pool.Slots)
		frees = soonest(frees, lapses)
	}
	return used, frees, nil
}

// letThrough counts the runs that the gate let through by a policy and that have
// not ended, without those that an action of held started.
func (g *Gatherer) letThrough(ctx context.Context, r *reader, p *Policy, held []catalog.Action, now time.Time) (n int, lapses time.Time, err error) {
	names, err := g.askers(ctx, r, p)
	if err != nil || len(names) == 0 {
		return 0, lapses, err
	}
	given, err := g.Ledger.GateAnswers(ctx, GateQuery{Jobs: names, Limit: maxLeases})
	if err != nil {
		return 0, lapses, err
	}
	for _, a := range given {
		if a.Lease == nil || a.Decision != catalog.DecideRun || a.At.Before(now.Add(-p.RunTimeout)) {
			continue
		}
		run, begun, err := g.runOfLease(ctx, a)
		if err != nil {
			return 0, lapses, err
		}
		counted, err := startedByOne(r, held, a, run, begun)
		switch {
		case err != nil:
			return 0, lapses, err
		case counted:
		case begun && !run.State.Terminal():
			n++
		case !begun && now.Before(a.Lease.Expires):
			n++
			lapses = soonest(lapses, a.Lease.Expires)
		}
	}
	return n, lapses, nil
}

// askers are the names that jobs of a policy may ask the gate by; one that was
// never seen has that of the policy.
func (g *Gatherer) askers(ctx context.Context, r *reader, p *Policy) (names []catalog.Name, err error) {
	ids, err := g.Selected(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		a, seen, err := r.asset(id)
		if err != nil {
			return nil, err
		}
		if !seen {
			_, n, err := g.resolve(ctx, p.Select)
			if err != nil {
				return nil, err
			}
			names = append(names, n)
		}
		for _, k := range a.Names {
			names = append(names, k.Name)
		}
	}
	return names, nil
}

// startedByOne: one of the actions started the run that a lease is for.
func startedByOne(r *reader, held []catalog.Action, a catalog.GateAnswer, run catalog.Run, begun bool) (bool, error) {
	ids := map[string]bool{a.RunRef: true}
	if begun {
		chain, err := r.chain(run)
		if err != nil {
			return false, err
		}
		for _, c := range chain {
			ids[c.Key.RunID], ids[c.ExternalID] = true, true
		}
	}
	delete(ids, "")
	return slices.ContainsFunc(held, func(h catalog.Action) bool { return startedBy(h, ids) }), nil
}

// runOfLease is the run that a lease was for; without a reference the first run
// of the job after it.
func (g *Gatherer) runOfLease(ctx context.Context, a catalog.GateAnswer) (catalog.Run, bool, error) {
	job, _, err := g.History.Resolve(ctx, a.Job)
	if err != nil {
		return catalog.Run{}, false, err
	}
	if a.RunRef != "" {
		return g.runOfRef(ctx, job, a.RunRef)
	}
	runs, err := g.History.Runs(ctx, RunQuery{Jobs: []catalog.AssetID{job}, StartedAfter: a.At.Add(-1), Limit: maxLeases})
	slices.Reverse(runs) // the oldest first
	return first(runs), len(runs) > 0, err
}

// maxOfRef bounds how many runs of a job and what is around it are looked at for
// one run reference.
const maxOfRef = 50

// runOfRef is the run that asked about a job by a run reference. A tool's own id
// is that of one run only within a job and what it contains or lies in:
// schedules give the same id to the runs of many jobs. A run id of OpenLineage
// is of one run anywhere, and a run outside may ask for a job.
func (g *Gatherer) runOfRef(ctx context.Context, job catalog.AssetID, ref string) (catalog.Run, bool, error) {
	family, err := g.family(ctx, &Snapshot{Asset: job})
	if err != nil {
		return catalog.Run{}, false, err
	}
	for _, q := range []RunQuery{
		{RunIDs: []string{ref}, Jobs: family, Limit: maxOfRef},
		{ExternalIDs: []string{ref}, Jobs: family, Limit: maxOfRef},
		{RunIDs: []string{ref}, Limit: 1},
	} {
		runs, err := g.History.Runs(ctx, q)
		if err != nil {
			return catalog.Run{}, false, err
		}
		if i := slices.IndexFunc(runs, func(r catalog.Run) bool { return r.Asset == job }); i >= 0 { // its own before one around it
			return runs[i], true, nil
		}
		if len(runs) > 0 {
			return runs[0], true, nil
		}
	}
	return catalog.Run{}, false, nil
}

func first(runs []catalog.Run) (r catalog.Run) {
	if len(runs) > 0 {
		r = runs[0]
	}
	return r
}

// Occupy takes slots of a pool that no action holds; frees is when time alone
// gives some of them back, zero never.
func (q *Queue) Occupy(pool string, n int, frees time.Time) {
	for _, p := range q.pools {
		if p.Name == pool {
			p.used += n
			q.blocked = soonest(q.blocked, frees)
		}
	}
}

// noRoom says why a pool keeps a run at the gate; "" it has room.
func (p *Policy) noRoom(s Snapshot) string {
	if s.Pool == nil || s.Pool.Used+p.Admit.Slots <= s.Pool.Slots {
		return ""
	}
	return atomPool(p, s)[0].Says
}
