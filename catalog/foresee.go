package catalog

import "slices"

// Foresee says what a merge or split would make of the names it is about, and
// of all that hang on them: the sets of names that are one asset now and would
// not be, and those that would be and are not. Each set is sorted, so its first
// name gives the asset its id. Nothing is filed; a name that was never seen
// comes in no set of now.
func (r *Resolver) Foresee(op OperatorFact) (now, then [][]NameID) {
	with := *r
	with.ops = append(slices.Clone(r.ops), r.ofKnown(op))
	slices.SortFunc(with.ops, compareOps)
	with.opsByID, with.indexed = nil, -1
	with.indexOps()
	var ids, strange []NameID
	for _, n := range slices.Concat(op.Names, op.Rest) {
		if id := n.ID(); r.Known(id) {
			ids = append(ids, id)
		} else if !slices.Contains(strange, id) {
			strange = append(strange, id)
		}
	}
	reach := with.reach(ids)
	then = joined(with.components(reach), ids, strange)
	now = r.sets(reach)
	return unlike(now, then), unlike(then, now)
}

// ofKnown is a statement about the known names alone: what was never seen holds
// no others together or apart. A merge joins all its names, so that the known
// ones stay joined without it.
func (r *Resolver) ofKnown(op OperatorFact) OperatorFact {
	unseen := func(n Name) bool { return !r.Known(n.ID()) }
	op.Names = slices.DeleteFunc(slices.Clone(op.Names), unseen)
	op.Rest = slices.DeleteFunc(slices.Clone(op.Rest), unseen)
	return op
}

// sets are the assets of the names as they are.
func (r *Resolver) sets(reach []NameID) [][]NameID {
	u := newUnionFind(reach)
	for _, id := range reach {
		u.union(id, NameID(r.Asset(id)))
	}
	return u.sets(reach)
}

// joined puts names that were never seen to the set of those they are merged with.
func joined(sets [][]NameID, ids, strange []NameID) [][]NameID {
	if len(strange) == 0 {
		return sets
	}
	slices.SortFunc(strange, NameID.Compare)
	if len(ids) == 0 {
		return append(sets, strange)
	}
	for i, set := range sets {
		if slices.Contains(set, ids[0]) {
			sets[i] = append(slices.Clone(set), strange...)
			slices.SortFunc(sets[i], NameID.Compare)
		}
	}
	return sets
}

// unlike are the sets that are not among others.
func unlike(sets, others [][]NameID) [][]NameID {
	return slices.DeleteFunc(slices.Clone(sets), func(s []NameID) bool {
		return slices.ContainsFunc(others, func(o []NameID) bool { return slices.Equal(s, o) })
	})
}
