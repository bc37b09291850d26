package plan

import (
	"cmp"
	"slices"

	"github.com/weirhq/weir/policies"
)

// diff lists the documents that differ, policies first, by name, and counts
// those that do not.
func diff(before, after *policies.Set) (changes []Change, unchanged int) {
	old := map[docKey]policies.Document{}
	for _, d := range before.Documents() {
		old[docKey{d.Kind, d.Name}] = d
	}
	for _, d := range after.Documents() {
		key := docKey{d.Kind, d.Name}
		was, had := old[key]
		delete(old, key)
		fields := fieldsOf(was, d)
		switch {
		case !had:
			changes = append(changes, Change{d.Kind, d.Name, Added, d.Source, fields})
		case len(fields) > 0:
			changes = append(changes, Change{d.Kind, d.Name, Changed, d.Source, fields})
		default:
			unchanged++
		}
	}
	for _, d := range old {
		changes = append(changes, Change{d.Kind, d.Name, Removed, d.Source, nil})
	}
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(-cmp.Compare(a.Of, b.Of), cmp.Compare(a.Policy, b.Policy))
	})
	return changes, unchanged
}

type docKey struct{ kind, name string }

// fieldsOf compares two documents key by key.
func fieldsOf(before, after policies.Document) (out []FieldChange) {
	old := map[string]string{}
	for _, f := range before.Fields {
		old[f.Key] = f.Value
	}
	for _, f := range after.Fields {
		if was := old[f.Key]; was != f.Value {
			out = append(out, FieldChange{f.Key, was, f.Value})
		}
		delete(old, f.Key)
	}
	for k, v := range old {
		out = append(out, FieldChange{k, v, ""})
	}
	slices.SortFunc(out, func(a, b FieldChange) int { return cmp.Compare(a.Key, b.Key) })
	return out
}
