package policies

import (
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// What history says of a policy: that a deadline cannot be met (E122), that
// inputs report no versions of their data (W201), that too little was measured
// for a start in time (W202).

// maxJudged bounds of how many assets of one policy the history is looked at.
const maxJudged = 20

// infeasibleAt is the quantile of durations by which a deadline counts as one
// that cannot be met.
const infeasibleAt = 0.95

func (l *looked) history() error {
	if !l.p.timed() && !l.p.asksForData() {
		return nil
	}
	for _, m := range l.pairs[:min(len(l.pairs), maxJudged)] {
		s, err := l.g.Snapshot(l.r.ctx, l.p, m.Asset, l.now, "")
		if err != nil {
			return err
		}
		l.unversioned(s)
		if l.p.timed() {
			if err := l.feasible(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// timed: its starts are reckoned back from deadlines.
func (p *Policy) timed() bool { return p.Want.Kind == WantBy && p.Want.Covers > 0 }

// asksForData: it compares the data of its inputs, not only who wrote when.
func (p *Policy) asksForData() bool {
	return p.Ready.asks("changed") || p.Want.Kind == WantBehind || p.SkipUnchanged
}

// unversioned warns of inputs whose newest version has no data version.
func (l *looked) unversioned(s Snapshot) {
	if !l.p.asksForData() {
		return
	}
	for _, in := range append(slices.Clone(s.Inputs), s.Observed...) {
		if in.Newest == nil || in.Newest.DataVersion != "" || l.p.Want.Kind == WantBehind && !in.Counted && !l.p.Ready.asks("changed") && !l.p.SkipUnchanged {
			continue
		}
		where := at("inputs", in.Selector.String())
		if len(l.p.Inputs) == 0 {
			where = at("ready")
		}
		l.say(where, "W201", "let its producer send the version facet, or count on every write as a change", "%s reports no versions of its data: whenever it is written it counts as changed", in.Name)
	}
}

// feasible compares the path to the next deadline, all of which has to run
// within what it covers, with that time.
func (l *looked) feasible(s Snapshot) error {
	where := at("want", "by")
	if !s.Timing.Took.Known() {
		l.say(where, "W202", "say how long a run takes, run: { expected: 40m }, until five were measured", "too few runs of %s were measured: it starts when it is ready, not in time for the deadline", s.Name)
		return nil
	}
	_, next, _ := ticks(l.p.Want, l.now)
	if next.IsZero() {
		return nil
	}
	need := next.Add(-l.p.Want.Covers)
	c := &climb{g: l.g, r: l.r, now: need, path: Path{At: next, Need: need}, seen: map[catalog.AssetID]climbed{}}
	if err := c.begin(s.Asset, s.Name, l.p); err != nil {
		return err
	}
	for i := range c.path.Steps { // nothing that runs now serves it
		c.path.Steps[i].RunningSince = time.Time{}
	}
	if eta := c.path.ETA(infeasibleAt, need); eta.After(next) {
		l.say(where, "E122", "cover more, or come later", "the deadline of %s cannot be met: its path of %s takes %s at 95 %%, and covers is %s",
			s.Name, countOf(len(c.path.Steps), "step", "steps"), short(eta.Sub(need)), short(l.p.Want.Covers))
	}
	return nil
}

// infeasible finds deadlines for which a run takes longer than it may by the
// policy's own word. It is a warning: the asset is at risk from the first tick
// on, which people may want to see.
func infeasible(set *Set) (out []*FileError) {
	for _, p := range set.Policies {
		t := p.Timing
		if p.timed() && t.Expected > 0 && t.Expected+t.Margin > p.Want.Covers {
			out = append(out, p.fault(at("run", "expected"), "E122", "cover more, or expect less",
				"a run of %s and %s of margin do not fit into the %s that the deadline covers", short(t.Expected), short(t.Margin), short(p.Want.Covers)))
		}
	}
	return out
}

// warned reads sla.warn: from which age on an asset is at risk.
func (c *checker) warned(p *Policy, text string) {
	if text == "" {
		return
	}
	where := at("sla", "warn")
	p.Timing.Warn = c.duration(where, text)
	switch {
	case p.Want.Kind != WantMaxLag && p.Want.Kind != WantMaxAge:
		c.fail(where, "E127", "want: { max_lag: D } or { max_age: D }", "a warning without a bound of age")
	case p.Timing.Warn >= p.Want.Within && p.Want.Within > 0:
		c.fail(where, "E124", "warn before it is late", "warn %s is not before %s %s", short(p.Timing.Warn), p.Want.Kind, short(p.Want.Within))
	}
}

// warnAt is when an asset becomes at risk by its age alone; zero never.
func (p *Policy) warnAt(s Snapshot) (at time.Time) {
	switch {
	case p.Timing.Warn == 0:
	case p.Want.Kind == WantMaxLag && !s.Lag.Watermark.IsZero():
		at = s.Lag.Watermark.Add(p.Timing.Warn).Add(1)
	case p.Want.Kind == WantMaxAge && s.Produced != nil:
		_, since := s.stands()
		at = since.Add(p.Timing.Warn).Add(1)
	}
	return at
}

// oversubscribed finds pools that are to be in use for longer than there is
// time, by what policies expect of runs that come at a known rate.
func oversubscribed(set *Set) (errs []error) {
	for _, pool := range set.Pools {
		var use time.Duration
		n := 0
		for _, p := range set.Policies {
			if p.Admit.Pool == pool.Name && !p.Select.Glob() {
				if d := p.daily(); d > 0 {
					use, n = use+d*time.Duration(max(p.Admit.Slots, 1)), n+1
				}
			}
		}
		if has := time.Duration(pool.Slots) * day; use > has {
			errs = append(errs, pool.fault(at("slots"), "E141", "give it more slots, or start less often",
				fmt.Sprintf("%s expect %s of slots a day of pool %q, which has %s", countOf(n, "policy", "policies"), short(use), pool.Name, short(has))))
		}
	}
	return errs
}

const day = 24 * time.Hour

// sampleFrom is a Monday on which the ticks of a week are counted.
var sampleFrom = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// daily is how long its runs are expected to take in a day; 0 not known.
func (p *Policy) daily() time.Duration {
	switch p.Want.Kind {
	case WantBy:
		list, _ := p.Ticks(sampleFrom, sampleFrom.AddDate(0, 0, 7))
		return p.Timing.Expected * time.Duration(len(list)) / 7
	case WantMaxAge:
		if p.Want.Within > 0 {
			return time.Duration(float64(p.Timing.Expected) * float64(day) / float64(p.Want.Within))
		}
	}
	return 0
}
