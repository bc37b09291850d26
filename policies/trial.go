package policies

import (
	"cmp"
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
		if p.Given() {
			continue
		}
		p, own := p.onTrial(on[p.Name]), p.Gives
		out.Policies = append(out.Policies, p)
		if own == nil {
			continue
		}
		if given := own.onTrial(cmp.Or(on[own.Name], on[p.Name])); given != own {
			copied := *p
			p, copied.Gives = &copied, given // the one that stands in the set
			out.Policies[len(out.Policies)-1] = p
		}
		out.Policies = append(out.Policies, p.Gives)
	}
	return out, next
}

// onTrial is the policy as a trial lets it be; itself without one.
func (p *Policy) onTrial(t *catalog.PolicyTrial) *Policy {
	if t == nil {
		return p
	}
	copied := *p
	copied.Mode, copied.Trial = t.From, t
	return &copied
}

// MayMore reports whether a mode may do more than another.
func MayMore(m, than catalog.Mode) bool { return modeRank(m) > modeRank(than) }

// atomTrial says that the policy is tried; it holds nothing up.
func atomTrial(t *catalog.PolicyTrial) catalog.Reason {
	return catalog.Reason{Atom: "trial", Value: catalog.True, MayChangeAt: t.Until,
		Says: fmt.Sprintf("on trial until %s: mode %s, then %s", clock(t.Until), strings.ToLower(string(t.From)), strings.ToLower(string(t.To)))}
}
