package main

import (
	"math"
	"time"
)

// The first day of all simulations is a Thursday.
var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func dayOf(at time.Time) int { return int(at.Sub(firstDay) / day) }

func weekend(at time.Time) bool {
	return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
}

// sync is one load of a source.
type sync struct {
	at, end time.Time
	// fresh is false when the source had nothing new.
	fresh bool
}

// syncs are the loads of a source on a day, in order. Five in a hundred daily
// loads are late by up to six hours, one in a hundred does not come at all. An
// hourly source has news in half of its loads by day and in a tenth by night.
func (e *estate) syncs(t *thing, d int) (out []sync) {
	midnight := firstDay.Add(time.Duration(d) * day)
	if !t.hourly {
		if e.draw("absent", t.id, d) < 0.01 {
			return nil
		}
		at := midnight.Add(e.between(30, 210, "nominal", t.id)).Add(e.between(0, 15, "jitter", t.id, d))
		if e.draw("late", t.id, d) < 0.05 {
			at = at.Add(e.between(60, 360, "lateness", t.id, d))
		}
		return []sync{{at, at.Add(e.takes(t, d, 0)), d == 0 || !t.workdays || !weekend(midnight)}}
	}
	for h := range 24 {
		if e.draw("absent", t.id, d, h) < 0.02 {
			continue
		}
		at := midnight.Add(time.Duration(h)*time.Hour + e.between(0, 10, "nominal", t.id))
		news := 0.1
		if h >= 6 && h < 20 {
			news = 0.5
		}
		out = append(out, sync{at, at.Add(e.takes(t, d, h) / 5), d == 0 && h == 0 || e.draw("news", t.id, d, h) < news})
	}
	return out
}

// takes is how long try n of a job that begins on a day will take: around what
// is typical, half as long again and more on one day in ten, when everything is
// slow.
func (e *estate) takes(t *thing, d, n int) time.Duration {
	factor := math.Exp(0.25 * (e.draw("a", t.id, d, n) + e.draw("b", t.id, d, n) - 1) * 2)
	if e.draw("slow", d) < 0.1 {
		factor *= 1.6
	}
	return time.Duration(float64(t.typical) * factor)
}

// fails: try n on a day fails in 15 of 1000 cases by chance, and for the whole
// day in 2 of 1000, because somebody broke it.
func (e *estate) fails(t *thing, d, n int) bool {
	return e.draw("broken", t.id, d) < 0.002 || e.draw("fails", t.id, d, n) < 0.015
}

// rerun is a person who runs a job by hand.
type rerun struct {
	at time.Time
	id int
}

// reruns by people on a day: none to four, of any model.
func (e *estate) reruns(d int) (out []rerun) {
	for i := range int(e.draw("people", d) * 5) {
		id := int(e.draw("which", d, i) * float64(len(e.things)))
		if t := e.things[id]; t.kind == model {
			out = append(out, rerun{firstDay.Add(time.Duration(d)*day + 8*time.Hour + e.between(0, 600, "when", d, i)), id})
		}
	}
	return out
}
