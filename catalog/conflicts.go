package catalog

import (
	"slices"
	"strings"
)

// neverThrough lists names that are shared by unrelated things: a symlink that
// touches one of them is kept and shown, but never merges (openlineage.md 3.4).
// Each case is a row of TestNeverThrough.
func neverThrough(n Name) bool {
	if n.Type != TypeDataset {
		return false
	}
	r, authority := ruleOf(n.Namespace)
	switch {
	case n.Namespace == "", n.Namespace == "unity-catalog": // Spark on Databricks names no workspace
		return true
	case r != nil && r.rule == "file" && (authority == "" || authority[0] == '/'), strings.HasPrefix(n.Namespace, "file:/") && r == nil:
		return true // every machine has a file system of its own
	case r != nil && r.kind == storeMemory:
		return true
	}
	return strings.HasPrefix(n.Name, "default_catalog.default_database.") // Flink's job-local tables
}

// Conflict is a name that several primaries claim as their own: datasets that
// nothing else holds together each state it as their symlink. The evidence of
// all of them is withdrawn, for the past too (semantics 1.9), until an
// operator merges the claimants or splits one from the name.
type Conflict struct {
	Name Name
	// Claimants state it as a symlink, sorted.
	Claimants []Name
}

// Conflicts lists the names claimed by two primaries, sorted.
func (r *Resolver) Conflicts() []Conflict {
	var all []NameID
	symlink := r.words.Find(string(OriginSymlink))
	for n := range r.links.Len() {
		if l := r.links.At(uint32(n + 1)); l.origin == symlink {
			all = append(all, r.names.ID(l.a), r.names.ID(l.b))
		}
	}
	seen := map[NameID]bool{}
	var out []Conflict
	for _, id := range all {
		if seen[id] {
			continue
		}
		reach := r.reach([]NameID{id})
		for _, x := range reach {
			seen[x] = true
		}
		out = append(out, r.conflictsIn(reach)...)
	}
	slices.SortFunc(out, func(a, b Conflict) int { return a.Name.Compare(b.Name) })
	return out
}

func (r *Resolver) conflictsIn(reach []NameID) []Conflict {
	var out []Conflict
	for id, claimants := range r.conflicted(reach) {
		if !r.claimed(id) { // another spelling of a name that is
			continue
		}
		c := Conflict{Name: r.named(id)}
		for _, x := range claimants {
			c.Claimants = append(c.Claimants, r.named(x))
		}
		slices.SortFunc(c.Claimants, Name.Compare)
		out = append(out, c)
	}
	return out
}

// claimed: a symlink points at this very name.
func (r *Resolver) claimed(id NameID) bool {
	for e := range r.evidence(id) {
		if e.Origin == OriginSymlink && e.b == id {
			return true
		}
	}
	return false
}

// conflicted gives the names that two primaries claim, with their claimants.
// Spellings of one name are claimed together. Claimants are one primary when
// operator merges, spelling, or symlinks between themselves that stand, hold
// them together; since a withdrawn symlink may part others, this is computed
// until nothing changes (the least fixed point, so no order decides it).
func (r *Resolver) conflicted(ids []NameID) map[NameID][]NameID {
	c := claims{Resolver: r, ids: ids, spelling: newUnionFind(ids), same: grouping{Resolver: r, ids: ids, uf: newUnionFind(ids)}}
	if !c.gather() {
		return nil
	}
	bad := map[NameID]bool{}
	for range len(ids) {
		before := len(bad)
		for target, claimants := range c.claimants {
			if !bad[target] && !c.onePrimary(target, claimants, bad) {
				bad[target] = true
			}
		}
		if len(bad) == before {
			break
		}
	}
	out := map[NameID][]NameID{}
	for _, id := range ids {
		if target := c.spelling.find(id); bad[target] {
			out[id] = c.claimants[target]
		}
	}
	return out
}

// claims is one computation of conflicts.
type claims struct {
	*Resolver
	ids []NameID
	// spelling joins the spellings of one name, same what is one asset without
	// any symlink.
	spelling *unionFind
	same     grouping
	// claimants by the representative of the name they claim.
	claimants map[NameID][]NameID
}

// gather finds who claims what; false when nothing is claimed twice.
func (c *claims) gather() bool {
	c.claimants = map[NameID][]NameID{}
	links := 0
	for _, id := range c.ids {
		for e := range c.evidence(id) {
			if e.Origin == OriginSymlink && e.merges {
				links++
			}
		}
	}
	if links < 4 { // each is filed under both ends: fewer than two claims
		return false
	}
	c.joinSpellings()
	for _, id := range c.ids {
		for e := range c.evidence(id) {
			from := e.a
			if e.Origin != OriginSymlink || e.b != id || !e.merges || c.vetoed(from, id) {
				continue
			}
			target := c.spelling.find(id)
			if !slices.Contains(c.claimants[target], from) {
				c.claimants[target] = append(c.claimants[target], from)
			}
		}
	}
	return true
}

func (c *claims) joinSpellings() {
	for _, id := range c.ids {
		if len(c.opsByID[id]) > 0 {
			c.same.spoken = append(c.same.spoken, id)
		}
		for e := range c.evidence(id) {
			if o := e.other(id); e.Origin == OriginNormalised && e.strong() && !c.vetoed(id, o) {
				c.spelling.union(id, o)
			}
		}
	}
	c.same.merges()
	c.same.unite(func(e statedLink) bool { return e.strong() })
}

// onePrimary: the claimants are one asset without the claim in question.
func (c *claims) onePrimary(target NameID, claimants []NameID, bad map[NameID]bool) bool {
	if len(claimants) < 2 {
		return true
	}
	roots := map[NameID]bool{}
	for _, id := range claimants {
		roots[c.same.uf.find(id)] = true
	}
	if len(roots) == 1 {
		return true
	}
	ids := make([]NameID, 0, len(roots))
	for id := range roots {
		ids = append(ids, id)
	}
	uf := newUnionFind(ids)
	for _, id := range claimants {
		for e := range c.evidence(id) {
			claim := c.spelling.find(e.b)
			if e.Origin == OriginSymlink && e.merges && claim != target && !bad[claim] && !c.vetoed(id, e.other(id)) {
				uf.union(c.same.uf.find(id), c.same.uf.find(e.other(id)))
			}
		}
	}
	return len(uf.sets(ids)) == 1
}
