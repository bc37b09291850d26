package virtual

import (
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Event is one word of a tool about one of its runs, as OpenLineage tells it.
// Any order and any number of repetitions give the same run.
type Event struct {
	Key        catalog.RunKey
	Type       catalog.EventType
	Tool       catalog.RunState // with Type EventTool
	At         time.Time
	Parent     *catalog.RunRef
	ExternalID string
	Inputs     []catalog.Name
	Written    []Written
}

// telling is what was told of a run so far.
type telling struct {
	events  []catalog.RunEvent
	run     catalog.Run
	written []Written
}

// Tell adds an event, and says what it may have changed.
func (w *World) Tell(e Event) catalog.Touched {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.told[e.Key]
	if t == nil {
		t = &telling{run: catalog.Run{Key: e.Key}}
		w.told[e.Key] = t
	}
	t.add(e)
	names, edges := len(w.names), len(w.edges.count)
	touched := catalog.Touched{Written: map[catalog.AssetID]time.Time{}, Sure: true}
	w.writing(t.run, &touched) // what it no longer says it wrote
	w.put(t.fold(), t.written)
	w.writing(t.run, &touched)
	touched.Assets, touched.Runs, touched.Position = []catalog.AssetID{w.id(e.Key.Job)}, []catalog.RunKey{e.Key}, w.pos
	touched.Rows = len(w.names) != names || len(w.edges.count) != edges
	for _, o := range t.run.Outputs {
		touched.Assets = append(touched.Assets, w.id(o))
	}
	for _, i := range t.run.Inputs {
		if touched.Rows { // its readers may be others
			touched.Assets = append(touched.Assets, w.id(i))
		}
	}
	return touched
}

// writing notes the versions that there are of a run.
func (w *World) writing(r catalog.Run, t *catalog.Touched) {
	for _, o := range r.Outputs {
		for i := range w.versions[o] {
			v := &w.versions[o][i]
			if since, known := t.Written[w.id(o)]; v.Run == r.Key && (!known || v.ProducedAt.Before(since)) {
				t.Written[w.id(o)] = v.ProducedAt
			}
		}
	}
}

func (t *telling) add(e Event) {
	if one := (catalog.RunEvent{Type: e.Type, At: e.At, Tool: e.Tool}); !slices.Contains(t.events, one) {
		t.events = append(t.events, one)
	}
	if e.Parent != nil {
		t.run.Parent = e.Parent
	}
	if e.ExternalID != "" {
		t.run.ExternalID = e.ExternalID
	}
	t.run.Inputs = union(t.run.Inputs, e.Inputs)
	for _, o := range e.Written {
		t.run.Outputs = union(t.run.Outputs, []catalog.Name{o.Name})
		if i := slices.IndexFunc(t.written, func(had Written) bool { return had.Name == o.Name }); i < 0 {
			t.written = append(t.written, o)
		} else if o.DataVersion != "" || !o.DataTime.IsZero() {
			t.written[i] = o
		}
	}
}

// union gives a new sorted list: the old one may be read elsewhere.
func union(a, b []catalog.Name) []catalog.Name {
	if len(b) == 0 {
		return a
	}
	out := slices.Concat(a, b)
	slices.SortFunc(out, catalog.Name.Compare)
	return slices.Compact(out)
}

// fold gives the run as all its events together tell it.
func (t *telling) fold() catalog.Run {
	attempts := catalog.FoldRun(t.events)
	last := attempts[len(attempts)-1]
	r := t.run
	r.State, r.Attempt, r.StartedAt, r.StartKnown = last.State, last.Number, last.StartedAt, last.StartKnown
	if !last.EndedAt.IsZero() {
		r.EndedAt = &last.EndedAt
	}
	for _, e := range t.events {
		if e.At.After(r.LastEventAt) {
			r.LastEventAt = e.At
		}
	}
	if last.State == catalog.RunFailed && !last.CompletedAt.IsZero() {
		r.Flags = []string{"wrote"}
	}
	return r
}
