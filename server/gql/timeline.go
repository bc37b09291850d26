package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of one timeline.
const (
	maxWindow       = 92 * 24 * time.Hour
	maxTimelineRuns = 1000
	maxTimelineHops = 10
)

// chosen is what a timeline is of; without jobs and targets it is of all.
type chosen struct {
	all bool
	// jobs are those whose runs are shown; targets what else was selected.
	jobs, targets map[catalog.AssetID]bool
	cut           bool
}

func (c chosen) has(target catalog.AssetID, makers []catalog.AssetID) bool {
	return c.all || c.targets[target] || c.jobs[target] || slices.ContainsFunc(makers, func(id catalog.AssetID) bool { return c.jobs[id] })
}

// Timeline shows runs that overlap a window, plans and deadlines.
func (q query) Timeline(ctx context.Context, from, to time.Time, selection *gen.TimelineSelection, nodes *int) (*gen.Timeline, error) {
	most, err := bounded("maxNodes", nodes, 500, maxTimelineRuns)
	if err != nil {
		return nil, err
	}
	if !from.Before(to) || to.Sub(from) > maxWindow {
		return nil, fmt.Errorf("%w: from must be before to, by 92 days at most", catalog.ErrInvalid)
	}
	of, err := q.choose(ctx, selection)
	if err != nil {
		return nil, err
	}
	pos, err := q.History.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	out := &gen.Timeline{Now: q.Now().UTC(), Position: pos}
	var cut [4]bool
	if out.Runs, cut[0], err = q.overlapping(ctx, of, from, to, most); err != nil {
		return nil, err
	}
	if out.Planned, cut[1], err = q.plannedOf(ctx, of, from, to); err != nil {
		return nil, err
	}
	if out.Deadlines, cut[2], err = q.deadlinesOf(ctx, of, from, to); err != nil {
		return nil, err
	}
	if out.Late, cut[3], err = q.lateOf(ctx, of, from, to); err != nil {
		return nil, err
	}
	out.Complete = !of.cut && cut == [4]bool{}
	return out, nil
}

// overlapping lists runs of a window. One that never said that it ended, and is
// not believed to go on, counts until it was last heard of.
func (q query) overlapping(ctx context.Context, of chosen, from, to time.Time, most int) ([]*model.Run, bool, error) {
	out := []*model.Run{}
	if !of.all && len(of.jobs) == 0 {
		return out, false, nil
	}
	rq := catalog.RunQuery{ActiveAfter: from, StartedBefore: to, Limit: most + 1}
	for id := range of.jobs {
		rq.Jobs = append(rq.Jobs, id)
	}
	list, err := q.History.Runs(ctx, rq)
	if err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	for _, x := range list[:min(most, len(list))] {
		if x.EndedAt == nil && x.LastEventAt.Before(from) {
			if state, _ := q.Liveness.StateAt(x, time.Time{}, q.Now()); state == catalog.RunUnknown {
				continue
			}
		}
		out = append(out, &model.Run{R: x})
	}
	return out, len(list) > most, nil
}

// choose finds the jobs of a selection.
func (q query) choose(ctx context.Context, s *gen.TimelineSelection) (chosen, error) {
	c := chosen{jobs: map[catalog.AssetID]bool{}, targets: map[catalog.AssetID]bool{}}
	named := s != nil && len(s.Assets) > 0
	found := s != nil && deref(s.Search)+deref(s.Tool)+deref(s.Owner) != ""
	if c.all = !named && !found; c.all {
		return c, nil
	}
	if named {
		if err := q.chooseNamed(ctx, &c, s); err != nil {
			return c, err
		}
	}
	if !found {
		return c, nil
	}
	page, err := q.Search.Find(ctx, search.Query{Text: deref(s.Search), Type: catalog.TypeJob, Tool: deref(s.Tool), Owner: deref(s.Owner), First: model.MaxFirst})
	if err != nil {
		return c, fmt.Errorf("search: %w", err)
	}
	hits := map[catalog.AssetID]bool{}
	for _, h := range page.Hits {
		if !named || c.jobs[h.Asset] {
			hits[h.Asset] = true
		}
	}
	c.cut = c.cut || page.HasNext
	c.jobs, c.targets = hits, map[catalog.AssetID]bool{}
	return c, nil
}

// chooseNamed takes assets and what lies upstream of them: what they are made
// from, and the jobs of all that.
func (q query) chooseNamed(ctx context.Context, c *chosen, s *gen.TimelineSelection) error {
	hops := deref(s.Upstream)
	if len(s.Assets) > maxRoots || hops < 0 || hops > maxTimelineHops {
		return fmt.Errorf("%w: at most %d assets and %d hops upstream", catalog.ErrInvalid, maxRoots, maxTimelineHops)
	}
	roots, err := q.canonical(ctx, s.Assets)
	if err != nil {
		return err
	}
	// A dataset's own jobs are one edge away, each dataset before it two.
	walked, err := graph.FilteredWalk(ctx, q.Graph, q.History, graph.Traversal{Roots: roots, Direction: graph.Upstream, Depth: 1 + 2*hops, MaxNodes: model.MaxFirst}, graph.Filter{})
	if err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	c.cut = walked.Cut == graph.CutNodes
	ids := roots
	for _, n := range walked.Nodes {
		ids = append(ids, n.Asset)
	}
	return q.sortChosen(ctx, c, ids)
}

// sortChosen tells jobs from datasets, and takes what jobs contain with them.
func (q query) sortChosen(ctx context.Context, c *chosen, ids []catalog.AssetID) error {
	named, err := q.History.Named(ctx, ids)
	if err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	var jobs []catalog.AssetID
	for _, n := range named {
		if n.Name.Type == catalog.TypeJob {
			jobs = append(jobs, n.ID)
			c.jobs[n.ID] = true
		} else {
			c.targets[n.ID] = true
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	edges, more, err := q.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: jobs, Direction: graph.Downstream, Types: []catalog.EdgeType{catalog.EdgeContains}, Limit: neighbourLimit})
	if err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	c.cut = c.cut || more
	for _, e := range edges {
		c.jobs[far(graph.Downstream, e)] = true
	}
	return nil
}

// plannedOf lists what has no run yet.
func (q query) plannedOf(ctx context.Context, of chosen, from, to time.Time) ([]*gen.PlannedRun, bool, error) {
	all, missing, err := q.planned(ctx, to)
	if err != nil {
		return nil, false, err
	}
	q.standingsOf(all)
	slices.SortStableFunc(all, func(x, y *model.Action) int { return soonest(x.Expected, y.Expected) })
	out := []*gen.PlannedRun{}
	for _, a := range all {
		if !a.A.Run.IsZero() || !within(a.Expected, from, to, q.Now()) {
			continue
		}
		makers, err := q.makersOf(ctx, a.A.Target)
		if err != nil {
			return nil, false, err
		}
		if !of.has(a.A.Target, makers) {
			continue
		}
		if len(out) == model.MaxFirst {
			return out, true, nil
		}
		job, err := q.maker(ctx, makers)
		if err != nil {
			return nil, false, err
		}
		p := &gen.PlannedRun{Action: a, Target: model.AssetID(a.A.Target), Job: job}
		if a.Freshness != nil {
			p.Until = a.Freshness.ExpectedAt()
		}
		out = append(out, p)
	}
	return out, missing != nil, nil
}

// within says whether what is to come lies in a window: what is due, or due at
// an unknown time, may come now.
func within(expected, from, to, now time.Time) bool {
	if expected.Before(now) {
		expected = now
	}
	return !expected.Before(from) && expected.Before(to)
}

// soonest orders times, those not known last.
func soonest(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		return cmp.Compare(b.Unix(), a.Unix())
	}
	return a.Compare(b)
}

func (q query) deadlinesOf(ctx context.Context, of chosen, from, to time.Time) ([]*gen.TimelineDeadline, bool, error) {
	out := []*gen.TimelineDeadline{}
	for _, e := range policies.Standings(q.Judge.Evaluations()) {
		f := policies.FreshnessOf(e)
		if f.Deadline.Before(from) || !f.Deadline.Before(to) {
			continue
		}
		makers, err := q.makersOf(ctx, e.Asset)
		if err != nil {
			return nil, false, err
		}
		if !of.has(e.Asset, makers) {
			continue
		}
		if len(out) == model.MaxFirst {
			return out, true, nil
		}
		job, err := q.maker(ctx, makers)
		if err != nil {
			return nil, false, err
		}
		out = append(out, &gen.TimelineDeadline{
			Target: model.AssetID(e.Asset), Name: model.NameOf(e.Name), Job: job, PolicyName: e.Policy.Name, At: f.Deadline, State: f.State, Says: f.Says,
		})
	}
	slices.SortStableFunc(out, func(x, y *gen.TimelineDeadline) int { return x.At.Compare(y.At) })
	return out, false, nil
}

// lateOf lists when data was late. Of breaches after the window those are read,
// too, that were written since: the ledger orders them by that.
func (q query) lateOf(ctx context.Context, of chosen, from, to time.Time) ([]*gen.TimelineLate, bool, error) {
	list, err := q.Ledger.Breaches(ctx, catalog.BreachQuery{After: from, Limit: maxBreaches})
	if err != nil {
		return nil, false, fmt.Errorf("list breaches: %w", err)
	}
	out := []*gen.TimelineLate{}
	known := map[catalog.AssetID]*lateAsset{} // one asset is late often
	for _, b := range list {
		if !b.Since.Before(to) {
			continue
		}
		m := known[b.Target]
		if m == nil {
			if m, err = q.madeBy(ctx, of, b.Target); err != nil {
				return nil, false, err
			}
			known[b.Target] = m
		}
		if !m.chosen {
			continue
		}
		if len(out) == model.MaxFirst {
			return out, true, nil
		}
		out = append(out, &gen.TimelineLate{Target: model.AssetID(m.asset), Name: model.NameOf(b.Name), Job: m.job, PolicyName: b.Policy, Since: b.Since, Until: b.Until, Says: b.Says})
	}
	return out, len(list) == maxBreaches, nil
}

// lateAsset is one with the one job that makes it, and whether a timeline has it.
type lateAsset struct {
	asset  catalog.AssetID
	job    *model.Job
	chosen bool
}

func (q query) madeBy(ctx context.Context, of chosen, target catalog.AssetID) (*lateAsset, error) {
	id, err := q.History.Canonical(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("resolve id: %w", err)
	}
	makers, err := q.makersOf(ctx, id)
	if err != nil || !of.has(id, makers) {
		return &lateAsset{asset: id}, err
	}
	job, err := q.maker(ctx, makers)
	return &lateAsset{asset: id, job: job, chosen: true}, err
}

// makersOf lists the jobs that make an asset; a job makes itself.
func (q query) makersOf(ctx context.Context, target catalog.AssetID) ([]catalog.AssetID, error) {
	id, err := q.History.Canonical(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("resolve id: %w", err)
	}
	named, err := q.History.Named(ctx, []catalog.AssetID{id})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	if named[0].Name.Type == catalog.TypeJob {
		return []catalog.AssetID{id}, nil
	}
	edges, _, err := q.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: []catalog.AssetID{id}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: neighbourLimit})
	if err != nil {
		return nil, fmt.Errorf("read neighbours: %w", err)
	}
	var out []catalog.AssetID
	for _, e := range edges {
		out = append(out, far(graph.Upstream, e))
	}
	return out, nil
}

// maker is the job when it is one; nil when it is not.
func (q query) maker(ctx context.Context, makers []catalog.AssetID) (*model.Job, error) {
	if len(makers) != 1 {
		return nil, nil
	}
	a, err := q.asset(ctx, makers[0])
	job, _ := a.(*model.Job)
	return job, err
}
