package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Ask keeps an action that was asked for, with the decision that explains it,
// unless its key was used before: then what was kept then comes back, and made
// is false.
func (l *Ledger) Ask(ctx context.Context, d *catalog.Decision, a catalog.Action) (kept catalog.Action, made bool, err error) {
	err = l.write(ctx, "keep what was asked", func(tx *sql.Tx, seq int64) error {
		var body []byte
		err := tx.QueryRowContext(ctx, `SELECT body FROM actions WHERE ask_key = ?`, a.Asked.Key).Scan(&body)
		if err == nil {
			return json.Unmarshal(body, &kept)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		a.Seq = seq
		if kept, made = a, true; d == nil {
			return putAction(ctx, tx, a)
		}
		d.Seq = seq
		return errors.Join(putAction(ctx, tx, a), putDecision(ctx, tx, *d))
	})
	return kept, made && err == nil, err
}

// Lead takes or renews the right to carry actions to tools. term is the one
// the holder has, 0 for none.
func (l *Ledger) Lead(ctx context.Context, holder string, term int64, now time.Time, ttl time.Duration) (catalog.Lead, error) {
	out := catalog.Lead{Holder: holder, Until: now.Add(ttl)}
	err := l.write(ctx, "take the lead", func(tx *sql.Tx, _ int64) error {
		var was catalog.Lead
		var until int64
		if err := tx.QueryRowContext(ctx, `SELECT term, holder, until FROM lead`).Scan(&was.Term, &was.Holder, &until); err != nil {
			return err
		}
		was.Until = fromNano(until)
		var err error
		if out.Term, err = was.Next(holder, term, now); err != nil {
			out = was
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE lead SET term = ?, holder = ?, until = ?`, out.Term, holder, nano(out.Until))
		return err
	})
	return out, err
}

// UpdateAs is Update by whoever has the lead of a term.
func (l *Ledger) UpdateAs(ctx context.Context, term int64, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	err := l.write(ctx, "update action "+a.ID, func(tx *sql.Tx, seq int64) error {
		var now int64
		if err := tx.QueryRowContext(ctx, `SELECT term FROM lead`).Scan(&now); err != nil {
			return err
		}
		if now > term {
			return fmt.Errorf("term %d is over, it is %d: %w", term, now, catalog.ErrFenced)
		}
		return move(ctx, tx, seq, from, &a)
	})
	return a, err
}
