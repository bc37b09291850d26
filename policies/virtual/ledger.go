package virtual

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Ledger is a policies.Ledger in memory. A row is copied when it is written and
// never changed after, so that readers may share it.
type Ledger struct {
	// Brief: a decision is kept only until the next one of its policy on its asset
	// and partition. Set it before the first write.
	Brief     bool
	mu        sync.RWMutex
	seq       int64
	decisions []catalog.Decision // those without an id are gone
	gone      int
	last      map[string][]int // indexes of a policy's decisions that are not the gate's
	actions   actionTable
	asked     map[string]time.Time
	final     map[string]catalog.GateAnswer
	safety
	cursors map[string]string
	lead    catalog.Lead
	late    []catalog.Breach
}

var _ policies.Ledger = (*Ledger)(nil)

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{last: map[string][]int{}, actions: newActionTable(), asked: map[string]time.Time{}, final: map[string]catalog.GateAnswer{}, cursors: map[string]string{}}
}

// Record keeps a decision and its action.
func (l *Ledger) Record(_ context.Context, d catalog.Decision, a *catalog.Action) (catalog.Decision, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	d.Seq = l.seq
	l.prune(d)
	l.last[d.Policy] = append(l.last[d.Policy], len(l.decisions))
	l.decisions = append(l.decisions, d)
	if a != nil {
		a.Seq = l.seq
		l.actions.put(*a)
	}
	return d, nil
}

// prune takes away the decision that d comes after.
func (l *Ledger) prune(d catalog.Decision) {
	if !l.Brief {
		return
	}
	list := l.last[d.Policy]
	for at, i := range slices.Backward(list) {
		if old := &l.decisions[i]; old.Target == d.Target && old.Partition == d.Partition {
			*old = catalog.Decision{}
			l.last[d.Policy] = slices.Delete(list, at, at+1)
			l.gone++
			break
		}
	}
	if l.gone > len(l.decisions)/2 {
		l.compact()
	}
}

// compact leaves out what is gone.
func (l *Ledger) compact() {
	kept := make([]catalog.Decision, 0, 2*(len(l.decisions)-l.gone))
	clear(l.last)
	for _, d := range l.decisions {
		if d.ID == "" {
			continue
		}
		if d.Gate == nil {
			l.last[d.Policy] = append(l.last[d.Policy], len(kept))
		}
		kept = append(kept, d)
	}
	l.decisions, l.gone = kept, 0
}

// LastDecision is the newest decision that is not the gate's.
func (l *Ledger) LastDecision(_ context.Context, policy string, assets ...catalog.AssetID) (catalog.Decision, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, i := range slices.Backward(l.last[policy]) {
		if d := l.decisions[i]; slices.Contains(assets, d.Target) {
			return d, nil
		}
	}
	return catalog.Decision{}, fmt.Errorf("decision: %w", catalog.ErrNotFound)
}

// Decisions lists decisions newest first.
func (l *Ledger) Decisions(_ context.Context, q policies.DecisionQuery) ([]catalog.Decision, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []catalog.Decision
	for _, d := range slices.Backward(l.decisions) {
		switch {
		case d.ID == "", q.ID != "" && d.ID != q.ID, !q.Asset.IsZero() && d.Target != q.Asset, len(q.Assets) > 0 && !slices.Contains(q.Assets, d.Target), q.Policy != "" && d.Policy != q.Policy, q.Partition != "" && d.Partition != q.Partition,
			q.Gated && (d.Gate == nil || d.Partition == ""),
			len(q.Outcomes) > 0 && !slices.Contains(q.Outcomes, d.Outcome), len(q.Modes) > 0 && !slices.Contains(q.Modes, d.Mode),
			q.Before > 0 && d.Seq >= q.Before, !q.Since.IsZero() && !d.At.After(q.Since), !q.Until.IsZero() && !d.At.Before(q.Until):
			continue
		}
		out = append(out, d)
	}
	return out[:min(len(out), limitOr(q.Limit, 50))], nil
}

// Actions lists actions newest first.
func (l *Ledger) Actions(_ context.Context, q policies.ActionQuery) ([]catalog.Action, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.actions.find(q), nil
}

// Update moves an action if it still is where the caller saw it.
func (l *Ledger) Update(_ context.Context, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.move(from, a)
}

func (l *Ledger) move(from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	old := l.actions.byID[a.ID]
	if old == nil {
		return a, fmt.Errorf("action: %w", catalog.ErrNotFound)
	}
	if old.State != from {
		return a, fmt.Errorf("%w: it is %s, not %s", catalog.ErrConflict, old.State, from)
	}
	l.seq++
	a.Seq = l.seq
	l.actions.put(a)
	return a, nil
}

func askKey(job catalog.Name, key, runRef string) string {
	return job.String() + "\x00" + key + "\x00" + runRef
}

// GateAnswer returns a final answer.
func (l *Ledger) GateAnswer(_ context.Context, job catalog.Name, key, runRef string) (catalog.GateAnswer, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if a, ok := l.final[askKey(job, key, runRef)]; ok {
		return a, nil
	}
	return catalog.GateAnswer{}, fmt.Errorf("gate answer: %w", catalog.ErrNotFound)
}

// GateAnswers lists final answers, newest first.
func (l *Ledger) GateAnswers(_ context.Context, q policies.GateQuery) ([]catalog.GateAnswer, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []catalog.GateAnswer
	for _, a := range l.final {
		switch {
		case len(q.Jobs) > 0 && !slices.Contains(q.Jobs, a.Job), len(q.RunRefs) > 0 && !slices.Contains(q.RunRefs, a.RunRef),
			!q.LeasedAt.IsZero() && (a.Lease == nil || !a.Lease.Expires.After(q.LeasedAt)):
			continue
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b catalog.GateAnswer) int { return b.FirstAskedAt.Compare(a.FirstAskedAt) })
	return out[:min(len(out), limitOr(q.Limit, 50))], nil
}

// GateAsked returns when the asker first asked.
func (l *Ledger) GateAsked(_ context.Context, job catalog.Name, key, runRef string, now time.Time) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := askKey(job, key, runRef)
	if at, ok := l.asked[k]; ok {
		return at, nil
	}
	l.asked[k] = now.UTC()
	return now.UTC(), nil
}

// GateForget forgets that an asker asked, and the answer.
func (l *Ledger) GateForget(_ context.Context, job catalog.Name, key, runRef string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := askKey(job, key, runRef)
	delete(l.asked, k)
	delete(l.final, k)
	return nil
}

// RecordGate keeps a decision of the gate; the first final answer binds.
func (l *Ledger) RecordGate(_ context.Context, d catalog.Decision, final bool) (catalog.Decision, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	d.Seq = l.seq
	l.decisions = append(l.decisions, d)
	k := askKey(d.Gate.Job, d.Gate.Key, d.Gate.RunRef)
	if _, ok := l.final[k]; final && !ok {
		l.final[k] = *d.Gate
	}
	return d, nil
}

// Seq is the number of the last write.
func (l *Ledger) Seq(context.Context) (int64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.seq, nil
}

// Cursor is a connector's poll cursor.
func (l *Ledger) Cursor(_ context.Context, connector string) (string, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.cursors[connector], nil
}

// SetCursor keeps a connector's poll cursor.
func (l *Ledger) SetCursor(_ context.Context, connector, cursor string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cursors[connector] = cursor
	return nil
}
