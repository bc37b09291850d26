package catalog

import (
	"cmp"
	"slices"
	"time"
)

// Evidence is one AliasFact as filed: a stated reason to hold two names for
// one asset.
type Evidence struct {
	A, B   Name
	Origin NameOrigin
	Detail string
	Since  time.Time
}

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
	names    map[NameID]Name
	evidence map[NameID][]*statedLink // by both ends
	ops      []OperatorFact
	opsByID  map[NameID][]opSide
	indexed  int // how many of ops are in opsByID
	tables   tableIndex
	// group and members have the names of assets with several; a name that is
	// alone is its own asset.
	group   map[NameID]AssetID
	members map[AssetID][]NameID
}

// NewResolver returns a resolver that knows no name.
func NewResolver() *Resolver {
	return &Resolver{
		names: map[NameID]Name{}, evidence: map[NameID][]*statedLink{}, tables: tableIndex{},
		group: map[NameID]AssetID{}, members: map[AssetID][]NameID{},
	}
}

// Asset gives the asset of a name. A name never added is its own asset.
func (r *Resolver) Asset(id NameID) AssetID {
	if a, ok := r.group[id]; ok {
		return a
	}
	return AssetID(id)
}

// Canonical maps any asset id ever given to the present one.
func (r *Resolver) Canonical(id AssetID) AssetID { return r.Asset(NameID(id)) }

// Known reports whether the name was added.
func (r *Resolver) Known(id NameID) bool { _, ok := r.names[id]; return ok }

// Members lists the name ids of an asset, sorted.
func (r *Resolver) Members(id AssetID) []NameID {
	if m, ok := r.members[id]; ok {
		return m
	}
	return []NameID{NameID(id)}
}

// AddName makes a name known and returns the assets whose membership or names'
// evidence changed by it: a table may be what a short name means, or make it
// ambiguous.
func (r *Resolver) AddName(n Name) []AssetID {
	id := n.ID()
	if r.Known(id) {
		return nil
	}
	r.names[id] = n
	touched := r.addTable(id, n)
	if len(touched) == 0 {
		return nil
	}
	changed := r.regroup(append(touched, id))
	for _, t := range append(touched, id) {
		changed = append(changed, r.Asset(t))
	}
	return sortedAssets(changed)
}

// AddEvidence files evidence and returns the assets whose membership changed:
// those that were and those that are now.
func (r *Resolver) AddEvidence(e Evidence) []AssetID {
	changed := append(r.AddName(e.A), r.AddName(e.B)...)
	a, b := e.A.ID(), e.B.ID()
	if a == b || e.A.Type != e.B.Type || r.filed(a, e) {
		return changed
	}
	if l := r.link(a, b, e); !l.merges {
		return changed
	}
	if r.unlinked(a) && r.unlinked(b) {
		return sortedAssets(append(changed, r.pair(a, b)...))
	}
	return sortedAssets(append(changed, r.regroup([]NameID{a, b})...))
}

// unlinked: nothing but the link just filed speaks of the name.
func (r *Resolver) unlinked(id NameID) bool {
	return len(r.evidence[id]) == 1 && len(r.opsByID[id]) == 0
}

// pair groups two names that nothing else speaks of, the usual case, as
// regroup would.
func (r *Resolver) pair(a, b NameID) []AssetID {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	r.members[AssetID(a)] = []NameID{a, b}
	r.group[a], r.group[b] = AssetID(a), AssetID(a)
	return []AssetID{AssetID(a), AssetID(b)}
}

func (r *Resolver) filed(a NameID, e Evidence) bool {
	return slices.ContainsFunc(r.evidence[a], func(o *statedLink) bool {
		return o.A == e.A && o.B == e.B && o.Origin == e.Origin && o.Detail == e.Detail
	})
}

// statedLink is evidence as the resolver keeps it, under both ends.
type statedLink struct {
	Evidence
	a, b NameID
	// merges: it may, if nothing speaks against it.
	merges bool
}

func (r *Resolver) link(a, b NameID, e Evidence) *statedLink {
	l := &statedLink{e, a, b, e.mayMerge()}
	r.evidence[a] = append(r.evidence[a], l)
	r.evidence[b] = append(r.evidence[b], l)
	return l
}

// mayMerge: a rename never does, and neither does a symlink of a name that
// unrelated things share.
func (e Evidence) mayMerge() bool {
	switch e.Origin {
	case OriginRename:
		return false
	case OriginSymlink:
		return !neverThrough(e.A) && !neverThrough(e.B)
	}
	return true
}

// shortName: one end is the short form of the other.
func (e Evidence) shortName() bool {
	return e.Origin == OriginNormalised && e.Detail == DetailShort
}

// strong evidence holds whatever else is claimed.
func (l *statedLink) strong() bool {
	return l.merges && l.Origin != OriginSymlink && !l.shortName()
}

// other is the end that is not the given one.
func (l *statedLink) other(id NameID) NameID {
	if l.a != id {
		return l.a
	}
	return l.b
}

// AddOperator files a person's merge or split and returns the assets whose
// membership changed.
func (r *Resolver) AddOperator(op OperatorFact) []AssetID {
	ids := make([]NameID, 0, len(op.Names)+len(op.Rest))
	var changed []AssetID
	for _, n := range slices.Concat(op.Names, op.Rest) {
		changed = append(changed, r.AddName(n)...)
		ids = append(ids, n.ID())
	}
	if slices.ContainsFunc(r.ops, func(o OperatorFact) bool { return equalOps(o, op) }) {
		return changed
	}
	r.ops = append(r.ops, op)
	slices.SortFunc(r.ops, compareOps)
	return sortedAssets(append(changed, r.regroup(ids)...))
}

// DropOperator forgets a merge or split that was taken back, and returns the
// assets whose membership changed.
func (r *Resolver) DropOperator(op OperatorFact) []AssetID {
	before := len(r.ops)
	r.ops = slices.DeleteFunc(r.ops, func(o OperatorFact) bool { return equalOps(o, op) })
	if len(r.ops) == before {
		return nil
	}
	var ids []NameID
	for _, n := range slices.Concat(op.Names, op.Rest) {
		ids = append(ids, n.ID())
	}
	return r.regroup(ids)
}

func equalOps(a, b OperatorFact) bool { return compareOps(a, b) == 0 }

// compareOps is the order in which operator facts hold: the last writer wins.
func compareOps(a, b OperatorFact) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Verb, b.Verb),
		slices.CompareFunc(a.Names, b.Names, Name.Compare), slices.CompareFunc(a.Rest, b.Rest, Name.Compare))
}

// opSide says on which side of an operator fact a name stands: 1 in Names, 2
// in Rest. op is its place in ops.
type opSide struct{ op, side int }

// indexOps renews the index after ops changed.
func (r *Resolver) indexOps() {
	if r.indexed == len(r.ops) {
		return
	}
	r.opsByID, r.indexed = map[NameID][]opSide{}, len(r.ops)
	for i, op := range r.ops {
		seen := map[NameID]bool{}
		for j, n := range slices.Concat(op.Names, op.Rest) {
			side := 1
			if j >= len(op.Names) {
				side = 2
			}
			if id := n.ID(); !seen[id] {
				seen[id] = true
				r.opsByID[id] = append(r.opsByID[id], opSide{i, side})
			}
		}
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
	for _, old := range before {
		delete(r.members, old)
	}
	var changed []AssetID
	for _, set := range r.components(reach) {
		asset := AssetID(set[0])
		if len(set) > 1 {
			r.members[asset] = set
		}
		for _, id := range set {
			if before[id] != asset {
				changed = append(changed, before[id], asset)
			}
			if len(set) > 1 {
				r.group[id] = asset
			} else {
				delete(r.group, id)
			}
		}
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
		for _, e := range r.evidence[id] {
			if e.merges {
				push(e.other(id))
			}
		}
		for _, m := range r.members[r.Asset(id)] {
			push(m)
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
	g.unite(func(e *statedLink) bool { return e.strong() })
	conflicted := r.conflicted(ids)
	g.unite(func(e *statedLink) bool {
		switch {
		case e.Origin == OriginSymlink:
			_, bad := conflicted[e.b]
			return !bad
		case e.shortName():
			return len(r.meanings(e.a)) == 1
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
func (g *grouping) unite(holds func(*statedLink) bool) {
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
func (r *Resolver) sorted(a NameID) []*statedLink {
	list := slices.Clone(r.evidence[a])
	if len(list) > 1 {
		slices.SortFunc(list, func(x, y *statedLink) int { return x.other(a).Compare(y.other(a)) })
	}
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

// vetoed: the latest operator fact that speaks of both names is a split with
// them on different sides.
func (r *Resolver) vetoed(a, b NameID) bool {
	verdict := false
	for _, sa := range r.opsByID[a] {
		for _, sb := range r.opsByID[b] {
			if sa.op != sb.op {
				continue
			}
			switch r.ops[sa.op].Verb {
			case OperatorMerge:
				verdict = false
			case OperatorSplit:
				verdict = sa.side != sb.side
			}
		}
	}
	return verdict
}

func sortedAssets(list []AssetID) []AssetID {
	slices.SortFunc(list, AssetID.Compare)
	return slices.Compact(list)
}

type unionFind struct{ parent map[NameID]NameID }

func newUnionFind(ids []NameID) *unionFind {
	u := &unionFind{parent: make(map[NameID]NameID, len(ids))}
	for _, id := range ids {
		u.parent[id] = id
	}
	return u
}

func (u *unionFind) find(id NameID) NameID {
	for u.parent[id] != id {
		u.parent[id] = u.parent[u.parent[id]]
		id = u.parent[id]
	}
	return id
}

func (u *unionFind) union(a, b NameID) {
	if _, ok := u.parent[a]; !ok {
		return
	}
	if _, ok := u.parent[b]; !ok {
		return
	}
	ra, rb := u.find(a), u.find(b)
	if ra.Compare(rb) > 0 {
		ra, rb = rb, ra
	}
	u.parent[rb] = ra
}

func (u *unionFind) sets(ids []NameID) [][]NameID {
	by := map[NameID][]NameID{}
	for _, id := range ids {
		root := u.find(id)
		by[root] = append(by[root], id)
	}
	out := make([][]NameID, 0, len(by))
	for _, set := range by {
		slices.SortFunc(set, NameID.Compare)
		out = append(out, set)
	}
	slices.SortFunc(out, func(a, b []NameID) int { return a[0].Compare(b[0]) })
	return out
}
