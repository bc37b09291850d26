package policies

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// parts reads the partitions of a policy with want: partition; with a key only
// that one.
func (g *Gatherer) parts(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time, key *string) error {
	if p.Partition == nil {
		return nil
	}
	f := partFacts{inputs: map[string]partIndex{}}
	for _, in := range s.Inputs {
		if in.Map == nil {
			continue
		}
		periods, _ := periodsOf(in.Map.inputGrain(), in.Map.InputTZ)
		x, err := g.written(r, in.Asset, periods)
		if err != nil {
			return err
		}
		f.inputs[in.Selector.String()] = x
	}
	actions, err := g.Ledger.Actions(ctx, ActionQuery{Assets: s.IDs, Closed: true, Limit: maxPartActions})
	if err != nil {
		return err
	}
	s.BackfillUntil = agreed(p, slices.Concat(s.Open, actions))
	s.Tries, s.Spent = slices.Clone(s.Tries), maps.Clone(s.Spent)
	s.note(p, actions)
	slices.SortStableFunc(s.Tries, newestTry)
	if f.made, err = g.madeParts(r, p, s, actions); err != nil {
		return err
	}
	for _, a := range actions {
		if a.Partition != "" && a.State == catalog.ActionFailed && len(a.Transitions) > 0 {
			s.failedFor(a.Partition, a.Transitions[len(a.Transitions)-1].At)
		}
	}
	f.failed = s.failed
	s.EverMade = len(f.made.keys) > 0 || s.Produced != nil
	if key != nil {
		return errors.Join(g.askedPart(r, p, s, f, *key, now), g.foreign(r, s))
	}
	s.Parts, s.PartsCut = partsOf(p, f, now)
	if at := contiguous(s.Parts); !at.IsZero() {
		s.Lag.Watermark, s.Lag.Because, s.Lag.BecauseID = at, s.Name, s.Asset
	}
	return g.foreign(r, s)
}

// maxPartActions bounds how many closed actions say which partitions were made
// and which demands are spent.
const maxPartActions = 2000

// written are a dataset's versions by partition. A version of which nobody said
// the partition is of the period that its run was for, where the run says it.
func (g *Gatherer) written(r *reader, id catalog.AssetID, periods Periods) (partIndex, error) {
	list, err := g.History.Versions(r.ctx, VersionQuery{Dataset: id, Limit: maxPartVersions + 1})
	if err != nil {
		return partIndex{}, err
	}
	unclear := ""
	if len(list) > maxPartVersions {
		list, unclear = list[:maxPartVersions], fmt.Sprintf("it has more than the %d versions that weir looks at", maxPartVersions)
	}
	if list, err = g.nominal(r, list, periods); err != nil {
		return partIndex{}, err
	}
	whole := slices.ContainsFunc(list, func(v catalog.Version) bool { return v.Partition == "" })
	x := indexed(list)
	if x.unclear = unclear; whole && unclear == "" {
		x.unclear = "it was written without a word on partitions"
	}
	return x, nil
}

// nominal gives versions their canonical partitions.
func (g *Gatherer) nominal(r *reader, list []catalog.Version, periods Periods) ([]catalog.Version, error) {
	var asked []catalog.RunKey
	list = slices.Clone(list)
	for i := range list {
		list[i].Partition = CanonicalPartition(list[i].Partition)
		if list[i].Partition == "" && !list[i].Run.IsZero() && len(asked) < maxParts {
			asked = append(asked, list[i].Run)
		}
	}
	if len(asked) == 0 || periods.Grain == "" || periods.Zone == nil {
		return list, nil
	}
	runs, err := g.History.Runs(r.ctx, RunQuery{Keys: asked, Limit: len(asked)})
	if err != nil {
		return nil, err
	}
	when := map[catalog.RunKey]*time.Time{}
	for _, run := range runs {
		when[run.Key] = run.NominalStart
	}
	for i := range list {
		if at := when[list[i].Run]; list[i].Partition == "" && at != nil {
			list[i].Partition = periods.At(*at).Key
		}
	}
	return list, nil
}

// madeParts are the asset's own partitions. A run that weir started for one made
// that one, whatever its events say, and even when they say nothing; so did a run
// of a job that named it at the gate, or that says which time it was for.
func (g *Gatherer) madeParts(r *reader, p *Policy, s *Snapshot, actions []catalog.Action) (partIndex, error) {
	periods, _ := periodsOf(p.Partition.Grain, p.Partition.TZ)
	x, err := g.written(r, s.Asset, periods)
	if err != nil {
		return x, err
	}
	var list []catalog.Version
	for _, k := range x.keys {
		list = append(list, x.by[k]...)
	}
	started, err := g.madeByActions(r, s, actions)
	if err != nil {
		return x, err
	}
	list = append(list, started...)
	let, told, err := g.gated(r, s)
	if err != nil {
		return x, err
	}
	list = append(list, let...)
	named := slices.DeleteFunc(slices.Concat(s.Open, actions), func(a catalog.Action) bool { return a.Partition == "" })
	ran, failed, err := g.ranFor(r, s, periods, told, named)
	if err != nil {
		return x, err
	}
	list = append(list, ran...)
	for _, v := range failed {
		s.failedFor(v.Partition, v.ProducedAt)
	}
	slices.SortStableFunc(list, newestFirst)
	return indexed(list), nil
}

// ranFor is what runs of a job made that say which time they were for, and what
// those made that failed, without the runs that named their partition at the gate
// (told), or that weir started for one: what their tool says is when it ran them.
func (g *Gatherer) ranFor(r *reader, s *Snapshot, periods Periods, told map[string]bool, named []catalog.Action) (made, failed []catalog.Version, err error) {
	if s.Name.Type != catalog.TypeJob || periods.Grain == "" || periods.Zone == nil {
		return nil, nil, nil
	}
	for _, x := range []struct {
		states []catalog.RunState
		out    *[]catalog.Version
	}{{[]catalog.RunState{catalog.RunSucceeded}, &made}, {unmade, &failed}} {
		runs, err := g.History.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{s.Asset}, States: x.states, Limit: maxParts})
		if err != nil {
			return nil, nil, err
		}
		for _, run := range runs {
			ids := idsOf(run)
			if run.NominalStart == nil || intersect(ids, told) || slices.ContainsFunc(named, func(a catalog.Action) bool { return startedBy(a, ids) }) {
				continue
			}
			l := lease{run: &run}
			l.Partition = periods.At(*run.NominalStart).Key
			*x.out = append(*x.out, l.made(s))
		}
	}
	return made, failed, nil
}

func intersect(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// idsOf are the ids by which a run, and what it runs in, may be known.
func idsOf(run catalog.Run) map[string]bool {
	ids := map[string]bool{run.Key.RunID: true, run.ExternalID: true}
	for _, ref := range []*catalog.RunRef{run.Parent, run.Root} {
		if ref != nil {
			ids[ref.RunID] = true
		}
	}
	delete(ids, "")
	return ids
}

// madeByActions is what successes made, as versions. A run can have read all that
// was committed before its START, and at least what there was when it was sent.
func (g *Gatherer) madeByActions(r *reader, s *Snapshot, actions []catalog.Action) (out []catalog.Version, err error) {
	var asked []catalog.RunKey
	for _, a := range actions {
		if a.Partition == "" || a.State != catalog.ActionSucceeded {
			continue
		}
		end := a.Transitions[len(a.Transitions)-1].At
		out = append(out, catalog.Version{Dataset: s.Name, Asset: s.Asset, Run: a.Run, Partition: a.Partition, RunStartedAt: a.RunAfter.Add(time.Microsecond), ProducedAt: end})
		if !a.Run.IsZero() && len(asked) < maxParts {
			asked = append(asked, a.Run)
		}
	}
	if len(asked) == 0 {
		return out, nil
	}
	runs, err := g.History.Runs(r.ctx, RunQuery{Keys: asked, Limit: len(asked)})
	for _, run := range runs {
		for i := range out {
			if out[i].Run == run.Key && run.StartedAt.After(out[i].RunStartedAt) {
				out[i].RunStartedAt = run.StartedAt
			}
		}
	}
	return out, err
}

// foreign leaves out runs that belong to what is under way for a partition: the
// action itself stands for them.
func (g *Gatherer) foreign(r *reader, s *Snapshot) error {
	open := slices.DeleteFunc(slices.Clone(s.Open), func(a catalog.Action) bool { return a.Partition == "" })
	if len(open) == 0 {
		return nil
	}
	var out []RunView
	for _, view := range s.Running {
		run, ok, err := r.run(view.Key)
		if err != nil {
			return err
		}
		ids := map[string]bool{view.Key.RunID: true}
		if ok {
			chain, err := r.chain(run)
			if err != nil {
				return err
			}
			for _, c := range chain {
				ids[c.Key.RunID] = true
			}
		}
		if !slices.ContainsFunc(open, func(a catalog.Action) bool { return startedBy(a, ids) }) {
			out = append(out, view)
		}
	}
	s.Running = out
	return nil
}

// contiguous is the end of the partitions that were made without a hole, from the
// oldest that was made on.
func contiguous(parts []PartView) (end time.Time) {
	list := slices.Clone(parts)
	slices.SortFunc(list, comparePlace)
	for _, v := range list {
		switch {
		case v.To.IsZero():
			return time.Time{}
		case v.Made != nil && (end.IsZero() || v.From.Equal(end)):
			end = v.To
		case !end.IsZero():
			return end
		}
	}
	return end
}
