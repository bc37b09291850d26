package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// flush writes what the batch gathered: runs and what follows from them, the
// stamps of names, the dirty asset keys, and the position last.
func (b *batch) flush() error {
	if b.pos == 0 {
		return nil
	}
	if err := b.flushRuns(); err != nil {
		return err
	}
	if err := b.flushStamps(); err != nil {
		return fmt.Errorf("file stamps: %w", err)
	}
	if err := b.spreadMembership(); err != nil {
		return fmt.Errorf("find who mentions a merged name: %w", err)
	}
	if err := b.spreadRenames(); err != nil {
		return fmt.Errorf("find what was renamed: %w", err)
	}
	for id := range b.dirty {
		if err := b.exec(b.st.putDirty, id[:], int64(b.pos)); err != nil {
			return fmt.Errorf("mark dirty: %w", err)
		}
	}
	if b.h.position.Load() == 0 {
		if err := b.exec(b.st.putMeta, metaNaming, b.h.naming.Fingerprint()); err != nil {
			return fmt.Errorf("note the naming: %w", err)
		}
	}
	return b.exec(b.st.putMeta, "position", int64(b.pos))
}

func (b *batch) flushStamps() error {
	for r := range b.stamped {
		if err := b.exec(b.st.putStamps, r.pk, b.h.names.stamps.body(r)); err != nil {
			return err
		}
	}
	return nil
}

// spreadMembership marks every job that mentions a name whose asset changed:
// its edges point at another asset now.
func (b *batch) spreadMembership() error {
	seen := map[int64]bool{}
	for id := range b.members {
		for _, r := range b.h.names.members(id) {
			if seen[r.pk] {
				continue
			}
			seen[r.pk] = true
			if err := b.dirtyMentions(r.pk); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) dirtyMentions(pk int64) error {
	var jobs []int64
	err := each(b.ctx, b.conn, `SELECT job FROM mentions WHERE name = ?`, []any{pk}, func(rows *sql.Rows) error {
		var job int64
		if err := rows.Scan(&job); err != nil {
			return err
		}
		b.dirty[b.h.names.asset(job)] = true
		jobs = append(jobs, job)
		return nil
	})
	if err != nil || b.h.names.pk(pk).name.Type != catalog.TypeJob {
		return err
	}
	for _, job := range jobs {
		if err := b.dirtyOrders(job); err != nil {
			return err
		}
	}
	return nil
}

// dirtyOrders marks every job in the orders that a job states: an order is
// owned by its downstream job, whoever states it and whichever side changed.
func (b *batch) dirtyOrders(job int64) error {
	for _, origin := range []int{observed, declared} {
		body, err := readRelation(b.ctx, b.conn, sideKey{job, setOrders, origin})
		if err != nil {
			return err
		}
		if body == nil {
			continue
		}
		spans, err := decodeSpans(body)
		if err != nil {
			return fmt.Errorf("read relation: %w", err)
		}
		for pk := range mentionedIn(setOrders, spans) {
			b.dirty[b.h.names.asset(pk)] = true
		}
	}
	return nil
}

// dirtyAsset is an asset whose row changed, and the position that changed it
// last.
type dirtyAsset struct {
	id catalog.AssetID
	at catalog.Position
}

// dirtyAfter returns about limit assets whose rows changed behind after, in the
// order of positions, and where a follower stands when it has applied them; 0
// when there are no more.
func (h *History) dirtyAfter(tx *sql.Tx, after catalog.Position, limit int) ([]dirtyAsset, catalog.Position, error) {
	var list []dirtyAsset
	var last, cut int64
	rows, err := tx.Query(`SELECT asset, position FROM dirty WHERE position > ? ORDER BY position`, int64(after))
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw sql.RawBytes
		var pos int64
		if err := rows.Scan(&raw, &pos); err != nil {
			return nil, 0, err
		}
		if len(list) >= limit && pos != last { // never part what one batch wrote
			cut = last
			break
		}
		var id catalog.AssetID
		copy(id[:], raw)
		list, last = append(list, dirtyAsset{id, catalog.Position(pos)}), pos
	}
	return list, catalog.Position(cut), rows.Err()
}
