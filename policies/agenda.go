package policies

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// agenda holds which policy is about which asset, what the last evaluation of
// each depends on, and which are to be evaluated again: at once, because
// something they depend on changed, or at a time, because time alone may flip an
// atom. It is plain data of one goroutine.
type agenda struct {
	entries map[string]*entry
	by      map[thing]map[*entry]struct{}
	due     dueTimes
	// hot goes before the rest of a sweep.
	hot, sweep []*entry
}

// entry is one policy on one asset.
type entry struct {
	Match
	// order is its place among all, by which equals are taken.
	order     int
	footprint footprint
	// at is when time alone may change it; zero never.
	at     time.Time
	inHeap int
	state  queued
}

type queued int8

const (
	idle queued = iota
	inSweep
	inHot
	gone
)

// broad is a footprint too large to be held: anything may change it. It bounds
// the memory of a policy over a graph without ends.
const broad = 4096

func newAgenda() *agenda {
	return &agenda{entries: map[string]*entry{}, by: map[thing]map[*entry]struct{}{}}
}

// set makes these the pairs there are. New ones, and those that another policy
// or another rank stands for now, are to be evaluated.
func (a *agenda) set(pairs []Match) (removed []string) {
	seen := make(map[string]bool, len(pairs))
	for i, m := range pairs {
		k := m.key()
		seen[k] = true
		e, known := a.entries[k]
		if !known {
			e = &entry{inHeap: -1}
			a.entries[k] = e
		}
		changed := !known || e.Policy != m.Policy || !slices.Equal(e.Equal, m.Equal)
		m.id = k
		e.Match, e.order = m, i
		if changed {
			a.soon(e)
		}
	}
	for k, e := range a.entries {
		if !seen[k] {
			a.drop(k, e)
			removed = append(removed, k)
		}
	}
	return removed
}

func (a *agenda) drop(k string, e *entry) {
	a.forget(e)
	a.wakeAt(e, time.Time{})
	e.state = gone
	delete(a.entries, k)
}

// soon puts an entry before a sweep.
func (a *agenda) soon(e *entry) {
	if e.state != inHot && e.state != gone {
		e.state = inHot
		a.hot = append(a.hot, e)
	}
}

// touch says that things changed; sorted then puts in order what became hot.
func (a *agenda) touch(things []thing) {
	for _, t := range things {
		for e := range a.by[t] {
			a.soon(e)
		}
	}
	if len(things) > 0 {
		for e := range a.by[thing{kind: anything}] {
			a.soon(e)
		}
	}
}

// sorted puts what became hot in the order of the entries.
func (a *agenda) sorted(from int) { byOrder(a.hot[from:]) }

// touchIf is touch for those that a condition is true of.
func (a *agenda) touchIf(t thing, concerned func(Match) bool) {
	for e := range a.by[t] {
		if concerned(e.Match) {
			a.soon(e)
		}
	}
}

// all lets everything be evaluated.
func (a *agenda) all() {
	for _, e := range a.entries {
		if e.state == idle {
			e.state = inSweep
			a.sweep = append(a.sweep, e)
		}
	}
	byOrder(a.sweep)
}

func byOrder(l []*entry) {
	slices.SortFunc(l, func(x, y *entry) int { return cmp.Compare(x.order, y.order) })
}

// next takes the entry to evaluate now: what was touched, then what time made
// due, then the rest of a sweep. nil when there is none.
func (a *agenda) next(now time.Time) *entry {
	for len(a.due) > 0 && !a.due[0].at.After(now) {
		e := a.due[0]
		a.wakeAt(e, time.Time{})
		a.soon(e)
	}
	for _, q := range []struct {
		list *[]*entry
		is   queued
	}{{&a.hot, inHot}, {&a.sweep, inSweep}} {
		for len(*q.list) > 0 {
			e := (*q.list)[0]
			if *q.list = (*q.list)[1:]; len(*q.list) == 0 {
				*q.list = nil
			}
			if e.state == q.is { // not gone, and not moved to the other list
				e.state = idle
				return e
			}
		}
	}
	return nil
}

// decided notes what an evaluation looked at and when to look again. The
// footprint is the agenda's from then on; it gives one that is free again.
func (a *agenda) decided(e *entry, f footprint, at time.Time) (free footprint) {
	if e.state == gone {
		return f
	}
	if len(f) > broad {
		f = footprint{thing{kind: anything}: {}}
	}
	for t := range e.footprint {
		if _, still := f[t]; !still {
			unlink(a.by, t, e)
		}
	}
	for t := range f {
		if _, before := e.footprint[t]; !before {
			link(a.by, t, e)
		}
	}
	free, e.footprint = e.footprint, f
	a.wakeAt(e, at)
	return free
}

func (a *agenda) forget(e *entry) {
	for t := range e.footprint {
		unlink(a.by, t, e)
	}
	e.footprint = nil
}

// soonest is when time alone makes the next entry due; zero never.
func (a *agenda) soonest() time.Time {
	if len(a.due) == 0 {
		return time.Time{}
	}
	return a.due[0].at
}

func (a *agenda) wakeAt(e *entry, at time.Time) {
	e.at = at
	switch {
	case at.IsZero() && e.inHeap >= 0:
		heap.Remove(&a.due, e.inHeap)
	case at.IsZero():
	case e.inHeap >= 0:
		heap.Fix(&a.due, e.inHeap)
	default:
		heap.Push(&a.due, e)
	}
}

// dueTimes is a heap of entries by time.
type dueTimes []*entry

func (d dueTimes) Len() int { return len(d) }
func (d dueTimes) Less(i, j int) bool {
	if c := d[i].at.Compare(d[j].at); c != 0 {
		return c < 0
	}
	return d[i].order < d[j].order
}

func (d dueTimes) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].inHeap, d[j].inHeap = i, j
}

// Push is heap.Interface's.
func (d *dueTimes) Push(x any) {
	e := x.(*entry) //nolint:forcetypeassert // only entries are pushed
	e.inHeap = len(*d)
	*d = append(*d, e)
}

// Pop is heap.Interface's.
func (d *dueTimes) Pop() any {
	old := *d
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*d, e.inHeap = old[:len(old)-1], -1
	return e
}
