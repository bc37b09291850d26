package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weirhq/weir/policies"
)

// diff lists the policies that differ, by name, and counts those that do not.
func diff(before, after *policies.Set) (changes []Change, unchanged int) {
	for _, p := range after.Policies {
		old := before.ByName(p.Name)
		fields := fieldsOf(old, p)
		switch {
		case old == nil:
			changes = append(changes, Change{p.Name, Added, source(p), fields})
		case len(fields) > 0:
			changes = append(changes, Change{p.Name, Changed, source(p), fields})
		default:
			unchanged++
		}
	}
	for _, p := range before.Policies {
		if after.ByName(p.Name) == nil {
			changes = append(changes, Change{p.Name, Removed, source(p), nil})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Policy, b.Policy) })
	return changes, unchanged
}

func source(p *policies.Policy) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// fieldsOf compares two documents key by key; before may be nil.
func fieldsOf(before, after *policies.Policy) (out []FieldChange) {
	old := map[string]string{}
	if before != nil {
		for _, f := range before.Fields() {
			old[f.Key] = f.Value
		}
	}
	for _, f := range after.Fields() {
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
