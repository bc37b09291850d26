package stack_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
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
	dataVersions  map[catalog.Name]stampedText
	reads         map[catalog.Name]*modelRead
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
			partitions: map[catalog.Name]map[string]bool{}, dataVersions: map[catalog.Name]stampedText{}, reads: map[catalog.Name]*modelRead{}, counted: map[modelPart]modelCounts{}}
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
	for _, in := range f.Inputs {
		r.read(in, f.EventTime)
	}
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
		dv := r.dataVersions[o.Dataset]
		dv.put(f.EventTime, o.DataVersion)
		r.dataVersions[o.Dataset] = dv
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
