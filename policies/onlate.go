package policies

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// OnLate says what becomes of a deadline once a run for it can no longer begin
// in time: its latest start has passed, or where no durations are known it has
// passed itself, and the inputs are not as required.
type OnLate string

// The choices for what is late.
const (
	// LateWait: it runs as soon as it is ready, late.
	LateWait OnLate = "wait"
	// LateStale: it runs on what there is of its inputs, which is marked.
	LateStale OnLate = "use_stale"
	// LateSkip: nothing runs for that deadline any more.
	LateSkip OnLate = "skip"
	// LateAsk: a person is asked whether to run on what there is.
	LateAsk OnLate = "ask"
)

func (c *checker) onLate(p *Policy, word string) {
	p.OnLate = LateWait
	if word == "" {
		return
	}
	p.OnLate = OnLate(word)
	if !slices.Contains([]OnLate{LateWait, LateStale, LateSkip, LateAsk}, p.OnLate) {
		c.fail(at("on_late"), "E106", "wait, use_stale, skip or ask", "unknown on_late %q", word)
	}
	if p.OnLate != LateWait && (p.Want.Kind != WantBy || p.Want.Covers == 0) {
		c.fail(at("on_late"), "E126", "want: { by: { cron, tz, covers } }", "on_late needs a deadline, and what it covers")
	}
}

// lastCall is the moment from which on a run comes too late for a deadline.
type lastCall struct{ at, deadline time.Time }

// lastCall of the deadline that a run now would be for: the next one, once data
// counts for it, else the last one, when it was missed. ok is false when neither
// wants a run, or nobody cares.
func (p *Policy) lastCall(s Snapshot, now time.Time) (l lastCall, ok bool) {
	if p.OnLate == "" || p.OnLate == LateWait || p.Want.Kind != WantBy {
		return l, false
	}
	if l, ok := nextCall(p, s, now); ok {
		return l, true
	}
	return missedCall(p, s, now)
}

func nextCall(p *Policy, s Snapshot, now time.Time) (l lastCall, ok bool) {
	w, ok := ahead(p, s, now)
	switch {
	case !ok || now.Before(w.Need) || covers(s, w.Need):
		return l, false
	case w.Missing != "":
		return lastCall{w.At, w.At}, true
	}
	return lastCall{w.Latest, w.At}, true
}

func missedCall(p *Policy, s Snapshot, now time.Time) (l lastCall, ok bool) {
	tick, _, _ := ticks(p.Want, now)
	return lastCall{tick, tick}, wantsTick(p, s, now)
}

func (l lastCall) says() string {
	if l.at.Equal(l.deadline) {
		return "the deadline of " + clock(l.deadline) + " has passed"
	}
	return fmt.Sprintf("the latest start for the deadline of %s was %s", clock(l.deadline), clock(l.at))
}

// excuses lets a run begin on inputs that are not as required. What failed its
// checks, or was left by a failed run, is not excused: it is known to be bad.
type excuses struct {
	call   lastCall
	active bool // somebody may be excused
	passed bool
	names  []string
}

func excusesOf(p *Policy, s Snapshot, now time.Time) *excuses {
	e := &excuses{}
	if p.OnLate == LateStale || p.OnLate == LateAsk {
		e.call, e.active = p.lastCall(s, now)
		e.passed = e.active && !now.Before(e.call.at)
	}
	return e
}

// input excuses what one input is required to be.
func (e *excuses) input(in InputView, r catalog.Reason) catalog.Reason {
	if !e.active || r.Value == catalog.True || in.Newest == nil || in.Tainted || in.Require == RequireComplete {
		return r
	}
	if e.passed {
		e.name(in.Name.Name)
	}
	return e.excuse(r)
}

// covers excuses inputs that keep a run from serving the deadline.
func (e *excuses) covers(r catalog.Reason) catalog.Reason {
	if !e.active || r.Value == catalog.True {
		return r
	}
	for _, c := range r.Children {
		if c.Value != catalog.True && e.passed {
			e.name(strings.TrimSuffix(strings.TrimPrefix(c.Atom, "covers("), ")"))
		}
	}
	return e.excuse(r)
}

func (e *excuses) name(n string) {
	if !slices.Contains(e.names, n) {
		e.names = append(e.names, n)
	}
}

func (e *excuses) excuse(r catalog.Reason) catalog.Reason {
	if !e.passed {
		r.MayChangeAt = soonest(r.MayChangeAt, e.call.at)
		return r
	}
	r.Value, r.Says = catalog.True, fmt.Sprintf("%s: %s, so it is used as it is", e.call.says(), r.Says)
	return r
}

// staleOf names the inputs that a run now would use as they are.
func staleOf(p *Policy, s Snapshot, now time.Time) []string {
	e := excusesOf(p, s, now)
	if !e.passed {
		return nil
	}
	inputsReady(p, s, now, e)
	return e.names
}

// asksLate says why a person is asked before a run on what there is.
func asksLate(p *Policy, s Snapshot, now time.Time) []string {
	if p.OnLate != LateAsk {
		return nil
	}
	names := staleOf(p, s, now)
	if len(names) == 0 {
		return nil
	}
	l, _ := p.lastCall(s, now)
	return []string{fmt.Sprintf("%s, and %s is not as required: run on what there is?", l.says(), strings.Join(names, ", "))}
}

// skipLate: what comes too late for its deadline is not wanted any more.
func skipLate(p *Policy, r catalog.Reason, call func(*Policy, Snapshot, time.Time) (lastCall, bool), s Snapshot, now time.Time) catalog.Reason {
	if p.OnLate != LateSkip || r.Value != catalog.True {
		return r
	}
	switch l, ok := call(p, s, now); {
	case !ok:
	case now.Before(l.at):
		r.MayChangeAt = soonest(r.MayChangeAt, l.at)
	default:
		r.Value, r.Says = catalog.False, l.says()+": it is skipped (on_late)"
	}
	return r
}

// tooLate: a run that asks now, and is not ready, is to be left out.
func (p *Policy) tooLate(s Snapshot, now time.Time) bool {
	l, ok := p.lastCall(s, now)
	return p.OnLate == LateSkip && ok && !now.Before(l.at)
}
