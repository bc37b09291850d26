package policies

import "time"

// begins is when the last step, the asset's own, may begin, at the quantile q
// of every step before it: what a run that asks is told to expect. Zero when a
// duration is not known, or nothing upstream has to run.
func (p Path) begins(q float64, now time.Time) (at time.Time) {
	ends, ok := p.ends(q, now, Delay{})
	if !ok || len(ends) == 0 {
		return time.Time{}
	}
	for _, r := range p.Steps[len(p.Steps)-1].Reads {
		at = lastOf(at, ends[r])
	}
	return at
}

// expectBoth is when two policies that both hold a run may both let it go; zero
// when one of them does not know.
func expectBoth(a, b verdict) time.Time {
	if a.expected.IsZero() || b.expected.IsZero() {
		return time.Time{}
	}
	return lastOf(a.expected, b.expected)
}
