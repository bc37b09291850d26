package sqlite

import (
	"slices"

	"github.com/weirhq/weir/catalog"
)

// relatedSets are the sets that edges follow from, by kind: what is read and
// written, what derives from what, and the orders.
type relatedSets [setOrders + 1]int64

// related says what edges follow from what was stated. Without the explicit
// lineage facet that is what was named. With it, data flows as the facet says:
// an input that no flow names is read by the job, an output that no flow makes
// is written by it, and column lineage does not count (LineageFacet 1-0-0).
func (b *batch) related(owner int64, s statedSets) (relatedSets, error) {
	r := relatedSets{s[setInputs], s[setOutputs], s[setColumns], s[setOrders]}
	if s[setFlows] == 0 {
		return r, nil
	}
	var lists [setFlows + 1][]string
	for i, set := range s {
		var err error
		if lists[i], err = b.keys(set); err != nil {
			return r, err
		}
	}
	e := explicit{owner: owner, isJob: func(pk int64) bool { return b.h.names.pk(pk).name.Type == catalog.TypeJob }}
	for kind, keys := range e.relate(lists[setInputs], lists[setOutputs], lists[setFlows]) {
		set, err := b.set(append(keys, explicitKey))
		if err != nil {
			return r, err
		}
		r[kind] = set
	}
	return r, nil
}

// runRelated is related for a run. What it dropped it did not write: one job of
// Spark's, drop_table, drops every table.
func (b *batch) runRelated(r *runRec) (relatedSets, error) {
	stated := r.sets
	if r.drops() {
		outputs, err := b.keys(stated[setOutputs])
		if err != nil {
			return relatedSets{}, err
		}
		kept := slices.DeleteFunc(slices.Clone(outputs), func(k string) bool {
			return r.body.Outputs[parseNameKey(k)].Lifecycle == catalog.LifecycleDrop
		})
		if stated[setOutputs], err = b.set(kept); err != nil {
			return relatedSets{}, err
		}
	}
	return b.related(r.job.pk, stated)
}

// explicit reads the flows that an owner, a job or a dataset, states.
type explicit struct {
	owner int64
	isJob func(int64) bool
	// read and written by the owner itself, and everything that flows.
	read, written, flows []string
	// sources and targets of flows between others.
	sources, targets map[string]bool
}

func (e *explicit) relate(inputs, outputs, flows []string) [setColumns + 1][]string {
	e.sources, e.targets = map[string]bool{}, map[string]bool{}
	for _, k := range flows {
		if k != explicitKey {
			e.flow(k, parseColumnKey(k))
		}
	}
	in := func(set map[string]bool) func(string) bool { return func(k string) bool { return set[k] } }
	reads := append(slices.DeleteFunc(slices.Clone(inputs), in(e.sources)), e.read...)
	writes := append(slices.DeleteFunc(slices.Clone(outputs), in(e.targets)), e.written...)
	return [setColumns + 1][]string{reads, writes, e.flows}
}

// flow: what flows into or out of the owner as a whole is read or written by
// it. With a transformation, or by field, it stays a flow, which becomes an edge
// of its own.
func (e *explicit) flow(key string, f columnEdge) {
	whole := f.srcField == "" && f.dstField == ""
	plain := whole && f.transformation == (catalog.Transformation{})
	into, outOf := f.dst == e.owner && !e.isJob(f.src), f.src == e.owner && !e.isJob(f.dst)
	own := e.isJob(e.owner) && (into || outOf)
	switch {
	case own && plain && into:
		e.read = append(e.read, nameKey(f.src))
	case own && plain:
		e.written = append(e.written, nameKey(f.dst))
	default:
		if e.flows = append(e.flows, key); !own || whole {
			e.sources[nameKey(f.src)], e.targets[nameKey(f.dst)] = true, true
		}
	}
}
