package stack_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// spans are the intervals of everything of one kind that a name's runs (or
// declarations) told.
func spans[K comparable](m *model, by catalog.Name, origin catalog.EdgeOrigin, of func(*modelSides) (map[K]bool, bool), group func(K) any) map[K][]catalog.Interval {
	life := catalog.DefaultLifetime
	runs := m.observed(by)
	if origin == catalog.EdgeDeclared {
		life, group = catalog.DeclaredLifetime, whole
		runs = m.declarations(by)
	}
	groups := map[any]bool{}
	for s := range runs {
		named, _ := of(s)
		for k := range named {
			groups[group(k)] = true
		}
	}
	out := map[K][]catalog.Interval{}
	var none K
	for g := range groups {
		var list []catalog.NamingRun[K]
		for s, at := range runs {
			named, stated := of(s)
			r := catalog.NamingRun[K]{RunID: at.RunID, Start: at.Start, End: at.End, Succeeded: at.Succeeded}
			for k := range named {
				if group(k) == g {
					r.Named = append(r.Named, k)
				}
			}
			if _, orders := any(none).(catalog.ControlFact); s.explicit && !orders {
				r.Named = append(r.Named, none) // it says something of every group
			}
			if stated && (len(r.Named) > 0 || origin == catalog.EdgeDeclared) {
				list = append(list, r)
			}
		}
		part, _ := catalog.Intervals(list, life)
		for k, l := range part {
			out[k] = l
		}
	}
	delete(out, none)
	return out
}

// observed are the runs of a job with what they told.
func (m *model) observed(job catalog.Name) map[*modelSides]catalog.NamingRun[int] {
	out := map[*modelSides]catalog.NamingRun[int]{}
	for key, r := range m.runs {
		if key.Job != job {
			continue
		}
		a := catalog.FoldRun(r.events)
		last := a[len(a)-1]
		kept := *r.modelSides
		kept.outputs = maps.Clone(r.outputs)
		maps.DeleteFunc(kept.outputs, func(ds catalog.Name, _ bool) bool { return r.lifecycle[ds].lifecycle() == catalog.LifecycleDrop })
		s := *kept.told(job)
		s.inputsStated, s.outputsStated, s.columnsStated, s.controlsStated = true, true, true, true
		out[&s] = catalog.NamingRun[int]{RunID: key.RunID, Start: a[0].StartedAt, End: last.EndedAt, Succeeded: last.State == catalog.RunSucceeded && !r.incomplete}
	}
	return out
}

// declarations are what a name declared, each with what holds by then.
func (m *model) declarations(by catalog.Name) map[*modelSides]catalog.NamingRun[int] {
	out := map[*modelSides]catalog.NamingRun[int]{}
	now := newSides()
	for _, at := range slices.SortedFunc(maps.Keys(m.declared[by]), time.Time.Compare) {
		s := m.declared[by][at]
		if s.inputsStated {
			now.inputs = s.inputs
		}
		if s.outputsStated {
			now.outputs = s.outputs
		}
		if s.columnsStated {
			now.columns = s.columns
		}
		if s.explicitStated {
			now.explicit, now.flows = s.explicit, s.flows
		}
		told := *now.told(by)
		told.parents, told.controls, told.controlsStated = s.parents, s.controls, s.controlsStated
		told.inputsStated, told.outputsStated = s.inputsStated || s.explicitStated, s.outputsStated || s.explicitStated
		told.columnsStated = s.explicitStated || s.columnsStated && !now.explicit
		out[&told] = catalog.NamingRun[int]{Start: at, End: at, Succeeded: true}
	}
	return out
}

func whole[K comparable](K) any { return 0 }

// edges are all edges, by their owner.
func (m *model) edges() map[catalog.AssetID][]catalog.Edge {
	all := map[catalog.Edge][]catalog.Interval{}
	put := func(e catalog.Edge, list []catalog.Interval) {
		if e.Source != e.Target || e.Type == catalog.EdgeDerives {
			all[e] = append(all[e], list...)
		}
	}
	id := func(n catalog.Name) catalog.AssetID { return m.resolver.Asset(n.ID()) }
	for n := range m.names {
		for rel, l := range catalog.DeclaredRelations(n, m.stated) {
			e := catalog.Edge{Type: rel.Type, Source: id(rel.Source), Target: id(rel.Target), Origin: catalog.EdgeOperator}
			if e.Source != e.Target {
				all[e] = append(all[e], l...)
			}
		}
		for _, o := range []catalog.EdgeOrigin{catalog.EdgeObserved, catalog.EdgeDeclared} {
			for ds, l := range spans(m, n, o, func(s *modelSides) (map[catalog.Name]bool, bool) { return s.inputs, s.inputsStated }, whole) {
				put(catalog.Edge{Type: catalog.EdgeReads, Source: id(ds), Target: id(n), Origin: o}, l)
			}
			for ds, l := range spans(m, n, o, func(s *modelSides) (map[catalog.Name]bool, bool) { return s.outputs, s.outputsStated }, whole) {
				put(catalog.Edge{Type: catalog.EdgeWrites, Source: id(n), Target: id(ds), Origin: o}, l)
			}
			for c, l := range spans(m, n, o, func(s *modelSides) (map[catalog.ColumnFact]bool, bool) { return s.columns, s.columnsStated },
				func(c catalog.ColumnFact) any { return c.Target }) {
				e := catalog.Edge{Type: catalog.EdgeDerives, Source: id(c.Source), Target: id(c.Target), SourceField: c.SourceField, TargetField: c.TargetField,
					Transformation: c.Transformation, Origin: o}
				switch {
				case e.FieldLevel():
				case c.Source.Type == c.Target.Type:
					e.Jobs = c.Target.Type == catalog.TypeJob
				case c.Target.Type == catalog.TypeJob:
					e.Type = catalog.EdgeReads
				default:
					e.Type = catalog.EdgeWrites
				}
				if e.Owner() != id(n) {
					e.Job = id(n)
				}
				put(e, l)
			}
			for p, l := range spans(m, n, o, func(s *modelSides) (map[catalog.Name]bool, bool) { return s.parents, s.controlsStated }, whole) {
				put(catalog.Edge{Type: catalog.EdgeContains, Source: id(p), Target: id(n), Origin: o}, l)
			}
			for c, l := range spans(m, n, o, func(s *modelSides) (map[catalog.ControlFact]bool, bool) { return s.controls, s.controlsStated }, whole) {
				put(catalog.Edge{Type: catalog.EdgeControls, Source: id(c.Upstream), Target: id(c.Downstream), Origin: o,
					Transformation: catalog.Transformation{Type: c.Type, Subtype: c.Rule}}, l)
			}
		}
	}
	for c := range m.allChanges() {
		e := catalog.Edge{Type: catalog.EdgeDerives, Source: id(c.previous), Target: id(c.dataset), Origin: catalog.EdgeObserved,
			Transformation: catalog.Transformation{Type: "RENAME"}}
		if c.run == "" {
			e.Origin = catalog.EdgeDeclared
		}
		if !c.previous.IsZero() && e.Source != e.Target {
			put(e, []catalog.Interval{{From: c.at, Run: c.run}})
		}
	}
	return number(all)
}

// number unites the intervals and numbers those between the same ends.
func number(all map[catalog.Edge][]catalog.Interval) map[catalog.AssetID][]catalog.Edge {
	owned := map[catalog.AssetID][]catalog.Edge{}
	for e, list := range all {
		for _, iv := range catalog.UnionIntervals(list) {
			e.From, e.To, e.Run = iv.From, iv.To, iv.Run
			owned[e.Owner()] = append(owned[e.Owner()], e)
		}
	}
	for _, list := range owned {
		slices.SortFunc(list, func(a, b catalog.Edge) int {
			return cmp.Or(graph.CompareEdges(graph.Downstream, a, b), a.Source.Compare(b.Source), a.From.Compare(b.From), cmp.Compare(a.Origin, b.Origin),
				cmp.Compare(a.Transformation.Type, b.Transformation.Type), cmp.Compare(a.Transformation.Subtype, b.Transformation.Subtype))
		})
		next := map[catalog.Edge]int{}
		for i, e := range list {
			ends := catalog.Edge{Type: e.Type, Source: e.Source, Target: e.Target, SourceField: e.SourceField, TargetField: e.TargetField, Job: e.Job}
			list[i].Ordinal = next[ends]
			next[ends]++
		}
	}
	return owned
}
