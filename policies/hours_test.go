package policies_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/policies"
)

// anyHours are blackouts and windows of a day that open and close on the minute,
// each day or once.
func anyHours(t *rapid.T) (h policies.Hours) {
	for range rapid.IntRange(0, 2).Draw(t, "blackouts") {
		h.Closed = append(h.Closed, anySpan(t))
	}
	for range rapid.IntRange(0, 1).Draw(t, "conditions") {
		h.Open = append(h.Open, policies.Spans{anySpan(t), anySpan(t)})
	}
	return h
}

func anySpan(t *rapid.T) policies.Span {
	from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
	long := time.Duration(rapid.IntRange(1, 10*60).Draw(t, "long")) * time.Minute
	if rapid.Bool().Draw(t, "once") {
		at := wednesday.Truncate(24 * time.Hour).Add(time.Duration(from) * time.Minute)
		return policies.Span{From: at, To: at.Add(long)}
	}
	return policies.Span{Cron: fmt.Sprintf("%d %d * * *", from%60, from/60), TZ: "UTC", Duration: long}
}

// minutely is a small world, minute by minute: a path of steps of whole minutes,
// each with its hours.
type minutely struct {
	policies.Deadline
	may [][]bool // by step and minute from begin on
}

const worldMinutes = 36 * 60

var worldBegin = wednesday.Truncate(24 * time.Hour).Add(-6 * time.Hour)

func anyMinutely(t *rapid.T) minutely {
	at := worldBegin.Add(time.Duration(rapid.IntRange(16*60, 30*60).Draw(t, "deadline")) * time.Minute)
	m := minutely{Deadline: policies.Deadline{At: at, Need: at.Add(-time.Duration(rapid.IntRange(30, 15*60).Draw(t, "covers")) * time.Minute),
		Confidence: 0.9, Reserve: rapid.IntRange(0, 2).Draw(t, "reserve"), Margin: time.Duration(rapid.IntRange(0, 20).Draw(t, "margin")) * time.Minute}}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		l := policies.Leg{Hours: anyHours(t), Took: steady(t, "took", 1, 90)}
		if rapid.Bool().Draw(t, "pooled") {
			l.Waits = steady(t, "waits", 1, 30)
		}
		m.Path = append(m.Path, l)
		m.may = append(m.may, opened(l.Hours))
	}
	return m
}

// steady is an estimate of five equal durations.
func steady(t *rapid.T, what string, from, to int) policies.Estimate {
	return policies.EstimateOf(nil, time.Duration(rapid.IntRange(from, to).Draw(t, what))*time.Minute, wednesday)
}

// opened says of each minute, from the spans alone, whether a step may begin in
// it and be sent: not in a blackout, and in some window of each condition, then
// and a minute later.
func opened(h policies.Hours) []bool {
	in := func(ws policies.Spans, at time.Time) bool {
		for _, w := range ws {
			from, to := w.From, w.To
			if w.Cron != "" {
				var minute, hour int
				_, _ = fmt.Sscanf(w.Cron, "%d %d", &minute, &hour)
				from = time.Date(at.Year(), at.Month(), at.Day(), hour, minute, 0, 0, time.UTC)
				if from.After(at) {
					from = from.AddDate(0, 0, -1)
				}
				to = from.Add(w.Duration)
			}
			if !at.Before(from) && at.Before(to) {
				return true
			}
		}
		return false
	}
	may := func(at time.Time) bool {
		ok := !in(h.Closed, at)
		for _, ws := range h.Open {
			ok = ok && in(ws, at)
		}
		return ok
	}
	out := make([]bool, worldMinutes)
	for i := range out {
		at := worldBegin.Add(time.Duration(i) * time.Minute)
		out[i] = may(at) && may(at.Add(time.Minute))
	}
	return out
}

// next is the first minute from i on in which a step may begin; past the end for
// none.
func (m minutely) next(step, i int) int {
	for ; i < worldMinutes && !m.may[step][i]; i++ {
	}
	return i
}

func minutes(d time.Duration) int { return int(d / time.Minute) }

// done is when the path is done that is asked for in a minute, when as many
// steps fail as are allowed for in the worst order.
func (m minutely) done(step, i, reserve int) int {
	if step == len(m.Path) || i >= worldMinutes {
		return i
	}
	l := m.Path[step]
	i = m.next(step, i)
	if l.Waits.Known() {
		i = m.next(step, i+minutes(l.Waits.Quantile(0.9)))
	}
	if i >= worldMinutes {
		return i
	}
	end := i + minutes(l.Took.Quantile(0.9))
	worst := m.done(step+1, end, reserve)
	if reserve > 0 {
		worst = max(worst, m.done(step, end, reserve-1))
	}
	return worst
}

// TestLatestStartIsTheLast: played through minute by minute, with every way in
// which the allowed retries may fall, the latest start is in time, and no later
// one is.
func TestLatestStartIsTheLast(t *testing.T) {
	found, moved := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := anyMinutely(t)
		w := policies.WindowOf(m.Deadline)
		due := minutes(m.At.Add(-m.Margin).Sub(worldBegin))
		best := -1
		for i := max(0, minutes(m.Need.Sub(worldBegin))); i < worldMinutes; i++ {
			if m.may[0][i] && m.done(0, i, m.Reserve) <= due {
				best = i
			}
		}
		switch {
		case best < 0 && !w.Latest.Equal(m.Need):
			t.Fatalf("latest start %s, but none is in time: %+v", w.Latest, m.Deadline)
		case best < 0:
			return
		}
		found++
		if len(w.Moved) > 0 {
			moved++
		}
		// What holds of a minute holds of all moments in it.
		last := worldBegin.Add(time.Duration(best) * time.Minute)
		if d := w.Latest.Sub(last); d < 0 || d >= time.Minute {
			t.Fatalf("latest start %s, the last that is in time is %s: %+v", w.Latest, last, m.Deadline)
		}
	})
	if found == 0 || moved == 0 {
		t.Errorf("%d worlds with a start in time, %d of them moved: the law says nothing", found, moved)
	}
}

// TestHoursNextAndLastAgree: what one finds is in the hours by the other.
func TestHoursNextAndLastAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, at := anyHours(t), worldBegin.Add(time.Duration(rapid.IntRange(0, worldMinutes).Draw(t, "at"))*time.Minute)
		if last, ok := h.Last(at); ok {
			if next, ok := h.Next(last); last.After(at) || !ok || !next.Equal(last) {
				t.Fatalf("the last of %s is %s, from which on the next is %s", at, last, next)
			}
		}
		if next, ok := h.Next(at); ok && next.Before(at) {
			t.Fatalf("the next of %s is %s", at, next)
		}
	})
}
