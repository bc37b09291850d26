package policies

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Budget is how much of a month an asset was late, and how much it may be.
type Budget struct {
	// From and To are the month, in the policy's zone.
	From, To time.Time
	// Objective is the share of the month to be in time; 0 none declared: then
	// Allowed and Left say nothing.
	Objective float64
	// Allowed may be late in all, Spent was so far, Left is the rest, negative
	// when the objective is missed.
	Allowed, Spent, Left time.Duration
	// Breaches is how many there were.
	Breaches int
}

// Month is the calendar month of a time on the policy's clock.
func (p *Policy) Month(t time.Time) (from, to time.Time) {
	t = inZone(p, t)
	from = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return from, from.AddDate(0, 1, 0)
}

// BudgetOf sums up the breaches of one policy on one asset in the month of now.
// Breaches of one policy on one asset never overlap.
func BudgetOf(p *Policy, list []catalog.Breach, now time.Time) Budget {
	b := Budget{Objective: p.Timing.Objective}
	b.From, b.To = p.Month(now)
	for _, x := range list {
		if d := x.Within(b.From, b.To, now); d > 0 {
			b.Spent, b.Breaches = b.Spent+d, b.Breaches+1
		}
	}
	if b.Objective > 0 {
		b.Allowed = time.Duration((1 - b.Objective) * float64(b.To.Sub(b.From)))
		b.Left = b.Allowed - b.Spent
	}
	return b
}
