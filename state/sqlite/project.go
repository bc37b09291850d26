package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// The values that pass through a projection.
type (
	Projected = catalog.Projected
	Touched   = catalog.Touched
	Final     = catalog.Final
)

// Project files a batch of entries in one transaction: facts, position and the
// dirty asset keys, whole or not at all. Entries at or before the present
// position are skipped, so a replay is harmless.
func (h *History) Project(ctx context.Context, entries []Projected) (Touched, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.prepare(ctx); err != nil {
		return Touched{}, err
	}
	b := newBatch(ctx, h)
	if err := b.run(entries); err != nil {
		// Memory may be ahead of the disk now: forget it and read again.
		h.stale = true
		if loadErr := h.refresh(context.WithoutCancel(ctx)); loadErr != nil {
			return Touched{}, fmt.Errorf("project: %v; read again: %w", err, loadErr)
		}
		return Touched{}, fmt.Errorf("project: %w", judge(err))
	}
	if len(b.dirty) > 0 {
		h.dirtied.Store(uint64(b.pos))
	}
	if b.pos > 0 {
		h.position.Store(uint64(b.pos))
	}
	return b.touchedSet(), nil
}

// prepare sees to it that memory is what the disk has, and to a connection.
func (h *History) prepare(ctx context.Context) error {
	if err := h.refresh(ctx); err != nil {
		return fmt.Errorf("project: read again: %w", err)
	}
	if h.conn != nil {
		return nil
	}
	conn, err := h.db.project.Conn(ctx)
	if err != nil {
		return fmt.Errorf("project: %w", err)
	}
	st, err := prepareAll(ctx, conn)
	if err != nil {
		return errors.Join(fmt.Errorf("project: %w", err), conn.Close())
	}
	h.conn, h.st = conn, st
	return nil
}

// batch is one projection transaction.
type batch struct {
	ctx  context.Context
	h    *History
	conn *sql.Conn
	st   *statements
	pos  catalog.Position

	runs    []*runRec         // touched in this batch, in order of touch
	stamped map[*nameRow]bool // names whose stamps or last_seen moved
	dirty   map[catalog.AssetID]bool
	touched map[catalog.AssetID]bool
	since   map[catalog.AssetID]int64 // from when on versions and looks changed
	members map[catalog.AssetID]bool  // assets whose membership changed
	fresh   map[int64]bool            // names that are new in this batch: no row mentions them but what is in memory
	// filed has all facets of names at hand, those of this batch last; nil where
	// they no longer are.
	filed map[int64][]catalog.StampedProperty
}

func newBatch(ctx context.Context, h *History) *batch {
	return &batch{ctx: context.WithoutCancel(ctx), h: h, conn: h.conn, st: h.st,
		stamped: map[*nameRow]bool{}, dirty: map[catalog.AssetID]bool{},
		touched: map[catalog.AssetID]bool{}, since: map[catalog.AssetID]int64{}, members: map[catalog.AssetID]bool{}, fresh: map[int64]bool{},
		filed: map[int64][]catalog.StampedProperty{}}
}

func (b *batch) run(entries []Projected) (err error) {
	b.h.db.turn.Lock()
	defer b.h.db.turn.Unlock()
	if _, err := b.conn.ExecContext(b.ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, rollback := b.conn.ExecContext(b.ctx, "ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if err := guarded(func() error { return b.all(entries) }); err != nil {
		return err
	}
	return b.commit(len(entries))
}

// restEvery is after how many entries followers rest for one commit.
const restEvery = 2048

// commit commits. The write-ahead log begins again only at a checkpoint that no
// reader needs it at, and followers that have much to catch up with read
// without a gap: while they do it grows without bound, and with it the cost of
// every read. So they rest for one commit in some.
func (b *batch) commit(entries int) error {
	if b.h.unrested += entries; b.h.unrested >= restEvery {
		b.h.unrested = 0
		b.h.rest.Lock()
		defer b.h.rest.Unlock()
	}
	b.h.recent.drop(b.filed) // before who reads the new ones can meet the old ones
	if _, err := b.conn.ExecContext(b.ctx, "COMMIT"); err != nil {
		return err
	}
	b.h.recent.put(b.filed)
	b.h.lasts.touch(b.runs)
	return nil
}

func (b *batch) all(entries []Projected) error {
	for _, e := range entries {
		if uint64(e.Position) <= b.h.position.Load() {
			continue
		}
		if err := b.entry(e); err != nil {
			return fmt.Errorf("entry %s: %w", e.Position, err)
		}
		b.pos = e.Position
	}
	return b.flush()
}

func (b *batch) entry(e Projected) error {
	if e.Facts == nil {
		return b.park(e)
	}
	if op := e.Facts.Operator; op != nil {
		if op.Verb == catalog.OperatorReplay || op.Verb == catalog.OperatorDrop {
			return b.reconsider(e)
		}
		return b.operator(e.Position, *op)
	}
	return b.facts(e.Facts)
}

// facts files what one event states.
func (b *batch) facts(f *catalog.Facts) error {
	f = b.h.naming.Settle(f)
	at := nano(f.EventTime)
	for _, step := range []func(*catalog.Facts, int64) error{b.assets, b.aliases, b.runFacts, b.declared, b.lifecycles, b.checks, b.looks} {
		if err := step(f, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) exec(st *sql.Stmt, args ...any) error {
	_, err := st.ExecContext(b.ctx, args...)
	return err
}

func (b *batch) touchedSet() Touched {
	for id := range b.dirty {
		b.touched[id] = true
	}
	t := Touched{Position: b.pos, Rows: len(b.dirty) > 0, Regrouped: len(b.members) > 0, Written: make(map[catalog.AssetID]time.Time, len(b.since)), Sure: true}
	for id, at := range b.since {
		t.Written[id] = fromNano(at)
	}
	for id := range b.touched {
		t.Assets = append(t.Assets, id)
	}
	slices.SortFunc(t.Assets, catalog.AssetID.Compare)
	for _, r := range b.runs {
		t.Runs = append(t.Runs, catalog.RunKey{Job: r.job.name, RunID: r.runID})
	}
	return t
}
