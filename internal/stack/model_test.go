package stack_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
)

// model is the naive weir: it keeps the facts of all entries and computes
// everything anew from the whole set, with nothing but catalog's pure functions.
type model struct {
	naming   *catalog.Naming
	resolver *catalog.Resolver
	names    map[catalog.Name]*catalog.NameRecord
	evidence map[catalog.Evidence]bool
	props    map[catalog.Name]map[string]catalog.StampedProperty
	runs     map[catalog.RunKey]*modelRun
	declared map[catalog.Name]map[time.Time]*modelSides
	looks    map[modelLook]bool
	stated   []catalog.Statement
	changes  map[modelChange]bool
}

// modelChange is what a Job- or DatasetEvent says happened, or with a run what
// that did.
type modelChange struct {
	dataset, previous catalog.Name
	change            catalog.Lifecycle
	at                time.Time
	run               string
}

type modelLook struct {
	dataset catalog.Name
	at      time.Time
}

type modelSides struct {
	inputs, outputs               map[catalog.Name]bool
	columns                       map[catalog.ColumnFact]bool
	parents                       map[catalog.Name]bool
	controls                      map[catalog.ControlFact]bool
	inputsStated, outputsStated   bool
	columnsStated, controlsStated bool
	// flows of the explicit lineage facet; explicit: there is one.
	flows                    map[catalog.ColumnFact]bool
	explicit, explicitStated bool
}

func newSides() *modelSides {
	return &modelSides{inputs: map[catalog.Name]bool{}, outputs: map[catalog.Name]bool{}, columns: map[catalog.ColumnFact]bool{},
		parents: map[catalog.Name]bool{}, controls: map[catalog.ControlFact]bool{}, flows: map[catalog.ColumnFact]bool{}}
}

// told is what edges follow from: with the explicit facet that alone, and what
// of the inputs and outputs it does not tell.
func (s *modelSides) told(own catalog.Name) *modelSides {
	if !s.explicit {
		return s
	}
	out := *s
	out.inputs, out.outputs, out.columns = maps.Clone(s.inputs), maps.Clone(s.outputs), map[catalog.ColumnFact]bool{}
	job := own.Type == catalog.TypeJob
	for f := range s.flows {
		transformed := f.SourceField+f.TargetField == "" && f.Transformation != (catalog.Transformation{})
		if !job || f.Source != own && f.Target != own || f.Source.Type == f.Target.Type || transformed {
			delete(out.inputs, f.Source)
			delete(out.outputs, f.Target)
		}
	}
	for f := range s.flows {
		switch whole := f.SourceField+f.TargetField == "" && f.Transformation == (catalog.Transformation{}); {
		case whole && job && f.Target == own && f.Source.Type == catalog.TypeDataset:
			out.inputs[f.Source] = true
		case whole && job && f.Source == own && f.Target.Type == catalog.TypeDataset:
			out.outputs[f.Target] = true
		default:
			out.columns[f] = true
		}
	}
	return &out
}

type modelRun struct {
	*modelSides
	events        []catalog.RunEvent
	parent, error stampedText
	lifecycle     map[catalog.Name]stampedText
	statistics    map[catalog.Name]bool
	counted       map[modelPart]modelCounts
	unending      bool
	incomplete    bool
	partitions    map[catalog.Name]map[string]bool
}

type modelPart struct {
	dataset   catalog.Name
	partition string
}

// modelCounts are statistics of a write, -1 unknown; the latest wins.
type modelCounts struct {
	at                 time.Time
	rows, bytes, files int64
}

func (r *modelRun) count(o catalog.IOFact, at time.Time) {
	c := modelCounts{at, -1, -1, -1}
	for into, v := range map[*int64]*int64{&c.rows: o.RowCount, &c.bytes: o.Bytes, &c.files: o.FileCount} {
		if v != nil {
			*into = *v
		}
	}
	key := modelPart{o.Dataset, o.Partition}
	old, known := r.counted[key]
	later := cmp.Or(c.at.Compare(old.at), cmp.Compare(c.rows, old.rows), cmp.Compare(c.bytes, old.bytes), cmp.Compare(c.files, old.files)) > 0
	if c.rows+c.bytes+c.files > -3 && (!known || later) {
		r.counted[key] = c
	}
}

func (r *modelRun) withCounts(v catalog.Version) catalog.Version {
	if c, ok := r.counted[modelPart{v.Dataset, v.Partition}]; ok {
		for into, n := range map[**int64]int64{&v.RowCount: c.rows, &v.Bytes: c.bytes, &v.FileCount: c.files} {
			if n >= 0 {
				*into = &n
			}
		}
	}
	return v
}

// stampedText keeps the latest statement by (time, bytes).
type stampedText struct {
	at   time.Time
	text string
}

func (s *stampedText) put(at time.Time, text string) {
	if text != "" && cmp.Or(at.Compare(s.at), cmp.Compare(text, s.text)) > 0 {
		s.at, s.text = at, text
	}
}

// lifecycle is the word of a stamped lifecycle, previous the name behind it.
func (s stampedText) lifecycle() catalog.Lifecycle {
	word, _, _ := strings.Cut(s.text, " ")
	return catalog.Lifecycle(word)
}

func (s stampedText) previous() (n catalog.Name) {
	_, raw, _ := strings.Cut(s.text, " ")
	_ = json.Unmarshal([]byte(raw), &n) // written above
	return n
}

// allChanges are those stated, and those that successful runs made.
func (m *model) allChanges() map[modelChange]bool {
	out := maps.Clone(m.changes)
	for key, r := range m.runs {
		for _, a := range catalog.FoldRun(r.events) {
			for ds, lc := range r.lifecycle {
				if word := lc.lifecycle(); a.State == catalog.RunSucceeded && (word == catalog.LifecycleDrop || word == catalog.LifecycleRename) {
					out[modelChange{ds, lc.previous(), word, a.CompletedAt, key.RunID}] = true
				}
			}
		}
	}
	return out
}

// gone is when an asset last went and came back, but for its writes.
func (m *model) gone(id catalog.AssetID) (gone, back time.Time) {
	for c := range m.allChanges() {
		mine := m.resolver.Asset(c.dataset.ID()) == id
		was := !c.previous.IsZero() && m.resolver.Asset(c.previous.ID()) == id
		t := &back
		switch {
		case mine == was, mine && c.change == catalog.LifecycleAlter:
			continue
		case was || c.change == catalog.LifecycleDrop:
			t = &gone
		}
		if c.at.After(*t) {
			*t = c.at
		}
	}
	return gone, back
}

func newModel(entries []catalog.Entry) *model { return newNamedModel(catalog.DefaultNaming(), entries) }

func newNamedModel(naming *catalog.Naming, entries []catalog.Entry) *model {
	m := &model{naming: naming, resolver: catalog.NewResolver(), names: map[catalog.Name]*catalog.NameRecord{}, evidence: map[catalog.Evidence]bool{},
		props: map[catalog.Name]map[string]catalog.StampedProperty{}, runs: map[catalog.RunKey]*modelRun{},
		declared: map[catalog.Name]map[time.Time]*modelSides{}, looks: map[modelLook]bool{}, changes: map[modelChange]bool{}}
	for _, e := range entries {
		if f := ingest.InterpretEntry(e).Facts; f != nil {
			m.add(m.naming.Settle(f))
		}
	}
	for n := range m.names {
		m.resolver.AddName(n)
	}
	m.stated = catalog.Settle(m.stated)
	for _, s := range m.stated {
		if op, ok := s.Fact.Identity(); ok && s.Standing() {
			m.resolver.AddOperator(op)
		}
	}
	return m
}

func (m *model) name(n catalog.Name, at time.Time, observed bool) {
	r := m.names[n]
	if r == nil {
		r = &catalog.NameRecord{Name: n, FirstSeen: at}
		m.names[n] = r
	}
	if at.Before(r.FirstSeen) {
		r.FirstSeen = at
	}
	r.Observed = r.Observed || observed
	if canonical, rule := m.naming.Normalise(n); canonical != n {
		m.alias(catalog.AliasFact{From: n, To: canonical, Origin: catalog.OriginNormalised, Detail: rule}, at)
	}
}

func (m *model) alias(a catalog.AliasFact, at time.Time) {
	m.evidence[catalog.Evidence{A: a.From, B: a.To, Origin: a.Origin, Detail: a.Detail}] = true
	m.resolver.AddEvidence(catalog.Evidence{A: a.From, B: a.To, Origin: a.Origin, Detail: a.Detail})
	m.name(a.To, at, false)
	if a.Origin != catalog.OriginNormalised {
		m.name(a.From, at, false)
	}
}

func (m *model) add(f *catalog.Facts) {
	at := f.EventTime
	if op := f.Operator; op != nil {
		for _, n := range op.Mentions() {
			m.name(n, op.At, false)
		}
		m.stated = append(m.stated, catalog.Statement{ID: op.ID(), Fact: *op})
		return
	}
	if f.Job != nil {
		m.asset(*f.Job, at)
	}
	for _, d := range f.Datasets {
		m.asset(d, at)
	}
	for _, a := range f.Aliases {
		m.alias(a, at)
	}
	for _, l := range f.Looks {
		m.name(l.Dataset, at, true)
		m.looks[modelLook{l.Dataset, l.DataTime}] = true
	}
	for _, l := range f.Lifecycles {
		c := modelChange{dataset: l.Dataset, change: l.Change, at: at}
		if l.Previous != nil {
			c.previous = *l.Previous
			m.name(c.previous, at, true)
		}
		m.changes[c] = true
	}
	switch {
	case f.Run != nil:
		m.run(f)
	case f.Job != nil:
		m.declare(f.Job.Name, f)
	case len(f.ColumnsStated) > 0 || f.Explicit || f.ExplicitDeleted:
		m.declare(f.Datasets[0].Name, f)
	}
}

func (m *model) asset(a catalog.AssetFact, at time.Time) {
	m.name(a.Name, at, true)
	if m.props[a.Name] == nil {
		m.props[a.Name] = map[string]catalog.StampedProperty{}
	}
	for _, p := range a.Properties {
		now := catalog.StampedProperty{Property: p, At: at}
		if old, ok := m.props[a.Name][p.Key]; !ok || now.Newer(old) {
			m.props[a.Name][p.Key] = now
		}
	}
}

func (m *model) run(f *catalog.Facts) {
	key := catalog.RunKey{Job: f.Job.Name, RunID: f.Run.RunID}
	r := m.runs[key]
	if r == nil {
		r = &modelRun{modelSides: newSides(), lifecycle: map[catalog.Name]stampedText{}, statistics: map[catalog.Name]bool{},
			partitions: map[catalog.Name]map[string]bool{}, counted: map[modelPart]modelCounts{}}
		m.runs[key] = r
	}
	r.events = append(r.events, catalog.RunEvent{Type: f.Run.Type, At: f.EventTime, Tool: f.Run.ToolState})
	if f.Run.Parent != nil {
		raw, _ := json.Marshal(f.Run.Parent)
		r.parent.put(f.EventTime, string(raw))
	}
	r.error.put(f.EventTime, f.Run.Error)
	r.unending = r.unending || f.Run.Streaming || f.Run.Snapshot
	r.incomplete = r.incomplete || f.Run.Incomplete
	for _, o := range f.Outputs {
		lc := r.lifecycle[o.Dataset]
		text := string(o.Lifecycle)
		if o.Previous != nil {
			m.name(*o.Previous, f.EventTime, true)
			raw, _ := json.Marshal(o.Previous)
			text += " " + string(raw)
		}
		lc.put(f.EventTime, text)
		r.lifecycle[o.Dataset] = lc
		r.count(o, f.EventTime)
		r.statistics[o.Dataset] = r.statistics[o.Dataset] || o.Statistics
		if o.Partition != "" {
			if r.partitions[o.Dataset] == nil {
				r.partitions[o.Dataset] = map[string]bool{}
			}
			r.partitions[o.Dataset][o.Partition] = true
		}
	}
	m.sides(r.modelSides, f)
}

func (m *model) declare(by catalog.Name, f *catalog.Facts) {
	if m.declared[by] == nil {
		m.declared[by] = map[time.Time]*modelSides{}
	}
	s := m.declared[by][f.EventTime]
	if s == nil {
		s = newSides()
		m.declared[by][f.EventTime] = s
	}
	m.sides(s, f)
}

func (m *model) sides(s *modelSides, f *catalog.Facts) {
	at := f.EventTime
	for _, io := range f.Inputs {
		m.name(io.Dataset, at, true)
		s.inputs[io.Dataset] = true
	}
	for _, io := range f.Outputs {
		m.name(io.Dataset, at, true)
		s.outputs[io.Dataset] = true
	}
	for _, c := range f.Columns {
		m.name(c.Source, at, true)
		m.name(c.Target, at, true)
		s.columns[c] = true
	}
	if f.Parent != nil {
		m.name(*f.Parent, at, true)
		s.parents[*f.Parent] = true
	}
	for _, c := range f.Controls {
		m.name(c.Upstream, at, true)
		m.name(c.Downstream, at, true)
		s.controls[c] = true
	}
	for _, c := range f.Flows {
		m.name(c.Source, at, true)
		m.name(c.Target, at, true)
		s.flows[c] = true
	}
	s.explicit, s.explicitStated = s.explicit || f.Explicit, s.explicitStated || f.Explicit || f.ExplicitDeleted
	s.inputsStated, s.outputsStated = s.inputsStated || f.InputsStated, s.outputsStated || f.OutputsStated
	s.columnsStated = s.columnsStated || len(f.ColumnsStated) > 0
	s.controlsStated = s.controlsStated || len(f.Controls) > 0 || f.Parent != nil
}

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

// versions are those of one asset, newest first.
func (m *model) versions(id catalog.AssetID) []catalog.Version {
	var out []catalog.Version
	for key, r := range m.runs {
		for _, a := range catalog.FoldRun(r.events) {
			for ds := range r.outputs {
				v := catalog.Version{Dataset: ds, Asset: id, Run: key, Attempt: a.Number, RunStartedAt: a.StartedAt, ProducedAt: a.CompletedAt}
				switch {
				case m.resolver.Asset(ds.ID()) != id, !r.lifecycle[ds].lifecycle().Writes():
					continue
				case a.State != catalog.RunSucceeded && r.unending && !a.RunningAt.IsZero():
					v.ProducedAt = a.RunningAt
				case a.State == catalog.RunFailed && (!a.CompletedAt.IsZero() || r.statistics[ds]):
					v.ProducedAt, v.Tainted = a.EndedAt, true
				case a.State != catalog.RunSucceeded:
					continue
				}
				for _, p := range partsOf(v, r.partitions[ds]) {
					out = append(out, r.withCounts(p))
				}
			}
		}
	}
	for _, l := range m.looksOf(id, out) {
		out = append(out, catalog.Version{Dataset: l.dataset, Asset: id, ProducedAt: l.at, DataTime: l.at})
	}
	slices.SortFunc(out, func(a, b catalog.Version) int {
		switch {
		case a.Before(b):
			return 1
		case b.Before(a):
			return -1
		}
		return -a.Run.Job.Compare(b.Run.Job)
	})
	return out
}

// partsOf is a version for each partition written, or one of the whole.
func partsOf(v catalog.Version, partitions map[string]bool) []catalog.Version {
	if len(partitions) == 0 {
		return []catalog.Version{v}
	}
	var out []catalog.Version
	for p := range partitions {
		v.Partition = p
		out = append(out, v)
	}
	return out
}

func (m *model) looksOf(id catalog.AssetID, made []catalog.Version) (out []modelLook) {
	for l := range m.looks {
		explained := slices.ContainsFunc(made, func(v catalog.Version) bool { return !v.RunStartedAt.After(l.at) && !v.ProducedAt.Before(l.at) })
		if m.resolver.Asset(l.dataset.ID()) == id && !explained {
			out = append(out, l)
		}
	}
	return out
}

// starts are the times at which any attempt started.
func (m *model) starts() map[time.Time]bool {
	out := map[time.Time]bool{}
	for _, r := range m.runs {
		for _, a := range catalog.FoldRun(r.events) {
			out[a.StartedAt] = true
		}
	}
	return out
}

// runKeys are the runs of a job, newest first by (first START, run id, name).
func (m *model) runKeys(id catalog.AssetID) (out []catalog.RunKey) {
	for key := range m.runs {
		if m.resolver.Asset(key.Job.ID()) == id {
			out = append(out, key)
		}
	}
	start := func(k catalog.RunKey) time.Time { return catalog.FoldRun(m.runs[k].events)[0].StartedAt }
	slices.SortFunc(out, func(a, b catalog.RunKey) int {
		return -cmp.Or(start(a).Compare(start(b)), cmp.Compare(a.RunID, b.RunID), a.Job.Compare(b.Job))
	})
	return out
}

// rows are the final canonical rows.
func (m *model) rows() []graph.Row {
	parts := map[catalog.AssetID]*catalog.AssetParts{}
	for n, r := range m.names {
		id := m.resolver.Asset(n.ID())
		if parts[id] == nil {
			parts[id] = &catalog.AssetParts{ID: id, Naming: m.naming}
			parts[id].Gone, parts[id].Back = m.gone(id)
			for _, v := range m.versions(id) {
				if !v.Tainted && v.ProducedAt.After(parts[id].Back) {
					parts[id].Back = v.ProducedAt
				}
			}
		}
		parts[id].Names = append(parts[id].Names, *r)
		for _, p := range m.props[n] {
			parts[id].Properties = append(parts[id].Properties, p)
		}
		parts[id].Evidence = append(parts[id].Evidence, m.resolver.ShortNames(n.ID())...)
		for e := range m.evidence {
			if e.A == n || e.B == n {
				parts[id].Evidence = append(parts[id].Evidence, e)
			}
		}
		for _, s := range m.stated {
			if slices.Contains(s.Fact.Mentions(), n) {
				parts[id].Statements = append(parts[id].Statements, s)
			}
		}
	}
	edges := m.edges()
	var out []graph.Row
	for id, p := range parts {
		if p.Known() {
			out = append(out, graph.Row{Asset: catalog.BuildAsset(*p), Edges: edges[id]})
		}
	}
	slices.SortFunc(out, func(a, b graph.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	return out
}

// modelStore is a graph.Store of which only the rows are there.
type modelStore struct {
	graph.Store
	rows []graph.Row
}

func (s modelStore) Rows(context.Context) iter.Seq2[graph.Row, error] {
	return func(yield func(graph.Row, error) bool) {
		for _, r := range s.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// export writes what Stack.Export must write.
func (m *model) export(t fatal) string {
	var r graph.Records
	rows := m.rows()
	must(t, r.AddGraph(context.Background(), modelStore{rows: rows}))
	preferred := map[catalog.AssetID]catalog.Name{}
	for _, row := range rows {
		preferred[row.Asset.ID] = row.Asset.Name
	}
	for key, run := range m.runs {
		must(t, r.AddRun(m.asRun(key, run), preferred[m.resolver.Asset(key.Job.ID())]))
	}
	for id := range preferred {
		for _, v := range m.versions(id) {
			must(t, r.AddVersion(v, preferred[id]))
		}
	}
	var b bytes.Buffer
	_, err := r.WriteTo(&b)
	must(t, err)
	return b.String()
}

func (m *model) asRun(key catalog.RunKey, r *modelRun) catalog.Run {
	attempts := catalog.FoldRun(r.events)
	last := attempts[len(attempts)-1]
	run := catalog.Run{Key: key, State: last.State, Attempt: last.Number, StartedAt: last.StartedAt, StartKnown: last.StartKnown, Incomplete: r.incomplete,
		Error: r.error.text, Inputs: sortedNames(r.inputs), Outputs: sortedNames(r.outputs)}
	if !last.EndedAt.IsZero() {
		run.EndedAt = &last.EndedAt
	}
	if r.parent.text != "" {
		run.Parent = &catalog.RunRef{}
		_ = json.Unmarshal([]byte(r.parent.text), run.Parent) // written above
	}
	return run
}

func sortedNames(set map[catalog.Name]bool) []catalog.Name {
	var out []catalog.Name
	for n := range set {
		out = append(out, n)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out
}

// fatal is what the helpers need of *testing.T and *rapid.T.
type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func must(t fatal, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var _ fatal = (*testing.T)(nil)
