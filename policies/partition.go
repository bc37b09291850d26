package policies

import (
	"fmt"
	"time"
)

// Grain is how long the partitions of a dataset in time are.
type Grain string

// The grains, finest first. Opaque keys ("eu", "tenant-7") have none.
const (
	GrainHour  Grain = "hour"
	GrainDay   Grain = "day"
	GrainWeek  Grain = "week"
	GrainMonth Grain = "month"
	GrainYear  Grain = "year"
)

// Grains are all of them, finest first.
var Grains = []Grain{GrainHour, GrainDay, GrainWeek, GrainMonth, GrainYear}

// Periods cuts time into the partitions of one grain on the clock of one zone:
// every instant is in exactly one period. A period ends where the next one that
// exists begins, so a day may have 23, 24 or 25 hours, an hour half of one, and a
// day that a zone left out has none. Weeks are those of ISO 8601.
type Periods struct {
	Grain Grain
	Zone  *time.Location
}

// Period is one partition in time: From is in it, To is not.
type Period struct {
	Key      string
	From, To time.Time
	wall     time.Time // what the clock shows at its start, or would
}

// At is the period that an instant is in. A clock that goes back over the start
// of a period (00:01 to 23:01) does not go back into the one before.
func (c Periods) At(t time.Time) Period {
	p := c.of(c.floor(wallOf(t.In(c.Zone))))
	for !t.Before(p.To) {
		p = c.of(c.floor(c.Grain.next(p.wall)))
	}
	return p
}

// Of is the period of a key; false when the key is none of this grain, or the
// clock of the zone never showed it.
func (c Periods) Of(key string) (Period, bool) {
	g, wall, ok := parsePeriod(key)
	if !ok || g != c.Grain {
		return Period{}, false
	}
	p := c.of(wall)
	return p, p.From.Before(p.To)
}

// Step is the period so many periods after another (before it, when n is
// negative).
func (c Periods) Step(p Period, n int) Period {
	for ; n > 0; n-- {
		p = c.At(p.To)
	}
	for ; n < 0; n++ {
		p = c.At(p.From.Add(-1))
	}
	return p
}

// Within are the periods that begin in [from, to), in order, maxMapped at most.
func (c Periods) Within(from, to time.Time) (out []Period) {
	p := c.At(from)
	if p.From.Before(from) {
		p = c.Step(p, 1)
	}
	for ; p.From.Before(to) && len(out) < maxMapped; p = c.Step(p, 1) {
		out = append(out, p)
	}
	return out
}

// of is the period whose first wall clock is wall; empty when the clock skips
// all of it.
func (c Periods) of(wall time.Time) Period {
	return Period{wall: wall, Key: c.Grain.key(wall), From: instant(wall, c.Zone), To: instant(c.Grain.next(wall), c.Zone)}
}

// floor is the first wall clock of the period.
func (c Periods) floor(w time.Time) time.Time {
	y, m, d := w.Date()
	switch c.Grain {
	case GrainHour:
		return w.Truncate(time.Hour)
	case GrainWeek:
		d -= (int(w.Weekday()) + 6) % 7
	case GrainMonth:
		d = 1
	case GrainYear:
		m, d = time.January, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// next is the first wall clock of the next period.
func (g Grain) next(w time.Time) time.Time {
	switch g {
	case GrainHour:
		return w.Add(time.Hour)
	case GrainWeek:
		return w.AddDate(0, 0, 7)
	case GrainMonth:
		return w.AddDate(0, 1, 0)
	case GrainYear:
		return w.AddDate(1, 0, 0)
	}
	return w.AddDate(0, 0, 1)
}

// key is the canonical name of the period that begins at a wall clock.
func (g Grain) key(w time.Time) string {
	switch g {
	case GrainHour:
		return w.Format("2006-01-02T15")
	case GrainWeek:
		y, n := w.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, n)
	case GrainMonth:
		return w.Format("2006-01")
	case GrainYear:
		return w.Format("2006")
	}
	return w.Format("2006-01-02")
}
