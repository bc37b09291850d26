package sqlite

import (
	"database/sql"

	"github.com/weirhq/weir/catalog"
)

// assets files the properties of the job and the datasets.
func (b *batch) assets(f *catalog.Facts, at int64) error {
	if f.Job != nil {
		if err := b.asset(*f.Job, at); err != nil {
			return err
		}
	}
	for _, d := range f.Datasets {
		if err := b.asset(d, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) asset(a catalog.AssetFact, at int64) error {
	r, err := b.name(a.Name, at, true)
	if err != nil {
		return err
	}
	if err := b.loadProps(r); err != nil {
		return err
	}
	if at > r.lastSeen {
		r.lastSeen = at
		b.stamped[r.nameRow] = true
	}
	for _, p := range a.Properties {
		if err := b.property(r, p, at); err != nil {
			return err
		}
	}
	return nil
}

// property keeps the latest statement per key, by (time, bytes).
func (b *batch) property(r nameRec, p catalog.Property, at int64) error {
	stamps := b.h.names.stamps
	old, hash := stamps.of(r.nameRow, p.Key), rawHash(p.Raw)
	if old != nil && (at < old.at || at == old.at && hash == old.hash) {
		return nil
	}
	if old != nil && hash == old.hash {
		old.at = at
		b.notAtHand(r.pk)
		b.stamped[r.nameRow] = true
		return b.restated(r, p.Key)
	}
	if old != nil && at == old.at {
		bigger, err := b.biggerThanStored(r, p)
		if err != nil || !bigger {
			return err
		}
	}
	stamps.put(r.nameRow, p.Key, at, hash)
	b.stamped[r.nameRow] = true
	b.dirtyName(r)
	b.filedNow(r.pk, catalog.StampedProperty{Property: p, At: fromNano(at)})
	return b.exec(b.st.putProp, r.pk, p.Key, []byte(p.Raw), []byte(p.Value), p.Deleted)
}

// restated: an equal facet with a newer time changes the row where another name
// of the asset states it too.
func (b *batch) restated(r nameRec, key string) error {
	if b.h.names.alone(r) {
		return nil
	}
	stated, err := b.stated(r, key)
	if stated {
		b.dirtyName(r)
	}
	return err
}

// stated reports whether a name of the asset other than r states the facet.
func (b *batch) stated(r nameRec, key string) (bool, error) {
	for _, m := range b.h.names.members(b.h.names.asset(r.pk)) {
		if m.nameRow == r.nameRow {
			continue
		}
		if err := b.loadProps(m); err != nil {
			return false, err
		}
		if b.h.names.stamps.of(m.nameRow, key) != nil {
			return true, nil
		}
	}
	return false, nil
}

func (b *batch) biggerThanStored(r nameRec, p catalog.Property) (bool, error) {
	var raw []byte
	err := b.conn.QueryRowContext(b.ctx, `SELECT raw FROM props WHERE name = ? AND key = ?`, r.pk, p.Key).Scan(&raw)
	if err != nil {
		return false, err
	}
	return string(p.Raw) > string(raw), nil
}

// loadProps reads the stamps of a name when it is first stated again.
func (b *batch) loadProps(r nameRec) error {
	if r.stamped {
		return nil
	}
	at, lastSeen, err := readStamps(b.ctx, b.conn, r.pk)
	if err != nil {
		return err
	}
	r.stamped, r.lastSeen = true, lastSeen
	return each(b.ctx, b.conn, `SELECT key, raw FROM props WHERE name = ?`, []any{r.pk}, func(rows *sql.Rows) error {
		var key string
		var raw sql.RawBytes
		if err := rows.Scan(&key, &raw); err != nil {
			return err
		}
		b.h.names.stamps.put(r.nameRow, key, at[key], rawHash(raw))
		return nil
	})
}

func (b *batch) checks(f *catalog.Facts, at int64) error {
	for _, c := range f.Checks {
		ds, err := b.name(c.Dataset, at, true)
		if err != nil {
			return err
		}
		run, err := b.runPK(f)
		if err != nil {
			return err
		}
		severity := c.Severity
		if severity == "" {
			severity = "error"
		}
		if err := b.exec(b.st.putCheck, ds.pk, run, c.Check, c.Field, at, c.Outcome, severity, c.Message); err != nil {
			return err
		}
		b.touchName(ds)
	}
	return nil
}

func (b *batch) looks(f *catalog.Facts, at int64) error {
	for _, l := range f.Looks {
		ds, err := b.name(l.Dataset, at, true)
		if err != nil {
			return err
		}
		if err := b.exec(b.st.putLook, ds.pk, nano(l.DataTime), at); err != nil {
			return err
		}
		if err := b.written(ds.pk, nano(l.DataTime)); err != nil { // newer data is there, whoever wrote it
			return err
		}
	}
	return nil
}
