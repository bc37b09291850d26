package sqlite

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// runRec is a run as the projection works on it: the set of its events and
// what they state, from which everything else follows.
type runRec struct {
	pk     int64
	job    nameRec
	runID  string
	events []catalog.RunEvent // sorted, without repeats
	// sets is what the run's events state, related what its edges follow from.
	sets    statedSets
	related relatedSets
	body    runBody

	attempts []catalog.Attempt // folded from events
	// stored is what the database holds of it; zero for a new run.
	stored  runStored
	touched bool
}

// runStored is what the relations and versions were computed from.
type runStored struct {
	exists   bool
	related  relatedSets
	state    catalog.RunState
	started  int64
	ended    int64
	partial  bool // runBody.Incomplete
	versions []versionRow
	changes  []changeRow
}

// runBody holds what the run's events state beside its sets, each value with
// its time so that the latest wins whatever the arrival order.
type runBody struct {
	Fields map[string]stampedValue `json:"f,omitempty"`
	// Outputs has the run-scoped facts of outputs by name key.
	Outputs map[int64]outputBody `json:"o,omitempty"`
	// Inputs has what was read of inputs by name key.
	Inputs map[int64]inputBody `json:"r,omitempty"`
	// Streaming, Snapshot and Incomplete are sticky.
	Streaming  bool `json:"s,omitempty"`
	Snapshot   bool `json:"w,omitempty"`
	Incomplete bool `json:"i,omitempty"`
	// Facets are the run's facets by facetKey: where each value is stored;
	// FacetsCut says that there were more.
	Facets    map[string]facetStamp `json:"k,omitempty"`
	FacetsCut bool                  `json:"c,omitempty"`
}

type stampedValue struct {
	At int64           `json:"a"`
	V  json.RawMessage `json:"v"`
}

// outputBody keeps each word with its own time: the latest wins.
type outputBody struct {
	LifecycleAt   int64             `json:"la,omitempty"`
	Lifecycle     catalog.Lifecycle `json:"l,omitempty"`
	Previous      int64             `json:"lp,omitempty"`
	DataVersionAt int64             `json:"da,omitempty"`
	DataVersion   string            `json:"d,omitempty"`
	Statistics    bool              `json:"s,omitempty"`
	// Counted has what was written of each partition ("" the whole).
	Counted map[string]counts `json:"n,omitempty"`
	// Partitions are the parts of the dataset that the run wrote, sorted; none
	// when it named the dataset alone.
	Partitions []string `json:"p,omitempty"`
}

// versionRow is a row of the versions table, without the run's key.
type versionRow struct {
	dataset     int64
	produced    int64
	attempt     int
	partition   string
	started     int64
	dataVersion string
	codeVersion string
	codeHash    string
	tainted     bool
	counts      counts
}

// counts are the statistics of a write; -1 is unknown.
type counts struct {
	At    int64 `json:"a"`
	Rows  int64 `json:"r"`
	Bytes int64 `json:"b"`
	Files int64 `json:"f"`
}

var uncounted = counts{Rows: -1, Bytes: -1, Files: -1}

// countsOf reads the statistics of an output; ok is false without any.
func countsOf(f catalog.IOFact, at int64) (c counts, ok bool) {
	c = uncounted
	c.At = at
	for into, v := range map[*int64]*int64{&c.Rows: f.RowCount, &c.Bytes: f.Bytes, &c.Files: f.FileCount} {
		if v != nil && *v >= 0 {
			*into, ok = *v, true
		}
	}
	return c, ok
}

// after orders statements about one write: the latest wins, ties by value.
func (c counts) after(o counts) bool {
	return cmp.Or(cmp.Compare(c.At, o.At), cmp.Compare(c.Rows, o.Rows), cmp.Compare(c.Bytes, o.Bytes), cmp.Compare(c.Files, o.Files)) > 0
}

// The fields of runBody.Fields.
const (
	fieldNominalStart = "nominalStart"
	fieldNominalEnd   = "nominalEnd"
	fieldParent       = "parent"
	fieldRoot         = "root"
	fieldError        = "error"
	fieldExternal     = "external"
	fieldCode         = "code"
	fieldCodeHash     = "codeHash"
	fieldEngine       = "engine"
	fieldQuery        = "query"
	fieldWindow       = "window"
)

// addEvent adds an event to the set; it reports whether it was new.
func (r *runRec) addEvent(e catalog.RunEvent) bool {
	i, found := slices.BinarySearchFunc(r.events, e, catalog.RunEvent.Compare)
	if found {
		return false
	}
	r.events = slices.Insert(r.events, i, e)
	r.attempts = catalog.FoldRun(r.events)
	return true
}

// state files the scalar statements of a run event.
func (r *runRec) state(f *catalog.RunFact, at time.Time) {
	r.body.Streaming = r.body.Streaming || f.Streaming
	r.body.Snapshot = r.body.Snapshot || f.Snapshot
	r.body.Incomplete = r.body.Incomplete || f.Incomplete
	r.stamp(fieldEngine, at, f.Engine != nil, f.Engine)
	r.stamp(fieldQuery, at, f.Query != nil, f.Query)
	r.stamp(fieldWindow, at, f.WindowSeconds > 0, f.WindowSeconds)
	r.stamp(fieldNominalStart, at, f.NominalStart != nil, f.NominalStart)
	r.stamp(fieldNominalEnd, at, f.NominalEnd != nil, f.NominalEnd)
	r.stamp(fieldParent, at, f.Parent != nil, f.Parent)
	r.stamp(fieldRoot, at, f.Root != nil, f.Root)
	r.stamp(fieldError, at, f.Error != "", f.Error)
	r.stamp(fieldExternal, at, f.ExternalID != "", f.ExternalID)
	r.stamp(fieldCode, at, f.CodeVersion != "", f.CodeVersion)
	r.stamp(fieldCodeHash, at, f.CodeHash != "", f.CodeHash)
}

func (r *runRec) stamp(field string, at time.Time, stated bool, v any) {
	if !stated {
		return
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return
	}
	old, ok := r.body.Fields[field]
	if ok && (old.At > at.UnixNano() || old.At == at.UnixNano() && bytes.Compare(old.V, raw) >= 0) {
		return
	}
	if r.body.Fields == nil {
		r.body.Fields = map[string]stampedValue{}
	}
	r.body.Fields[field] = stampedValue{At: at.UnixNano(), V: raw}
}

func (r *runRec) field(name string, into any) bool {
	v, ok := r.body.Fields[name]
	return ok && json.Unmarshal(v.V, into) == nil
}

func (r *runRec) text(name string) (s string) { r.field(name, &s); return s }

func (r *runRec) ref(name string) *catalog.RunRef {
	var ref catalog.RunRef
	if !r.field(name, &ref) {
		return nil
	}
	return &ref
}

// output files the run-scoped facts of an output: the latest wins, evidence of
// a write is sticky.
func (r *runRec) output(pk int64, f catalog.IOFact, previous int64, at time.Time) {
	if f.Lifecycle == "" && f.DataVersion == "" && !f.Statistics && f.Partition == "" {
		return
	}
	if r.body.Outputs == nil {
		r.body.Outputs = map[int64]outputBody{}
	}
	o := r.body.Outputs[pk]
	o.Statistics = o.Statistics || f.Statistics
	o.Partitions = withPartition(o.Partitions, f.Partition)
	if c, ok := countsOf(f, at.UnixNano()); ok {
		if old, known := o.Counted[f.Partition]; !known || c.after(old) {
			o.Counted = maps.Clone(o.Counted)
			if o.Counted == nil {
				o.Counted = map[string]counts{}
			}
			o.Counted[f.Partition] = c
		}
	}
	if f.Lifecycle != "" && newer(at.UnixNano(), string(f.Lifecycle), o.LifecycleAt, string(o.Lifecycle)) {
		o.LifecycleAt, o.Lifecycle, o.Previous = at.UnixNano(), f.Lifecycle, previous
	}
	if f.DataVersion != "" && newer(at.UnixNano(), f.DataVersion, o.DataVersionAt, o.DataVersion) {
		o.DataVersionAt, o.DataVersion = at.UnixNano(), f.DataVersion
	}
	r.body.Outputs[pk] = o
}

func withPartition(list []string, p string) []string {
	i, found := slices.BinarySearch(list, p)
	if p == "" || found {
		return list
	}
	return slices.Insert(slices.Clone(list), i, p)
}

func newer(at int64, v string, oldAt int64, old string) bool {
	return at > oldAt || at == oldAt && v > old
}

func (r *runRec) last() catalog.Attempt { return r.attempts[len(r.attempts)-1] }

// first is the START of the first attempt: where the run stands among others.
func (r *runRec) started() int64 { return r.attempts[0].StartedAt.UnixNano() }

// ended is the latest end of any attempt.
func (r *runRec) ended() int64 { return nano(r.last().EndedAt) }

// versions applies rule W: a write happened where an attempt succeeded and the
// dataset is an output whose lifecycle word writes. An attempt that failed
// after it completed, or with output statistics, left a tainted version.
func (r *runRec) versions(outputs []int64) []versionRow {
	var out []versionRow
	for _, a := range r.attempts {
		for _, ds := range outputs {
			if v, ok := r.version(a, ds); ok {
				out = append(out, r.parts(v)...)
			}
		}
	}
	return out
}

// parts gives a version for each partition that the run wrote.
func (r *runRec) parts(v versionRow) []versionRow {
	list := r.body.Outputs[v.dataset].Partitions
	if len(list) == 0 {
		v.counts = r.counted(v.dataset, "")
		return []versionRow{v}
	}
	out := make([]versionRow, len(list))
	for i, p := range list {
		out[i] = v
		out[i].partition, out[i].counts = p, r.counted(v.dataset, p)
	}
	return out
}

func (r *runRec) counted(ds int64, partition string) counts {
	if c, ok := r.body.Outputs[ds].Counted[partition]; ok {
		c.At = 0
		return c
	}
	return uncounted
}

func (r *runRec) version(a catalog.Attempt, ds int64) (versionRow, bool) {
	o := r.body.Outputs[ds]
	v := versionRow{dataset: ds, attempt: a.Number, started: a.StartedAt.UnixNano(), dataVersion: o.DataVersion, codeVersion: r.text(fieldCode), codeHash: r.text(fieldCodeHash)}
	switch {
	case !o.Lifecycle.Writes():
		return v, false
	case a.State == catalog.RunSucceeded:
		v.produced = nano(a.CompletedAt)
		if v.produced == 0 {
			v.produced = nano(a.EndedAt)
		}
	case (r.body.Streaming || r.body.Snapshot) && !a.RunningAt.IsZero():
		v.produced = nano(a.RunningAt) // it does not end: what it sent so far is written
	case a.State == catalog.RunFailed && (!a.CompletedAt.IsZero() || o.Statistics):
		v.produced, v.tainted = nano(a.EndedAt), true
	default:
		return v, false
	}
	return v, true
}
