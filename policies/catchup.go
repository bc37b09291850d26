package policies

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Catchup says what becomes of what a pause left out.
type Catchup string

// The choices. Latest: one run for what is wanted now. All: one run for each
// tick that was missed, the oldest first. None: what came up during the pause
// wants no run.
const (
	CatchupLatest Catchup = "latest"
	CatchupAll    Catchup = "all"
	CatchupNone   Catchup = "none"
)

// maxMissed bounds how many ticks of a pause are made up for.
const maxMissed = 1000

// inPause: the time lies in the last pause that ended.
func (s Standing) inPause(t time.Time) bool {
	return !s.ResumedAt.IsZero() && t.After(s.PausedFrom) && !t.After(s.ResumedAt)
}

// missedTicks are the ticks of the last pause that still want a run, the oldest
// first. They are made up for in order, so that the newest which was acted on
// says how far it is, also when older actions are out of sight.
func missedTicks(p *Policy, s Snapshot) []time.Time {
	if p.Catchup != CatchupAll || p.Want.Kind != WantBy || s.Standing.ResumedAt.IsZero() {
		return nil
	}
	from := s.Standing.PausedFrom
	for d := range s.Spent {
		text, ok := strings.CutPrefix(string(d), "tick:")
		if t, err := time.Parse(time.RFC3339, text); ok && err == nil && t.After(from) {
			from = t
		}
	}
	return ticksIn(p.Want, from, s.Standing.ResumedAt)
}

// ticksIn lists the ticks after from, up to and with to; maxMissed at most.
func ticksIn(w Want, from, to time.Time) (out []time.Time) {
	for len(out) < maxMissed {
		_, next, _ := ticks(w, from)
		if next.IsZero() || next.After(to) {
			break
		}
		out, from = append(out, next), next
	}
	return out
}

// atomCatchup is what the last pause says of a tick; nil: nothing.
func atomCatchup(p *Policy, s Snapshot, tick, next time.Time) *catalog.Reason {
	if missed := missedTicks(p, s); len(missed) > 0 {
		return &catalog.Reason{Atom: "by", Value: catalog.True, MayChangeAt: next,
			Says: fmt.Sprintf("the tick of %s was missed while the job was paused; %d are made up for, one by one", clock(missed[0]), len(missed))}
	}
	if p.Catchup == CatchupNone && s.Standing.inPause(tick) {
		return &catalog.Reason{Atom: "by", Value: catalog.False, MayChangeAt: next, Says: fmt.Sprintf("the tick of %s came while the job was paused: catchup is none", clock(tick))}
	}
	return nil
}

// leavesOut: the version came during a pause of which nothing is made up for.
func (p *Policy) leavesOut(s Snapshot, v catalog.Version) bool {
	return p.Catchup == CatchupNone && s.Standing.inPause(v.ProducedAt)
}

// CatchupView is what resuming a job would start, by one policy.
type CatchupView struct {
	Policy  string
	Catchup Catchup
	// Target is the asset as the policy is about it.
	Target catalog.Name
	// Missed are the ticks since the pause; Complete: all of them are counted.
	Missed   int
	Complete bool
	// Runs is how many runs the policy would ask for.
	Runs int
	Says string
}

// Preview says what resuming a job now would start; nothing for a job that is
// not paused by an order.
func (r *Requests) Preview(ctx context.Context, place Place) ([]CatchupView, error) {
	a, err := r.placed(ctx, catalog.ActionResume, place)
	if err != nil {
		return nil, err
	}
	pairs, err := r.g.Matches(ctx)
	if err != nil {
		return nil, err
	}
	now := r.now()
	var out []CatchupView
	for _, m := range pairs {
		if !m.Policy.Acts() {
			continue
		}
		s, err := r.g.Snapshot(ctx, m.Policy, m.Asset, now, "")
		if err != nil {
			return nil, err
		}
		if s.Resolved.Connector == a.Connector && s.Resolved.ToolJob == a.ToolJob && s.Standing.Pause != nil {
			s.Equal = m.Equal
			out = append(out, catchupView(m.Policy, s, now))
		}
	}
	return out, nil
}

// catchupView decides as if the job were resumed now.
func catchupView(p *Policy, s Snapshot, now time.Time) CatchupView {
	s.Standing.PausedFrom, s.Standing.ResumedAt, s.Standing.Pause = s.Standing.Pause.CreatedAt, now, nil
	v := CatchupView{Policy: p.Name, Catchup: p.Catchup, Target: s.Name, Complete: true}
	if p.Want.Kind == WantBy {
		v.Missed = len(ticksIn(p.Want, s.Standing.PausedFrom, now))
		v.Complete = v.Missed < maxMissed
	}
	ev := Decide(p, s, now)
	if v.Says = ev.Tree.Says; ev.Want != catalog.True || ev.Admit == catalog.False {
		return v
	}
	v.Runs = max(1, len(missedTicks(p, s)))
	return v
}
