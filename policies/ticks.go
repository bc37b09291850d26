package policies

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
)

// clockwork is a schedule that was read once, and its ticks around the time that
// was asked for last: they hold until the next of them.
type clockwork struct {
	schedule cron.Schedule
	loc      *time.Location
	around   atomic.Pointer[ticked]
}

type ticked struct{ last, next time.Time }

// clockworks are by cron and zone. Policies are few; who loads others all day
// begins anew at maxClockworks.
var clockworks struct {
	sync.Mutex
	by map[[2]string]*clockwork
}

const maxClockworks = 10_000

// clockworkOf reads a schedule that was not read before.
func clockworkOf(w Want) (*clockwork, error) {
	clockworks.Lock()
	defer clockworks.Unlock()
	key := [2]string{w.Cron, w.TZ}
	if c := clockworks.by[key]; c != nil {
		return c, nil
	}
	s, loc, err := readSchedule(w)
	if err != nil {
		return nil, err
	}
	if clockworks.by == nil || len(clockworks.by) >= maxClockworks {
		clockworks.by = map[[2]string]*clockwork{}
	}
	c := &clockwork{schedule: s, loc: loc}
	clockworks.by[key] = c
	return c, nil
}

// schedule gives the cron of a by-want and its zone. The schedule runs on a
// wall clock that is written as if it were UTC; instant gives the time.
func schedule(w Want) (cron.Schedule, *time.Location, error) {
	c, err := clockworkOf(w)
	if err != nil {
		return nil, nil, err
	}
	return c.schedule, c.loc, nil
}

func readSchedule(w Want) (cron.Schedule, *time.Location, error) {
	zone := w.TZ
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, nil, fmt.Errorf("unknown zone %q", zone)
	}
	if strings.Contains(w.Cron, "TZ=") || strings.HasPrefix(w.Cron, "@") {
		return nil, nil, fmt.Errorf("cron %q: give five fields, and the zone as tz", w.Cron)
	}
	s, err := cron.ParseStandard("CRON_TZ=UTC " + w.Cron)
	if err != nil {
		return nil, nil, fmt.Errorf("cron %q: %w", w.Cron, err)
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, nil, fmt.Errorf("cron %q: that day never comes", w.Cron)
	}
	return s, loc, nil
}

// instant is when a wall clock first shows a time; a time that it never shows
// (spring) is when it springs over it, one that it shows twice (autumn) is the
// first of both. So a daily tick fires once a day, every day. The clock may have
// moved by any amount: half an hour, or a day.
func instant(wall time.Time, loc *time.Location) time.Time {
	var first time.Time
	for _, near := range []time.Duration{-36 * time.Hour, 36 * time.Hour} { // the zone's offsets before and after a change
		_, offset := wall.Add(near).In(loc).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		if wallOf(t).Equal(wall) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if !first.IsZero() {
		return first
	}
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	start, end := t.ZoneBounds()
	if wallOf(t).Before(wall) {
		return end
	}
	return start
}

// wallOf is what the clock of its zone shows, as if it were UTC.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// ticks gives the latest tick at or before now and the next one.
func ticks(w Want, now time.Time) (last, next time.Time, ok bool) {
	c, err := clockworkOf(w)
	if err != nil {
		return last, next, false
	}
	if t := c.around.Load(); t != nil && !now.Before(t.last) && now.Before(t.next) {
		return t.last, t.next, true
	}
	last, next, ok = c.ticks(now)
	if ok && !next.IsZero() {
		c.around.Store(&ticked{last, next})
	}
	return last, next, ok
}

func (c *clockwork) ticks(now time.Time) (last, next time.Time, ok bool) {
	s, loc := c.schedule, c.loc
	// A schedule only looks ahead: start far enough back to have a tick.
	wall := wallOf(now.In(loc))
	for _, back := range []time.Duration{2 * time.Hour, 26 * time.Hour, 8 * 24 * time.Hour, 400 * 24 * time.Hour} {
		t := s.Next(wall.Add(-back))
		for !t.IsZero() && !instant(t, loc).After(now) {
			last, ok = instant(t, loc), true
			t = s.Next(t)
		}
		if next = (time.Time{}); !t.IsZero() {
			next = instant(t, loc)
		}
		if ok {
			return last, next, true
		}
	}
	return last, next, false
}
