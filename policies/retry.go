package policies

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Try is a closed action that reached the tool or was refused, as admission
// looks at it.
type Try struct {
	ID      string
	State   catalog.ActionState
	Failure catalog.Failure
	Demand  []catalog.DemandElement
	Attempt int
	// From is when it was made, At when it was closed.
	From, At time.Time
	// Own: this policy was a cause of it, on this asset.
	Own bool
}

// Failed reports whether it counts as a failure. What a person stopped or
// rejected does not.
func (t Try) Failed() bool {
	return t.State == catalog.ActionFailed || t.State == catalog.ActionRefused
}

// touches: it was a try of the demand, or of a part of it.
func (t Try) touches(demand []catalog.DemandElement) bool {
	return slices.ContainsFunc(demand, func(d catalog.DemandElement) bool { return slices.Contains(t.Demand, d) })
}

// Pauses between tries begin with firstPause and double, up to maxPause; each is
// cut by up to a half, so that many do not come back at once.
const (
	firstPause = time.Minute
	maxPause   = time.Hour
)

// pauseAfter is how long after its nth failure a demand is tried again. The cut
// comes from the id of the failed action, so that it is the same wherever it is
// computed.
func pauseAfter(n int, id string) time.Duration {
	d := doubled(firstPause, n-1, maxPause)
	h := fnv.New32a()
	h.Write([]byte(id)) //nolint:errcheck // never fails
	return d - time.Duration(uint64(d/2)*uint64(h.Sum32())>>32)
}

// atomDemand: a demand is acted on once, and again after failures that may pass,
// as often as the policy says.
func atomDemand(p *Policy, s Snapshot, demand []catalog.DemandElement, now time.Time) catalog.Reason {
	if !Spent(demand, s.Spent) {
		return catalog.Reason{Atom: "demand", Value: catalog.True, Says: "nothing was done for this demand yet"}
	}
	r := catalog.Reason{Atom: "demand", Value: catalog.False}
	tries := s.triesOf(demand)
	for _, t := range tries {
		r.Evidence = append(r.Evidence, t.ID)
	}
	at, why := retryAt(p.Admit, tries)
	switch {
	case why != "":
		r.Says = "this demand was acted on and not met: it is spent until an input changes (" + why + ")"
	case now.Before(at):
		r.MayChangeAt = at
		r.Says = fmt.Sprintf("try %d of %d failed: it is tried again at %s", len(tries), p.Admit.Attempts, clock(at))
	default:
		r.Value = catalog.True
		r.Says = fmt.Sprintf("try %d of %d, after a failure", len(tries)+1, p.Admit.Attempts)
	}
	return r
}

// triesOf are the tries of a demand that a person has not released, newest
// first.
func (s Snapshot) triesOf(demand []catalog.DemandElement) []Try {
	return slices.DeleteFunc(slices.Clone(s.Tries), func(t Try) bool { return !t.touches(demand) || s.released(t) })
}

// released: a person released the asset since it began, so its demand may be
// tried anew.
func (s *Snapshot) released(t Try) bool {
	return t.State != catalog.ActionSucceeded && t.From.Before(s.Standing.ReleasedAt)
}

// retryAt is when a demand may be tried again, or why never. Only what surely
// was not applied, and runs that failed, are tried again: a person's no, a
// tool's no for good, and success are final.
func retryAt(a Admit, tries []Try) (at time.Time, why string) {
	if len(tries) == 0 {
		return time.Time{}, "another target's action met it"
	}
	last, first := tries[0], tries[len(tries)-1]
	for _, t := range tries {
		if !t.Failed() {
			return time.Time{}, "action " + t.ID + " is " + string(t.State)
		}
	}
	at = last.At.Add(pauseAfter(len(tries), last.ID))
	switch {
	case last.Failure == catalog.FailurePermanent:
		return time.Time{}, "the tool refused it for good"
	case len(tries) >= a.Attempts:
		return time.Time{}, fmt.Sprintf("%d of %d tries failed", len(tries), a.Attempts)
	case a.RetryUntil > 0 && at.After(first.From.Add(a.RetryUntil)):
		return time.Time{}, "no try begins after " + clock(first.From.Add(a.RetryUntil))
	}
	return at, ""
}

// attempt numbers the next try of a demand, counting released ones: it is a part
// of the key, so that no old run is taken for the new one.
func (s Snapshot) attempt(demand []catalog.DemandElement) int {
	n := 0
	for _, t := range s.Tries {
		if t.touches(demand) {
			n = max(n, t.Attempt)
		}
	}
	return n + 1
}

// try is a closed action as admission looks at it.
func (s *Snapshot) try(p *Policy, a *catalog.Action) Try {
	t := Try{ID: a.ID, State: a.State, Failure: a.Admission.Failure, Demand: a.Demand, Attempt: a.Attempt, From: a.CreatedAt, At: a.CreatedAt}
	if n := len(a.Transitions); n > 0 {
		t.At = a.Transitions[n-1].At
	}
	t.Own = slices.Contains(a.Policies, p.Name) && slices.Contains(s.IDs, a.Target)
	return t
}
