package policies

import (
	"cmp"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Deadline is a time at which data has to be there, seen from a step on the way
// to it.
type Deadline struct {
	// Policy is whose deadline it is, At when.
	Policy string    `json:"policy"`
	At     time.Time `json:"at"`
	// Need: only what starts from then on takes in data that is new enough.
	Need time.Time `json:"need"`
	// Path are the steps from the one being decided to the deadline's asset.
	Path []Leg `json:"path"`
	// Confidence is the quantile of each step's duration that is reckoned
	// with, Reserve how many repetitions of the longest step are allowed for,
	// Margin what is kept free before the deadline.
	Confidence float64       `json:"confidence"`
	Reserve    int           `json:"reserve"`
	Margin     time.Duration `json:"margin"`
}

// Leg is one step of a path.
type Leg struct {
	Name catalog.Name `json:"name"`
	Took Estimate     `json:"took"`
	// Hours are when it may begin, Waits how long it has to wait for a slot of
	// its pool before; not known is no wait.
	Hours Hours    `json:"hours,omitzero"`
	Waits Estimate `json:"waits,omitzero"`
}

// Takes is how long the path takes: the sum of the quantiles of its steps, and
// the longest of them. missing names a step that nothing is known about.
func (d Deadline) Takes() (sum, longest time.Duration, missing string) {
	for _, l := range d.Path {
		if !l.Took.Known() {
			return 0, 0, l.Name.Name
		}
		q := l.Took.Quantile(d.Confidence)
		sum, longest = sum+q, max(longest, q)
	}
	return sum, longest, ""
}

// Window is when a run has to start to serve one deadline.
type Window struct {
	Deadline
	// Latest is the latest start; known is false when a duration is missing,
	// which Missing names.
	Latest  time.Time
	Missing string
	// Infeasible: even at its earliest it would come too late.
	Infeasible bool
	// Moved names the steps that may not begin when they would have to, so that
	// all before them begin earlier.
	Moved []string
}

// WindowOf goes back from the deadline less its margin, step by step. Where
// nothing is known, or the time does not suffice, the window is the moment of its
// beginning: it starts as soon as it serves.
func WindowOf(d Deadline) Window {
	_, _, missing := d.Takes()
	w := Window{Deadline: d, Latest: d.Need, Missing: missing}
	if missing != "" {
		return w
	}
	latest, moved, ok := d.latest()
	if !ok || latest.Before(d.Need) {
		end, ends := d.earliest()
		w.Infeasible = !ends || end.After(d.At)
		return w
	}
	w.Latest, w.Moved = latest, moved
	return w
}

// latest is the latest start of the path: however its retries fall, each step
// begins at a time at which it may, and the last is done in time.
//
// by[r] is until when the steps behind have to have data, with r repetitions left
// for them. A step that may be repeated r times has to be done by then, and by the
// time at which it could begin its repetition with r-1 left. So without hours the
// reserve is r times the longest step.
func (d Deadline) latest() (at time.Time, moved []string, ok bool) {
	by := make([]time.Time, d.Reserve+1)
	for r := range by {
		by[r] = d.At.Add(-d.Margin)
	}
	for _, l := range slices.Backward(d.Path) {
		for r := range by {
			if r > 0 && by[r-1].Before(by[r]) {
				by[r] = by[r-1]
			}
			due := by[r].Add(-l.Took.Quantile(d.Confidence))
			if by[r], ok = l.lastStart(due, d.Confidence); !ok {
				return at, nil, false
			}
			if name := l.Name.Name; !by[r].Equal(due.Add(-l.Waits.Quantile(d.Confidence))) && !slices.Contains(moved, name) {
				moved = append(moved, name)
			}
		}
	}
	return by[d.Reserve], moved, true
}

// lastStart is when a step has to be asked for that has to begin by a time: it
// may begin when it is asked for, and when it has its slot.
func (l Leg) lastStart(by time.Time, q float64) (time.Time, bool) {
	begin, ok := l.Hours.Last(by)
	if !ok || !l.Waits.Known() {
		return begin, ok
	}
	return l.Hours.Last(begin.Add(-l.Waits.Quantile(q)))
}

// earliest is when the path is done that begins as soon as it serves and in which
// nothing is repeated; ok is false when a step can never begin.
func (d Deadline) earliest() (at time.Time, ok bool) {
	at = d.Need
	for _, l := range d.Path {
		if at, ok = l.Hours.after(at, l.Waits, d.Confidence); !ok {
			return at, false
		}
		at = at.Add(l.Took.Quantile(d.Confidence))
	}
	return at, true
}

// Slot is one run that serves several deadlines.
type Slot struct {
	// From and Until bound its start: no member's Need is later than From, no
	// member's Latest earlier than Until.
	From, Until time.Time
	Serves      []Window
}

// Share finds the fewest runs that serve all windows: again and again the one
// that ends first decides, and all that hold its end join (optimal for one
// task). Slots come in the order of their ends.
func Share(windows []Window) []Slot {
	rest := slices.Clone(windows)
	slices.SortStableFunc(rest, func(a, b Window) int { return cmp.Or(a.Latest.Compare(b.Latest), a.Need.Compare(b.Need)) })
	var out []Slot
	for len(rest) > 0 {
		s := Slot{From: rest[0].Need, Until: rest[0].Latest}
		rest = slices.DeleteFunc(rest, func(w Window) bool {
			if w.Need.After(s.Until) {
				return false
			}
			s.Serves = append(s.Serves, w)
			if w.Need.After(s.From) {
				s.From = w.Need
			}
			return true
		})
		out = append(out, s)
	}
	return out
}
