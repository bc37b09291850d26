package policies

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// running finds runs of the target job, its ancestors and children that go on.
func (g *Gatherer) running(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time, asker string) error {
	family, err := g.family(r, s)
	if err != nil {
		return err
	}
	var runs []catalog.Run
	if len(family) > 0 { // no job of the target is known: a query without jobs would find all runs
		runs, err = g.History.Runs(ctx, RunQuery{Jobs: family, States: []catalog.RunState{catalog.RunRunning, catalog.RunQueued}, Limit: 100})
		if err != nil {
			return err
		}
	}
	if s.asking, err = g.askerTree(r, runs, s, asker); err != nil {
		return err
	}
	s.Open = slices.DeleteFunc(s.Open, func(a catalog.Action) bool { return startedBy(a, s.asking) })
	for _, run := range runs {
		if run.Streaming || now.Sub(run.LastEventAt) > run.Patience(p.RunTimeout) {
			continue
		}
		chain, err := r.chain(run)
		if err != nil {
			return err
		}
		if ended(chain) || inTree(chain, s.asking) {
			continue
		}
		s.Running = append(s.Running, RunView{Key: run.Key, StartedAt: run.StartedAt, SilentAt: run.LastEventAt.Add(run.Patience(p.RunTimeout)).Add(time.Nanosecond)})
	}
	return nil
}

func ended(chain []catalog.Run) bool {
	return slices.ContainsFunc(chain[1:], func(r catalog.Run) bool { return r.State.Terminal() })
}

func inTree(chain []catalog.Run, ids map[string]bool) bool {
	return slices.ContainsFunc(chain, func(r catalog.Run) bool { return ids[r.Key.RunID] || r.ExternalID != "" && ids[r.ExternalID] })
}

// startedBy: the asking run is the one that the action started.
func startedBy(a catalog.Action, ids map[string]bool) bool {
	return ids[a.ParentRunID] && a.ParentRunID != "" || ids[a.ExternalID] && a.ExternalID != "" || ids[a.Run.RunID] && a.Run.RunID != "" ||
		slices.ContainsFunc(a.PredictedRunIDs, func(id string) bool { return ids[id] })
}

// askerTree gives the run ids of the run that asks a gate and of what it runs
// in. Without a reference, a single running run of the job is taken
// for the asker.
func (g *Gatherer) askerTree(r *reader, runs []catalog.Run, s *Snapshot, asker string) (map[string]bool, error) {
	ids := map[string]bool{}
	if asker == "" {
		return ids, nil
	}
	var mine []catalog.Run
	for _, run := range runs {
		if asker == anyAsker && run.Asset == s.Asset || run.Key.RunID == asker || run.ExternalID == asker {
			mine = append(mine, run)
		}
	}
	if asker == anyAsker && len(mine) != 1 {
		return ids, nil
	}
	if asker != anyAsker {
		ids[asker] = true
		if len(mine) == 0 { // a task outside the family asks
			var err error
			if mine, err = g.History.Runs(r.ctx, RunQuery{RunIDs: []string{asker}, Limit: 5}); err != nil {
				return nil, err
			}
		}
	}
	for _, run := range mine {
		chain, err := r.chain(run)
		if err != nil {
			return nil, err
		}
		for _, c := range chain {
			ids[c.Key.RunID] = true // up to weir's own, which is one action's
		}
	}
	return ids, nil
}

// leases finds places that the gate gave on the asset to runs that have not
// been heard of yet. A run that started, or started and ended, has used its
// lease; asker's own does not hold it.
func (g *Gatherer) leases(ctx context.Context, r *reader, s *Snapshot, now time.Time, asker string) error {
	if s.Name.Type != catalog.TypeJob {
		return nil
	}
	jobs := []catalog.Name{s.Name}
	if a, ok, err := r.asset(s.Asset); err != nil {
		return err
	} else if ok {
		jobs = jobs[:0]
		for _, n := range a.Names {
			jobs = append(jobs, n.Name)
		}
	}
	given, err := g.Ledger.GateAnswers(ctx, GateQuery{Jobs: jobs, LeasedAt: now})
	if err != nil {
		return err
	}
	leases, err := g.heard(ctx, given)
	for _, l := range leases {
		if l.run == nil && (l.RunRef == "" || l.RunRef != asker) {
			s.Leases = append(s.Leases, l.GateAnswer)
		}
	}
	return err
}

// anyAsker is a gate question without a run reference.
const anyAsker = "*"

// family is the target job, what contains it and what it contains: a fact, for
// edges hardly ever change.
func (g *Gatherer) family(r *reader, s *Snapshot) ([]catalog.AssetID, error) {
	x, err := g.familyFact(r, s.Asset, s.Name.Type)
	if err != nil {
		return nil, err
	}
	return x.family, nil
}

func (g *Gatherer) familyFact(r *reader, id catalog.AssetID, as catalog.AssetType) (*fact, error) {
	kind := familyOfJob
	if as == catalog.TypeDataset {
		kind = familyOfData
	}
	return g.fact(r, thing{id, kind}, func(side *reader, x *fact) (_ bool, err error) {
		over := g.Graph
		if s, ok := over.(seenGraph); ok {
			over = s.g
		}
		x.family, err = familyOf(side.ctx, seenGraph{over, x.uses}, id, as)
		return true, err
	})
}

func familyOf(ctx context.Context, g Graph, asset catalog.AssetID, as catalog.AssetType) ([]catalog.AssetID, error) {
	seeds := []catalog.AssetID{asset}
	if as == catalog.TypeDataset {
		edges, _, err := g.Neighbours(ctx, graph.NeighbourQuery{Frontier: seeds, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites, catalog.EdgeDerives}, Limit: 1000})
		if err != nil {
			return nil, err
		}
		seeds = seeds[:0]
		for _, e := range edges {
			if by := e.Maker(); !by.IsZero() {
				seeds = append(seeds, by)
			}
		}
	}
	up, err := closure(ctx, g, seeds, graph.Upstream)
	if err != nil {
		return nil, err
	}
	down, err := closure(ctx, g, seeds, graph.Downstream)
	return unique(slices.Concat(seeds, up, down)), err
}

func closure(ctx context.Context, g Graph, seeds []catalog.AssetID, d graph.Direction) ([]catalog.AssetID, error) {
	c, err := graph.Reach(ctx, g, graph.Traversal{Roots: seeds, Direction: d, Depth: maxChain, MaxNodes: 2000, Types: []catalog.EdgeType{catalog.EdgeContains}})
	var out []catalog.AssetID
	for _, r := range c.Reached {
		out = append(out, r.Asset)
	}
	return out, err
}

func unique(ids []catalog.AssetID) []catalog.AssetID {
	slices.SortFunc(ids, catalog.AssetID.Compare)
	return slices.Compact(ids)
}
