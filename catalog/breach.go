package catalog

import "time"

// Breach is a time during which an asset was late by a policy.
type Breach struct {
	ID  string `json:"id"`
	Seq int64  `json:"seq"`
	// Policy by whose deadline, Target in its own word; Owner answers for it.
	Policy string  `json:"policy"`
	Target AssetID `json:"target"`
	Name   Name    `json:"name"`
	Owner  string  `json:"owner,omitempty"`
	// Since is when it became late, by the deadline, not when that was seen;
	// Until when the data was there, nil while it is late.
	Since time.Time  `json:"since"`
	Until *time.Time `json:"until,omitempty"`
	// Cause is the asset that kept it, CauseOwner who answers for that, as last
	// known; Says is the whole of it in words.
	Cause      Name   `json:"cause,omitzero"`
	CauseOwner string `json:"causeOwner,omitempty"`
	Says       string `json:"says"`
}

// Within is how much of the time from from to to the breach takes; an open one
// lasts up to now.
func (b Breach) Within(from, to, now time.Time) time.Duration {
	end := now
	if b.Until != nil {
		end = *b.Until
	}
	if to.Before(end) {
		end = to
	}
	if b.Since.After(from) {
		from = b.Since
	}
	return max(end.Sub(from), 0)
}

// BreachQuery selects breaches; given fields all must hold.
type BreachQuery struct {
	Policy string
	Assets []AssetID
	// After selects those that lasted longer than that time, or last.
	After time.Time
	// Open selects those that last.
	Open bool
	// Before pages on: sequence numbers below.
	Before int64
	Limit  int // 0: 50
}
