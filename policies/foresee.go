package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// foresee adds what is to be expected: when the data comes, whether in time,
// and what keeps it.
func foresee(f *Freshness, e Evaluated) {
	path, q := e.Snapshot.Timing.Path, e.Policy.Timing.confidence()
	f.ExpectedAt = path.ETA(q, e.At)
	f.Meet, f.MeetKnown = path.Meet(e.At)
	c, ok := path.Blocking(q, e.At)
	if !ok {
		return
	}
	own := path.Steps[len(path.Steps)-1]
	if c.Asset == e.Asset && own.RunningSince.IsZero() && own.FailedAt.IsZero() && (e.Outcome == catalog.DecideWait || e.Outcome == catalog.DecideHold) {
		c.Says = e.Tree.Says // what keeps it is known better than "it has not begun"
	}
	f.Cause = &c
}

// risky: the deadline will probably be missed, or what has to run for it has
// failed. Nobody's guess: without known durations nothing is at risk before it
// is late.
func risky(f *Freshness, e Evaluated) bool {
	if f.Cause == nil {
		return false
	}
	failed := false
	for _, s := range e.Snapshot.Timing.Path.Steps {
		failed = failed || !s.FailedAt.IsZero() && !s.FailedAt.Before(e.Snapshot.Timing.Path.Need)
	}
	return failed || f.MeetKnown && f.Meet < e.Policy.Timing.confidence() || f.overdue(e)
}

// overdue: a run has gone on for longer than any before it.
func (f *Freshness) overdue(e Evaluated) bool {
	for _, s := range e.Snapshot.Timing.Path.Steps {
		if !s.RunningSince.IsZero() && s.Took.Known() && !s.took(e.At).Known() {
			return true
		}
	}
	return false
}

// late says since when, and because of what.
func late(f *Freshness) {
	f.State, f.Says = Late, fmt.Sprintf("late since %s", clock(f.Deadline))
	if f.Cause != nil {
		f.Says = fmt.Sprintf("late since %s because of %s", clock(f.Deadline), f.Cause.sentence())
	}
}

// sentence names the step, since when, and why.
func (c Cause) sentence() string {
	if c.Since.IsZero() {
		return fmt.Sprintf("%s: %s", c.Name.Name, c.Says)
	}
	return fmt.Sprintf("%s, since %s: %s", c.Name.Name, clock(c.Since), c.Says)
}

func (f *Freshness) chance() string {
	if !f.MeetKnown {
		return "is not known to be met"
	}
	if f.ExpectedAt.IsZero() {
		return "cannot be met: a step may not begin any more"
	}
	return fmt.Sprintf("is met with a chance of %.0f %%, expected %s", 100*f.Meet, f.ExpectedAt.UTC().Format(time.RFC3339))
}
