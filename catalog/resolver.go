package catalog

import (
	"cmp"
	"iter"
	"slices"

	"github.com/weirhq/weir/catalog/flat"
)

// Resolver decides which names are one asset. Its answer is a function of the
// set of names, evidence and operator facts, not of their order, and every
// merge can be undone. It is not safe for concurrent use; the state store
// guards it.
//
// What holds two names together, strongest first: an operator's merge; two
// spellings of one canonical form; a symlink, unless its target is claimed by
// two primaries (conflicts.go); a short table name that fits one table only
// (shortnames.go). A rename is history, never a merge. No link brings names
// together that an operator's split parts, also by way of a third name.
type Resolver struct {
	names   Names
	groups  flat.List[grouped] // by number of name
	links   flat.List[flatLink]
	ends    flat.Chains[uint32] // the links of a name
	words   flat.Words          // of links
	tables  tableIndex
	ops     []OperatorFact
	opsByID map[NameID][]opSide
	indexed int // how many of ops are in opsByID
}

// grouped is what hangs on a name, without pointers: there may be millions.
type grouped struct {
	links flat.Chain
	// The names of an asset with several are a ring, sorted by id but for the
	// step from the last to the lead, which gives the asset its id. Both are 0
	// for a name that is alone: it is its own asset.
	lead, next uint32
}

// NewResolver returns a resolver that knows no name.
func NewResolver() *Resolver { return &Resolver{tables: newTableIndex()} }

// Names are the names that are known, to read.
func (r *Resolver) Names() *Names { return &r.names }

// Asset gives the asset of a name. A name never added is its own asset.
func (r *Resolver) Asset(id NameID) AssetID {
	if n := r.names.Find(id); n != 0 {
		return r.AssetOf(n)
	}
	return AssetID(id)
}

// AssetOf gives the asset of the name with the number.
func (r *Resolver) AssetOf(number uint32) AssetID {
	if lead := r.groups.At(number).lead; lead != 0 {
		number = lead
	}
	return AssetID(r.names.ID(number))
}

// Canonical maps any asset id ever given to the present one.
func (r *Resolver) Canonical(id AssetID) AssetID { return r.Asset(NameID(id)) }

// Known reports whether the name was added.
func (r *Resolver) Known(id NameID) bool { return r.names.Find(id) != 0 }

// Members lists the name ids of an asset, sorted.
func (r *Resolver) Members(id AssetID) []NameID {
	number := r.names.Find(NameID(id))
	if number == 0 {
		return []NameID{NameID(id)}
	}
	var out []NameID
	for n := range r.Group(number) {
		out = append(out, r.names.ID(n))
	}
	return out
}

// Group goes through the numbers of the names that are one asset with the name,
// itself among them, sorted by id.
func (r *Resolver) Group(number uint32) iter.Seq[uint32] {
	lead := cmp.Or(r.groups.At(number).lead, number)
	return func(yield func(uint32) bool) {
		for n := lead; yield(n); {
			if n = r.groups.At(n).next; n == 0 || n == lead {
				return
			}
		}
	}
}

// Alone reports whether the name is the only one of its asset.
func (r *Resolver) Alone(number uint32) bool { return r.groups.At(number).lead == 0 }

// AddName makes a name known and returns the assets whose membership or names'
// evidence changed by it: a table may be what a short name means, or make it
// ambiguous.
func (r *Resolver) AddName(n Name) []AssetID {
	if number, added := r.names.Add(n); added {
		return r.added(number, n)
	}
	return nil
}

func (r *Resolver) added(number uint32, n Name) []AssetID {
	r.groups.Add(grouped{})
	touched := r.addTable(number, n)
	if len(touched) == 0 {
		return nil
	}
	touched = append(touched, r.names.ID(number))
	changed := r.regroup(touched)
	for _, t := range touched {
		changed = append(changed, r.Asset(t))
	}
	return sortedAssets(changed)
}

// AddEvidence files evidence and returns the assets whose membership changed:
// those that were and those that are now.
func (r *Resolver) AddEvidence(e Evidence) []AssetID {
	changed := append(r.AddName(e.A), r.AddName(e.B)...)
	if e.A == e.B || e.A.Type != e.B.Type {
		return changed
	}
	idA, idB := e.A.ID(), e.B.ID()
	a, b := r.names.Find(idA), r.names.Find(idB)
	if r.filed(a, b, e) {
		return changed
	}
	if r.link(a, b, e); !e.mayMerge() {
		return changed
	}
	if r.unlinked(a) && r.unlinked(b) {
		return sortedAssets(append(changed, r.pair(a, b)...))
	}
	return sortedAssets(append(changed, r.regroup([]NameID{idA, idB})...))
}

// unlinked: nothing but the link just filed speaks of the name.
func (r *Resolver) unlinked(number uint32) bool {
	return r.groups.At(number).links.One() && len(r.opsByID[r.names.ID(number)]) == 0
}

// pair groups two names that nothing else speaks of, the usual case, as
// regroup would.
func (r *Resolver) pair(a, b uint32) []AssetID {
	if r.names.ID(a).Compare(r.names.ID(b)) > 0 {
		a, b = b, a
	}
	r.ring([]uint32{a, b})
	return []AssetID{AssetID(r.names.ID(a)), AssetID(r.names.ID(b))}
}

// ring makes names, sorted by id, one asset.
func (r *Resolver) ring(set []uint32) {
	if len(set) == 1 {
		g := r.groups.At(set[0])
		g.lead, g.next = 0, 0
		return
	}
	for i, n := range set {
		g := r.groups.At(n)
		g.lead, g.next = set[0], set[(i+1)%len(set)]
	}
}

// regroup recomputes the groups that the names, and everything linked to them,
// belong to.
func (r *Resolver) regroup(seed []NameID) []AssetID {
	r.indexOps()
	reach := r.reach(seed)
	before := make(map[NameID]AssetID, len(reach))
	for _, id := range reach {
		before[id] = r.Asset(id)
	}
	var changed []AssetID
	for _, set := range r.components(reach) {
		asset, numbers := AssetID(set[0]), make([]uint32, 0, len(set))
		for _, id := range set {
			if before[id] != asset {
				changed = append(changed, before[id], asset)
			}
			numbers = append(numbers, r.names.Find(id))
		}
		r.ring(numbers)
	}
	return sortedAssets(changed)
}

// reach is every name that could share a group with the seed: over all
// evidence that may merge, all operator facts and all present groups.
func (r *Resolver) reach(seed []NameID) []NameID {
	seen := map[NameID]bool{}
	var queue []NameID
	push := func(id NameID) {
		if r.Known(id) && !seen[id] {
			seen[id] = true
			queue = append(queue, id)
		}
	}
	for _, id := range seed {
		push(id)
	}
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for e := range r.evidence(id) {
			if e.merges {
				push(e.other(id))
			}
		}
		for n := range r.Group(r.names.Find(id)) {
			push(r.names.ID(n))
		}
		for _, s := range r.opsByID[id] {
			for _, n := range slices.Concat(r.ops[s.op].Names, r.ops[s.op].Rest) {
				push(n.ID())
			}
		}
	}
	out := make([]NameID, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	slices.SortFunc(out, NameID.Compare)
	return out
}

// components groups the names by what holds: operator merges first, then
// strong evidence, then symlinks and short names, each in the order of ids.
// Each component is sorted, so its first member is the asset id.
func (r *Resolver) components(ids []NameID) [][]NameID {
	g := grouping{Resolver: r, ids: ids, uf: newUnionFind(ids)}
	for _, id := range ids {
		if len(r.opsByID[id]) > 0 {
			g.spoken = append(g.spoken, id)
		}
	}
	g.merges()
	g.unite(func(e statedLink) bool { return e.strong() })
	conflicted := r.conflicted(ids)
	g.unite(func(e statedLink) bool {
		switch {
		case e.Origin == OriginSymlink:
			_, bad := conflicted[e.b]
			return !bad
		case e.shortName():
			return r.means(e.a)
		}
		return false
	})
	return g.uf.sets(ids)
}

// grouping is one computation of components.
type grouping struct {
	*Resolver
	ids []NameID
	// spoken are the names that operator facts speak of.
	spoken []NameID
	uf     *unionFind
}

// merges joins the names of operator merges, pair by pair, where no later
// split parts them.
func (g *grouping) merges() {
	in := map[NameID]bool{}
	for _, id := range g.spoken {
		in[id] = true
	}
	for _, op := range g.ops {
		if op.Verb != OperatorMerge {
			continue
		}
		for j := 1; j < len(op.Names); j++ {
			a, b := op.Names[0].ID(), op.Names[j].ID()
			if in[a] && in[b] && op.Names[0].Type == op.Names[j].Type && !g.vetoed(a, b) {
				g.uf.union(a, b)
			}
		}
	}
}

// unite joins what the evidence holds together, unless a split parts it.
func (g *grouping) unite(holds func(statedLink) bool) {
	for _, a := range g.ids {
		for _, e := range g.sorted(a) {
			b := e.other(a)
			if a.Compare(b) < 0 && e.merges && holds(e) && !g.parted(a, b) {
				g.uf.union(a, b)
			}
		}
	}
}

// sorted lists the evidence of a name by its other end.
func (r *Resolver) sorted(a NameID) []statedLink {
	list := slices.Collect(r.evidence(a))
	slices.SortStableFunc(list, func(x, y statedLink) int { return x.other(a).Compare(y.other(a)) })
	return list
}

// parted reports whether joining the sets of a and b would join two names that
// a standing split parts.
func (g *grouping) parted(a, b NameID) bool {
	if len(g.spoken) < 2 {
		return false
	}
	ra, rb := g.uf.find(a), g.uf.find(b)
	for _, x := range g.spoken {
		if g.uf.find(x) != ra {
			continue
		}
		for _, y := range g.spoken {
			if g.uf.find(y) == rb && g.vetoed(x, y) {
				return true
			}
		}
	}
	return false
}

func sortedAssets(list []AssetID) []AssetID {
	slices.SortFunc(list, AssetID.Compare)
	return slices.Compact(list)
}
