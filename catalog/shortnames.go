package catalog

import (
	"hash/fnv"
	"slices"
	"strings"
)

// DetailShort marks evidence (of origin NORMALISED) that the first name may be
// a less exact form of the second. It holds while there is one such second name
// only.
//
// The resolver finds it for table names of two parts among those of three. Some producers leave out the database (Great Expectations:
// "public.orders"), some the schema (Spark's JDBC, Flink: "shop.orders"); which
// of both a name does, nothing in it says. So all tables of the namespace that
// it could mean are candidates, and it is merged only while there is exactly
// one. A second one that appears later takes the merge back.
const DetailShort = "short name"

// tableIndex finds the tables of a namespace by the short names that could mean
// them. (A short name itself is found by its id.)
type tableIndex map[uint64][]NameID

func tableKey(ns, brief string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(ns))
	h.Write([]byte{0})
	h.Write([]byte(brief))
	return h.Sum64()
}

// tableParts parts the canonical name of a table in a store with databases and
// schemas; ok is false for every other name.
func tableParts(n Name) (parts []string, r *nameRule, ok bool) {
	if n.Type != TypeDataset {
		return nil, nil, false
	}
	r, _ = ruleOf(n.Namespace)
	if r == nil || r.kind != storeTable || r.parts != 3 {
		return nil, r, false
	}
	dots := strings.Count(n.Name, ".")
	if dots != 1 && dots != 2 {
		return nil, r, false
	}
	parts = strings.Split(n.Name, ".")
	return parts, r, !slices.Contains(parts, "")
}

// addTable files candidate evidence between a new name and the names it could
// be short for, or that could be short for it, and returns the latter.
func (r *Resolver) addTable(id NameID, n Name) (touched []NameID) {
	parts, rule, ok := tableParts(n)
	if !ok || rule.spellName(n.Name) != n.Name {
		return nil
	}
	if len(parts) == 2 {
		for _, long := range r.tables[tableKey(n.Namespace, n.Name)] {
			touched = append(touched, r.shorten(rule, id, long, long)...)
		}
		return touched
	}
	for _, text := range briefsOf(rule, parts) {
		if brief := (Name{n.Type, n.Namespace, text}).ID(); r.Known(brief) {
			touched = append(touched, r.shorten(rule, brief, id, brief)...)
		}
		key := tableKey(n.Namespace, text)
		r.tables[key] = append(r.tables[key], id)
	}
	return touched
}

// shorten files that brief could mean long, and returns other, the one of them
// that was known, with all that brief could mean: it is less clear now.
func (r *Resolver) shorten(rule *nameRule, brief, long, other NameID) (touched []NameID) {
	b, l := r.names[brief], r.names[long]
	if b.Namespace != l.Namespace || rule.spellName(b.Name) != b.Name || !couldMean(rule, b.Name, l.Name) {
		return nil // keys may meet
	}
	r.link(brief, long, Evidence{A: b, B: l, Origin: OriginNormalised, Detail: DetailShort})
	touched = append(touched, other)
	for _, m := range r.meanings(brief) {
		touched = append(touched, m.ID())
	}
	return touched
}

// briefsOf are the short names that could mean a table: see couldMean.
func briefsOf(r *nameRule, parts []string) []string {
	out := []string{parts[1] + "." + parts[2]}
	if db := parts[0] + "." + parts[2]; r.schema != "" && parts[1] == r.schema && db != out[0] {
		out = append(out, db)
	}
	return out
}

// couldMean: "x.t" is database.t with the schema that most installations have,
// or schema.t of any database.
func couldMean(r *nameRule, brief, long string) bool {
	b, l := strings.Split(brief, "."), strings.Split(long, ".")
	if len(b) != 2 || len(l) != 3 || b[1] != l[2] {
		return false
	}
	return b[0] == l[1] || r.schema != "" && b[0] == l[0] && l[1] == r.schema
}

// meanings are the tables that a short name could mean.
func (r *Resolver) meanings(id NameID) []Name {
	var out []Name
	for _, e := range r.evidence[id] {
		if e.shortName() && e.a == id {
			out = append(out, e.B)
		}
	}
	return out
}

// ShortNames lists the evidence on a name that a short name means it, where
// that holds: it follows from the names that are known, no event states it.
func (r *Resolver) ShortNames(id NameID) []Evidence {
	var out []Evidence
	for _, e := range r.evidence[id] {
		if e.shortName() && len(r.meanings(e.a)) == 1 {
			out = append(out, e.Evidence)
		}
	}
	return out
}
