package catalog

import (
	"cmp"
	"slices"
)

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
