package policies

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Declared is what the inputs of the policies in force say of the graph and it does
// not say itself: an edge from each input to what its policy is about, since a time.
// An input that lies upstream already, over however many jobs, is none: the policy
// does not say that nothing lies between. What nobody has seen is not drawn. Of two
// policies the first by name is the evidence. It is for showing alone: what weir
// decides rests on what is observed.
func (g *Gatherer) Declared(ctx context.Context, since time.Time) ([]catalog.Edge, error) {
	edges, err := g.declared(ctx, since)
	if err != nil || len(edges) == 0 {
		return nil, err
	}
	if edges, err = g.unjoined(ctx, edges); err != nil {
		return nil, err
	}
	rows, err := g.shown(ctx, edges)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(edges, func(e catalog.Edge) bool { return !rows[e.Source] || !rows[e.Target] }), nil
}

// declared are the edges of all inputs, each pair once.
func (g *Gatherer) declared(ctx context.Context, since time.Time) (out []catalog.Edge, err error) {
	matches, err := g.Matches(ctx)
	if err != nil {
		return nil, err
	}
	inputs := map[*Policy][]catalog.AssetID{}
	for _, m := range matches {
		if m.Policy.Given() {
			continue
		}
		from, known := inputs[m.Policy]
		if !known {
			if from, err = g.inputIDs(ctx, m.Policy); err != nil {
				return nil, err
			}
			inputs[m.Policy] = from
		}
		e := catalog.Edge{Type: catalog.EdgeDerives, Target: m.Asset, Origin: catalog.EdgeDeclared, Ordinal: graph.OverlayOrdinal, From: since, Policy: m.Policy.Name}
		if m.Policy.Select.Type == catalog.TypeJob {
			e.Type = catalog.EdgeReads
		}
		for _, e.Source = range from {
			if e.Source != e.Target {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, func(a, b catalog.Edge) int {
		return cmp.Or(a.Source.Compare(b.Source), a.Target.Compare(b.Target), cmp.Compare(a.Policy, b.Policy))
	})
	return slices.CompactFunc(out, func(a, b catalog.Edge) bool { return a.Source == b.Source && a.Target == b.Target }), nil
}

func (g *Gatherer) inputIDs(ctx context.Context, p *Policy) (out []catalog.AssetID, err error) {
	for _, in := range p.Inputs {
		id, _, err := g.resolve(ctx, in.Selector)
		if err != nil {
			return nil, fmt.Errorf("input %s of %s: %w", in.Selector, p.Name, err)
		}
		out = append(out, id)
	}
	return out, nil
}

// maxUpstream bounds how much of what is upstream of an asset is looked through for
// an input; one that lies beyond is declared.
const maxUpstream = 10_000

// unjoined keeps the edges whose source the graph does not have upstream of their
// target already.
func (g *Gatherer) unjoined(ctx context.Context, edges []catalog.Edge) (out []catalog.Edge, err error) {
	upstream := map[catalog.AssetID]map[catalog.AssetID]bool{}
	for _, e := range edges {
		known, asked := upstream[e.Target]
		if !asked {
			if known, err = g.upstreamOf(ctx, e); err != nil {
				return nil, fmt.Errorf("look upstream for what policies list: %w", err)
			}
			upstream[e.Target] = known
		}
		if !known[e.Source] {
			out = append(out, e)
		}
	}
	return out, nil
}

// upstreamOf is what the target of an edge is made of, over any number of jobs; of
// a job also what its parts read.
func (g *Gatherer) upstreamOf(ctx context.Context, e catalog.Edge) (map[catalog.AssetID]bool, error) {
	t := graph.Traversal{Roots: []catalog.AssetID{e.Target}, Direction: graph.Upstream, MaxNodes: maxUpstream}
	if e.Type == catalog.EdgeReads {
		parts, err := graph.Reach(ctx, g.Graph, graph.Traversal{Roots: t.Roots, Direction: graph.Downstream, Types: []catalog.EdgeType{catalog.EdgeContains}, MaxNodes: maxUpstream})
		if err != nil {
			return nil, err
		}
		for _, p := range parts.Reached {
			t.Roots = append(t.Roots, p.Asset)
		}
	}
	found, err := graph.Reach(ctx, g.Graph, t)
	out := make(map[catalog.AssetID]bool, len(found.Reached))
	for _, r := range found.Reached {
		out[r.Asset] = true
	}
	return out, err
}

// shown are the ends of edges that lineage shows: assets that are known, and none
// of weir's own.
func (g *Gatherer) shown(ctx context.Context, edges []catalog.Edge) (map[catalog.AssetID]bool, error) {
	ids := make([]catalog.AssetID, 0, 2*len(edges))
	for _, e := range edges {
		ids = append(ids, e.Source, e.Target)
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	out := map[catalog.AssetID]bool{}
	for part := range slices.Chunk(slices.Compact(ids), maxCandidates) {
		rows, err := g.History.Assets(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
		for _, a := range rows {
			out[a.ID] = !a.Internal
		}
	}
	return out, nil
}
