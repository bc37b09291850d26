package catalog

import (
	"hash/fnv"
	"iter"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog/flat"
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
type tableIndex struct {
	byKey map[uint64]flat.Chain
	names flat.Chains[uint32] // by number
}

func newTableIndex() tableIndex { return tableIndex{byKey: map[uint64]flat.Chain{}} }

func (t *tableIndex) add(ns, brief string, number uint32) {
	key := tableKey(ns, brief)
	list := t.byKey[key]
	t.names.Add(&list, number)
	t.byKey[key] = list
}

// of lists what the short name could mean, and what a key that meets its own
// stands for.
func (t *tableIndex) of(ns, brief string) (out []uint32) {
	for n := range t.names.All(t.byKey[tableKey(ns, brief)]) {
		out = append(out, *n)
	}
	return out
}

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
func (r *Resolver) addTable(number uint32, n Name) (touched []NameID) {
	parts, rule, ok := tableParts(n)
	if !ok || rule.spellName(n.Name) != n.Name {
		return nil
	}
	if len(parts) == 2 {
		for _, long := range r.tables.of(n.Namespace, n.Name) {
			touched = append(touched, r.shorten(rule, number, long, long)...)
		}
		return touched
	}
	for _, text := range briefsOf(rule, parts) {
		if brief := r.names.Find((Name{n.Type, n.Namespace, text}).ID()); brief != 0 {
			touched = append(touched, r.shorten(rule, brief, number, brief)...)
		}
		r.tables.add(n.Namespace, text, number)
	}
	return touched
}

// shorten files that brief could mean long, and returns other, the one of them
// that was known, with all that brief could mean: it is less clear now.
func (r *Resolver) shorten(rule *nameRule, brief, long, other uint32) (touched []NameID) {
	b, l := r.names.Name(brief), r.names.Name(long)
	if b.Namespace != l.Namespace || rule.spellName(b.Name) != b.Name || !couldMean(rule, b.Name, l.Name) {
		return nil // keys may meet
	}
	r.link(brief, long, Evidence{A: b, B: l, Origin: OriginNormalised, Detail: DetailShort})
	touched = append(touched, r.names.ID(other))
	for m := range r.meanings(r.names.ID(brief)) {
		touched = append(touched, m.b)
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

// meanings go through the links to the tables that a short name could mean.
func (r *Resolver) meanings(id NameID) iter.Seq[statedLink] {
	return func(yield func(statedLink) bool) {
		for e := range r.evidence(id) {
			if e.shortName() && e.a == id && !yield(e) {
				return
			}
		}
	}
}

// means reports whether there is one table only that the short name could mean.
func (r *Resolver) means(id NameID) bool {
	count := 0
	for range r.meanings(id) {
		if count++; count > 1 {
			return false
		}
	}
	return count == 1
}

// ShortNames lists the evidence on a name that a short name means it, where
// that holds: it follows from the names that are known, no event states it.
func (r *Resolver) ShortNames(id NameID) []Evidence {
	number := r.names.Find(id)
	if number == 0 {
		return nil
	}
	var out []Evidence
	for n := range r.ends.All(r.groups.At(number).links) {
		if e := r.filedAs(*r.links.At(*n)); e.shortName() && r.means(e.A.ID()) {
			out = append(out, e)
		}
	}
	return out
}
