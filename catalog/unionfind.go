package catalog

import "slices"

// unionFind joins names to sets.
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
