package policies

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// selectionAt reads asset, tag, tool and type. A tag or a tool alone selects
// datasets; with a pattern it narrows it.
func (c *checker) selectionAt(at place, m map[string]any) Selector {
	const hint = `write { asset: "dataset:NAMESPACE/NAME" }, { tag: mart } or { tool: dbt, tag: mart }`
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if slices.Contains(laterWords, k) {
			c.word(at.then(k), k, "", "")
			return Selector{}
		}
		if !slices.Contains([]string{"asset", "tag", "tool", "type"}, k) {
			c.fail(at.then(k), "E109", hint, "unknown key %q", k)
			return Selector{}
		}
	}
	s := Selector{Type: catalog.TypeDataset, Text: "*"}
	if v, ok := m["asset"]; ok {
		s = c.selector(at.then("asset"), v)
	}
	s.Tag, s.Tool = text(m["tag"]), text(m["tool"])
	narrowed := s.Tag != "" || s.Tool != ""
	switch _, named := m["asset"]; {
	case !named && !narrowed:
		c.fail(at, "E109", hint, "select says nothing")
	case narrowed && !s.Glob() && s.Text != "":
		c.fail(at, "E109", "leave tag and tool out: a name is narrow enough", "tag and tool narrow a pattern, not a name")
	case m["type"] != nil && named:
		c.fail(at.then("type"), "E109", "leave type out: asset says it", "type beside asset")
	case m["type"] != nil:
		t, err := catalog.ParseAssetType(text(m["type"]))
		if err != nil {
			c.fail(at.then("type"), "E109", "dataset or job", "unknown type %v", m["type"])
		}
		s.Type = t
	}
	return s
}

// tagged reports whether an asset as a whole carries the tag of the selector:
// a key, or key=value.
func (s Selector) tagged(a catalog.Asset) bool {
	key, value, valued := strings.Cut(s.Tag, "=")
	return slices.ContainsFunc(a.Tags, func(t catalog.Tag) bool {
		return t.Field == "" && t.Key == key && (!valued || t.Value == value)
	})
}

// matches compares the pattern with every name of an asset.
func (s Selector) matches(a catalog.Asset) bool {
	return a.Type == s.Type && slices.ContainsFunc(a.Names, func(n catalog.KnownName) bool {
		return catalog.MatchGlob(s.Text, n.Name.Namespace+"/"+n.Name.Name)
	})
}

// covers reports whether an asset is among those that a selector selects.
func (g *Gatherer) covers(ctx context.Context, r *reader, s Selector, id catalog.AssetID) (bool, error) {
	if !s.Glob() {
		named, _, err := g.resolve(ctx, s)
		return named == id, err
	}
	a, seen, err := r.asset(id)
	if err != nil || !seen || !s.matches(a) || s.Tag != "" && !s.tagged(a) {
		return false, err
	}
	return g.ofTool(ctx, r, s.Tool, a)
}

// maxMakers bounds how many jobs that write a dataset are looked at.
const maxMakers = 100

// ofTool: the job is one that the tool reports; of a dataset, one that writes it
// is. No tool is any.
func (g *Gatherer) ofTool(ctx context.Context, r *reader, tool string, a catalog.Asset) (bool, error) {
	if tool == "" || a.Type == catalog.TypeJob {
		return tool == "" || strings.EqualFold(a.Integration, tool), nil
	}
	edges, _, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: []catalog.AssetID{a.ID}, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: maxMakers})
	if err != nil {
		return false, err
	}
	for _, e := range edges {
		if job, _, err := r.asset(e.Source); err != nil || strings.EqualFold(job.Integration, tool) {
			return err == nil, err
		}
	}
	return false, nil
}

// narrowed lists the assets of a selector with a tag or a tool, by name, and one
// more than a policy decides.
func (g *Gatherer) narrowed(ctx context.Context, s Selector) (ids []catalog.AssetID, err error) {
	r := newReader(ctx, g.History)
	list, err := g.candidates(ctx, r, s)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b catalog.Asset) int {
		return cmp.Or(a.Name.Compare(b.Name), a.ID.Compare(b.ID))
	})
	for _, a := range list {
		ok, err := g.covers(ctx, r, s, a.ID)
		if err != nil {
			return nil, fmt.Errorf("select %s: %w", s, err)
		}
		if ok && len(ids) <= maxSelected && !slices.Contains(ids, a.ID) {
			ids = append(ids, a.ID)
		}
	}
	return ids, nil
}

// candidates are all that carry the tag, else what the tool's jobs are or write.
func (g *Gatherer) candidates(ctx context.Context, r *reader, s Selector) ([]catalog.Asset, error) {
	if s.Tag != "" {
		key, _, _ := strings.Cut(s.Tag, "=")
		return g.History.Tagged(ctx, s.Type, key, maxCandidates)
	}
	jobs, err := g.History.OfTool(ctx, s.Tool, maxCandidates)
	if err != nil || s.Type == catalog.TypeJob {
		return jobs, err
	}
	frontier := make([]catalog.AssetID, len(jobs))
	for i, j := range jobs {
		frontier[i] = j.ID
	}
	var out []catalog.Asset
	for part := range slices.Chunk(frontier, maxMakers) {
		edges, _, err := g.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: part, Direction: graph.Downstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: maxCandidates})
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			a, _, err := r.asset(e.Target)
			if err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// maxCandidates bounds what a tag or a tool may name before a pattern narrows it.
const maxCandidates = 10 * maxSelected
