package virtual

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Ask keeps an action unless its key was used before.
func (l *Ledger) Ask(_ context.Context, d *catalog.Decision, a catalog.Action) (catalog.Action, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if had := l.actions.find(policies.ActionQuery{AskKey: a.Asked.Key, Limit: 1}); len(had) > 0 {
		return had[0], false, nil
	}
	l.seq++
	if a.Seq = l.seq; d != nil {
		d.Seq = l.seq
		l.last[d.Policy] = append(l.last[d.Policy], len(l.decisions))
		l.decisions = append(l.decisions, *d)
	}
	l.actions.put(a)
	return a, true, nil
}

// Lead takes or renews the right to carry actions to tools.
func (l *Ledger) Lead(_ context.Context, holder string, term int64, now time.Time, ttl time.Duration) (catalog.Lead, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.lead.Next(holder, term, now)
	if err != nil {
		return l.lead, err
	}
	l.lead = catalog.Lead{Term: next, Holder: holder, Until: now.Add(ttl)}
	return l.lead, nil
}

// UpdateAs is Update by whoever has the lead of a term.
func (l *Ledger) UpdateAs(_ context.Context, term int64, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lead.Term > term {
		return a, fmt.Errorf("term %d is over, it is %d: %w", term, l.lead.Term, catalog.ErrFenced)
	}
	return l.move(from, a)
}
