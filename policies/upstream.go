package policies

import (
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxSteps bounds a path; what lies further up is left out, and said.
const maxSteps = 64

// climb walks up from an asset to what has to run before a deadline.
type climb struct {
	g    *Gatherer
	r    *reader
	now  time.Time
	own  *Policy // whose deadline it is
	path Path
	seen map[catalog.AssetID]climbed
}

// climbed is where an asset stands: a step of the path, or made in time.
type climbed struct {
	step int // -1: nothing has to run
	made time.Time
}

// inReach is the deadline that a policy is to meet now, and the time from which
// data serves it: a tick that was missed, else the next; for a bound of age that
// was passed, when it was, and anything newer than what there is. ok is false where there is nothing to meet.
func inReach(p *Policy, s Snapshot, now time.Time) (at, need time.Time, ok bool) {
	if s.Produced == nil && p.OnFirst == FirstWait {
		return at, need, false
	}
	switch p.Want.Kind {
	case WantBy:
		last, next, _ := ticks(p.Want, now)
		if wantsTick(p, s, now) {
			return last, last.Add(-p.Want.Covers), true
		}
		return next, next.Add(-p.Want.Covers), !next.IsZero() && p.Want.Covers > 0
	case WantMaxLag:
		at = s.Lag.Watermark.Add(p.Want.Within)
		return at, s.Lag.Watermark.Add(1), !s.Lag.Watermark.IsZero() && now.After(at)
	case WantMaxAge:
		if s.Produced == nil {
			return at, need, false
		}
		at = s.Produced.ProducedAt.Add(p.Want.Within)
		return at, s.Produced.ProducedAt.Add(1), now.After(at)
	}
	return at, need, false
}

// path finds what has to run before the policy's deadline.
func (g *Gatherer) path(r *reader, p *Policy, s *Snapshot, now time.Time) (Path, error) {
	at, need, ok := inReach(p, *s, now)
	if !ok {
		return Path{}, nil
	}
	c := &climb{g: g, r: r, now: now, own: p, path: Path{At: at, Need: need}, seen: map[catalog.AssetID]climbed{}}
	if covers(*s, need) {
		return c.path, nil
	}
	return c.path, c.begin(s.Asset, s.Name, p)
}

// begin climbs up from the asset that has the deadline.
func (c *climb) begin(id catalog.AssetID, name catalog.Name, p *Policy) error {
	st := stage{policy: p, step: Step{Asset: id, Name: name}}
	if _, err := c.fill(&st); err != nil {
		return err
	}
	_, err := c.make(&st, 0)
	return err
}

// visit finds where an asset stands.
func (c *climb) visit(id catalog.AssetID, name catalog.Name, given *Policy, depth int) (climbed, error) {
	if known, ok := c.seen[id]; ok {
		return known, nil
	}
	c.seen[id] = climbed{step: -1} // a cycle waits for nothing
	st, err := c.stage(id, name, given)
	if err != nil {
		return climbed{}, err
	}
	if st.there {
		c.seen[id] = climbed{step: -1, made: st.made}
		return c.seen[id], nil
	}
	return c.make(st, depth)
}

// about is the policy on an asset: of those that somebody wrote for it the first
// that keeps it from beginning, else the first; else what is given to it from below.
func (c *climb) about(id catalog.AssetID, name catalog.Name, gift *Policy) (*Policy, error) {
	if c.g.Policies == nil {
		return nil, nil
	}
	list, err := c.g.ownPolicies(c.r, id, name)
	if err != nil || len(list) == 0 {
		return gift, err
	}
	return list[max(slices.IndexFunc(list, (*Policy).Gates), 0)], nil
}

// gift is the policy that an asset's gives to what it is made of; nil: none.
func gift(p *Policy) *Policy {
	if p == nil || p.Given() {
		return p
	}
	return p.Gives
}

// make adds the step that makes an asset, behind those that it waits for.
func (c *climb) make(st *stage, depth int) (climbed, error) {
	s := st.step
	c.seen[s.Asset] = climbed{step: -1}
	for _, in := range st.inputs {
		if len(c.path.Steps) >= maxSteps || depth > maxChain {
			c.path.Cut = true
			break
		}
		up, err := c.visit(in.asset, in.name, gift(st.policy), depth+1)
		if err != nil {
			return climbed{}, err
		}
		if up.step >= 0 {
			s.Reads = append(s.Reads, up.step)
		}
		s.Ready = lastOf(s.Ready, up.made)
	}
	if s.Ready = lastOf(s.Ready, c.path.Need); s.waits() {
		s.Ready = time.Time{}
	}
	s.does(st.run, c.now)
	c.path.Steps = append(c.path.Steps, s)
	c.seen[s.Asset] = climbed{step: len(c.path.Steps) - 1}
	return c.seen[s.Asset], nil
}

// read is an input by the name that its reader gives it.
type read struct {
	asset catalog.AssetID
	name  catalog.Name
}

// inputs are what a policy lists, else what the run of the newest version read.
func (c *climb) inputs(id catalog.AssetID, p *Policy) (out []read, err error) {
	if p != nil && len(p.Inputs) > 0 {
		for _, in := range p.Inputs {
			if in.Static || in.Require == RequireNone {
				continue
			}
			asset, name, err := c.g.resolve(c.r.ctx, in.Selector)
			if err != nil {
				return nil, err
			}
			out = append(out, read{asset, name})
		}
		return out, nil
	}
	v, err := c.ownNewest(id)
	if err != nil || v == nil {
		return nil, err
	}
	sources, err := c.r.inputsOf(*v)
	for _, in := range sources {
		a, _, err := c.r.asset(in.asset)
		if err != nil {
			return nil, err
		}
		out = append(out, read{in.asset, a.Name})
	}
	return out, err
}

// ownNewest is the newest version of an asset: of a view its own, not what it shows.
func (c *climb) ownNewest(id catalog.AssetID) (*catalog.Version, error) {
	f, err := c.g.factsOf(c.r, id)
	if err != nil {
		return nil, err
	}
	if !f.row.View {
		return f.newest, nil
	}
	list, err := c.g.History.Versions(c.r.ctx, VersionQuery{Dataset: id, Untainted: true, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// hours says when a step may begin. A policy that only watches keeps nobody from
// it, but where it decides what it would do itself.
func (c *climb) hours(s *Step, p *Policy) (err error) {
	if p == nil || p != c.own && !p.Gates() {
		return nil
	}
	if s.Hours, err = c.g.hours(c.r.ctx, c.r, p, s.Asset); err != nil {
		return err
	}
	s.Waits, err = c.g.waits(c.r, p, s.Asset, c.path.At)
	return err
}

// does says what a step does now, by the newest run of its job. One that goes on
// serves the deadline when it began after all that it reads was there.
func (s *Step) does(run *catalog.Run, now time.Time) {
	switch {
	case run == nil:
	case run.State == catalog.RunFailed && run.EndedAt != nil:
		s.FailedAt = *run.EndedAt
	case run.State != catalog.RunRunning && run.State != catalog.RunQueued, run.Streaming, s.waits():
	case now.Sub(run.LastEventAt) <= run.Patience(defaultRunTimeout) && !run.StartedAt.Before(s.Ready):
		s.RunningSince = run.StartedAt
	}
}

// defaultRunTimeout is after how long a silence a run counts as ended.
const defaultRunTimeout = 24 * time.Hour
