package virtual

import (
	"cmp"
	"context"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// PutBreach keeps a breach, or what is new about one of the same id.
func (l *Ledger) PutBreach(_ context.Context, b catalog.Breach) (catalog.Breach, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	b.Seq = l.seq
	l.late = slices.DeleteFunc(l.late, func(o catalog.Breach) bool { return o.ID == b.ID })
	l.late = append(l.late, b)
	return b, nil
}

// Breaches lists breaches, those written last first.
func (l *Ledger) Breaches(_ context.Context, q policies.BreachQuery) ([]catalog.Breach, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []catalog.Breach
	for _, b := range l.late {
		switch {
		case q.Policy != "" && b.Policy != q.Policy, len(q.Assets) > 0 && !slices.Contains(q.Assets, b.Target), q.Open && b.Until != nil,
			!q.After.IsZero() && b.Until != nil && !b.Until.After(q.After), q.Before > 0 && b.Seq >= q.Before:
			continue
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b catalog.Breach) int { return cmp.Compare(b.Seq, a.Seq) })
	return out[:min(len(out), limitOr(q.Limit, 50))], nil
}
