package main

import (
	"cmp"
	"time"
)

// score is how a player did over the measured days.
type score struct {
	Runs, Stale, Wasted, Failed int
	Met, Due                    int
	Staleness                   time.Duration // all reports together, in office hours
	Busy                        time.Duration // slots taken
	Doubled                     int
	Actions                     int
	Crashes                     int
	Took                        time.Duration
}

// Alerts are the calls somebody gets: a run that failed, a deadline missed.
func (s score) Alerts() int { return s.Failed + s.Due - s.Met }

func (s *score) add(o score) {
	s.Runs += o.Runs
	s.Stale += o.Stale
	s.Wasted += o.Wasted
	s.Failed += o.Failed
	s.Met += o.Met
	s.Due += o.Due
	s.Staleness += o.Staleness
	s.Busy += o.Busy
	s.Doubled += o.Doubled
	s.Actions += o.Actions
	s.Crashes += o.Crashes
	s.Took = max(s.Took, o.Took)
}

// fewer is how much less a is than b, in percent.
func fewer(a, b int) float64 { return 100 * (1 - float64(a)/float64(max(cmp.Or(b, 1), 1))) }
