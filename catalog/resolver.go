package catalog

import (
	"cmp"
	"slices"
	"strings"
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

// neverThrough lists names that are shared by unrelated things: evidence that
// touches one of them is kept and shown, but never merges (openlineage.md 3.4).
func neverThrough(n Name) bool {
	if n.Type != TypeDataset {
		return false
	}
	switch {
	case n.Namespace == "unity-catalog", n.Namespace == "file", n.Namespace == "":
		return true
	case strings.HasPrefix(n.Namespace, "inmemory:"), strings.HasPrefix(n.Namespace, "memory:"):
		return true
	}
	return strings.HasPrefix(n.Name, "default_catalog.default_database.")
}

// Resolver decides which names are one asset. Its answer is a function of the
// set of evidence and operator facts, not of their order, and every merge can
// be undone. It is not safe for concurrent use; the state store guards it.
type Resolver struct {
	names    map[NameID]Name
	evidence map[NameID]map[NameID][]Evidence // both directions
	ops      []OperatorFact
	group    map[NameID]AssetID
	members  map[AssetID][]NameID
}

// NewResolver returns a resolver that knows no name.
func NewResolver() *Resolver {
	return &Resolver{
		names: map[NameID]Name{}, evidence: map[NameID]map[NameID][]Evidence{},
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

// Name gives a known name by id.
func (r *Resolver) Name(id NameID) (Name, bool) { n, ok := r.names[id]; return n, ok }

// Members lists the name ids of an asset, sorted.
func (r *Resolver) Members(id AssetID) []NameID {
	if m, ok := r.members[id]; ok {
		return m
	}
	return []NameID{NameID(id)}
}

// EvidenceOf lists the evidence that touches a name.
func (r *Resolver) EvidenceOf(id NameID) []Evidence {
	var out []Evidence
	for _, list := range r.evidence[id] {
		out = append(out, list...)
	}
	return out
}

// AddName makes a name known. It reports whether it was new.
func (r *Resolver) AddName(n Name) bool {
	id := n.ID()
	if r.Known(id) {
		return false
	}
	r.names[id] = n
	r.group[id] = AssetID(id)
	r.members[AssetID(id)] = []NameID{id}
	return true
}

// AddEvidence files evidence and returns the assets whose membership changed:
// those that were and those that are now.
func (r *Resolver) AddEvidence(e Evidence) []AssetID {
	r.AddName(e.A)
	r.AddName(e.B)
	a, b := e.A.ID(), e.B.ID()
	if a == b || e.A.Type != e.B.Type {
		return nil
	}
	for _, old := range r.evidence[a][b] {
		if old.A == e.A && old.Origin == e.Origin && old.Detail == e.Detail {
			return nil
		}
	}
	r.link(a, b, e)
	r.link(b, a, e)
	return r.regroup([]NameID{a, b})
}

func (r *Resolver) link(from, to NameID, e Evidence) {
	if r.evidence[from] == nil {
		r.evidence[from] = map[NameID][]Evidence{}
	}
	r.evidence[from][to] = append(r.evidence[from][to], e)
}

// AddOperator files a person's merge or split and returns the assets whose
// membership changed.
func (r *Resolver) AddOperator(op OperatorFact) []AssetID {
	ids := make([]NameID, 0, len(op.Names)+len(op.Rest))
	for _, n := range slices.Concat(op.Names, op.Rest) {
		r.AddName(n)
		ids = append(ids, n.ID())
	}
	if slices.ContainsFunc(r.ops, func(o OperatorFact) bool { return equalOps(o, op) }) {
		return nil
	}
	r.ops = append(r.ops, op)
	slices.SortFunc(r.ops, compareOps)
	return r.regroup(ids)
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

// regroup recomputes the groups that the names, and everything linked to them,
// belong to.
func (r *Resolver) regroup(seed []NameID) []AssetID {
	reach := r.reach(seed)
	before := map[NameID]AssetID{}
	for _, id := range reach {
		before[id] = r.group[id]
	}
	changed := map[AssetID]bool{}
	for _, old := range before {
		delete(r.members, old)
	}
	for _, set := range r.components(reach) {
		asset := AssetID(set[0])
		r.members[asset] = set
		for _, id := range set {
			if before[id] != asset {
				changed[before[id]], changed[asset] = true, true
			}
			r.group[id] = asset
		}
	}
	return sortedAssets(changed)
}

// reach is every name that could share a group with the seed: over all
// evidence, all operator facts and all present groups, vetoed or not.
func (r *Resolver) reach(seed []NameID) []NameID {
	seen := map[NameID]bool{}
	queue := slices.Clone(seed)
	push := func(id NameID) {
		if r.Known(id) && !seen[id] {
			seen[id] = true
			queue = append(queue, id)
		}
	}
	for _, id := range seed {
		seen[id] = true
	}
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for to := range r.evidence[id] {
			push(to)
		}
		for _, m := range r.members[r.group[id]] {
			push(m)
		}
		for _, op := range r.opsOf(id) {
			for _, n := range slices.Concat(op.Names, op.Rest) {
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

func (r *Resolver) opsOf(id NameID) []OperatorFact {
	var out []OperatorFact
	for _, op := range r.ops {
		for _, n := range slices.Concat(op.Names, op.Rest) {
			if n.ID() == id {
				out = append(out, op)
				break
			}
		}
	}
	return out
}

// components groups the names by the evidence that holds: operator merges
// first, then evidence in the order of ids, leaving out what would bring names
// together that a standing split parts (also by way of a third name). Each
// component is sorted, so its first member is the asset id.
func (r *Resolver) components(ids []NameID) [][]NameID {
	uf := newUnionFind(ids)
	r.applyMerges(uf, ids)
	conflicted := r.conflicts(ids)
	for _, a := range ids {
		for _, b := range r.partners(a) {
			if a.Compare(b) < 0 && r.holds(a, b, r.evidence[a][b], conflicted) && !r.parted(uf, ids, a, b) {
				uf.union(a, b)
			}
		}
	}
	return uf.sets(ids)
}

func (r *Resolver) partners(a NameID) []NameID {
	out := make([]NameID, 0, len(r.evidence[a]))
	for b := range r.evidence[a] {
		out = append(out, b)
	}
	slices.SortFunc(out, NameID.Compare)
	return out
}

// parted reports whether joining the sets of a and b would join two names that
// a standing split parts.
func (r *Resolver) parted(uf *unionFind, ids []NameID, a, b NameID) bool {
	if len(r.ops) == 0 {
		return false
	}
	ra, rb := uf.find(a), uf.find(b)
	for _, x := range ids {
		if uf.find(x) != ra {
			continue
		}
		for _, y := range ids {
			if uf.find(y) == rb && r.vetoed(x, y) {
				return true
			}
		}
	}
	return false
}

// holds reports whether evidence between two names merges them: some of it is
// strong, neither name is on the never-through list or claimed by two
// primaries, and no standing split parts them.
func (r *Resolver) holds(a, b NameID, list []Evidence, conflicted map[NameID]bool) bool {
	if neverThrough(r.names[a]) || neverThrough(r.names[b]) {
		return false
	}
	usable := slices.ContainsFunc(list, func(e Evidence) bool {
		return e.Origin != OriginSymlink || !(conflicted[a] || conflicted[b])
	})
	return usable && !r.vetoed(a, b)
}

// vetoed: the latest operator fact that speaks of both names is a split with
// them on different sides.
func (r *Resolver) vetoed(a, b NameID) bool {
	verdict := false
	for _, op := range r.ops {
		sa, sb := opSide(op, a), opSide(op, b)
		if sa == 0 || sb == 0 {
			continue
		}
		switch op.Verb {
		case OperatorMerge:
			verdict = false
		case OperatorSplit:
			verdict = sa != sb
		}
	}
	return verdict
}

// opSide is 1 for a name in Names, 2 in Rest, 0 when absent.
func opSide(op OperatorFact, id NameID) int {
	for _, n := range op.Names {
		if n.ID() == id {
			return 1
		}
	}
	for _, n := range op.Rest {
		if n.ID() == id {
			return 2
		}
	}
	return 0
}

// applyMerges joins the names of standing operator merges, pair by pair, where
// no later split parts them.
func (r *Resolver) applyMerges(uf *unionFind, ids []NameID) {
	in := map[NameID]bool{}
	for _, id := range ids {
		in[id] = true
	}
	for i, op := range r.ops {
		if op.Verb != OperatorMerge {
			continue
		}
		for j := 1; j < len(op.Names); j++ {
			a, b := op.Names[0].ID(), op.Names[j].ID()
			if in[a] && in[b] && !r.splitAfter(i, a, b) && op.Names[0].Type == op.Names[j].Type {
				uf.union(a, b)
			}
		}
	}
}

func (r *Resolver) splitAfter(i int, a, b NameID) bool {
	parted := false
	for _, op := range r.ops[i+1:] {
		sa, sb := opSide(op, a), opSide(op, b)
		if sa == 0 || sb == 0 {
			continue
		}
		parted = op.Verb == OperatorSplit && sa != sb
	}
	return parted
}

// conflicts are names that two different primaries claim through symlinks:
// their symlink evidence is withdrawn, for the past too (semantics 1.9).
// A primary claims a name when it states it as its TABLE symlink.
func (r *Resolver) conflicts(ids []NameID) map[NameID]bool {
	out := map[NameID]bool{}
	for _, id := range ids {
		claim := map[NameID]bool{}
		for _, list := range r.evidence[id] {
			for _, e := range list {
				if e.Origin == OriginSymlink && e.B.ID() == id {
					claim[e.A.ID()] = true
				}
			}
		}
		if len(claim) > 1 && !r.linkedOtherwise(claim) {
			out[id] = true
		}
	}
	return out
}

// linkedOtherwise: the claimants are one asset anyway, by evidence that is not
// a symlink or by each other's symlinks.
func (r *Resolver) linkedOtherwise(claim map[NameID]bool) bool {
	ids := make([]NameID, 0, len(claim))
	for id := range claim {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, NameID.Compare)
	uf := newUnionFind(ids)
	for _, a := range ids {
		for b, list := range r.evidence[a] {
			if claim[b] && len(list) > 0 && !r.vetoed(a, b) {
				uf.union(a, b)
			}
			for c := range r.evidence[b] { // through one normalised form
				if claim[c] && r.normalised(a, b) && r.normalised(b, c) {
					uf.union(a, c)
				}
			}
		}
	}
	return len(uf.sets(ids)) == 1
}

func (r *Resolver) normalised(a, b NameID) bool {
	return slices.ContainsFunc(r.evidence[a][b], func(e Evidence) bool { return e.Origin == OriginNormalised })
}

// Conflicts lists known names claimed by two primaries, sorted: for operators.
func (r *Resolver) Conflicts() []Name {
	all := make([]NameID, 0, len(r.evidence))
	for id := range r.evidence {
		all = append(all, id)
	}
	var out []Name
	for id := range r.conflicts(all) {
		out = append(out, r.names[id])
	}
	slices.SortFunc(out, Name.Compare)
	return out
}

func sortedAssets(set map[AssetID]bool) []AssetID {
	out := make([]AssetID, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	slices.SortFunc(out, AssetID.Compare)
	return out
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
