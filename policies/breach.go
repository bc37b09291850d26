package policies

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
)

// breaches remembers the last breach of each policy and asset, of the decision
// thread alone. The ledger is the authority: what is not remembered is read.
type breaches struct {
	last map[string]catalog.Breach
	// of is the set whose orphans were looked for.
	of *Set
}

// account notes when an asset became late, and when it was again in time. It
// writes only at these moments and when the cause moves, so that neither a
// restart nor a second look adds anything.
func (e *Evaluator) account(ctx context.Context, ev Evaluated, key string) error {
	f := FreshnessOf(ev)
	if !ev.Policy.Bounded() || f.State == FreshUnknown { // nobody can say that it is in time again
		return nil
	}
	last, err := e.lastBreach(ctx, ev, key)
	if err != nil {
		return err
	}
	open := last.ID != "" && last.Until == nil
	switch {
	case f.State == Late && !open:
		return e.putBreach(ctx, key, breachOf(ev, f, last))
	case f.State == Late && f.Cause != nil && f.Cause.Name != last.Cause:
		last.Cause, last.CauseOwner, last.Says = f.Cause.Name, f.Cause.Owner, f.Says
		return e.putBreach(ctx, key, last)
	case f.State != Late && open:
		until := metAt(ev, last.Since)
		last.Until = &until
		return e.putBreach(ctx, key, last)
	}
	return nil
}

// lastBreach is the newest breach of a policy on an asset; the zero one when
// there was none.
func (e *Evaluator) lastBreach(ctx context.Context, ev Evaluated, key string) (catalog.Breach, error) {
	if b, ok := e.breaches.last[key]; ok {
		return b, nil
	}
	list, err := e.g.Ledger.Breaches(ctx, BreachQuery{Policy: ev.Policy.Name, Assets: ev.Snapshot.IDs, Limit: 1})
	if err != nil {
		return catalog.Breach{}, err
	}
	var b catalog.Breach
	if len(list) > 0 {
		b = list[0]
	}
	e.breaches.last[key] = b
	return b, nil
}

// breachOf begins a breach: at the deadline, or where the one before ended, so
// that no time counts twice.
func breachOf(ev Evaluated, f Freshness, last catalog.Breach) catalog.Breach {
	b := catalog.Breach{Policy: ev.Policy.Name, Target: catalog.AssetID(ev.Snapshot.Written.ID()), Name: ev.Name, Owner: ev.Policy.Owner, Since: f.Deadline.UTC(), Says: f.Says}
	if last.Until != nil && last.Until.After(b.Since) {
		b.Since = *last.Until
	}
	if f.Cause != nil {
		b.Cause, b.CauseOwner = f.Cause.Name, f.Cause.Owner
	}
	b.ID = breachID(b)
	return b
}

// breachID follows from what the breach is, so that it is one row however many
// weirs, or however often one, see it begin.
func breachID(b catalog.Breach) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("weir:breach:"+b.Policy+"\x00"+b.Target.String()+"\x00"+b.Since.UTC().Format(time.RFC3339Nano))).String()
}

// metAt is when the data was there: when its version was made, however late
// that was heard; where a look found out, then.
func metAt(ev Evaluated, since time.Time) time.Time {
	v := ev.Snapshot.Produced
	if v == nil || ev.Policy.Want.Kind == WantMaxLag && !v.ProducedAt.After(since) {
		return lastOf(since, ev.At).UTC()
	}
	return lastOf(since, v.ProducedAt).UTC()
}

func (e *Evaluator) putBreach(ctx context.Context, key string, b catalog.Breach) error {
	b, err := e.g.Ledger.PutBreach(ctx, b)
	if err != nil {
		return fmt.Errorf("record breach: %w", err)
	}
	if key != "" {
		e.breaches.last[key] = b
	}
	e.slog.Info("deadline", "policy", b.Policy, "asset", b.Name.String(), "since", b.Since, "until", b.Until, "says", b.Says)
	return nil
}

// maxOrphans bounds how many breaches are looked through for those that no
// policy is about any more.
const maxOrphans = 1000

// endOrphans ends, once a set, the breaches of policies that are gone and of
// assets that they are no longer about. Without it they would last for ever.
func (e *Evaluator) endOrphans(ctx context.Context, set *Set, pairs []Match) error {
	if e.breaches.of == set {
		return nil
	}
	e.decide.Lock()
	defer e.decide.Unlock()
	open, err := e.g.Ledger.Breaches(ctx, BreachQuery{Open: true, Limit: maxOrphans})
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, m := range pairs {
		held[m.key()] = true
	}
	maps.DeleteFunc(e.breaches.last, func(key string, _ catalog.Breach) bool { return !held[key] })
	now := e.now().UTC()
	for _, b := range open {
		id, err := e.g.History.Canonical(ctx, b.Target)
		if err != nil {
			return err
		}
		if !held[b.Policy+"\x00"+id.String()] {
			b.Until = &now
			if err := e.putBreach(ctx, "", b); err != nil {
				return err
			}
		}
	}
	e.breaches.of = set
	return nil
}
