package policies

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Hours say when a step may begin: outside all of Closed, and inside each of
// Open. Without any it may at all times.
type Hours struct {
	Closed Spans   `json:"closed,omitempty"`
	Open   []Spans `json:"open,omitempty"`
}

// sending is how long before a blackout opens, or a window closes, a start is
// planned at the latest: between the decision and the tool's answer time passes.
const sending = time.Minute

// Last is the last moment up to t at which a step may begin, and may for so long
// yet as it takes to send it. ok is false when there was none for longer than a
// person would plan.
func (h Hours) Last(t time.Time) (last time.Time, ok bool) {
	for range maxSpans {
		begin, ok := h.last(t)
		if !ok {
			return last, false
		}
		sent, ok := h.last(begin.Add(sending))
		if !ok {
			return last, false
		}
		if t = sent.Add(-sending); t.Equal(begin) {
			return begin, true
		}
	}
	return last, false
}

func (h Hours) last(t time.Time) (last time.Time, ok bool) {
	for range maxSpans {
		at, ok := h.Closed.LastBefore(t)
		if !ok {
			return last, false
		}
		for _, ws := range h.Open {
			if at, ok = ws.lastOpen(at); !ok {
				return last, false
			}
		}
		if at.Equal(t) {
			return t, true
		}
		t = at
	}
	return last, false
}

// Next is the first moment from t on at which a step may begin.
func (h Hours) Next(t time.Time) (next time.Time, ok bool) {
	for range maxSpans {
		at := t
		if dark, until := h.Closed.at(at); dark {
			at = until
		}
		for _, ws := range h.Open {
			if open, changes := ws.at(at); !open {
				if at = changes; at.IsZero() {
					return at, false
				}
			}
		}
		if at.Equal(t) {
			return t, true
		}
		t = at
	}
	return next, false
}

// after is when a step begins that is asked for at t or later, as soon as it may:
// when it may be asked for, and when it has its slot then.
func (h Hours) after(t time.Time, waits Estimate, q float64) (begin time.Time, ok bool) {
	if begin, ok = h.Next(t); !ok || !waits.Known() {
		return begin, ok
	}
	return h.Next(begin.Add(waits.Quantile(q)))
}

// before is the last moment at which a step may be asked for that begins by t.
func (h Hours) before(t time.Time, waits Estimate, q float64) (last time.Time, ok bool) {
	if last, ok = h.last(t); !ok || !waits.Known() {
		return last, ok
	}
	return h.last(last.Add(-waits.Quantile(q)))
}

// closes is when a step that may begin at t may no longer; zero never.
func (h Hours) closes(t time.Time) (at time.Time) {
	_, at = h.Closed.at(t)
	for _, ws := range h.Open {
		_, end := ws.at(t)
		at = soonest(at, end)
	}
	return at
}

// lastOpen is the last moment up to t at which a window is open.
func (ws Spans) lastOpen(t time.Time) (last time.Time, ok bool) {
	for _, w := range ws {
		if at, found := w.lastOpen(t); found && (!ok || at.After(last)) {
			last, ok = at, true
		}
	}
	return last, ok
}

func (w Span) lastOpen(t time.Time) (time.Time, bool) {
	from, to := w.From, w.To
	if w.Cron != "" {
		tick, _, ok := ticks(Want{Cron: w.Cron, TZ: w.TZ}, t)
		if !ok {
			return t, false
		}
		from, to = tick, tick.Add(w.Duration)
	}
	switch {
	case t.Before(from):
		return t, false
	case t.Before(to):
		return t, true
	}
	return to.Add(-time.Nanosecond), true
}

// hoursOf are the hours in which a run by the policy may begin: after its freeze,
// outside the blackouts that apply, and as its conditions say. Only conditions that must hold
// count; what stands under any, not or at_least bounds nothing by itself.
func hoursOf(p *Policy, calendars []CalendarView) (h Hours) {
	if p.Freeze {
		h.Closed = Spans{{From: time.Unix(0, 0), To: p.FreezeUntil}} // since ever
	}
	for _, cal := range calendars {
		if cal.Applies {
			h.Closed = append(h.Closed, cal.Blackout...)
		}
	}
	for _, c := range p.Ready.Of {
		h.add(c, calendars)
	}
	return h
}

func (h *Hours) add(c Condition, calendars []CalendarView) {
	var cal Calendar
	if i := slices.IndexFunc(calendars, func(v CalendarView) bool { return v.Name == c.Name }); c.Name != "" && i >= 0 {
		cal = *calendars[i].Calendar
	}
	switch c.Word {
	case wordAll:
		for _, part := range c.Of {
			h.add(part, calendars)
		}
	case "not_blackout":
		h.Closed = append(h.Closed, cal.Blackout...)
	case "in_window":
		if c.Name == "" {
			h.Open = append(h.Open, c.Spans)
		} else if len(cal.Windows) > 0 {
			h.Open = append(h.Open, cal.Windows)
		}
	}
}

// hours reads the hours of a policy on an asset that is not its snapshot's.
func (g *Gatherer) hours(ctx context.Context, r *reader, p *Policy, asset catalog.AssetID) (Hours, error) {
	s := Snapshot{Asset: asset}
	err := g.calendars(ctx, r, p, &s)
	return hoursOf(p, s.Calendars), err
}

// waits measures how long actions on an asset have waited for a slot of the
// policy's pool, from when they were ready on. Without a pool, and with too few
// of them, nothing is reckoned with.
func (g *Gatherer) waits(r *reader, p *Policy, asset catalog.AssetID, about time.Time) (Estimate, error) {
	if p.Admit.Pool == "" {
		return Estimate{}, nil
	}
	ids := []catalog.AssetID{asset}
	if a, seen, err := r.asset(asset); err != nil {
		return Estimate{}, err
	} else if seen {
		ids = a.IDs()
	}
	list, err := g.Ledger.Actions(r.ctx, ActionQuery{Assets: ids, Kinds: []catalog.ActionKind{catalog.ActionTrigger}, Closed: true, Limit: maxSamples})
	var samples []Sample
	for _, a := range list {
		ready, sent := reached(a, catalog.ActionReady), reached(a, catalog.ActionDispatching)
		if a.Admission.Pool == p.Admit.Pool && !ready.IsZero() && !sent.IsZero() {
			samples = append(samples, Sample{ready, sent.Sub(ready)})
		}
	}
	return EstimateOf(samples, 0, about), err
}

// reached is when an action first came to a state; zero: it did not.
func reached(a catalog.Action, s catalog.ActionState) time.Time {
	for _, t := range a.Transitions {
		if t.To == s {
			return t.At
		}
	}
	return time.Time{}
}
