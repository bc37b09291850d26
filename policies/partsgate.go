package policies

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxPartPins bounds how many partitions of one input an answer of the gate pins
// one by one.
const maxPartPins = 1000

// GatedRun is a run that the gate let through for a partition and that has not
// ended.
type GatedRun struct {
	Partition string
	// Runs are those of it that go on; none: its start is awaited, for as long as
	// Lease holds.
	Runs  []RunView
	Lease *catalog.GateAnswer
}

// askedPart makes the partition that a gate is asked about the only one, however
// old it is; NoPart says why there is none.
func (g *Gatherer) askedPart(r *reader, p *Policy, s *Snapshot, f partFacts, key string, now time.Time) error {
	part, why := partByKey(p, f, key, now)
	if why != "" {
		s.NoPart = why
		return nil
	}
	part.list(p, f)
	s.Parts = []PartView{part}
	for i := range s.Inputs { // what has no map is compared with what this partition's run read
		in := &s.Inputs[i]
		if in.Map != nil || in.Newest == nil {
			continue
		}
		if in.Pinned = nil; part.Made == nil {
			continue
		}
		var err error
		if in.Pinned, _, err = r.pinnedThrough(*part.Made, in.Asset); err != nil {
			return err
		}
	}
	return nil
}

// partByKey is one partition by its key; why says that there is no such one, or
// none that is ever made.
func partByKey(p *Policy, f partFacts, key string, now time.Time) (v PartView, why string) {
	c := p.Partition
	if !c.allows(key) {
		return v, fmt.Sprintf("%s is no partition of it: they are %s", key, c.says())
	}
	v, ok := c.view(key, f, p)
	if !ok {
		return v, fmt.Sprintf("the clock of %s never showed %s", c.zoneName(), key)
	}
	v.Old, v.Sealed = c.old(v, now), c.sealed(v.To, now)
	if v.Sealed {
		return v, fmt.Sprintf("%s ended longer than %s ago: sealed", key, c.Backfill.SealedBefore)
	}
	if v.Inputs = partInputs(p, f, v); !p.reaches(v) {
		return v, fmt.Sprintf("no partition of its inputs belongs to %s", key)
	}
	return v, ""
}

// reaches: some input has, or may come to have, a partition for this one.
func (p *Policy) reaches(v PartView) bool {
	mapped := false
	for _, in := range p.Inputs {
		if in.Map == nil {
			continue
		}
		mapped = true
		if in.Map.Kind == MapAll || in.Map.Kind == MapLatest || v.input(in.Selector.String()).Mapped > 0 {
			return true
		}
	}
	return !mapped
}

// says names the form of the partitions, for people.
func (c *Partitioning) says() string {
	if c.Grain != "" {
		return plural(c) + " of " + c.zoneName()
	}
	named := c.Keys[:min(len(c.Keys), maxNamed)]
	if more := len(c.Keys) - len(named); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(named, ", "), more)
	}
	return strings.Join(named, ", ")
}

func (c *Partitioning) zoneName() string {
	if c.TZ == "" {
		return "UTC"
	}
	return c.TZ
}

// list names for each input the versions that a run for the partition reads,
// newest first; of too many none.
func (v *PartView) list(p *Policy, f partFacts) {
	for _, in := range p.Inputs {
		if in.Map == nil {
			continue
		}
		selector := in.Selector.String()
		m, x := v.input(selector), f.inputs[selector]
		if m.There > maxPartPins {
			continue
		}
		for _, k := range in.Map.Upstream(v.Key, x.keys) {
			if good := x.good(k); good != nil && !x.by[k][0].Tainted {
				m.Versions = append(m.Versions, *good)
			}
		}
		slices.SortStableFunc(m.Versions, newestFirst)
	}
}

func newestFirst(a, b catalog.Version) int {
	switch {
	case b.Before(a):
		return -1
	case a.Before(b):
		return 1
	}
	return 0
}

// unpinned says which inputs have more partitions than are pinned one by one.
func (v *PartView) unpinned() (out []string) {
	for _, in := range v.Inputs {
		if in.There > maxPartPins {
			out = append(out, fmt.Sprintf("%s: %d partitions are to be read, more than the %d that are pinned: the newest stands for them", in.Input, in.There, maxPartPins))
		}
	}
	return out
}

// gated finds what runs of a job made of the partitions that they named at the
// gate, and sets those apart that go on. Of a run that named none nobody knows
// which one it makes: it keeps the whole job. told are the runs that named one, by id.
func (g *Gatherer) gated(r *reader, s *Snapshot) (made []catalog.Version, told map[string]bool, err error) {
	if s.Name.Type != catalog.TypeJob {
		return nil, nil, nil
	}
	list, err := g.Ledger.Decisions(r.ctx, DecisionQuery{Assets: s.IDs, Gated: true, Outcomes: []catalog.DecisionOutcome{catalog.DecideRun}, Limit: maxParts})
	if err != nil {
		return nil, nil, err
	}
	var answers []catalog.GateAnswer
	for _, d := range list {
		answers = append(answers, *d.Gate)
	}
	leases, err := g.heard(r.ctx, answers)
	if err != nil {
		return nil, nil, err
	}
	s.setApart()
	told = map[string]bool{}
	for _, l := range leases {
		if l.run != nil && !l.Unnamed {
			told[l.run.Key.RunID] = true
		}
		switch {
		case l.run == nil, l.Unnamed:
		case l.run.State == catalog.RunSucceeded:
			made = append(made, l.made(s))
		case slices.Contains(unmade, l.run.State):
			s.failedFor(l.Partition, l.made(s).ProducedAt)
		case !l.run.State.Terminal():
			if err := s.goesOn(r, l); err != nil {
				return nil, nil, err
			}
		}
	}
	return made, told, nil
}

// made is what a run made: a version of the partition. It read at least what the
// gate told it to read.
func (l lease) made(s *Snapshot) catalog.Version {
	v := catalog.Version{Dataset: s.Name, Asset: s.Asset, Run: l.run.Key, Attempt: l.run.Attempt, Partition: l.Partition,
		RunStartedAt: lastOf(l.run.StartedAt, l.At), ProducedAt: l.run.LastEventAt}
	if l.run.EndedAt != nil {
		v.ProducedAt = *l.run.EndedAt
	}
	return v
}

// failedFor notes that a run for a partition failed.
func (s *Snapshot) failedFor(key string, at time.Time) {
	if s.failed == nil {
		s.failed = map[string]time.Time{}
	}
	s.failed[key] = lastOf(s.failed[key], at)
}

// setApart takes the leases of partitions from those of the whole job.
func (s *Snapshot) setApart() {
	var whole []catalog.GateAnswer
	for _, a := range s.Leases {
		if a.Partition == "" || a.Unnamed {
			whole = append(whole, a)
			continue
		}
		s.Gated = append(s.Gated, GatedRun{Partition: a.Partition, Lease: &a})
	}
	s.Leases = whole
}

// goesOn takes what runs of a partition from what keeps the whole job from being
// idle: the run that asked, what it runs in, and what runs in it.
func (s *Snapshot) goesOn(r *reader, l lease) error {
	around, err := r.chain(*l.run)
	if err != nil {
		return err
	}
	mine, rest := []RunView(nil), []RunView(nil)
	for _, view := range s.Running {
		in := slices.ContainsFunc(around, func(c catalog.Run) bool { return c.Key == view.Key })
		if !in {
			if in, err = r.runsIn(view.Key, l.run.Key); err != nil {
				return err
			}
		}
		if in {
			mine = append(mine, view)
		} else {
			rest = append(rest, view)
		}
	}
	if s.Running = rest; len(mine) > 0 {
		s.Gated = append(s.Gated, GatedRun{Partition: l.Partition, Runs: mine})
	}
	return nil
}

// runsIn: a run is part of another one.
func (r *reader) runsIn(key, whole catalog.RunKey) (bool, error) {
	run, ok, err := r.run(key)
	if err != nil || !ok {
		return false, err
	}
	chain, err := r.chain(run)
	return slices.ContainsFunc(chain, func(c catalog.Run) bool { return c.Key == whole }), err
}

// beside adds what the gate let through to a snapshot of one partition: runs for
// it keep it from being idle, others take places.
func (s *Snapshot) beside(key string) (others int) {
	s.Running, s.Leases = slices.Clone(s.Running), slices.Clone(s.Leases)
	for _, x := range s.Gated {
		if x.Partition != key {
			others++
			continue
		}
		s.take(x)
	}
	return others
}

func (s *Snapshot) take(x GatedRun) {
	s.Running = append(s.Running, x.Runs...)
	if x.Lease != nil {
		s.Leases = append(s.Leases, *x.Lease)
	}
}

// undivided is the snapshot of the job as a whole: whatever runs, runs.
func (s Snapshot) undivided() Snapshot {
	s.Running, s.Leases = slices.Clone(s.Running), slices.Clone(s.Leases)
	for _, x := range s.Gated {
		s.take(x)
	}
	return s
}

// judged is what a policy concludes for a run that asks, and on what: of a policy
// with want: partition about the partition that the run named, else about the one
// that matters most.
func judged(p *Policy, s Snapshot, named bool, now time.Time) (Snapshot, Evaluation) {
	if p.Partition == nil {
		return s, Decide(p, s, now)
	}
	list := DecideParts(p, s, now)
	if len(list) == 0 {
		s = s.undivided()
		e := decideWhole(p, s, now)
		if s.NoPart != "" {
			e.Ready, e.Tree.Children[1] = catalog.False, catalog.Reason{Atom: "partition", Value: catalog.False, Says: s.NoPart}
		}
		return s, e
	}
	best := mostUrgent(list)
	if part := best.Snapshot.Part; named && part.To.After(now) {
		best.Evaluation = best.notOver(*part)
	}
	return best.Snapshot, best.Evaluation
}

// notOver adds to READY that a partition is still to come to its end.
func (e Evaluation) notOver(part PartView) Evaluation {
	over := catalog.Reason{Atom: "over(" + part.Key + ")", Value: catalog.False, MayChangeAt: part.To, Says: fmt.Sprintf("it is over at %s", clock(part.To))}
	e.Ready, e.WakeAt = catalog.False, soonest(e.WakeAt, part.To)
	e.Tree.Children = slices.Clone(e.Tree.Children)
	e.Tree.Children[1] = all("ready", "ready", "not ready: ", append([]catalog.Reason{over}, e.Tree.Children[1].Children...))
	return e
}

// partitionAsked is the key that a question names for a policy: as it stands, or
// the period that the nominal time is in, or is. ok is false where it names none.
func (q GateRequest) partitionAsked(p *Policy) (key string, ok bool) {
	if p.Partition == nil {
		return "", false
	}
	if q.Partition != "" {
		return CanonicalPartition(q.Partition), true
	}
	periods, ok := periodsOf(p.Partition.Grain, p.Partition.TZ)
	if !ok || q.Nominal == "" {
		return "", false
	}
	if at, err := time.Parse(time.RFC3339, q.Nominal); err == nil {
		return periods.At(at).Key, true
	}
	return CanonicalPartition(q.Nominal), true // of another grain it is no partition of it, which is said
}
