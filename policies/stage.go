package policies

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// stage is what a path has to know of an asset for a deadline, without what is
// upstream of it. It is a fact: the paths of many policies lead over the same
// assets, and most of what happens there changes nothing for a deadline.
type stage struct {
	of stageOf
	// there: the data is there, made at a time; then the rest is empty.
	there bool
	made  time.Time
	// policy is about it, inputs are what it waits for.
	policy *Policy
	inputs []read
	step   Step
	// run is the newest of the job that makes it; nil: none is known.
	run *catalog.Run
}

// stageOf is which stage: of an asset by the name that its reader gives it, with
// the policy that is given to it from below.
type stageOf struct {
	set      *Set
	asset    catalog.AssetID
	name     catalog.Name
	gift     *Policy
	own      *Policy // whose deadline it is, where that policy would not gate others
	at, need time.Time
}

// stage finds what there is to know of an asset on the way.
func (c *climb) stage(id catalog.AssetID, name catalog.Name, gift *Policy) (*stage, error) {
	of := stageOf{asset: id, name: name, gift: gift, at: c.path.At, need: c.path.Need}
	if c.g.Policies != nil {
		of.set = c.g.Policies.Get()
	}
	if c.own != nil && !c.own.Gates() {
		of.own = c.own
	}
	x, err := c.g.stageFact(c.r, of)
	if err != nil {
		return nil, err
	}
	return x.stage, nil
}

func (g *Gatherer) stageFact(r *reader, of stageOf) (*fact, error) {
	return g.fact(r, called(factOfStage, of), func(r *reader, x *fact) (settled bool, err error) {
		side := &climb{g: g.root().seen(x.uses), r: r, own: of.own, path: Path{At: of.at, Need: of.need}}
		st, settled, err := side.survey(of)
		st.of = of
		x.stage = &st
		return settled, err
	})
}

// survey reads a stage. It says whether that can be kept: what goes on may fall
// silent.
func (c *climb) survey(of stageOf) (st stage, settled bool, err error) {
	x, err := c.g.assetFact(c.r, of.asset)
	if err != nil {
		return st, false, err
	}
	if v := x.asset.newest; v != nil {
		age, err := c.g.ageOf(c.r, of.asset)
		if err != nil {
			return st, false, err
		}
		at := age.at
		if at.IsZero() {
			at = v.ProducedAt
		}
		if !at.Before(of.need) {
			return stage{there: true, made: v.ProducedAt}, x.settled, nil
		}
	}
	st.step = Step{Asset: of.asset, Name: of.name}
	if st.policy, err = c.about(of.asset, of.name, of.gift); err != nil {
		return st, false, err
	}
	settled, err = c.fill(&st)
	return st, settled && x.settled, err
}

// fill says what a step waits for, who answers for it, how long it takes, and what
// its job did last.
func (c *climb) fill(st *stage) (settled bool, err error) {
	s, p := &st.step, st.policy
	if st.inputs, err = c.inputs(s.Asset, p); err != nil {
		return false, err
	}
	f, err := c.g.factsOf(c.r, s.Asset)
	if err != nil {
		return false, err
	}
	s.answers(p, f.row)
	if f.row.View {
		s.Took = Estimate{Took: []time.Duration{0}, From: "a view"}
		return true, nil
	}
	job, err := c.g.maker(c.r, p, s.Asset)
	if err != nil {
		return false, err
	}
	if s.Took, err = c.g.tookBy(c.r, p, job, c.path.At); err != nil {
		return false, err
	}
	if err := c.hours(s, p); err != nil || job.IsZero() {
		return true, err
	}
	x, err := c.g.jobFactsOf(c.r, job)
	if err != nil {
		return false, err
	}
	if len(x.job.newest) > 0 {
		st.run = &x.job.newest[0]
	}
	return x.settled, nil
}

// answers says which policy is about a step, and who answers for it.
func (s *Step) answers(p *Policy, row catalog.Asset) {
	if len(row.Owners) > 0 {
		s.Owner = row.Owners[0].Name
	}
	if p == nil {
		return
	}
	s.Policy = p.Name
	if p.Owner != "" && !(p.Given() && s.Owner != "") { // nobody wrote that for this step
		s.Owner = p.Owner
	}
}
