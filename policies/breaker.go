package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// BreakerRule is when a breaker opens.
type BreakerRule struct {
	// After is how many failures in a row open it.
	After int
	// Rest is how long it stays open before one probe is let through; it
	// doubles with each probe that fails, up to a day.
	Rest time.Duration
}

// maxRest bounds how long a breaker stays open.
const maxRest = 24 * time.Hour

// BreakerState is where a breaker stands.
type BreakerState string

// The states. HalfOpen: one probe is let through.
const (
	BreakerClosed   BreakerState = "closed"
	BreakerOpen     BreakerState = "open"
	BreakerHalfOpen BreakerState = "half open"
)

// Breaker is a breaker as it stands.
type Breaker struct {
	State BreakerState
	// Failures is how many there were in a row.
	Failures int
	// Since is when it opened, Opener the action that opened it, and Until when
	// a probe is let through.
	Since, Until time.Time
	Opener       string
}

// Breaker reads the breaker off what became of the actions, newest first. There
// is no other memory: a restart changes nothing. What people stopped says
// nothing about the target and is passed over.
func (r BreakerRule) Breaker(tries []Try, now time.Time) Breaker {
	b := Breaker{State: BreakerClosed}
	var row []Try // the failures since the last success, newest first
	for _, t := range tries {
		if t.State == catalog.ActionSucceeded {
			break
		}
		if t.Failed() {
			row = append(row, t)
		}
	}
	b.Failures = len(row)
	if r.After <= 0 || len(row) < r.After {
		return b
	}
	opener := row[len(row)-r.After]
	b.Since, b.Opener = opener.At, opener.ID
	b.Until = row[0].At.Add(doubled(r.Rest, len(row)-r.After, maxRest))
	b.State = BreakerOpen
	if !now.Before(b.Until) {
		b.State = BreakerHalfOpen
	}
	return b
}

// doubled is d doubled n times, at most limit.
func doubled(d time.Duration, n int, limit time.Duration) time.Duration {
	for range n {
		if d >= limit {
			break
		}
		d *= 2
	}
	return min(d, limit)
}

// atomBreaker: an open breaker holds, a half open one lets one action through.
func atomBreaker(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	b := s.breaker(p, now)
	r := catalog.Reason{Atom: "breaker", Value: catalog.True, Says: "the breaker is closed"}
	switch {
	case b.State == BreakerOpen:
		r.Value, r.MayChangeAt = catalog.False, b.Until
		r.Says = fmt.Sprintf("the breaker opened at %s after %d failures: nothing is started before %s, or until somebody releases the asset", clock(b.Since), b.Failures, clock(b.Until))
		r.Evidence = []string{b.Opener}
	case b.State == BreakerHalfOpen && len(s.Open) > 0:
		r.Value, r.Says = catalog.False, "the breaker is half open, and its probe is under way"
		r.Evidence = []string{s.Open[0].ID}
	case b.State == BreakerHalfOpen:
		r.Says = fmt.Sprintf("the breaker is half open after %d failures: one probe is let through", b.Failures)
	case b.Failures > 0:
		r.Says = fmt.Sprintf("the breaker is closed, after %d of %d failures", b.Failures, p.Admit.Breaker.After)
	}
	return r
}

// breaker is the breaker of the policy on the asset. What failed before a person
// released the asset does not count.
func (s Snapshot) breaker(p *Policy, now time.Time) Breaker {
	var own []Try
	for _, t := range s.Tries {
		if !t.Own || !t.At.After(s.Standing.ReleasedAt) {
			continue
		}
		if own = append(own, t); t.State == catalog.ActionSucceeded { // what lies before it says nothing
			break
		}
	}
	return p.Admit.Breaker.Breaker(own, now)
}

// BreakerOf is the breaker of an evaluation's policy on its asset.
func BreakerOf(e Evaluated) Breaker { return e.Snapshot.breaker(e.Policy, e.At) }
