package search

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// delta is what a change changes in the index: most rows differ in what is not
// searched.
type delta struct {
	at        catalog.Position // where the index stands
	done, gap bool             // the change was applied, or follows another one
	foreign   error            // the change is of another projection
	position  catalog.Position
	counts    int64 // the projection of positions
	reset     bool
	put       []addition
	removed   []catalog.AssetID
}

type addition struct {
	id   catalog.AssetID
	doc  document
	body []byte
}

func (m *memory) delta(c graph.Change) delta {
	d := delta{at: m.pos, position: c.Position, counts: cmp.Or(c.Projection, m.counts), foreign: c.Foreign(m.pos, m.counts), reset: c.Reset, removed: c.Removed}
	if c.Reset {
		d.counts = c.Projection
	} else if !c.Names(m.pos) {
		d.done, d.gap = c.Position <= m.pos, c.After != m.pos
	}
	if d.done || d.gap || d.foreign != nil {
		return d
	}
	for n := range c.Rows {
		a := addition{id: c.Rows[n].Asset.ID, doc: newDocument(&c.Rows[n].Asset)}
		a.body = a.doc.encode()
		if c.Reset || !m.same(a.id, m.sum(a.body)) {
			d.put = append(d.put, a)
		}
	}
	return d
}

// write makes the delta durable with its position.
func (d *delta) write(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	if d.reset {
		if _, err := tx.ExecContext(ctx, `DELETE FROM documents; DELETE FROM meta`); err != nil {
			return err
		}
	}
	for _, id := range d.removed {
		if _, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE asset = ?`, id[:]); err != nil {
			return err
		}
	}
	put, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO documents (asset, body) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, a := range d.put {
		if _, err := put.ExecContext(ctx, a.id[:], a.body); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('position', ?), ('projection', ?)`, int64(d.position), d.counts); err != nil {
		return err
	}
	return tx.Commit()
}

// take brings the memory to where the file is.
func (m *memory) take(d delta) {
	for _, id := range d.removed {
		m.remove(id)
	}
	for n := range d.put {
		a := &d.put[n]
		m.put(a.id, &a.doc, m.sum(a.body))
	}
	m.pos, m.counts = d.position, d.counts
}
