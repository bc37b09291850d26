package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// Parked lists entries that made no facts, newest first.
func (h *History) Parked(ctx context.Context, q catalog.ParkedQuery) ([]catalog.Parked, error) {
	query, args := `SELECT position, received_at, code, place, reason, version, producer, job, datasets, bytes FROM parked WHERE TRUE`, []any{}
	if q.At > 0 {
		query, args = query+` AND position = ?`, append(args, int64(q.At))
	}
	if q.Before > 0 {
		query, args = query+` AND position < ?`, append(args, int64(q.Before))
	}
	if q.NotBy != "" {
		query, args = query+` AND version <> ?`, append(args, q.NotBy)
	}
	var out []catalog.Parked
	err := each(ctx, h.db.read, query+` ORDER BY position DESC LIMIT ?`, append(args, max(q.Limit, 1)), func(rows *sql.Rows) error {
		p, err := scanParked(rows)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read parked entries: %w", err)
	}
	return out, nil
}

func scanParked(rows *sql.Rows) (catalog.Parked, error) {
	var p catalog.Parked
	var pos, at int64
	var job, datasets []byte
	if err := rows.Scan(&pos, &at, &p.Code, &p.Where, &p.Reason, &p.Version, &p.Producer, &job, &datasets, &p.Bytes); err != nil {
		return p, err
	}
	p.Position, p.ReceivedAt = catalog.Position(pos), fromNano(at)
	return p, errors.Join(optionalJSON(job, &p.Job), optionalJSON(datasets, &p.Datasets))
}

func optionalJSON(b []byte, into any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, into)
}

// ParkedCount says how many entries made no facts.
func (h *History) ParkedCount(ctx context.Context) (n int, err error) {
	err = h.db.read.QueryRowContext(ctx, `SELECT count(*) FROM parked`).Scan(&n)
	return n, err
}

// park files the reason why an entry made no facts; one without a reason is
// dropped by an operator later in the journal, and leaves nothing.
func (b *batch) park(e Projected) error {
	if e.ParkCode == "" {
		return nil
	}
	a := e.About
	var job, datasets []byte
	if a.Job != nil {
		job, _ = json.Marshal(a.Job) // names always marshal
	}
	if len(a.Datasets) > 0 {
		datasets, _ = json.Marshal(a.Datasets)
	}
	var kept keptEntry
	if e.Entry != nil {
		kept = keep(*e.Entry)
	}
	return b.exec(b.st.park, int64(e.Position), nano(a.ReceivedAt), e.ParkCode, a.Where, e.ParkReason, a.Version, a.Producer, job, datasets, a.Bytes, kept.kind, kept.flags, kept.body)
}

// reconsider files an operator's replay or drop of a parked entry. One that is
// not parked has its facts already, or was dropped: nothing happens.
func (b *batch) reconsider(e Projected) error {
	at := int64(e.Facts.Operator.Position)
	var there int
	if err := b.conn.QueryRowContext(b.ctx, `SELECT count(*) FROM parked WHERE position = ?`, at).Scan(&there); err != nil || there == 0 {
		return err
	}
	switch {
	case e.Facts.Operator.Verb == catalog.OperatorDrop:
		return b.exec(b.st.unpark, at)
	case e.Again == nil:
		return nil
	case e.Again.Facts == nil:
		return b.park(*e.Again)
	}
	return errors.Join(b.exec(b.st.unpark, at), b.entry(*e.Again))
}
