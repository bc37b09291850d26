package policies

import (
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// OnTrial is the set as it is in force at a time: a policy on trial still does
// what it did, and what it would do more is recorded as in shadow. next is when
// the first of the trials ends; zero when there is none.
func (s *Set) OnTrial(trials []catalog.PolicyTrial, now time.Time) (out *Set, next time.Time) {
	on := map[string]*catalog.PolicyTrial{}
	for i, t := range trials {
		if now.Before(t.Until) {
			on[t.Policy] = &trials[i]
			next = soonest(next, t.Until)
		}
	}
	if len(on) == 0 {
		return s, next
	}
	out = &Set{Pools: s.Pools, Calendars: s.Calendars}
	for _, p := range s.Policies {
		t := on[p.Name]
		if p.Given() {
			t = on[p.Select.Upstreams]
		}
		if t != nil {
			copied := *p
			copied.Mode, copied.Trial = t.From, t
			p = &copied
		}
		out.Policies = append(out.Policies, p)
	}
	return out, next
}

// MayMore reports whether a mode may do more than another.
func MayMore(m, than catalog.Mode) bool { return modeRank(m) > modeRank(than) }

// atomTrial says that the policy is tried; it holds nothing up.
func atomTrial(t *catalog.PolicyTrial) catalog.Reason {
	return catalog.Reason{Atom: "trial", Value: catalog.True, MayChangeAt: t.Until,
		Says: fmt.Sprintf("on trial until %s: mode %s, then %s", clock(t.Until), strings.ToLower(string(t.From)), strings.ToLower(string(t.To)))}
}
