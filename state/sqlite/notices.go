package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Incidents lists what is open, by policy, kind and who causes it.
func (l *Ledger) Incidents(ctx context.Context) ([]catalog.Incident, error) {
	return listed[catalog.Incident](ctx, l, `SELECT body FROM incidents ORDER BY policy, kind, caused_by`, nil, "read incidents")
}

// noticesKept is how long a notice that was delivered or given up is shown.
const noticesKept = 30 * 24 * time.Hour

// SettleIncidents keeps incidents as they are now, removes closed ones, and puts
// what is to be told of them into the outbox: all or nothing. A notice whose id
// is there already is not put there again.
func (l *Ledger) SettleIncidents(ctx context.Context, open, closed []catalog.Incident, notices []catalog.Notice, now time.Time) error {
	return l.write(ctx, "settle incidents", func(tx *sql.Tx, _ int64) error {
		for _, i := range closed {
			if _, err := tx.ExecContext(ctx, `DELETE FROM incidents WHERE policy = ? AND kind = ? AND caused_by = ?`, i.Policy, i.Kind, i.CausedBy); err != nil {
				return err
			}
		}
		for _, i := range open {
			body, err := json.Marshal(i)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO incidents (policy, kind, caused_by, body) VALUES (?, ?, ?, ?)`, i.Policy, i.Kind, i.CausedBy, body); err != nil {
				return err
			}
		}
		for _, n := range notices {
			if _, err := tx.ExecContext(ctx, `INSERT INTO notices (id, incident, destination, state, at, due, body) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
				n.ID, n.Incident, n.Destination, catalog.NoticePending, nano(n.At), nano(n.Due), n.Body); err != nil {
				return err
			}
		}
		return forgetNotices(ctx, tx, now.Add(-noticesKept))
	})
}

// forgetNotices removes what is old and not needed: while an incident is open, or
// its end on the way, it counts who heard of it, and in which thread.
func forgetNotices(ctx context.Context, tx *sql.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM notices WHERE state <> 'PENDING' AND at < ?
		AND incident NOT IN (SELECT json_extract(body, '$.id') FROM incidents) AND incident NOT IN (SELECT incident FROM notices WHERE state = 'PENDING')`, nano(before))
	return err
}

// columns of a notice; thread is that of the first one delivered.
const noticeColumns = `n, id, incident, destination, state, at, due, attempts, error, body,
	coalesce((SELECT f.thread FROM notices f WHERE f.incident = notices.incident AND f.destination = notices.destination AND f.thread <> '' ORDER BY f.n LIMIT 1), ''),
	EXISTS (SELECT 1 FROM notices d WHERE d.incident = notices.incident AND d.destination = notices.destination AND d.n < notices.n AND d.state = 'DEAD')
	AND NOT EXISTS (SELECT 1 FROM notices s WHERE s.incident = notices.incident AND s.destination = notices.destination AND s.n < notices.n AND s.state = 'SENT')`

// DueNotices lists what is to be tried by a time, oldest first. Of one incident
// and destination only the first that is not delivered: an end is not told
// before its beginning.
func (l *Ledger) DueNotices(ctx context.Context, by time.Time, limit int) ([]catalog.Notice, error) {
	return l.notices(ctx, `SELECT `+noticeColumns+` FROM notices WHERE state = ? AND due <= ? AND NOT EXISTS (
		SELECT 1 FROM notices b WHERE b.incident = notices.incident AND b.destination = notices.destination AND b.state = 'PENDING' AND b.n < notices.n)
		ORDER BY due, n LIMIT ?`, catalog.NoticePending, nano(by), limitOr(limit, 100))
}

// Notices lists them, newest first.
func (l *Ledger) Notices(ctx context.Context, q catalog.NoticeQuery) ([]catalog.Notice, error) {
	w := newWhere()
	if q.State != "" {
		w.add("state = ?", q.State)
	}
	if q.Incident != "" {
		w.add("incident = ?", q.Incident)
	}
	if q.Before > 0 {
		w.add("n < ?", q.Before)
	}
	return l.notices(ctx, `SELECT `+noticeColumns+` FROM notices WHERE `+w.text()+` ORDER BY n DESC LIMIT ?`, append(w.args, limitOr(q.Limit, 100))...)
}

func (l *Ledger) notices(ctx context.Context, query string, args ...any) ([]catalog.Notice, error) {
	rows, err := l.db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	defer rows.Close() //nolint:errcheck // only read
	var out []catalog.Notice
	for rows.Next() {
		var n catalog.Notice
		var at, due int64
		if err := rows.Scan(&n.N, &n.ID, &n.Incident, &n.Destination, &n.State, &at, &due, &n.Attempts, &n.Error, &n.Body, &n.Thread, &n.Unheard); err != nil {
			return nil, fmt.Errorf("read notices: %w", err)
		}
		n.At, n.Due = time.Unix(0, at).UTC(), time.Unix(0, due).UTC()
		out = append(out, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	return out, nil
}

// KeepNotice keeps what an attempt made of a notice.
func (l *Ledger) KeepNotice(ctx context.Context, n catalog.Notice) error {
	return l.write(ctx, "keep notice", func(tx *sql.Tx, _ int64) error {
		_, err := tx.ExecContext(ctx, `UPDATE notices SET state = ?, due = ?, attempts = ?, thread = ?, error = ? WHERE id = ?`,
			n.State, nano(n.Due), n.Attempts, n.Thread, n.Error, n.ID)
		return err
	})
}
