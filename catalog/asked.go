package catalog

import (
	"fmt"
	"time"
)

// Asked says who asked for an action, and why.
type Asked struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason"`
	// Key is the asker's own: whoever asks again with it gets the same action,
	// however often and however late.
	Key string `json:"key"`
	// Digest is of all that was asked, so that a key that comes again with
	// something else is noticed.
	Digest string `json:"digest"`
}

// Plan is what a backfill does: one run for each time, in this order.
type Plan struct {
	Times []time.Time `json:"times"`
	// Parallel is how many run at once, at most.
	Parallel int `json:"parallel"`
	// Parameter is the tool's parameter that is given the time (RFC 3339);
	// "": the tool has a notion of a run's time.
	Parameter string `json:"parameter,omitempty"`
}

// Lead is the right to carry actions to tools, for a while. Of several weirs on
// one ledger one has it.
type Lead struct {
	// Term grows with each change of hands.
	Term   int64
	Holder string
	// Until is when it lapses unless it is renewed.
	Until time.Time
}

// StartsRun reports whether the action makes a run of the tool's.
func (k ActionKind) StartsRun() bool { return k == ActionTrigger || k == ActionRerun }

// Next is the term that a holder gets who asks at now: its own again, a new one
// when nobody has the lead or the holder itself was started anew, and
// ErrConflict while another has it. term is the one the asker has, 0 for none.
func (l Lead) Next(holder string, term int64, now time.Time) (int64, error) {
	switch {
	case l.Holder == holder && l.Term == term && term > 0:
		return term, nil
	case l.Holder == holder && term > 0 && term < l.Term && now.Before(l.Until):
		return 0, fmt.Errorf("%w: %s was started again and leads since", ErrFenced, holder)
	case l.Holder == holder, !now.Before(l.Until):
		return l.Term + 1, nil
	}
	return 0, fmt.Errorf("%w: %s leads until %s", ErrConflict, l.Holder, l.Until.UTC().Format(time.RFC3339))
}

// ParentJob is weir's own job behind an action, the OpenLineage parent of what
// it starts: the policy, or that a person asked.
func (a Action) ParentJob() Name {
	if len(a.Policies) > 0 {
		return JobName(InternalNamespace, a.Policies[0])
	}
	return JobName(InternalNamespace, "asked")
}
