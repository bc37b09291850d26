package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/weirhq/weir/catalog"
)

// PutBreach keeps a breach, or what is new about one of the same id.
func (l *Ledger) PutBreach(ctx context.Context, b catalog.Breach) (catalog.Breach, error) {
	err := l.write(ctx, "record breach", func(tx *sql.Tx, seq int64) error {
		b.Seq = seq
		body, err := json.Marshal(b)
		if err != nil {
			return err
		}
		until := int64(0)
		if b.Until != nil {
			until = nano(*b.Until)
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO breaches (id, seq, policy, asset, since, until, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			b.ID, b.Seq, b.Policy, b.Target[:], nano(b.Since), until, body)
		return err
	})
	return b, err
}

// Breaches lists breaches, those written last first.
func (l *Ledger) Breaches(ctx context.Context, q catalog.BreachQuery) ([]catalog.Breach, error) {
	w := newWhere()
	if q.Policy != "" {
		w.add("policy = ?", q.Policy)
	}
	if len(q.Assets) > 0 {
		w.assets(q.Assets)
	}
	if !q.After.IsZero() {
		w.add("(until = 0 OR until > ?)", nano(q.After))
	}
	if q.Open {
		w.add("until = 0")
	}
	if q.Before > 0 {
		w.add("seq < ?", q.Before)
	}
	return listed[catalog.Breach](ctx, l, `SELECT body FROM breaches WHERE `+w.text()+` ORDER BY seq DESC LIMIT ?`, append(w.args, limitOr(q.Limit, 50)), "read breaches")
}
