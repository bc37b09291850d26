package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Filter says which assets of a walk are shown; empty fields do not filter. An
// asset is shown when it matches all that is given, so that what cannot have a
// thing does not match it: a kind hides jobs, a tool hides datasets.
//
// Nodes that do not match are not shown but walked through: what lies beyond
// them is found, and an edge of type DERIVES stands for the way over them.
// Roots are always shown.
type Filter struct {
	// Tag is a key, of the asset or of one of its columns; for a column node of
	// that column or of the whole dataset. Owner is an owner's name.
	Tag, Owner string
	// Tool is the integration that reports a job, such as DBT, in any case.
	Tool string
	// Namespace is that of the preferred name.
	Namespace string
	Kind      catalog.DatasetKind
}

// Matches judges a whole asset.
func (f Filter) Matches(a catalog.Asset) bool { return f.matches(a, "") }

// matches judges one node; the field is "" for a whole asset.
func (f Filter) matches(a catalog.Asset, field string) bool {
	switch {
	case f.Namespace != "" && a.Name.Namespace != f.Namespace,
		f.Kind != "" && a.Kind != f.Kind,
		f.Tool != "" && !(a.Type == catalog.TypeJob && strings.EqualFold(a.Integration, f.Tool)),
		f.Owner != "" && !slices.ContainsFunc(a.Owners, func(o catalog.Owner) bool { return o.Name == f.Owner }),
		f.Tag != "" && !tagged(a, field, f.Tag):
		return false
	}
	return true
}

// tagged reports whether an asset or one of its fields has a tag; with a field
// only that one counts.
func tagged(a catalog.Asset, field, key string) bool {
	return slices.ContainsFunc(a.Tags, func(t catalog.Tag) bool {
		return t.Key == key && (t.Field == "" || field == "" || t.Field == field)
	})
}

// Rower reads assets: a Store, or the state's history.
type Rower interface {
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)
}

// filterNodes is how many nodes a filtered walk passes at most: what is shown
// may lie far behind what is not.
const filterNodes = 10_000

// FilteredWalk is Walk that shows what matches a filter. MaxNodes bounds what
// is shown, Depth the hops walked. Distances count the hops walked; hidden
// neighbours are those that the walk did not reach, and those that match, are over
// the bound and stand next to a shown one as the answer is folded; never those
// filtered out.
// Tags and owners are those of now, whatever the time of the walk.
func FilteredWalk(ctx context.Context, src Neighbourer, rows Rower, t Traversal, f Filter) (Lineage, error) {
	if f == (Filter{}) {
		return Walk(ctx, src, t)
	}
	most := t.normal().MaxNodes
	t.MaxNodes = max(filterNodes, most)
	l, err := Walk(ctx, src, t)
	if err != nil {
		return l, err
	}
	assets, err := rowsOf(ctx, rows, l.Nodes)
	if err != nil {
		return l, err
	}
	var shown []Node
	for _, n := range l.Nodes {
		if a, known := assets[n.Asset]; n.Distance == 0 || known && f.matches(a, n.Field) {
			shown = append(shown, n)
		}
	}
	if len(shown) > most {
		if !countBeyond(l.Edges, shown, most, t) {
			l.Cut.add(CutMemory)
		}
		shown = shown[:most]
		l.Complete, l.Cut = false, CutNodes
	}
	edges, whole := folded(l.Edges, shown, t.Granularity == ByField)
	if !whole {
		l.Cut.add(CutMemory)
		l.Complete = false
	}
	l.Nodes, l.Edges = shown, edges
	return l, nil
}

// countBeyond counts the nodes that match and are over the bound on those within
// it that they stand next to; false when there were too many ways to follow.
func countBeyond(edges []catalog.Edge, match []Node, most int, t Traversal) bool {
	fields := t.Granularity == ByField
	all, whole := folded(edges, match, fields)
	at := map[place]int{}
	for i, n := range match {
		at[place{n.Asset, n.Field}] = i
	}
	index := func(id catalog.AssetID, field string) int {
		if i, whole := at[place{asset: id}]; !fields || whole && match[i].Distance == 0 {
			return i // a root stands for all its fields
		}
		return at[place{id, field}]
	}
	seen := map[[2]int]bool{}
	for _, e := range all {
		from, to := index(e.Source, e.SourceField), index(e.Target, e.TargetField)
		if seen[[2]int{from, to}] || from < most == (to < most) {
			continue
		}
		seen[[2]int{from, to}] = true
		switch {
		case from < most && t.Direction != Upstream:
			match[from].HiddenDownstream++
		case to < most && t.Direction != Downstream:
			match[to].HiddenUpstream++
		}
	}
	return whole
}

// rowsOf reads the assets of nodes.
func rowsOf(ctx context.Context, rows Rower, nodes []Node) (map[catalog.AssetID]catalog.Asset, error) {
	ids := make([]catalog.AssetID, len(nodes))
	for i, n := range nodes {
		ids[i] = n.Asset
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	out := map[catalog.AssetID]catalog.Asset{}
	for part := range slices.Chunk(slices.Compact(ids), chunk) {
		list, err := rows.Assets(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
		for _, a := range list {
			out[a.ID] = a
		}
	}
	return out, nil
}

// folded keeps the edges between shown nodes and puts one edge for the ways
// from one to another that lead only over what is not shown; whole is false
// when there were too many to follow all.
func folded(edges []catalog.Edge, shown []Node, fields bool) (out []catalog.Edge, whole bool) {
	m := mazeOf(edges, fields)
	show := make([]bool, len(m.places))
	for _, n := range shown {
		if n.Field == "" && n.Distance == 0 { // a root stands for all its fields
			for _, i := range m.of(n.Asset) {
				show[i] = true
			}
		} else if i, ok := m.index[place{n.Asset, n.Field}]; ok {
			show[i] = true
		}
	}
	at := func(id catalog.AssetID, field string) bool {
		if !fields {
			field = ""
		}
		return show[m.index[place{id, field}]]
	}
	for _, e := range edges {
		if at(e.Source, e.SourceField) && at(e.Target, e.TargetField) {
			out = append(out, e)
		}
	}
	budget := edgeBudget
	for i, ok := range show {
		if ok {
			out = append(out, m.over(i, show, &budget)...)
		}
	}
	slices.SortFunc(out, CompareBySource)
	return out, budget > 0
}

// over finds what is shown next behind what is not, from a place, breadth
// first; it spends the budget by steps.
func (m *maze) over(from int, show []bool, budget *int) (out []catalog.Edge) {
	type reach struct {
		at  int
		via catalog.Edge // the way so far as one edge
	}
	var queue []reach
	done := map[int]bool{from: true}
	step := func(at int, so *catalog.Edge) {
		for _, to := range m.next[at] {
			if *budget--; *budget <= 0 || done[to] || so == nil && show[to] {
				continue
			}
			done[to] = true
			via := m.edges[[2]int{at, to}][0]
			if so != nil {
				via = within(*so, via)
			}
			queue = append(queue, reach{to, via})
		}
	}
	step(from, nil)
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if !show[r.at] {
			step(r.at, &r.via)
			continue
		}
		if m.edges[[2]int{from, r.at}] != nil {
			continue // it stands next to it as well
		}
		e := catalog.Edge{Type: catalog.EdgeDerives, Source: m.places[from].asset, SourceField: m.places[from].field, Target: m.places[r.at].asset, TargetField: m.places[r.at].field,
			Origin: r.via.Origin, From: r.via.From, To: r.via.To, Run: r.via.Run, Policy: r.via.Policy}
		out = append(out, e)
	}
	return out
}

// within is an edge that holds while both do, with the evidence of the second; or
// of a policy, where only that says a part of it.
func within(a, b catalog.Edge) catalog.Edge {
	b = weaker(a, b)
	if a.From.After(b.From) {
		b.From = a.From
	}
	if !a.To.IsZero() && (b.To.IsZero() || a.To.Before(b.To)) {
		b.To = a.To
	}
	return b
}
