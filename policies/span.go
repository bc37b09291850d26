package policies

import (
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Span is a stretch of time that comes again: it opens at each tick of Cron (five
// fields, on the wall clock of TZ) and closes Duration later, by the time that
// passes. Without a Cron it is open once, from From until before To.
type Span struct {
	Cron, TZ string
	Duration time.Duration
	From, To time.Time
}

// at gives the span that is open at a time: when it opened and closes, both zero
// while it is closed; and the next opening after that time, zero for never.
func (w Span) at(now time.Time) (from, to, next time.Time) {
	if w.Cron == "" {
		switch {
		case now.Before(w.From):
			return from, to, w.From
		case now.Before(w.To):
			return w.From, w.To, next
		}
		return from, to, next
	}
	tick, next, ok := ticks(Want{Cron: w.Cron, TZ: w.TZ}, now)
	if ok && now.Before(tick.Add(w.Duration)) {
		return tick, tick.Add(w.Duration), next
	}
	return from, to, next
}

// Spans are open while any of them is.
type Spans []Span

// maxSpans bounds how many windows that follow each other without a gap are
// taken as one.
const maxSpans = 400

// at reports whether any window is open, and when that may change: when the
// last of those that follow without a gap closes, or when the next opens; zero
// for never.
func (ws Spans) at(now time.Time) (open bool, changes time.Time) {
	at := now
	for range maxSpans {
		end, next := ws.one(at)
		if end.IsZero() {
			if at.Equal(now) {
				return false, next
			}
			return true, at
		}
		at = end
	}
	return true, at
}

// one is when the longest open window closes, and the next opening of any.
func (ws Spans) one(now time.Time) (end, next time.Time) {
	for _, w := range ws {
		_, to, opens := w.at(now)
		if to.After(end) {
			end = to
		}
		next = soonest(next, opens)
	}
	return end, next
}

// probes is a year hour by hour, like any other.
const probes = 366 * 24

// always reports whether the spans never close, as far as a year tells.
func (ws Spans) always() bool {
	year := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
	for h := range probes {
		if end, _ := ws.one(year.Add(time.Duration(h) * time.Hour)); end.IsZero() {
			return false
		}
	}
	return true
}

// LastBefore is the last moment up to t at which all windows are closed: t
// itself, or just before they open. ok is false when they have been open for
// longer than a person would plan.
func (ws Spans) LastBefore(t time.Time) (last time.Time, ok bool) {
	for range maxSpans {
		from := time.Time{}
		for _, w := range ws {
			if f, to, _ := w.at(t); !to.IsZero() {
				from = soonest(from, f)
			}
		}
		if from.IsZero() {
			return t, true
		}
		t = from.Add(-time.Nanosecond)
	}
	return time.Time{}, false
}

// inWindow is about windows of its own, or about those of a calendar.
func inWindow(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	ws := Spans(c.Spans)
	if c.Name != "" {
		i := slices.IndexFunc(s.Calendars, func(v CalendarView) bool { return v.Name == c.Name })
		if i < 0 {
			return catalog.Reason{Atom: "in_window", Value: catalog.Unknown, Says: fmt.Sprintf("no calendar is named %q", c.Name)}
		}
		ws = s.Calendars[i].Windows
	}
	open, changes := ws.at(now)
	r := catalog.Reason{Atom: "in_window", Value: catalog.Truth(open), MayChangeAt: changes}
	switch {
	case open:
		r.Says = fmt.Sprintf("the window %sis open until %s", spaced(c.Name), clock(changes))
	case changes.IsZero():
		r.Says = fmt.Sprintf("the window %sis over", spaced(c.Name))
	default:
		r.Says = fmt.Sprintf("the window %sopens at %s", spaced(c.Name), clock(changes))
	}
	return r
}

// spaced is a name with a space behind it, where there is one.
func spaced(name string) string {
	if name == "" {
		return ""
	}
	return name + " "
}
