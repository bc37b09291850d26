package policies

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// backlog counts the partitions that a backfill is to make.
func backlog(p *Policy, parts []PartView) (n int) {
	for _, v := range parts {
		if v.Old && v.Made == nil && !v.Sealed && v.Place <= p.Partition.Backfill.Max {
			n++
		}
	}
	return n
}

// backfills: the snapshot is of one partition that is older than the lateness.
func (p *Policy) backfills(s Snapshot) bool {
	return p.Partition != nil && s.Part != nil && s.Part.Old
}

// asksBackfill says why a person is asked before more of the past is made. Who
// agreed to one partition agreed to the rest, for as long as approvals hold.
func asksBackfill(p *Policy, s Snapshot, now time.Time) []string {
	if !p.backfills(s) || p.Partition.Backfill.ApproveAbove == 0 || s.Backlog <= p.Partition.Backfill.ApproveAbove || now.Before(s.BackfillUntil) {
		return nil
	}
	return []string{fmt.Sprintf("%d partitions are to be backfilled, and %d is the limit: an answer is for all of them", s.Backlog, p.Partition.Backfill.ApproveAbove)}
}

// agreed is until when somebody's word to a backfill of the policy holds.
func agreed(p *Policy, actions []catalog.Action) (until time.Time) {
	for _, a := range actions {
		if q := a.Admission.Approval; q.Given() && q.Backfill && len(a.Policies) > 0 && a.Policies[0] == p.Name && q.Until.After(until) {
			until = q.Until
		}
	}
	return until
}
