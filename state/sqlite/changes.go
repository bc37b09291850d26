package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// changeRow is a row of the table changes without its run: a dataset was
// dropped, renamed from another name, or made.
type changeRow struct {
	dataset, at, previous int64
	change                catalog.Lifecycle
}

// drops reports whether the run says of an output that it is gone.
func (r *runRec) drops() bool {
	for _, o := range r.body.Outputs {
		if o.Lifecycle == catalog.LifecycleDrop {
			return true
		}
	}
	return false
}

// changes are what the run's successful attempts did to datasets beside
// writing them: an output that is only listed is not yet dropped or renamed.
func (r *runRec) changes() []changeRow {
	var out []changeRow
	for _, a := range r.attempts {
		if a.State != catalog.RunSucceeded {
			continue
		}
		for ds, o := range r.body.Outputs {
			if o.Lifecycle == catalog.LifecycleDrop || o.Lifecycle == catalog.LifecycleRename {
				out = append(out, changeRow{ds, cmp.Or(nano(a.CompletedAt), nano(a.EndedAt)), o.Previous, o.Lifecycle})
			}
		}
	}
	slices.SortFunc(out, func(a, b changeRow) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.dataset, b.dataset))
	})
	return out
}

// putChanges replaces the changes that a run made.
func (b *batch) putChanges(r *runRec) error {
	now := r.changes()
	if slices.Equal(now, r.stored.changes) {
		return nil
	}
	if err := b.exec(b.st.dropChanges, r.pk); err != nil {
		return err
	}
	for _, c := range now {
		if err := b.putChange(c, r.pk); err != nil {
			return err
		}
	}
	for _, c := range slices.Concat(now, r.stored.changes) {
		b.dirtyChange(c)
	}
	r.stored.changes = now
	return nil
}

func (b *batch) putChange(c changeRow, run int64) error {
	b.h.changed.Store(true)
	if err := b.exec(b.st.putChange, c.dataset, c.at, run, c.change, c.previous); err != nil || c.previous == 0 {
		return err
	}
	return b.exec(b.st.putMention, c.previous, c.dataset) // the edge of a rename
}

func (b *batch) dirtyChange(c changeRow) {
	for _, pk := range []int64{c.dataset, c.previous} {
		if r := b.h.names.pk(pk); r.known() {
			b.touchName(r)
			b.dirtyName(r)
		}
	}
}

// lifecycles files what a Job- or DatasetEvent says happened.
func (b *batch) lifecycles(f *catalog.Facts, at int64) error {
	for _, l := range f.Lifecycles {
		ds, err := b.name(l.Dataset, at, true)
		if err != nil {
			return err
		}
		c := changeRow{dataset: ds.pk, at: at, change: l.Change}
		if c.previous, err = b.previous(l.Previous, at); err != nil {
			return err
		}
		if err := b.putChange(c, 0); err != nil {
			return err
		}
		b.dirtyChange(c)
	}
	return nil
}

// previous files the old name of a renamed dataset; 0 when none.
func (b *batch) previous(n *catalog.Name, at int64) (int64, error) {
	if n == nil {
		return 0, nil
	}
	r, err := b.name(*n, at, true)
	if err != nil {
		return 0, err
	}
	return r.pk, nil
}

// written: a write may bring back a dataset that was dropped, under whatever
// name.
func (b *batch) written(dataset, since int64) error {
	ds := b.h.names.pk(dataset)
	b.touchName(ds)
	id := b.h.names.asset(dataset)
	if was, ok := b.since[id]; !ok || since < was {
		b.since[id] = since
	}
	if !b.h.changed.Load() {
		return nil
	}
	list, err := b.h.changesOf(b.ctx, b.conn, b.h.names.members(b.h.names.asset(dataset)))
	if len(list) > 0 {
		b.dirtyName(ds)
	}
	return err
}

func anyChange(ctx context.Context, q querier) (found bool, err error) {
	err = each(ctx, q, `SELECT 1 FROM changes LIMIT 1`, nil, func(*sql.Rows) error { found = true; return nil })
	return found, err
}

// storedChange is a change with the runId that made it, "" for a DatasetEvent.
type storedChange struct {
	changeRow
	run string
}

// changesOf reads what happened to the names, and what was renamed from them.
func (h *History) changesOf(ctx context.Context, q querier, members []nameRec) (out []storedChange, err error) {
	if !h.changed.Load() {
		return nil, nil
	}
	in, args := placeholders(pksOf(members))
	query := `SELECT c.dataset, c.at, c.change, c.previous, coalesce(r.run_id, '') FROM changes c LEFT JOIN runs r ON r.pk = c.run
		WHERE c.dataset IN (` + in + `) OR c.previous IN (` + in + `)`
	err = each(ctx, q, query, slices.Concat(args, args), func(rows *sql.Rows) error {
		var c storedChange
		err := rows.Scan(&c.dataset, &c.at, &c.change, &c.previous, &c.run)
		out = append(out, c)
		return err
	})
	return out, err
}

// gone says when an asset last went and came back by the changes; a rename
// among its own names is neither.
func (h *History) gone(id catalog.AssetID, changes []storedChange) (gone, back time.Time) {
	later := func(t *time.Time, at int64) {
		if v := fromNano(at); v.After(*t) {
			*t = v
		}
	}
	for _, c := range changes {
		mine, was := h.names.asset(c.dataset) == id, h.names.asset(c.previous) == id
		switch {
		case mine && was:
		case was:
			later(&gone, c.at)
		case c.change == catalog.LifecycleDrop:
			later(&gone, c.at)
		case c.change == catalog.LifecycleRename || c.change.Writes():
			later(&back, c.at)
		}
	}
	return gone, back
}

// whereabouts is gone with the writes, which bring back too.
func (h *History) whereabouts(ctx context.Context, q querier, id catalog.AssetID, members []nameRec, changes []storedChange) (gone, back time.Time, err error) {
	if gone, back = h.gone(id, changes); gone.IsZero() {
		return gone, back, nil
	}
	v, err := h.versions(ctx, q, pksOf(members), VersionFilter{Untainted: true, Limit: 1})
	if len(v) > 0 && v[0].ProducedAt.After(back) {
		back = v[0].ProducedAt
	}
	return gone, back, err
}

// former lists the names that an asset had before renames, as far as nothing
// came back under them: the last that happened to each is the rename.
func (h *History) former(ctx context.Context, q querier, id catalog.AssetID, changes []storedChange, seen map[catalog.AssetID]bool) (out []nameRec, err error) {
	for _, c := range changes {
		old := h.names.asset(c.previous)
		if c.change != catalog.LifecycleRename || c.previous == 0 || seen[old] || h.names.asset(c.dataset) != id {
			continue
		}
		members := h.names.members(old)
		before, err := h.changesOf(ctx, q, members)
		if err != nil {
			return nil, err
		}
		gone, back, err := h.whereabouts(ctx, q, old, members, before)
		if err != nil {
			return nil, err
		}
		if !gone.Equal(fromNano(c.at)) || back.After(gone) {
			continue
		}
		seen[old] = true
		further, err := h.former(ctx, q, old, before, seen)
		if err != nil {
			return nil, err
		}
		out = append(append(out, members...), further...)
	}
	return out, nil
}

// spreadRenames marks what was renamed from a changed asset, near or far: what
// people said of the old name may follow, or go back to it.
func (b *batch) spreadRenames() error {
	if !b.h.changed.Load() {
		return nil
	}
	queue := make([]catalog.AssetID, 0, len(b.dirty))
	for id := range b.dirty {
		queue = append(queue, id)
	}
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		list, err := b.h.changesOf(b.ctx, b.conn, b.h.names.members(id))
		if err != nil {
			return err
		}
		for _, c := range list {
			if to := b.h.names.asset(c.dataset); c.change == catalog.LifecycleRename && !b.dirty[to] {
				b.dirty[to] = true
				queue = append(queue, to)
			}
		}
	}
	return nil
}

// renames adds an edge from the old name of a dataset to its new one, open from
// the first rename: the data is the same, whatever the old name is used for
// later.
func (h *History) renames(g edgeGroups, id catalog.AssetID, changes []storedChange) {
	for _, c := range changes {
		from := h.names.asset(c.previous)
		if c.previous == 0 || h.names.asset(c.dataset) != id || from == id {
			continue
		}
		e := catalog.Edge{Type: catalog.EdgeDerives, Source: from, Target: id, Origin: catalog.EdgeObserved,
			Transformation: catalog.Transformation{Type: catalog.TransformationRename}}
		if c.run == "" {
			e.Origin = catalog.EdgeDeclared
		}
		g[e] = append(g[e], catalog.Interval{From: fromNano(c.at), Run: c.run})
	}
}

// maxRenames bounds how far a rename is followed.
const maxRenames = 20

// Follow gives the asset that a dataset was renamed to, over several renames,
// while the old name is not written again; else the id itself.
func (h *History) Follow(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	for range maxRenames {
		next, err := h.renamedTo(ctx, id)
		if err != nil {
			return id, fmt.Errorf("follow renames: %w", err)
		}
		if next == id {
			break
		}
		id = next
	}
	return id, nil
}

// renamedTo is the asset of the latest rename away from one that is gone by it;
// of several at one time the least.
func (h *History) renamedTo(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	changes, err := h.changesOf(ctx, h.db.read, h.names.members(id))
	if err != nil || len(changes) == 0 {
		return id, err
	}
	gone, back := h.gone(id, changes)
	last, err := h.versions(ctx, h.db.read, pksOf(h.names.members(id)), VersionFilter{Untainted: true, Limit: 1})
	if err != nil || back.After(gone) || len(last) > 0 && last[0].ProducedAt.After(gone) {
		return id, err
	}
	to := id
	for _, c := range changes {
		next := h.names.asset(c.dataset)
		if c.previous == 0 || next == id || h.names.asset(c.previous) != id || !fromNano(c.at).Equal(gone) {
			continue
		}
		if to == id || next.Compare(to) < 0 {
			to = next
		}
	}
	return to, nil
}
