package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxAcks bounds how many words a look at what is acknowledged reads.
const maxAcks = 2000

// Acknowledge keeps somebody's word about a cause; the newest counts.
func (l *Ledger) Acknowledge(ctx context.Context, a catalog.Ack) error {
	return l.write(ctx, "acknowledge", func(tx *sql.Tx, seq int64) error {
		body, err := json.Marshal(a)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO acks (seq, cause, at, body) VALUES (?, ?, ?, ?)`, seq, a.Cause, nano(a.At), body)
		return err
	})
}

// Acks are the words that were said after a time and count, by their causes.
func (l *Ledger) Acks(ctx context.Context, after time.Time) (map[string]catalog.Ack, error) {
	list, err := listed[catalog.Ack](ctx, l, `SELECT body FROM acks WHERE at > ? ORDER BY seq DESC LIMIT ?`, []any{nano(after), maxAcks}, "read acknowledgements")
	if err != nil {
		return nil, err
	}
	out := map[string]catalog.Ack{}
	for _, a := range list {
		if _, newer := out[a.Cause]; !newer {
			out[a.Cause] = a
		}
	}
	for cause, a := range out {
		if a.Back {
			delete(out, cause)
		}
	}
	return out, nil
}
