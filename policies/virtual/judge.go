package virtual

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Tally is how a policy did over the time, in one life.
type Tally struct {
	// Runs began in the time, Failed of them; StaleRuns began while an input was
	// not as the policy requires.
	Runs      int `json:"runs"`
	Failed    int `json:"failed"`
	StaleRuns int `json:"staleRuns"`
	// Deadlines passed, Missed of them; MinutesLate is how long the missed ones
	// were late, until the next deadline or the end.
	Deadlines   int `json:"deadlines"`
	Missed      int `json:"missed"`
	MinutesLate int `json:"minutesLate"`
	// Busy is how long its runs took, MinutesHeld how long the gate let them wait.
	Busy        time.Duration `json:"-"`
	BusySeconds int64         `json:"busySeconds"`
	MinutesHeld int           `json:"minutesHeld"`
}

func (t *Tally) add(o Tally) {
	t.Runs += o.Runs
	t.Failed += o.Failed
	t.StaleRuns += o.StaleRuns
	t.Deadlines += o.Deadlines
	t.Missed += o.Missed
	t.MinutesLate += o.MinutesLate
	t.Busy += o.Busy
	t.BusySeconds = int64(t.Busy / time.Second)
	t.MinutesHeld += o.MinutesHeld
}

// judge counts, by the same rules in every life.
type judge struct {
	ctx   context.Context
	life  *life
	g     *policies.Gatherer
	tally map[string]*Tally
	// late are deadlines that were missed and are not met yet.
	late  []missed
	dirty bool
	// more: a policy has more deadlines than are looked at.
	more bool
	err  error
}

type missed struct {
	p     *policies.Policy
	asset catalog.AssetID
	tick  time.Time
	// seen is what that was found by, where the ledger says nothing; doubted: it may
	// have changed since.
	seen    policies.Sight
	doubted bool
}

func newJudge(ctx context.Context, l *life, g *policies.Gatherer) *judge {
	j := &judge{ctx: ctx, life: l, g: g, tally: map[string]*Tally{}}
	for _, p := range g.Policies.Get().Policies {
		j.tally[p.Name] = &Tally{}
		ticks, more := p.Ticks(l.sim.From, l.sim.To)
		j.more = j.more || more
		for _, tick := range ticks {
			l.loop.At(tick, func() { j.tick(p, tick) })
		}
	}
	l.loop.Settled(j.settled)
	return j
}

func (j *judge) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// tick is a deadline that passes.
func (j *judge) tick(p *policies.Policy, tick time.Time) {
	ids, err := j.g.Selected(j.ctx, p)
	if err != nil {
		j.fail(err)
		return
	}
	for _, id := range ids {
		j.tally[p.Name].Deadlines++
		if j.covered(p, id, tick) {
			continue
		}
		j.tally[p.Name].Missed++
		j.closeLate(p, id) // the one before was late until now
		j.late = append(j.late, missed{p: p, asset: id, tick: tick, doubted: true})
	}
}

func (j *judge) covered(p *policies.Policy, id catalog.AssetID, tick time.Time) bool {
	ok, err := j.g.Covered(j.ctx, p, id, tick)
	if err != nil {
		j.fail(err)
	}
	return ok
}

// settled looks whether something that was late is there now.
func (j *judge) settled() {
	if !j.dirty {
		return
	}
	j.dirty = false
	var rest []missed
	for _, m := range j.late {
		if j.met(&m) {
			j.over(m)
		} else {
			rest = append(rest, m)
		}
	}
	j.late = rest
}

// met looks again at a deadline that was missed, if need be.
func (j *judge) met(m *missed) bool {
	if j.life.engine != nil {
		return j.covered(m.p, m.asset, m.tick)
	}
	if !m.doubted {
		return false
	}
	ok, seen, err := j.g.Sighted(j.ctx, m.p, m.asset, m.tick)
	if err != nil {
		j.fail(err)
	}
	m.seen, m.doubted = seen, err != nil
	return ok
}

// heard is what events may have changed.
func (j *judge) heard(n policies.News) {
	for i := range j.late {
		j.late[i].doubted = j.late[i].doubted || j.late[i].seen.Doubted(n)
	}
}

// over counts how late a missed deadline was.
func (j *judge) over(m missed) {
	j.tally[m.p.Name].MinutesLate += int(j.life.loop.Now().Sub(m.tick) / time.Minute)
}

func (j *judge) closeLate(p *policies.Policy, id catalog.AssetID) {
	var rest []missed
	for _, m := range j.late {
		if m.p == p && m.asset == id {
			j.over(m)
		} else {
			rest = append(rest, m)
		}
	}
	j.late = rest
}

// close ends the time.
func (j *judge) close() {
	for _, m := range j.late {
		j.over(m)
	}
	j.late = nil
}

// began counts an outermost run of a job that policies start.
func (j *judge) began(key catalog.RunKey, at time.Time) {
	ln := j.life.byJob[key.Job]
	if ln == nil || at.Before(j.life.sim.From) {
		return
	}
	j.tally[ln.policies[0].Name].Runs++
	for i, p := range ln.policies {
		ready, err := j.g.InputsReady(j.ctx, p, ln.assets[i], at, key.RunID)
		if err != nil {
			j.fail(err)
		}
		if ready != catalog.True {
			j.tally[ln.policies[0].Name].StaleRuns++
			return
		}
	}
}

// held counts how long the gate lets a job wait.
func (j *judge) held(job catalog.Name, d time.Duration) {
	id := j.life.world.ID(job)
	for _, p := range j.g.Policies.Get().Policies {
		if p.Select.Type != catalog.TypeJob || !p.Gates() {
			continue
		}
		if ids, err := j.g.Selected(j.ctx, p); err == nil && slices.Contains(ids, id) {
			j.tally[p.Name].MinutesHeld += int(d / time.Minute)
		}
	}
}

func (j *judge) ended(key catalog.RunKey, s catalog.RunState, took time.Duration) {
	ln := j.life.byJob[key.Job]
	if ln == nil {
		return
	}
	t := j.tally[ln.policies[0].Name]
	t.Busy += took
	t.BusySeconds = int64(t.Busy / time.Second)
	if s == catalog.RunFailed {
		t.Failed++
	}
}
