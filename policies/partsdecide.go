package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// PartEvaluation is what Decide concludes for one partition, and on what.
type PartEvaluation struct {
	Snapshot Snapshot
	Evaluation
}

// DecideParts decides for each partition of a policy with want: partition, in the
// order in which they are started: those before it that run take their places.
func DecideParts(p *Policy, s Snapshot, now time.Time) []PartEvaluation {
	var out []PartEvaluation
	started, waiting := 0, backlog(p, s.Parts)
	for _, part := range s.Parts {
		n := s.of(part)
		n.Part.Others += started
		n.Backlog = waiting
		e := decideWhole(p, n, now)
		e.Partition = part.Key
		if e.Outcome == catalog.DecideNothing { // what came too late is recorded
			for _, in := range part.Inputs {
				e.Tree.Evidence = append(e.Tree.Evidence, in.TooLate...)
			}
		}
		if e.Outcome == catalog.DecideRun && len(n.Open) == 0 {
			started++
		}
		out = append(out, PartEvaluation{n, e})
	}
	return out
}

// decideParts is the partition that matters most: the first that would run, else
// the first that waits.
func decideParts(p *Policy, s Snapshot, now time.Time) Evaluation {
	list := DecideParts(p, s, now)
	if len(list) == 0 {
		return decideWhole(p, s.undivided(), now)
	}
	best, wake := mostUrgent(list).Evaluation, time.Time{}
	for _, e := range list {
		wake = soonest(wake, e.WakeAt)
	}
	best.WakeAt = soonest(wake, nextPeriod(p, now))
	best.Tree.MayChangeAt = best.WakeAt
	return best
}

// mostUrgent is the first that would run, else the first that waits, and so on.
func mostUrgent(list []PartEvaluation) PartEvaluation {
	best := list[0]
	for _, e := range list {
		if urgency[e.Outcome] < urgency[best.Outcome] {
			best = e
		}
	}
	return best
}

var urgency = map[catalog.DecisionOutcome]int{catalog.DecideRun: 0, catalog.DecideWait: 1, catalog.DecideHold: 2, catalog.DecideSkip: 3, catalog.DecideNothing: 4}

// nextPeriod is when the period that goes on is over; zero where there is none.
func nextPeriod(p *Policy, now time.Time) time.Time {
	if periods, ok := periodsOf(p.Partition.Grain, p.Partition.TZ); ok {
		return periods.At(now).To
	}
	return time.Time{}
}

// of is the snapshot narrowed to one partition.
func (s Snapshot) of(part PartView) Snapshot {
	n := s
	n.Part, n.Parts = &part, nil
	n.Produced, n.StartedAt = part.Made, time.Time{}
	if part.Made != nil {
		n.StartedAt = part.Made.RunStartedAt
	}
	n.Open = slices.DeleteFunc(slices.Clone(s.Open), func(a catalog.Action) bool { return a.Partition != "" && a.Partition != part.Key })
	n.Part.Others += len(s.Open) - len(n.Open) + n.beside(part.Key)
	n.Inputs = slices.Clone(s.Inputs)
	for i := range n.Inputs {
		if m := part.input(n.Inputs[i].Selector.String()); m != nil {
			n.Inputs[i].Part, n.Inputs[i].Newest, n.Inputs[i].Pinned = m, m.Newest, nil
		}
	}
	return n
}

func (v PartView) input(selector string) *PartInput {
	for i := range v.Inputs {
		if v.Inputs[i].Input == selector {
			return &v.Inputs[i]
		}
	}
	return nil
}

// only is the snapshot of one partition alone; that of a key which is none of
// the asset's has no partition.
func (s Snapshot) only(key string) Snapshot {
	s.Parts = slices.DeleteFunc(slices.Clone(s.Parts), func(v PartView) bool { return v.Key != key })
	return s
}

// atomPartition: the partition is over and was not made, and is not too old.
func atomPartition(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "partition", Value: catalog.False}
	if s.Part == nil {
		r.Says = "it has no partition that is over"
		return r
	}
	v, b := s.Part, p.Partition.Backfill
	r.Atom = "partition(" + v.Key + ")"
	switch {
	case v.Made != nil:
		r.Says, r.Evidence = fmt.Sprintf("%s was made at %s", v.label(), clock(v.Made.ProducedAt)), []string{v.Made.ID()}
	case !s.EverMade && p.OnFirst == FirstWait:
		r.Says = "nothing was made yet: on_first is wait"
	case v.Sealed:
		r.Says = fmt.Sprintf("%s was never made and ended longer than %s ago: sealed", v.label(), b.SealedBefore)
	case v.Old && b.Max == 0:
		r.Says = fmt.Sprintf("%s was never made and is older than the lateness of %s; no backfill is given", v.label(), p.Partition.Lateness)
	case v.Old && v.Place > b.Max:
		r.Says = fmt.Sprintf("%s was never made and is not among the newest %d before the lateness", v.label(), b.Max)
	default:
		r.Value, r.Says = catalog.True, v.label()+" was not made yet"
		for _, t := range []time.Time{v.Due, v.To.Add(p.Partition.Lateness)} { // late, and old
			if !v.To.IsZero() && !t.Before(now) {
				r.MayChangeAt = soonest(r.MayChangeAt, t.Add(time.Nanosecond))
			}
		}
		if !v.Due.IsZero() {
			r.Says += "; due at " + clock(v.Due)
		}
	}
	return r
}

func (v PartView) label() string {
	if v.Key == "" {
		return "the whole"
	}
	return v.Key
}

// atomLate is newness of an input by partitions: what came for this one since it
// was made, as far as it was not too late.
func atomLate(s Snapshot, in InputView) catalog.Reason {
	r := catalog.Reason{Atom: "new(" + in.Name.Name + ")", Value: catalog.False}
	switch m := in.Part; {
	case s.Produced == nil:
		r.Says = "nothing was made of it yet"
	case len(m.New) > 0:
		r.Value, r.Evidence = catalog.True, m.New
		r.Says = fmt.Sprintf("%d partitions of %s were written since %s was made", len(m.New), in.Name.Name, s.Part.label())
	case len(m.TooLate) > 0:
		r.Says, r.Evidence = fmt.Sprintf("%d partitions of %s came later than the lateness: recorded only", len(m.TooLate), in.Name.Name), m.TooLate
	default:
		r.Says = fmt.Sprintf("nothing of %s came since %s was made", in.Name.Name, s.Part.label())
	}
	return r
}

// atomComplete: every mapped partition of the input is there, or so many of them
// and the wait for the rest is over.
func atomComplete(s Snapshot, in InputView, c Complete, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "complete(" + in.Name.Name + ")", Value: catalog.False, Evidence: evidence(in)}
	m := in.Part
	if m == nil || s.Part == nil {
		r.Value, r.Says = catalog.Unknown, in.Name.Name+" has no map to partitions"
		return r
	}
	have := fmt.Sprintf("%d of %d partitions of %s for %s are there", m.There, m.Mapped, in.Name.Name, s.Part.label())
	if len(m.Missing) > 0 {
		have += ", missing " + strings.Join(m.Missing, ", ")
		if more := m.Mapped - m.There - len(m.Missing); more > 0 {
			have += fmt.Sprintf(" and %d more", more)
		}
	}
	r.Says = have
	until := s.Part.patience(c.MaxWait)
	switch {
	case m.Mapped == 0:
		r.Says = fmt.Sprintf("no partition of %s belongs to %s", in.Name.Name, s.Part.label())
	case m.There == m.Mapped:
		r.Value = catalog.True
	case m.Unclear != "":
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("which partitions %s has is not known: %s", in.Name.Name, m.Unclear)
	case c.AtLeast == 0 || m.There < c.AtLeast:
	case now.Before(until):
		r.MayChangeAt, r.Says = until, fmt.Sprintf("%s; with %d it goes at %s", have, c.AtLeast, clock(until))
	default:
		r.Value, r.Says = catalog.True, "partial: "+have
	}
	return r
}

// patience is until when a partition waits for the rest: so long after its end,
// or after it was first seen.
func (v PartView) patience(d time.Duration) time.Time {
	if v.To.IsZero() {
		return v.Seen.Add(d)
	}
	return v.To.Add(d)
}

// partial: it would be made of less than belongs to it.
func (v PartView) partial() bool {
	return slices.ContainsFunc(v.Inputs, func(in PartInput) bool { return in.There < in.Mapped })
}

// atomParallel: places are free beside the partitions that are under way.
func atomParallel(p *Policy, s Snapshot) catalog.Reason {
	n := max(p.Partition.Backfill.Parallel, 1)
	return truth("parallel", s.Part.Others < n, fmt.Sprintf("%d of %d places are taken", s.Part.Others, n),
		fmt.Sprintf("%d partitions are under way, %d at once are allowed", s.Part.Others, n))
}

// demandOfPart is the partition with the newest versions that it would be made
// of: what it takes in, and nothing of another one.
func demandOfPart(s Snapshot) []catalog.DemandElement {
	h := sha256.New()
	for _, in := range s.Part.Inputs {
		fmt.Fprintf(h, "%d:%s%s", len(in.Input), in.Input, in.Hash)
	}
	return []catalog.DemandElement{catalog.DemandElement("partition:" + s.Part.Key + ":" + hex.EncodeToString(h.Sum(nil)[:10]))}
}
