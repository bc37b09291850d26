package policies

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxTicks bounds how many ticks of one policy are looked back at: a year of
// hourly ones.
const maxTicks = 10_000

// Ticks lists the deadlines of a policy's want in [from, to), oldest first; more
// says that there are others. A policy without deadlines has none.
func (p *Policy) Ticks(from, to time.Time) (out []time.Time, more bool) {
	if p.Want.Kind != WantBy {
		return nil, false
	}
	last, next, ok := ticks(p.Want, from)
	if ok && last.Equal(from) {
		next = last
	}
	for !next.IsZero() && next.Before(to) {
		if len(out) == maxTicks {
			return out, true
		}
		out = append(out, next)
		_, next, _ = ticks(p.Want, next)
	}
	return out, false
}

// Sight is what an answer was found by.
type Sight struct{ f footprint }

// Doubted reports whether events may have changed the answer.
func (s Sight) Doubted(n News) bool {
	_, all := s.f[thing{kind: anything}]
	return all || slices.ContainsFunc(n.things, func(t thing) bool { _, seen := s.f[t]; return seen })
}

// News are what events may have changed.
type News struct{ things []thing }

// Sighted is Covered, with what that was found by. A gatherer on a ledger in which
// nothing happens hears of all that may change it by Forget.
func (g *Gatherer) Sighted(ctx context.Context, p *Policy, asset catalog.AssetID, tick time.Time) (bool, Sight, error) {
	s := Sight{footprint{}}
	ok, err := g.seen(s.f).Covered(ctx, p, asset, tick)
	return ok, s, err
}

// Covered reports whether a deadline is met as history stands: the asset has a
// version whose data is whole from the deadline minus covers on. Where nothing
// says how old the data is, the time it was made stands for that.
func (g *Gatherer) Covered(ctx context.Context, p *Policy, asset catalog.AssetID, tick time.Time) (bool, error) {
	s, err := g.snapshot(ctx, p, asset, tick, "", nil, untilAge)
	if err != nil || s.Produced == nil {
		return false, err
	}
	has := s.Lag.Watermark
	if has.IsZero() {
		has = s.Produced.ProducedAt
	}
	return !has.Before(tick.Add(-p.Want.Covers)), nil
}

// InputsReady reports whether the policy's inputs were as it requires when a run
// began. Whether the target was idle, and what else the policy asks for, does
// not matter: the question is what the run has read.
func (g *Gatherer) InputsReady(ctx context.Context, p *Policy, asset catalog.AssetID, began time.Time, runID string) (catalog.Ternary, error) {
	s, err := g.snapshot(ctx, p, asset, began, runID, nil, untilReady)
	if err != nil {
		return catalog.Unknown, err
	}
	inputs := *p
	inputs.Ready, s.Leases = Ready{}, nil
	return readyOf(&inputs, s, began).Value, nil
}
