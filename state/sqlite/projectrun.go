package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// The places of statedSets: what events name, and the flows of the explicit
// lineage facet.
const (
	setInputs = iota
	setOutputs
	setColumns
	setOrders
	setFlows
)

// statedSets are sets of what a run's events, or a declaration, state.
type statedSets [setFlows + 1]int64

// runFacts files what a run event states of its run.
func (b *batch) runFacts(f *catalog.Facts, at int64) error {
	if f.Run == nil || f.Job == nil {
		return nil
	}
	r, err := b.run1(f)
	if err != nil {
		return err
	}
	r.addEvent(catalog.RunEvent{Type: f.Run.Type, At: f.EventTime.UTC(), Tool: f.Run.ToolState})
	r.state(f.Run, f.EventTime)
	if err := b.fileFacets(r, facetPlace{}, f.Run.Facets, at); err != nil {
		return err
	}
	sets, err := b.fileSets(f, at, r)
	if err != nil {
		return err
	}
	for i := range sets {
		if r.sets[i], err = b.union(r.sets[i], sets[i]); err != nil {
			return err
		}
	}
	b.touchName(r.job)
	return nil
}

// fileSets files the names of the event's inputs, outputs, column edges, orders
// and flows and gives the sets of them.
func (b *batch) fileSets(f *catalog.Facts, at int64, r *runRec) (sets statedSets, err error) {
	output := func(ds nameRec, io catalog.IOFact) error {
		b.touchName(ds)
		if r == nil {
			return nil
		}
		previous, err := b.previous(io.Previous, at)
		if err != nil {
			return err
		}
		r.output(ds.pk, io, previous, f.EventTime)
		return b.fileFacets(r, facetPlace{sideOutput, ds.id}, io.Facets, at)
	}
	input := func(ds nameRec, io catalog.IOFact) error {
		if r == nil {
			return nil
		}
		r.input(ds.pk, io, f.EventTime)
		return b.fileFacets(r, facetPlace{sideInput, ds.id}, io.Facets, at)
	}
	if sets[setInputs], err = b.ioSet(f.Inputs, at, input); err != nil {
		return sets, err
	}
	if sets[setOutputs], err = b.ioSet(f.Outputs, at, output); err != nil {
		return sets, err
	}
	if sets[setColumns], err = b.columnSet(f.Columns, at); err != nil {
		return sets, err
	}
	if sets[setFlows], err = b.flowSet(f, at); err != nil {
		return sets, err
	}
	sets[setOrders], err = b.orderSet(f, at)
	return sets, err
}

// flowSet is empty without the facet, and never with it.
func (b *batch) flowSet(f *catalog.Facts, at int64) (int64, error) {
	if !f.Explicit {
		return 0, nil
	}
	set, err := b.columnSet(f.Flows, at)
	if err != nil {
		return 0, err
	}
	mark, err := b.set([]string{explicitKey})
	if err != nil {
		return 0, err
	}
	return b.union(set, mark)
}

func (b *batch) ioSet(list []catalog.IOFact, at int64, each func(nameRec, catalog.IOFact) error) (int64, error) {
	keys := make([]string, 0, len(list))
	for _, io := range list {
		ds, err := b.name(io.Dataset, at, true)
		if err != nil {
			return 0, err
		}
		if each != nil {
			if err := each(ds, io); err != nil {
				return 0, err
			}
		}
		keys = append(keys, nameKey(ds.pk))
	}
	return b.set(keys)
}

func (b *batch) columnSet(list []catalog.ColumnFact, at int64) (int64, error) {
	keys := make([]string, 0, len(list))
	for _, c := range list {
		src, err := b.name(c.Source, at, true)
		if err != nil {
			return 0, err
		}
		dst, err := b.name(c.Target, at, true)
		if err != nil {
			return 0, err
		}
		keys = append(keys, columnKey(src.pk, dst.pk, c))
	}
	return b.set(keys)
}

func (b *batch) orderSet(f *catalog.Facts, at int64) (int64, error) {
	var keys []string
	if f.Parent != nil {
		p, err := b.name(*f.Parent, at, true)
		if err != nil {
			return 0, err
		}
		keys = append(keys, parentKey(p.pk))
	}
	for _, c := range f.Controls {
		up, err := b.name(c.Upstream, at, true)
		if err != nil {
			return 0, err
		}
		down, err := b.name(c.Downstream, at, true)
		if err != nil {
			return 0, err
		}
		keys = append(keys, controlKey(up.pk, down.pk, c))
	}
	return b.set(keys)
}

// run1 gives the record of the event's run, from memory, disk, or new.
func (b *batch) run1(f *catalog.Facts) (*runRec, error) {
	job, err := b.name(f.Job.Name, nano(f.EventTime), true)
	if err != nil {
		return nil, err
	}
	key := runKey{job.pk, f.Run.RunID}
	r := b.h.runs[key]
	if r == nil {
		if r, err = b.loadRun(job, f.Run.RunID); err != nil {
			return nil, err
		}
		b.h.runs[key] = r
	}
	if !r.touched {
		r.touched = true
		b.runs = append(b.runs, r)
	}
	return r, nil
}

func (b *batch) runPK(f *catalog.Facts) (int64, error) {
	if f.Run == nil || f.Job == nil {
		return 0, nil
	}
	r, err := b.run1(f)
	if err != nil {
		return 0, err
	}
	return r.pk, nil
}

func (b *batch) loadRun(job nameRec, runID string) (*runRec, error) {
	r := &runRec{job: job, runID: runID}
	beyond, err := b.beyond(job, runID)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	if beyond {
		return b.newRun(r), nil
	}
	var events, body []byte
	row := b.st.getRun.QueryRowContext(b.ctx, job.pk, runID)
	err = row.Scan(&r.pk, &r.stored.state, &r.stored.started, &r.stored.ended, &events,
		&r.sets[setInputs], &r.sets[setOutputs], &r.sets[setColumns], &r.sets[setOrders], &r.sets[setFlows], &body)
	if err == sql.ErrNoRows {
		return b.newRun(r), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	if err := r.decode(events, body); err != nil {
		return nil, fmt.Errorf("run %d: %w", r.pk, err)
	}
	r.stored.exists, r.stored.partial = true, r.body.Incomplete
	if r.stored.related, err = b.runRelated(r); err != nil {
		return nil, err
	}
	r.stored.changes = r.changes()
	return r, b.loadVersions(r)
}

// beyond reports whether a run's id is greater than all that the job has, so
// that there is nothing to look up: most ids begin with the time of the run.
func (b *batch) beyond(job nameRec, runID string) (bool, error) {
	if b.fresh[job.pk] {
		return true, nil
	}
	greatest, known := b.h.greatest[job.pk]
	if !known {
		if err := b.st.greatestRun.QueryRowContext(b.ctx, job.pk).Scan(&greatest); err != nil {
			return false, err
		}
		b.h.greatest[job.pk] = greatest
	}
	return runID > greatest, nil
}

func (b *batch) newRun(r *runRec) *runRec {
	b.h.greatest[r.job.pk] = max(b.h.greatest[r.job.pk], r.runID)
	b.h.nextRun++
	r.pk = b.h.nextRun
	return r
}

func (r *runRec) decode(events, body []byte) error {
	if err := json.Unmarshal(events, &r.events); err != nil {
		return err
	}
	r.attempts = catalog.FoldRun(r.events)
	return json.Unmarshal(body, &r.body)
}

func (b *batch) loadVersions(r *runRec) error {
	outs, err := b.keys(r.sets[setOutputs])
	if err == nil {
		r.stored.versions = r.versions(nameKeys(outs))
	}
	return err
}

// flushRuns writes the touched runs, then their versions, then what follows
// for the job's relations (which reads the runs just written).
func (b *batch) flushRuns() error {
	for _, r := range b.runs {
		var err error
		if r.related, err = b.runRelated(r); err != nil {
			return fmt.Errorf("relate run: %w", err)
		}
		if err := b.putRun(r); err != nil {
			return fmt.Errorf("file run: %w", err)
		}
		if err := b.putVersions(r); err != nil {
			return fmt.Errorf("file versions: %w", err)
		}
		if err := b.putChanges(r); err != nil {
			return fmt.Errorf("file lifecycle: %w", err)
		}
	}
	for _, r := range b.runs {
		for kind := range r.related {
			if err := b.relate(r, kind); err != nil {
				return fmt.Errorf("file lineage: %w", err)
			}
		}
	}
	for _, r := range b.runs {
		r.settle()
	}
	b.trimRuns()
	return nil
}

func (r *runRec) settle() {
	r.touched = false
	r.stored.exists, r.stored.related, r.stored.state = true, r.related, r.last().State
	r.stored.started, r.stored.ended, r.stored.partial = r.started(), r.ended(), r.body.Incomplete
}

func (b *batch) trimRuns() {
	if len(b.h.runs) > maxCachedRuns {
		clear(b.h.runs)
	}
	if len(b.h.greatest) > maxCachedSides {
		clear(b.h.greatest) // only here, where all runs are on disk
	}
}

func (b *batch) putRun(r *runRec) error {
	events, err := json.Marshal(r.events)
	if err != nil {
		return err
	}
	body, err := json.Marshal(r.body)
	if err != nil {
		return err
	}
	last := r.last()
	parent, root := "", ""
	if p := r.ref(fieldParent); p != nil {
		parent = p.RunID
	}
	if p := r.ref(fieldRoot); p != nil {
		root = p.RunID
	}
	return b.exec(b.st.putRun, r.pk, r.job.pk, r.runID, last.State, last.Number, r.started(), last.StartKnown, r.ended(),
		r.events[len(r.events)-1].At.UnixNano(), parent, root, r.text(fieldExternal), events,
		r.sets[setInputs], r.sets[setOutputs], r.sets[setColumns], r.sets[setOrders], r.sets[setFlows],
		r.related[setInputs], r.related[setOutputs], r.related[setColumns], r.body.Incomplete, body)
}

func (b *batch) putVersions(r *runRec) error {
	outs, err := b.keys(r.sets[setOutputs])
	if err != nil {
		return err
	}
	now := r.versions(nameKeys(outs))
	if slices.Equal(now, r.stored.versions) {
		return nil
	}
	if len(r.stored.versions) > 0 {
		if err := b.exec(b.st.dropVersions, r.pk); err != nil {
			return err
		}
	}
	for _, v := range now {
		if err := b.exec(b.st.putVersion, v.dataset, v.produced, r.pk, v.attempt, v.partition, v.started, v.dataVersion, v.codeVersion, v.codeHash, v.tainted,
			v.counts.Rows, v.counts.Bytes, v.counts.Files); err != nil {
			return err
		}
	}
	for _, v := range slices.Concat(now, r.stored.versions) {
		if err := b.written(v.dataset, min(v.started, v.produced)); err != nil { // it explains the looks between them
			return err
		}
	}
	r.stored.versions = now
	return nil
}
