package policies

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// related finds the policies that read or select an asset by its names, which
// the set in force alone decides.
type related struct {
	mu      sync.Mutex
	set     *Set
	readers map[catalog.Name][]*Policy
	about   map[catalog.Name][]*Policy
	// broad are those that somebody wrote for whatever matches.
	broad []*Policy
	// edges: which assets a policy is about follows from the graph.
	edges bool
}

// followsEdges reports whether another graph may give other pairs.
func (x *related) followsEdges(set *Set) bool {
	x.of(set)
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.edges
}

func (x *related) of(set *Set) (readers, about map[catalog.Name][]*Policy, broad []*Policy) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.set != set {
		x.set, x.readers, x.about, x.broad, x.edges = set, map[catalog.Name][]*Policy{}, map[catalog.Name][]*Policy{}, nil, false
		for _, p := range set.Policies {
			x.edges = x.edges || p.Given() || p.Select.Tool != ""
			for _, in := range p.Inputs {
				for _, n := range in.Selector.names() {
					x.readers[n] = append(x.readers[n], p)
				}
			}
			if !p.Select.Glob() {
				for _, n := range p.Select.names() {
					x.about[n] = append(x.about[n], p)
				}
			} else if !p.Given() {
				x.broad = append(x.broad, p)
			}
		}
	}
	return x.readers, x.about, x.broad
}

// names of an asset: all it goes by, and where it was never seen the policy's
// word for it.
func (r *reader) names(id catalog.AssetID, word catalog.Name) ([]catalog.Name, error) {
	a, seen, err := r.asset(id)
	if err != nil {
		return nil, err
	}
	return namesOf(a, seen, word), nil
}

func namesOf(a catalog.Asset, seen bool, word catalog.Name) []catalog.Name {
	if !seen {
		return []catalog.Name{word}
	}
	out := []catalog.Name{a.Name}
	for _, n := range a.Names {
		if n.Name != a.Name {
			out = append(out, n.Name)
		}
	}
	return out
}

// madeFrom are the jobs that read an asset and what those write, by id.
func (g *Gatherer) madeFrom(ctx context.Context, asset catalog.AssetID) (ids []catalog.AssetID, more bool, err error) {
	jobs := []catalog.AssetID{asset}
	for _, kind := range []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites} {
		edges, cut, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: jobs, Direction: graph.Downstream, Types: []catalog.EdgeType{kind}, Limit: maxVisits})
		if err != nil {
			return nil, more, err
		}
		more = more || cut
		for _, e := range edges {
			ids = append(ids, e.Target)
		}
		jobs = slices.Clone(ids)
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	return slices.Compact(ids), more, nil
}

// ownPolicies are the policies that somebody wrote for an asset: those with the
// narrowest selectors. word is what it is called where it was never seen.
func (g *Gatherer) ownPolicies(r *reader, id catalog.AssetID, word catalog.Name) (out []*Policy, err error) {
	f, err := g.factsOf(r, id)
	if err != nil {
		return nil, err
	}
	x := &g.root().related
	_, about, broad := x.of(g.Policies.Get())
	for _, n := range namesOf(f.row, f.seen, word) {
		for _, p := range about[n] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	best := 0
	for _, p := range broad {
		if p.Select.rank() < best {
			continue
		}
		ok, err := g.covers(r.ctx, r, p.Select, id)
		if err != nil {
			return nil, err
		}
		if ok && p.Select.rank() > best {
			best, out = p.Select.rank(), nil
		}
		if ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// inZone is a time on the clock of a deadline, for its weekday.
func inZone(p *Policy, t time.Time) time.Time {
	if _, loc, err := schedule(p.Want); err == nil {
		return t.In(loc)
	}
	return t
}

// timing reads durations and deadlines.
func (g *Gatherer) timing(r *reader, p *Policy, s *Snapshot, now time.Time) (err error) {
	switch p.Want.Kind {
	case WantBy:
		_, next, _ := ticks(p.Want, now)
		if s.Timing.Took, err = g.took(r, p, s.Asset, inZone(p, next)); err == nil {
			s.Timing.Waits, err = g.waits(r, p, s.Asset, inZone(p, next))
		}
	case WantInherit:
		s.Timing, err = g.demands(r, p, s, now)
	}
	if err != nil {
		return err
	}
	s.Timing.Path, err = g.path(r, p, s, now)
	return err
}
