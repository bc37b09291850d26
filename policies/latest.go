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
}

// WindowOf subtracts the path, the reserve and the margin from the deadline.
// Where nothing is known, or the time does not suffice, the window is the
// moment of its beginning: it starts as soon as it serves.
func WindowOf(d Deadline) Window {
	sum, longest, missing := d.Takes()
	w := Window{Deadline: d, Latest: d.Need, Missing: missing}
	if missing != "" {
		return w
	}
	latest := d.At.Add(-d.Margin - sum - time.Duration(d.Reserve)*longest)
	if latest.Before(d.Need) {
		w.Infeasible = d.Need.Add(sum).After(d.At)
		return w
	}
	w.Latest = latest
	return w
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
