package policies

import (
	"context"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// promises finds inputs that are needed fresher than the policy that makes them
// promises: the need cannot be met by waiting. Only exact names are compared.
func promises(set *Set) (out []*FileError) {
	promised := map[string]*Policy{}
	for _, p := range set.Policies {
		if p.Want.Kind == WantMaxLag || p.Want.Kind == WantMaxAge {
			promised[p.Select.String()] = p
		}
	}
	for _, p := range set.Policies {
		for _, in := range p.Inputs {
			made := promised[in.Selector.String()]
			where, need := at("inputs", in.Selector.String(), "require", "fresh"), in.Fresh
			if need == 0 && p.Want.Kind == WantMaxLag && !in.Static {
				where, need = at("want", "max_lag"), p.Want.Within
			}
			if made == nil || made == p || need == 0 || made.Want.Within <= need {
				continue
			}
			out = append(out, p.fault(where, "W204", "ask for less here, or for more of "+made.Name,
				"%s is needed within %s; policy %s promises it within %s", in.Selector, short(need), made.Name, short(made.Want.Within)))
		}
	}
	return out
}

// maxRoles bounds how many observed inputs are looked at.
const maxRoles = 200

// roles finds data that an asset is seen to be made of and that a policy which
// lists inputs does not: it neither triggers nor holds.
func (g *Gatherer) roles(ctx context.Context, p *Policy, asset catalog.AssetID) ([]string, error) {
	if len(p.Inputs) == 0 || p.Select.Glob() {
		return nil, nil
	}
	given := map[catalog.AssetID]bool{asset: true}
	for _, in := range p.Inputs {
		id, _, err := g.resolve(ctx, in.Selector)
		if err != nil {
			return nil, err
		}
		given[id] = true
	}
	read, err := g.observed(ctx, asset)
	if err != nil {
		return nil, err
	}
	rows, err := g.History.Assets(ctx, slices.DeleteFunc(read, func(id catalog.AssetID) bool { return given[id] }))
	var names []string
	for _, a := range rows {
		names = append(names, a.Name.String())
	}
	slices.Sort(names)
	return names, err
}

// observed are the datasets that the jobs which write an asset read; of a job,
// what it reads.
func (g *Gatherer) observed(ctx context.Context, asset catalog.AssetID) ([]catalog.AssetID, error) {
	jobs := []catalog.AssetID{asset}
	edges, _, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: jobs, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: maxRoles})
	if err != nil {
		return nil, err
	}
	for _, e := range edges {
		jobs = append(jobs, e.Source)
	}
	edges, _, err = g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: jobs, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeReads}, Limit: maxRoles})
	var out []catalog.AssetID
	for _, e := range edges {
		out = append(out, e.Source)
	}
	slices.SortFunc(out, func(a, b catalog.AssetID) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out), err
}
