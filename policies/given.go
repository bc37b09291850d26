package policies

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// given is what policies give to their upstreams, beside the pairs of those that
// somebody wrote: everything that those assets are made of, as far up as the
// first one with a policy of its own, or the first that no job is seen to write.
// Of two policies that give to one asset the one that may do least stands, then
// the first by name.
func (g *Gatherer) given(ctx context.Context, written []Match) (out []Match, err error) {
	gifts, err := g.gifts(ctx, written)
	for id, list := range gifts.of {
		best := list[0]
		for _, m := range list[1:] {
			if safer(m.Policy, best.Policy) {
				best = m
			}
		}
		best.Asset = id
		out = append(out, best)
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Policy.Name, b.Policy.Name), a.Asset.Compare(b.Asset))
	})
	return out, err
}

// gifts are all that policies give, and what they do not for being on a circle.
type gifts struct {
	of      map[catalog.AssetID][]Match
	circles map[*Policy][]catalog.AssetID
	cut     map[*Policy]bool
}

func (g *Gatherer) gifts(ctx context.Context, written []Match) (all gifts, err error) {
	for _, p := range g.Policies.Get().Policies {
		if p.Gives == nil {
			continue
		}
		if all.of == nil {
			all = gifts{map[catalog.AssetID][]Match{}, map[*Policy][]catalog.AssetID{}, map[*Policy]bool{}}
		}
		w, err := g.givenBy(ctx, p, written)
		if err != nil {
			return all, err
		}
		ids, circles := w.given()
		all.circles[p.Gives], all.cut[p.Gives] = circles, w.cut
		for _, id := range ids {
			all.of[id] = append(all.of[id], Match{Policy: p.Gives, Asset: id, Cut: w.cut})
		}
	}
	return all, nil
}

func ownOf(written []Match) map[catalog.AssetID]bool {
	own := make(map[catalog.AssetID]bool, len(written))
	for _, m := range written {
		own[m.Asset] = true
	}
	return own
}

// safer orders policies that give to the same asset.
func safer(p, o *Policy) bool {
	return cmp.Or(modeRank(p.Mode)-modeRank(o.Mode), cmp.Compare(p.Name, o.Name)) < 0
}

// givenBy walks up from the assets of one policy.
func (g *Gatherer) givenBy(ctx context.Context, p *Policy, written []Match) (*ascent, error) {
	w := &ascent{g: g, r: newReader(ctx, g.History), own: ownOf(written), reads: map[catalog.AssetID][]catalog.AssetID{}}
	var level []catalog.AssetID
	for _, m := range written {
		if m.Policy == p {
			level = append(level, m.Asset)
		}
	}
	var err error
	for first := true; len(level) > 0; first = false {
		if first && len(p.Inputs) > 0 {
			level, err = w.listed(p, level)
		} else {
			level, err = w.up(level, first)
		}
		if err != nil {
			return nil, fmt.Errorf("upstreams of %s: %w", p.Name, err)
		}
	}
	return w, nil
}

// ascent walks from assets to what they are made of, nearest first, at most
// maxSelected assets.
type ascent struct {
	g   *Gatherer
	r   *reader
	own map[catalog.AssetID]bool
	// reads are the datasets that each asset which was looked at is made of;
	// order lists those without a policy of their own that a job writes.
	reads map[catalog.AssetID][]catalog.AssetID
	order []catalog.AssetID
	cut   bool
}

// listed are the inputs that a policy lists, of each of its assets.
func (w *ascent) listed(p *Policy, assets []catalog.AssetID) ([]catalog.AssetID, error) {
	var ids []catalog.AssetID
	for _, in := range p.Inputs {
		if in.Static || in.Require == RequireNone {
			continue
		}
		id, _, err := w.g.resolve(w.r.ctx, in.Selector)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	for _, id := range assets {
		w.reads[id] = ids
	}
	return w.fresh(ids), nil
}

// up goes one step up. An asset that no job writes is a source: nothing could be
// started for it, and nothing lies behind it.
func (w *ascent) up(level []catalog.AssetID, start bool) ([]catalog.AssetID, error) {
	var next []catalog.AssetID
	for part := range slices.Chunk(level, maxMakers) {
		made, more, err := w.g.madeOf(w.r.ctx, part)
		if w.cut = w.cut || more; err != nil {
			return nil, err
		}
		for _, id := range part {
			of, written := made[id]
			if !written && !start {
				continue
			}
			w.reads[id] = of
			if !start {
				w.order = append(w.order, id)
			}
			next = append(next, of...)
		}
	}
	return w.fresh(next), nil
}

// fresh are those that the walk goes on at, in one order.
func (w *ascent) fresh(ids []catalog.AssetID) []catalog.AssetID {
	slices.SortFunc(ids, catalog.AssetID.Compare)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id catalog.AssetID) bool {
		_, seen := w.reads[id]
		return seen || w.own[id]
	})
	if room := maxSelected - len(w.order); len(ids) > room {
		w.cut, ids = true, ids[:room]
	}
	return ids
}

// given are the assets that get the policy: not those on a circle, which would
// pull each other for ever, and not views, which are as new as what they show.
func (w *ascent) given() (ids, circles []catalog.AssetID) {
	circle := w.circles()
	for _, id := range w.order {
		if circle[id] {
			circles = append(circles, id)
		} else if a, _, err := w.r.asset(id); err != nil || !a.View {
			ids = append(ids, id)
		}
	}
	return ids, circles
}

// circles are the assets that are made of themselves, by way of others.
func (w *ascent) circles() map[catalog.AssetID]bool {
	t := strong{of: w.reads, number: map[catalog.AssetID]int{}, low: map[catalog.AssetID]int{}, on: map[catalog.AssetID]bool{}, circle: map[catalog.AssetID]bool{}}
	for _, id := range w.order {
		if t.number[id] == 0 {
			t.visit(id)
		}
	}
	return t.circle
}

// strong finds strongly connected components (Tarjan).
type strong struct {
	of          map[catalog.AssetID][]catalog.AssetID
	number, low map[catalog.AssetID]int
	stack       []catalog.AssetID
	on, circle  map[catalog.AssetID]bool
}

func (t *strong) visit(id catalog.AssetID) {
	n := len(t.number) + 1
	t.number[id], t.low[id], t.on[id] = n, n, true
	t.stack = append(t.stack, id)
	for _, to := range t.of[id] {
		switch {
		case t.number[to] == 0:
			t.visit(to)
			t.low[id] = min(t.low[id], t.low[to])
		case t.on[to]:
			t.low[id] = min(t.low[id], t.number[to])
		}
	}
	if t.low[id] < n {
		return
	}
	at := slices.Index(t.stack, id)
	for _, one := range t.stack[at:] {
		t.on[one], t.circle[one] = false, len(t.stack)-at > 1
	}
	t.stack = t.stack[:at]
}

// madeOf gives for each asset that a job writes the datasets that the job reads;
// for a job what it reads itself. What an asset reads of itself is left out.
func (g *Gatherer) madeOf(ctx context.Context, assets []catalog.AssetID) (of map[catalog.AssetID][]catalog.AssetID, more bool, err error) {
	edges, more, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: assets, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: maxCandidates})
	if err != nil {
		return nil, more, err
	}
	makers := map[catalog.AssetID][]catalog.AssetID{} // job -> what it makes
	jobs := slices.Clone(assets)
	of = map[catalog.AssetID][]catalog.AssetID{}
	for _, id := range assets {
		makers[id] = []catalog.AssetID{id}
	}
	for _, e := range edges {
		if _, known := makers[e.Source]; !known {
			jobs = append(jobs, e.Source)
		}
		makers[e.Source] = append(makers[e.Source], e.Target)
		if _, known := of[e.Target]; !known {
			of[e.Target] = nil
		}
	}
	edges, cut, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: jobs, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeReads}, Limit: maxCandidates})
	for _, e := range edges {
		for _, made := range makers[e.Target] {
			if e.Source != made && !slices.Contains(of[made], e.Source) {
				of[made] = append(of[made], e.Source)
			}
		}
	}
	return of, more || cut, err
}

// observedInputs are what an asset is seen to be made of, as inputs that a policy
// could have listed.
func (g *Gatherer) observedInputs(ctx context.Context, r *reader, asset catalog.AssetID) (out []Input, cut bool, err error) {
	made, more, err := g.madeOf(ctx, []catalog.AssetID{asset})
	if err != nil {
		return nil, false, err
	}
	var names []catalog.Name
	for _, id := range made[asset] {
		a, seen, err := r.asset(id)
		if err != nil {
			return nil, false, err
		}
		if seen {
			names = append(names, a.Name)
		}
	}
	slices.SortFunc(names, catalog.Name.Compare)
	more = more || len(names) > maxObserved
	for _, n := range names[:min(len(names), maxObserved)] {
		out = append(out, Input{Selector: Selector{Type: n.Type, Text: n.Namespace + "/" + n.Name, Exact: &n}, Require: RequireExists, Checks: ChecksNone})
	}
	return out, more, nil
}
