package catalog

import (
	"cmp"
	"slices"
	"time"
)

// Lifetime says when an edge that successful runs stop naming ends.
type Lifetime struct {
	// Omissions is how many successive successful runs must leave it out.
	Omissions int
	// Quiet is the least time between the last naming run and the last
	// omitting one.
	Quiet time.Duration
	// EmptyOmits lets a run that names nothing omit everything: a declared
	// empty list says so, an observed one does not.
	EmptyOmits bool
}

// DefaultLifetime is semantics 1.6: three runs and 24 hours.
var DefaultLifetime = Lifetime{Omissions: 3, Quiet: 24 * time.Hour}

// NamingRun is one run's set of one side (its inputs, its outputs, its column
// edges of one output, its parents ...). Keys are compared as values.
type NamingRun[K comparable] struct {
	RunID string
	// Start orders the runs, ties by RunID. End is the terminal event's time.
	Start, End time.Time
	// Succeeded runs omit what they do not name; others omit nothing.
	Succeeded bool
	Named     []K
}

// DeclaredLifetime is that of what JobEvents state: each replaces the one
// before it.
var DeclaredLifetime = Lifetime{Omissions: 1, EmptyOmits: true}

// Interval is a half-open span [From, To); a zero To is open.
type Interval struct {
	From, To time.Time
	// Run is the first naming run's id: the evidence.
	Run string
}

// Intervals computes when each key was named, as a pure function of the set of
// runs (semantics 1.6): an interval starts with the first run that names the
// key, of any state, not before the previous interval's end. It ends at the
// end of the first of Omissions successive successful runs that named other
// keys and left this one out, once Quiet lies between the last naming run and
// the last omitting one.
//
// pending reports that an open key is being omitted, so that the next run that
// names the same as the one before can still end it.
func Intervals[K comparable](runs []NamingRun[K], life Lifetime) (spans map[K][]Interval, pending bool) {
	sorted := slices.Clone(runs)
	slices.SortFunc(sorted, func(a, b NamingRun[K]) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.RunID, b.RunID))
	})
	w := intervalWalk[K]{life: life, done: map[K][]Interval{}, open: map[K]*openInterval{}}
	for _, r := range sorted {
		w.step(r)
	}
	return w.finish()
}

type openInterval struct {
	Interval
	lastNamed time.Time
	omissions int
	firstEnd  time.Time // end of the first of the successive omitting runs
}

type intervalWalk[K comparable] struct {
	life Lifetime
	done map[K][]Interval
	open map[K]*openInterval
}

func (w *intervalWalk[K]) step(r NamingRun[K]) {
	for _, k := range r.Named {
		w.name(k, r)
	}
	if !r.Succeeded || len(r.Named) == 0 && !w.life.EmptyOmits {
		return
	}
	named := make(map[K]bool, len(r.Named))
	for _, k := range r.Named {
		named[k] = true
	}
	for k, o := range w.open {
		if !named[k] {
			w.omit(k, o, r)
		}
	}
}

func (w *intervalWalk[K]) name(k K, r NamingRun[K]) {
	if o := w.open[k]; o != nil {
		o.lastNamed, o.omissions = r.Start, 0
		return
	}
	from := r.Start
	if d := w.done[k]; len(d) > 0 && from.Before(d[len(d)-1].To) {
		from = d[len(d)-1].To
	}
	w.open[k] = &openInterval{Interval: Interval{From: from, Run: r.RunID}, lastNamed: r.Start}
}

func (w *intervalWalk[K]) omit(k K, o *openInterval, r NamingRun[K]) {
	o.omissions++
	if o.omissions == 1 {
		o.firstEnd = r.End
	}
	if o.omissions < w.life.Omissions || r.Start.Sub(o.lastNamed) < w.life.Quiet {
		return
	}
	o.To = o.firstEnd
	if !o.To.After(o.From) { // clocks of two runs that overlap
		o.To = o.From.Add(1)
	}
	w.done[k] = append(w.done[k], o.Interval)
	delete(w.open, k)
}

func (w *intervalWalk[K]) finish() (map[K][]Interval, bool) {
	pending := false
	for k, o := range w.open {
		pending = pending || o.omissions > 0
		w.done[k] = append(w.done[k], o.Interval)
	}
	return w.done, pending
}

// UnionIntervals merges the intervals of several names of one relation into
// the least list that covers the same times; touching ones join. The evidence
// is that of the earliest.
func UnionIntervals(all []Interval) []Interval {
	s := slices.Clone(all)
	slices.SortFunc(s, func(a, b Interval) int {
		return cmp.Or(a.From.Compare(b.From), compareEnd(a.To, b.To), cmp.Compare(a.Run, b.Run))
	})
	var out []Interval
	for _, iv := range s {
		if n := len(out); n > 0 && (out[n-1].To.IsZero() || !iv.From.After(out[n-1].To)) {
			if compareEnd(iv.To, out[n-1].To) > 0 {
				out[n-1].To = iv.To
			}
			continue
		}
		out = append(out, iv)
	}
	return out
}

// compareEnd orders interval ends; open (zero) is after everything.
func compareEnd(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
