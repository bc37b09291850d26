package policies

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// spenders are the kinds that consume a demand: a run, and a person's word that
// none is needed.
var spenders = []catalog.ActionKind{catalog.ActionTrigger, catalog.ActionRerun, catalog.ActionSkip}

// consumes: an action that never reached the tool spends nothing.
func consumes(s catalog.ActionState) bool {
	switch s {
	case catalog.ActionSucceeded, catalog.ActionFailed, catalog.ActionCancelled, catalog.ActionRefused, catalog.ActionRejected:
		return true
	}
	return false
}

// closed remembers what the closed actions on an asset and its target came to, so
// that a snapshot asks only whether there is a newer one. It holds nothing that
// the ledger does not say.
type closed struct {
	mu sync.Mutex
	by map[closedOf]closedView
}

type closedOf struct {
	policy *Policy
	asset  catalog.AssetID
}

// closedView is as of the newest rows, by asset and by target: a row that is
// written again becomes the newest.
type closedView struct {
	newest   [2]int64
	target   ResolvedTarget
	ids      []catalog.AssetID
	released time.Time
	tries    []Try
	spent    map[catalog.DemandElement]bool
	started  time.Time
}

// maxClosedViews bounds what is remembered; at it all is forgotten.
const maxClosedViews = 20_000

func (c *closed) get(of closedOf) (closedView, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.by[of]
	return v, ok
}

func (c *closed) put(of closedOf, v closedView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= maxClosedViews {
		c.by = map[closedOf]closedView{}
	}
	c.by[of] = v
}

// spent reads which demands are spent: under any name of the asset, and for
// whatever shares its target, since a demand that the target was started for is
// spent for all. The tries and the map belong to whoever reads them: nobody
// changes them.
func (g *Gatherer) spent(ctx context.Context, p *Policy, s *Snapshot) error {
	queries := []ActionQuery{{Assets: s.IDs, Kinds: spenders, Undated: true, Closed: true, Limit: 1}}
	if s.ResolveErr == "" {
		queries = append(queries, ActionQuery{Connector: s.Resolved.Connector, ToolJob: s.Resolved.ToolJob, Kinds: spenders, Undated: true, Closed: true, Limit: 1})
	}
	now := closedView{target: s.Resolved, ids: s.IDs, released: s.Standing.ReleasedAt}
	for i, q := range queries {
		newest, err := g.Ledger.Actions(ctx, q)
		if err != nil {
			return err
		}
		if len(newest) > 0 {
			now.newest[i] = newest[0].Seq
		}
	}
	of := closedOf{p, s.Asset}
	view, known := g.root().closed.get(of)
	if !known || view.newest != now.newest || view.target != now.target || !slices.Equal(view.ids, now.ids) || !view.released.Equal(now.released) {
		var err error
		if view, err = g.readSpent(ctx, p, *s, now, queries); err != nil {
			return err
		}
		g.root().closed.put(of, view)
	}
	s.Tries, s.Spent = slices.Clip(view.tries), view.spent
	s.StartedAt = lastOf(s.StartedAt, view.started)
	return nil
}

// readSpent reads what now is the head of.
func (g *Gatherer) readSpent(ctx context.Context, p *Policy, s Snapshot, now closedView, queries []ActionQuery) (closedView, error) {
	s.Tries, s.Spent = nil, map[catalog.DemandElement]bool{}
	var list []catalog.Action
	for i, q := range queries {
		if now.newest[i] == 0 {
			continue
		}
		known, err := g.among(ctx, list, q)
		if err != nil {
			return now, err
		}
		if known {
			continue
		}
		q.Limit = maxClosed
		if list, err = g.Ledger.Actions(ctx, q); err != nil {
			return now, err
		}
		s.note(p, list)
		for i := range list {
			if consumes(list[i].State) {
				now.started = lastOf(now.started, list[i].RunAfter)
			}
		}
	}
	slices.SortStableFunc(s.Tries, newestTry)
	now.tries, now.spent = s.Tries, s.Spent
	return now, nil
}

// among: the list holds all that are on the query's target. Mostly what was done
// about an asset is all that was done about its target, and to count is cheaper
// than to read it twice.
func (g *Gatherer) among(ctx context.Context, list []catalog.Action, q ActionQuery) (bool, error) {
	on := 0
	for i := range list {
		if list[i].Connector == q.Connector && list[i].ToolJob == q.ToolJob {
			on++
		}
	}
	if on == 0 {
		return false, nil
	}
	n, err := g.Ledger.CountActions(ctx, q)
	return n == on, err
}

func newestTry(a, b Try) int { return b.At.Compare(a.At) }
