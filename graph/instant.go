package graph

import (
	"math"
	"time"
)

// OpenEnd is how a store writes the end of an open edge: later than each
// instant, and never null, which range predicates would lose.
const OpenEnd = math.MaxInt64

// Instant is a time as nanoseconds since 1970 UTC, for comparing inside a
// store; the body of an edge keeps the exact time. Times before the year 1678
// or after 2262 become the first or last instant, so that an absurd time of a
// producer cannot wrap round to an ordinary one.
func Instant(t time.Time) int64 {
	switch {
	case t.Before(firstInstant):
		return math.MinInt64
	case t.After(lastInstant):
		return OpenEnd - 1
	}
	return t.UnixNano()
}

// InstantEnd is the end of an edge: OpenEnd when t is zero.
func InstantEnd(t time.Time) int64 {
	if t.IsZero() {
		return OpenEnd
	}
	return Instant(t)
}

var firstInstant, lastInstant = time.Unix(0, math.MinInt64), time.Unix(0, OpenEnd-1)
