package policies

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Path is what stands between an asset and a deadline: the steps that have to
// run yet, each behind those that it waits for, the asset's own last. It is
// empty when the data is there.
type Path struct {
	// At is the deadline; only data from Need on serves it.
	At    time.Time `json:"at"`
	Need  time.Time `json:"need"`
	Steps []Step    `json:"steps,omitempty"`
	// Cut: there are more steps than are looked at.
	Cut bool `json:"cut,omitempty"`
}

// Step is one asset that has to be made again.
type Step struct {
	Asset catalog.AssetID `json:"asset"`
	Name  catalog.Name    `json:"name"`
	// Policy is about it, Owner answers for it; both may be empty.
	Policy string   `json:"policy,omitempty"`
	Owner  string   `json:"owner,omitempty"`
	Took   Estimate `json:"took"`
	// Hours are when it may begin, Waits how long it has to wait for a slot of its
	// pool before; not known is no wait.
	Hours Hours    `json:"hours,omitzero"`
	Waits Estimate `json:"waits,omitzero"`
	// Reads are the steps it waits for, by number.
	Reads []int `json:"reads,omitempty"`
	// Ready is since when nothing upstream holds it up; zero not known.
	Ready time.Time `json:"ready,omitzero"`
	// RunningSince is the start of a run that serves the deadline; FailedAt
	// the end of the last run, when it failed.
	RunningSince time.Time `json:"runningSince,omitzero"`
	FailedAt     time.Time `json:"failedAt,omitzero"`
}

// waits: an upstream step has to run first.
func (s Step) waits() bool { return len(s.Reads) > 0 }

// took is how long the step takes, or is known to take after so long.
func (s Step) took(now time.Time) Estimate {
	if s.RunningSince.IsZero() {
		return s.Took
	}
	return s.Took.Given(now.Sub(s.RunningSince))
}

// ends gives when each step is done if every one takes its quantile q and
// begins as soon as it may, those of a delay so much later; ok is false when a
// duration is not known, or one may never begin.
func (p Path) ends(q float64, now time.Time, d Delay) (ends []time.Time, ok bool) {
	ends = make([]time.Time, 0, len(p.Steps))
	for _, s := range p.Steps {
		took := s.took(now)
		if !took.Known() {
			return nil, false
		}
		begin := lastOf(now, p.Need)
		for _, r := range s.Reads {
			begin = lastOf(begin, ends[r])
		}
		if !s.RunningSince.IsZero() {
			begin = s.RunningSince
		} else if begin, ok = s.Hours.after(begin, s.Waits, q); !ok {
			return nil, false
		}
		if d.Of[s.Asset] {
			begin = begin.Add(d.By)
		}
		ends = append(ends, begin.Add(took.Quantile(q)))
	}
	return ends, true
}

func lastOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ETA is when the data is there, at the quantile q of every step; zero when a
// duration is not known, a step may never begin, or nothing has to run.
func (p Path) ETA(q float64, now time.Time) time.Time { return p.Delayed(q, now, Delay{}) }

// Delayed is the ETA when the steps of a delay are done so much later.
func (p Path) Delayed(q float64, now time.Time, d Delay) time.Time {
	ends, ok := p.ends(q, now, d)
	if !ok || len(ends) == 0 {
		return time.Time{}
	}
	return ends[len(ends)-1]
}

// Meet is the chance that the deadline is met, in hundredths: the largest
// quantile at which every step may stand, 0 when one may never begin. ok is false
// when nobody knows.
func (p Path) Meet(now time.Time) (chance float64, ok bool) {
	if len(p.Steps) == 0 || slices.ContainsFunc(p.Steps, func(s Step) bool { return !s.took(now).Known() }) {
		return 0, false
	}
	n := sort.Search(100, func(i int) bool {
		eta := p.ETA(float64(i+1)/100, now)
		return eta.IsZero() || eta.After(p.At)
	})
	return float64(n) / 100, true
}

// riskAt is when, with nothing new heard, the chance falls below a share that it
// has now, or before that what goes on has taken as long as was reckoned with;
// zero never.
func (p Path) riskAt(share float64, now time.Time) (at time.Time) {
	eta := p.ETA(share, now)
	if eta.IsZero() || eta.After(p.At) {
		return at
	}
	by := make([]time.Time, len(p.Steps)) // when a step has to be done; zero: nobody waits for it
	by[len(by)-1] = p.At
	for i, s := range slices.Backward(p.Steps) {
		took := s.took(now)
		if !s.RunningSince.IsZero() {
			limit := time.Duration(math.MaxInt64)
			if !by[i].IsZero() {
				limit = by[i].Sub(s.RunningSince)
			}
			at = soonest(at, s.RunningSince.Add(took.holds(share, limit)))
			continue
		}
		last, ok := s.Hours.before(by[i].Add(-took.Quantile(share)), s.Waits, share)
		if by[i].IsZero() || !ok {
			continue
		}
		at = soonest(at, last.Add(1))
		for _, r := range s.Reads {
			by[r] = soonest(by[r], last)
		}
	}
	return at
}

// Cause is the step that keeps an asset from being in time.
type Cause struct {
	Asset  catalog.AssetID `json:"asset"`
	Name   catalog.Name    `json:"name"`
	Policy string          `json:"policy,omitempty"`
	// Owner is whom to ask: the step's, not the victim's; "" nobody known.
	Owner string `json:"owner,omitempty"`
	// Since is when it began to; zero not known.
	Since time.Time `json:"since,omitzero"`
	// Says is why, for people.
	Says string `json:"says"`
}

// Blocking is the first step upstream that has to move: down the critical path,
// where one that failed counts for more than one that nothing is known of, and
// that for more than the slowest. ok is false when nothing has to run.
func (p Path) Blocking(q float64, now time.Time) (c Cause, ok bool) {
	if len(p.Steps) == 0 {
		return c, false
	}
	weight := p.weights(q, now)
	i := len(p.Steps) - 1
	for p.Steps[i].waits() {
		worst := p.Steps[i].Reads[0]
		for _, r := range p.Steps[i].Reads[1:] {
			if weight[r] > weight[worst] {
				worst = r
			}
		}
		i = worst
	}
	s := p.Steps[i]
	c = Cause{Asset: s.Asset, Name: s.Name, Policy: s.Policy, Owner: s.Owner}
	c.Since, c.Says = s.held(now)
	return c, true
}

// weights are the steps' ends in seconds from now, with what is worse than any
// of them above: not known, failed. They include what they wait for.
func (p Path) weights(q float64, now time.Time) []float64 {
	const unknown, failed = 1e12, 1e13
	out := make([]float64, len(p.Steps))
	for i, s := range p.Steps {
		for _, r := range s.Reads {
			out[i] = max(out[i], out[r])
		}
		switch took := s.took(now); {
		case !s.FailedAt.IsZero():
			out[i] += failed
		case !took.Known():
			out[i] += unknown
		case !s.RunningSince.IsZero():
			out[i] += s.RunningSince.Add(took.Quantile(q)).Sub(now).Seconds()
		default:
			out[i] += took.Quantile(q).Seconds()
		}
	}
	return out
}

// held says since when a step keeps others waiting, and how.
func (s Step) held(now time.Time) (time.Time, string) {
	switch {
	case !s.FailedAt.IsZero():
		return s.FailedAt, "its last run failed"
	case !s.RunningSince.IsZero() && s.Took.Known() && !s.took(now).Known():
		return s.RunningSince, fmt.Sprintf("it runs longer than any of %s (%s)", s.Took.From, short(s.Took.Quantile(1)))
	case !s.RunningSince.IsZero():
		return s.RunningSince, "it is running"
	case s.Ready.IsZero() || s.Ready.After(now):
		return time.Time{}, "it has not begun"
	}
	if opens, ok := s.Hours.Next(now); ok && opens.After(now) {
		return s.Ready, "it may not begin before " + clock(opens)
	}
	return s.Ready, "it could have begun, and has not"
}
