package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// Recorder reads what was recorded before a time, for all that the policies are
// about. An error that wraps ErrLimited: it is more than can be held.
type Recorder func(ctx context.Context, until time.Time, of *policies.Set) (virtual.Recording, error)

// ErrLimited: more was recorded than a plan lives through.
var ErrLimited = errors.New("more was recorded than can be simulated")

// answerRest is what is left of a request to give the answer in.
const answerRest = 500 * time.Millisecond

// maxContrasts bounds how many policies are shown.
const maxContrasts = 200

// Simulated is what the last 14 days would have been by the proposed policies,
// compared with those in force.
type Simulated struct {
	virtual.Contrast
	// Cut says why not all of it is there; "" when it is.
	Cut string
}

// turn waits until no other plan is simulated: each takes a processor and memory.
func (d *Desk) turn(ctx context.Context) (done func(), ok bool) {
	d.once.Do(func() { d.trials = make(chan struct{}, 1) })
	done = func() { <-d.trials }
	select {
	case d.trials <- struct{}{}:
		return done, true
	default:
	}
	select {
	case d.trials <- struct{}{}:
		return done, true
	case <-ctx.Done():
		return nil, false
	}
}

// Simulate lives through the last 14 days by both sets of a plan. It takes as
// long as the context lets it, save what the answer needs, and says how far it
// came: never longer, and never an error for that.
func (d *Desk) Simulate(ctx context.Context, p Plan) (Simulated, error) {
	t := virtual.Trial{Before: p.before, After: p.after, From: p.From.Add(-Horizon), To: p.From, Seed: 1}
	out := Simulated{Contrast: virtual.Contrast{From: t.From, To: t.To, Reached: t.From, Seed: t.Seed}}
	switch {
	case p.after == nil || d.Recorded == nil:
		out.Cut = "nothing is recorded here to live through"
		return out, nil
	case p.Empty():
		out.Reached, out.Same = out.To, len(p.after.Policies)
		return out, nil
	}
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-answerRest))
		defer cancel()
	}
	done, ok := d.turn(ctx)
	if !ok {
		out.Cut = "another plan was being simulated for as long as there was time; ask again"
		return out, nil
	}
	defer done()
	rec, err := d.Recorded(ctx, t.To, both(p))
	if err == nil {
		out.Contrast, err = virtual.Compare(ctx, rec, t)
	}
	switch {
	case errors.Is(err, ErrLimited):
		out.Cut = err.Error() + ": weir simulate takes its time"
		return out, nil
	case err != nil && ctx.Err() == nil:
		return out, fmt.Errorf("simulate the plan: %w", err)
	}
	out.bound()
	return out, nil
}

// both is all that either set is about.
func both(p Plan) *policies.Set {
	return &policies.Set{Policies: append(append([]*policies.Policy{}, p.before.Policies...), p.after.Policies...)}
}

// bound says what is missing.
func (s *Simulated) bound() {
	switch {
	case s.Reached.Before(s.To):
		s.Cut = fmt.Sprintf("the time of the request was over: %s of %s were lived through; weir simulate takes its time", days(s.Reached.Sub(s.From)), days(s.To.Sub(s.From)))
	case s.More:
		s.Cut = "a policy has more deadlines in that time than are looked at"
	case len(s.Policies) > maxContrasts:
		s.Cut = fmt.Sprintf("%d policies do otherwise, %d are shown", len(s.Policies), maxContrasts)
	}
	s.Policies = s.Policies[:min(len(s.Policies), maxContrasts)]
}

func days(d time.Duration) string { return fmt.Sprintf("%.1f days", d.Hours()/24) }
