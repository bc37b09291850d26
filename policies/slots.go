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
	given = slices.DeleteFunc(given, func(a catalog.GateAnswer) bool {
		return a.Lease == nil || a.Decision != catalog.DecideRun || a.At.Before(now.Add(-p.RunTimeout))
	})
	leases, err := g.heard(ctx, given)
	if err != nil {
		return 0, lapses, err
	}
	for _, l := range leases {
		counted, err := startedByOne(r, held, l)
		switch {
		case err != nil:
			return 0, lapses, err
		case counted:
		case l.run != nil && !l.run.State.Terminal():
			n++
		case l.run == nil && now.Before(l.Lease.Expires):
			n++
			lapses = soonest(lapses, l.Lease.Expires)
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
func startedByOne(r *reader, held []catalog.Action, l lease) (bool, error) {
	ids := map[string]bool{l.RunRef: true}
	if l.run != nil {
		chain, err := r.chain(*l.run)
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
