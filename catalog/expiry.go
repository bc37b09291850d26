package catalog

import "time"

// RunExpiry is why the end of a run is not waited for any more; "" while it is.
type RunExpiry string

// The reasons.
const (
	ExpiredSilence RunExpiry = "SILENCE"
	ExpiredParent  RunExpiry = "PARENT_ENDED"
)

// quietWindows is how many windows a PERIODIC emitter may miss: an event may be
// late, or lost.
const quietWindows = 3

// Liveness says how long a run that sends no end is believed to go on. Killed
// applications and switched-off events leave such runs for ever. It is asked
// when a run is read and never stored: what a clock says is in no export.
type Liveness struct {
	// Silence since its latest event; 0 waits for ever. A run that promises no
	// end (a streaming job, a service) may be silent, and one that sends an event
	// each window for a few of those.
	Silence time.Duration
	// Grace after the end of the run that contains it: events overtake each
	// other, and dbt dates children behind their parent.
	Grace time.Duration
}

// Patience is how long the run may be silent: a few of the windows that it
// sends events in, whatever the limit.
func (r Run) Patience(limit time.Duration) time.Duration { return max(limit, quietWindows*r.Window) }

// DefaultLiveness is that of a run in policies: a day; and ten minutes.
var DefaultLiveness = Liveness{Silence: 24 * time.Hour, Grace: 10 * time.Minute}

// StateAt is the state of a run at a time, and why it is UNKNOWN though its
// events say otherwise. parentEnd is when the run that contains it ended; zero
// while it goes on or is not known.
func (l Liveness) StateAt(r Run, parentEnd, now time.Time) (RunState, RunExpiry) {
	switch {
	case r.State == "":
		return RunUnknown, ""
	case r.State.Terminal() || r.State == RunUnknown:
		return r.State, ""
	case !parentEnd.IsZero() && !r.LastEventAt.After(parentEnd.Add(l.Grace)) && now.After(parentEnd.Add(l.Grace)):
		return RunUnknown, ExpiredParent
	case l.Silence > 0 && !r.Streaming && now.Sub(r.LastEventAt) > r.Patience(l.Silence):
		return RunUnknown, ExpiredSilence
	}
	return r.State, ""
}
