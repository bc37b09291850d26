package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of what is foreseen of names.
const (
	maxForeseen = 50    // assets, and names of each
	maxHoldings = 1_000 // edges, versions or runs of each
)

// lineageEdges are those that lead to other assets.
var lineageEdges = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

// draftDesk keeps what would be stated.
type draftDesk struct {
	Desk
	d *draft
}

// State files nothing.
func (d draftDesk) State(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (catalog.Statement, error) {
	f, stands, err := d.Draft(ctx, decide)
	switch {
	case err != nil:
		return catalog.Statement{}, err
	case stands != nil:
		d.d.stands = stands
		return *stands, nil
	}
	d.d.stated = &f
	return catalog.Statement{Fact: f}, nil
}

// previewIdentity asks the resolver of names itself.
func (q query) previewIdentity(ctx context.Context, f catalog.OperatorFact, p *gen.Preview) error {
	now, then, err := q.History.Foresee(ctx, f)
	if err != nil {
		return fmt.Errorf("foresee names: %w", err)
	}
	p.Says = identitySays(len(now), len(then))
	p.Identity = &gen.PreviewedIdentity{Now: []*gen.PreviewedAsset{}, Then: []*gen.PreviewedAsset{}}
	h := &holdings{query: q, of: map[catalog.AssetID]counted{}}
	for _, set := range now {
		if err := h.show(ctx, p.Identity, &p.Identity.Now, set, [][]catalog.Name{set}); err != nil {
			return err
		}
	}
	for _, set := range then {
		if err := h.show(ctx, p.Identity, &p.Identity.Then, set, whole(set, now)); err != nil {
			return err
		}
	}
	return nil
}

func identitySays(now, then int) string {
	switch {
	case then == 0:
		return "is written down, and changes no asset: the names are as it says"
	case now == 0:
		return "makes names that were never seen one asset"
	case now == 1 && then == 1:
		return "gives an asset a name that was never seen"
	}
	return fmt.Sprintf("makes %s of %s", assets(then), assets(now))
}

func assets(n int) string {
	if n == 1 {
		return "one asset"
	}
	return fmt.Sprintf("%d assets", n)
}

// whole are the assets of now that would be in a set with all their names; nil
// where one would be in it in part.
func whole(set []catalog.Name, now [][]catalog.Name) (out [][]catalog.Name) {
	in := func(n catalog.Name) bool { return slices.Contains(set, n) }
	for _, was := range now {
		switch n := len(slices.DeleteFunc(slices.Clone(was), func(n catalog.Name) bool { return !in(n) })); {
		case n == len(was):
			out = append(out, was)
		case n > 0:
			return nil
		}
	}
	return out
}

// holdings counts what hangs on assets as they are, once each.
type holdings struct {
	query
	of map[catalog.AssetID]counted
}

// counted is what hangs on one asset.
type counted struct {
	edges          []catalog.Edge
	versions, runs int
	policies       []string
	complete       bool
}

// show adds an asset made of others that are now, as far as it may be read.
func (h *holdings) show(ctx context.Context, p *gen.PreviewedIdentity, to *[]*gen.PreviewedAsset, set []catalog.Name, of [][]catalog.Name) error {
	may := set
	if h.veil != nil {
		may = h.veil.names(set)
	}
	if len(may) == 0 || len(*to) == maxForeseen {
		p.Hidden++
		return nil
	}
	a := &gen.PreviewedAsset{Names: []*model.AssetName{}, NameCount: len(set)}
	for _, n := range may[:min(maxForeseen, len(may))] {
		a.Names = append(a.Names, &model.AssetName{Namespace: n.Namespace, Name: n.Name})
	}
	*to = append(*to, a)
	if len(may) < len(set) || len(of) == 0 {
		return nil
	}
	var err error
	a.Holds, err = h.together(ctx, of)
	return err
}

// together is what hangs on several assets when they are one: an edge between
// two of them leads to no other.
func (h *holdings) together(ctx context.Context, of [][]catalog.Name) (*gen.PreviewedHoldings, error) {
	out := &gen.PreviewedHoldings{Policies: []string{}, Complete: true}
	same := map[catalog.AssetID]bool{}
	for _, set := range of {
		same[catalog.AssetID(set[0].ID())] = true
	}
	type edge struct {
		t        catalog.EdgeType
		out      bool
		to, from catalog.AssetID
	}
	seen := map[edge]bool{}
	for id := range same {
		c, err := h.count(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, e := range c.edges {
			k := edge{t: e.Type, out: same[e.Source], to: e.Target, from: e.Source}
			if k.out {
				k.from = catalog.AssetID{}
			} else {
				k.to = catalog.AssetID{}
			}
			if !(same[e.Source] && same[e.Target]) {
				seen[k] = true
			}
		}
		out.Versions, out.Runs, out.Complete = out.Versions+c.versions, out.Runs+c.runs, out.Complete && c.complete
		out.Policies = append(out.Policies, c.policies...)
	}
	out.Edges = len(seen)
	slices.Sort(out.Policies)
	out.Policies = slices.Compact(out.Policies)
	return out, nil
}

func (h *holdings) count(ctx context.Context, id catalog.AssetID) (c counted, err error) {
	if had, ok := h.of[id]; ok {
		return had, nil
	}
	c.complete = true
	for _, d := range []graph.Direction{graph.Upstream, graph.Downstream} {
		edges, more, err := h.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: []catalog.AssetID{id}, Direction: d, Types: lineageEdges, Limit: maxHoldings})
		if err != nil {
			return c, fmt.Errorf("read edges: %w", err)
		}
		c.edges, c.complete = append(c.edges, edges...), c.complete && !more
	}
	versions, err := h.History.Versions(ctx, catalog.VersionQuery{Dataset: id, Limit: maxHoldings + 1})
	if err != nil {
		return c, fmt.Errorf("read versions: %w", err)
	}
	runs, err := h.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{id}, Limit: maxHoldings + 1})
	if err != nil {
		return c, fmt.Errorf("read runs: %w", err)
	}
	c.versions, c.runs = min(len(versions), maxHoldings), min(len(runs), maxHoldings)
	c.complete = c.complete && cmp.Or(len(versions), len(runs)) <= maxHoldings
	for _, e := range h.Judge.Evaluations() {
		if e.Asset == id {
			c.policies = append(c.policies, e.Policy.Name)
		}
	}
	h.of[id] = c
	return c, nil
}
