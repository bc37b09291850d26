package policies

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Admit is how much a policy may do, and when somebody must agree.
type Admit struct {
	Breaker BreakerRule
	// Attempts is how often a demand is tried in all; RetryUntil is how long
	// after its first try another may begin, 0 as long as the demand stands.
	Attempts   int
	RetryUntil time.Duration
	Limits     Limits
	Approval   ApprovalRule
	// Pool is where actions take Slots, and Class their class there; "" none.
	Pool  string
	Slots int
	Class catalog.Class
}

// Limits bound what a policy does, over all assets that it selects; 0 none.
type Limits struct {
	PerMinute, PerHour, PerDay int
	// FanOut is how many actions one change may lead to before a person is
	// asked.
	FanOut int
	// Hops is how many actions may lie between a change and what it leads to.
	Hops int
}

// The limits of a policy that gives none.
const (
	defaultFanOut = 50
	defaultHops   = 32
)

// ApprovalRule says when a person is asked.
type ApprovalRule struct {
	Always bool
	// Expires is how long a question stands unanswered, and how long an
	// approval holds.
	Expires time.Duration
}

// DefaultAdmit are the rules of a policy that says nothing.
func DefaultAdmit() Admit {
	return Admit{
		Breaker: BreakerRule{After: 3, Rest: 15 * time.Minute}, Attempts: 1, Limits: Limits{FanOut: defaultFanOut, Hops: defaultHops},
		Approval: ApprovalRule{Expires: 24 * time.Hour}, Slots: 1, Class: catalog.ClassNormal,
	}
}
