package policies

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Recall is a history that remembers what snapshots ask most: rows, the newest
// versions of a dataset, and runs by their keys. A watermark or a pin is followed
// through hundreds of assets of which an event touches a few. Whoever projects
// events tells it what they touched, before anybody is woken; until then an
// answer may be as old as the moment before those events.
type Recall struct {
	History
	mu       sync.Mutex
	told     uint64 // how many batches were told of
	rows     map[catalog.AssetID]remembered
	versions map[catalog.AssetID]newestVersions
	runs     map[catalog.AssetID]map[catalog.RunKey][]catalog.Run
	runCount int
	marks    *marks
	facts    facts
}

// remembered is a row, or that there is none.
type remembered struct {
	row   catalog.Asset
	found bool
}

// newestVersions are untainted, newest first; whole when there are no others.
type newestVersions struct {
	list  []catalog.Version
	whole bool
}

const (
	// keptVersions of a dataset: pins lie a few versions back.
	keptVersions = 8
	// maxRecalled bounds each kind; at it that kind is forgotten.
	maxRecalled = 50_000
)

// NewRecall remembers nothing yet.
func NewRecall(h History) *Recall {
	r := &Recall{History: h, marks: newMarks()}
	r.clear()
	return r
}

func (r *Recall) clear() {
	r.rows, r.versions = map[catalog.AssetID]remembered{}, map[catalog.AssetID]newestVersions{}
	r.runs, r.runCount = map[catalog.AssetID]map[catalog.RunKey][]catalog.Run{}, 0
}

// forget drops what a batch touched, and gives what of watermarks and facts is gone
// by it. things are what the batch is about, and what went for want of room comes
// with them.
func (r *Recall) forget(ctx context.Context, t catalog.Touched, things []thing) ([]thing, []forgotten) {
	r.drop(t)
	nodes, lost := r.marks.forget(ctx, r, t)
	about := slices.Concat(things, lost)
	for _, n := range nodes {
		about = append(about, n.thing())
	}
	facts, more := r.facts.forget(about)
	gone := make([]forgotten, 0, len(nodes)+len(facts))
	for _, n := range nodes {
		gone = append(gone, forgotten{node: n})
	}
	for _, x := range facts {
		gone = append(gone, forgotten{fact: x})
	}
	return slices.Concat(things, lost, more), gone
}

func (r *Recall) drop(t catalog.Touched) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told++
	if t.Regrouped {
		r.clear()
		return
	}
	for _, id := range t.Assets {
		delete(r.rows, id)
		delete(r.versions, id)
		r.runCount -= len(r.runs[id])
		delete(r.runs, id)
	}
}

// known looks something up, or gives the state that a later keep is of.
func known[V any](r *Recall, get func() (V, bool)) (v V, ok bool, told uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok = get()
	return v, ok, r.told
}

// keep stores what was read, unless something was forgotten meanwhile.
func (r *Recall) keep(told uint64, store func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == told {
		store()
	}
}

// Assets asks the history for the rows that are not known.
func (r *Recall) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	if len(ids) != 1 {
		return r.History.Assets(ctx, ids)
	}
	id := ids[0]
	have, ok, told := known(r, func() (remembered, bool) { v, ok := r.rows[id]; return v, ok })
	if !ok {
		rows, err := r.History.Assets(ctx, ids)
		if err != nil {
			return nil, err
		}
		if have.found = len(rows) == 1; have.found {
			have.row = rows[0]
		}
		r.keep(told, func() {
			if len(r.rows) >= maxRecalled {
				clear(r.rows)
			}
			r.rows[id] = have
		})
	}
	if !have.found {
		return nil, nil
	}
	return []catalog.Asset{have.row}, nil
}

// Versions answers for the newest one before a time.
func (r *Recall) Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error) {
	if !q.Untainted || q.Limit != 1 || !q.After.IsZero() || !q.Run.IsZero() || q.DataVersion != "" || len(q.Partitions) > 0 {
		return r.History.Versions(ctx, q)
	}
	have, ok, told := known(r, func() (newestVersions, bool) { v, ok := r.versions[q.Dataset]; return v, ok })
	if !ok {
		list, err := r.History.Versions(ctx, VersionQuery{Dataset: q.Dataset, Untainted: true, Limit: keptVersions})
		if err != nil {
			return nil, err
		}
		have = newestVersions{list, len(list) < keptVersions}
		r.keep(told, func() {
			if len(r.versions) >= maxRecalled {
				clear(r.versions)
			}
			r.versions[q.Dataset] = have
		})
	}
	if found, sure := have.before(q.Before); sure {
		return found, nil
	}
	return r.History.Versions(ctx, q)
}

// before is the newest version before a time; not sure when it lies further back
// than what is remembered.
func (n newestVersions) before(t time.Time) (found []catalog.Version, sure bool) {
	for i := range n.list {
		if t.IsZero() || n.list[i].ProducedAt.Before(t) {
			return []catalog.Version{n.list[i]}, true
		}
	}
	return nil, n.whole
}

// Runs answers for one run by its key.
func (r *Recall) Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error) {
	if len(q.Keys) != 1 || q.Limit != 1 || len(q.Jobs)+len(q.States)+len(q.RunIDs)+len(q.ExternalIDs) > 0 {
		return r.History.Runs(ctx, q)
	}
	key := q.Keys[0]
	job, err := r.History.Canonical(ctx, catalog.AssetID(key.Job.ID()))
	if err != nil {
		return nil, err
	}
	have, ok, told := known(r, func() ([]catalog.Run, bool) { v, ok := r.runs[job][key]; return v, ok })
	if ok {
		return have, nil
	}
	list, err := r.History.Runs(ctx, q)
	if err == nil && len(list) == 1 && list[0].EndedAt != nil { // one that goes on may fall silent
		r.keep(told, func() {
			if r.runCount >= maxRecalled {
				clear(r.runs)
				r.runCount = 0
			}
			if r.runs[job] == nil {
				r.runs[job] = map[catalog.RunKey][]catalog.Run{}
			}
			r.runs[job][key] = list
			r.runCount++
		})
	}
	return list, err
}
