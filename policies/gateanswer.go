package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// given is the answer that the asker got before, while it binds. One that binds no
// longer is forgotten, and with it when the asker asked first.
func (g *Gate) given(ctx context.Context, q GateRequest, job catalog.AssetID) (a catalog.GateAnswer, ok bool, err error) {
	a, err = g.ledger.GateAnswer(ctx, q.Job, q.Key, q.RunRef)
	if notFound(err) {
		return a, false, nil
	}
	if err == nil {
		err = g.fits(ctx, q, job, a)
	}
	if err != nil || !q.derived {
		return a, err == nil, err
	}
	if ok, err = g.binds(ctx, a); ok || err != nil {
		return a, ok, err
	}
	return a, false, g.ledger.GateForget(ctx, q.Job, q.Key, q.RunRef)
}

// binds: the run that an answer let through is awaited or goes on.
func (g *Gate) binds(ctx context.Context, a catalog.GateAnswer) (bool, error) {
	if a.Decision != catalog.DecideRun {
		return false, nil
	}
	beside, err := g.ledger.GateAnswers(ctx, GateQuery{Jobs: []catalog.Name{a.Job}, Limit: maxLeases})
	if err != nil {
		return false, err
	}
	list := append(slices.DeleteFunc(beside, func(o catalog.GateAnswer) bool {
		return o.Decision != catalog.DecideRun || o.DecisionID == a.DecisionID
	}), a)
	leases, err := g.g.heard(ctx, list)
	if err != nil {
		return false, err
	}
	if run := leases[len(leases)-1].run; run != nil {
		return !run.State.Terminal(), nil
	}
	return a.Lease != nil && g.now().Before(a.Lease.Expires), nil
}

// fits: an answer was given for what is asked about now.
func (g *Gate) fits(ctx context.Context, q GateRequest, job catalog.AssetID, a catalog.GateAnswer) error {
	was, is := a.Partition, CanonicalPartition(q.Partition)
	if is == "" && q.Nominal != "" {
		pairs, err := g.g.matchesOn(ctx, job)
		if err != nil {
			return err
		}
		for _, m := range pairs {
			if key, ok := q.partitionAsked(m.Policy); ok {
				is = key
			}
		}
		if is == "" && a.Nominal != "" && !oneTime(a.Nominal, q.Nominal) {
			was, is = a.Nominal, q.Nominal
		}
	}
	if is == "" || is == was {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("gate: %w: key %q of %s was asked for %q, not %q", catalog.ErrConflict, q.Key, q.Job, was, is),
		"give each partition a key of its own, or leave the key out")
}

// understood: a nominal time is one, or a period's key.
func understood(nominal string) bool {
	_, err := time.Parse(time.RFC3339, nominal)
	_, _, ok := parsePeriod(nominal)
	return err == nil || ok
}

// oneTime: two nominal times are one, however they are written.
func oneTime(a, b string) bool {
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	return a == b || errX == nil && errY == nil && x.Equal(y)
}
