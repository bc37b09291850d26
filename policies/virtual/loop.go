package virtual

import (
	"container/heap"
	"time"
)

// Loop is a clock and what will happen by it. Nothing waits: the time moves on
// to the next thing to do. What is due at one time happens in the order it was
// planned, so a run is a function of its beginning. A Loop belongs to one
// goroutine.
type Loop struct {
	now   time.Time
	seq   int
	queue plans
	after []func()
}

// NewLoop returns a loop whose clock shows a time.
func NewLoop(start time.Time) *Loop { return &Loop{now: start} }

// Now is what the clock shows.
func (l *Loop) Now() time.Time { return l.now }

// At plans f for a time; one that has passed means as soon as possible.
func (l *Loop) At(at time.Time, f func()) {
	if at.Before(l.now) {
		at = l.now
	}
	l.seq++
	heap.Push(&l.queue, plan{at, l.seq, f})
}

// After plans f for a while from now.
func (l *Loop) After(d time.Duration, f func()) { l.At(l.now.Add(d), f) }

// Settled calls f whenever all that was due at a time has happened, before the
// clock moves on.
func (l *Loop) Settled(f func()) { l.after = append(l.after, f) }

// RunUntil lets everything before end happen; then the clock shows end.
func (l *Loop) RunUntil(end time.Time) {
	for len(l.queue) > 0 && l.queue[0].at.Before(end) {
		l.now = l.queue[0].at
		for len(l.queue) > 0 && !l.queue[0].at.After(l.now) {
			heap.Pop(&l.queue).(plan).f()
		}
		for _, f := range l.after {
			f()
		}
	}
	l.now = end
}

// plan is something that will happen.
type plan struct {
	at  time.Time
	seq int
	f   func()
}

// plans is a heap, the soonest first.
type plans []plan

func (p plans) Len() int { return len(p) }
func (p plans) Less(i, j int) bool {
	if !p[i].at.Equal(p[j].at) {
		return p[i].at.Before(p[j].at)
	}
	return p[i].seq < p[j].seq
}
func (p plans) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *plans) Push(x any)   { *p = append(*p, x.(plan)) } //nolint:errcheck // heap pushes what At made
func (p *plans) Pop() any {
	last := len(*p) - 1
	x := (*p)[last]
	(*p)[last] = plan{}
	*p = (*p)[:last]
	return x
}
