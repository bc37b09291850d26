package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// PolicySets lists the sets of policies that were put in force, newest first.
func (l *Ledger) PolicySets(ctx context.Context, before int64, limit int) ([]catalog.PolicySet, error) {
	w := newWhere()
	if before > 0 {
		w.add("version < ?", before)
	}
	return listed[catalog.PolicySet](ctx, l, `SELECT body FROM policy_sets WHERE `+w.text()+` ORDER BY version DESC LIMIT ?`, append(w.args, limitOr(limit, 50)), "read policy sets")
}

// KeepPolicySet keeps a set as the version after base, if base is the newest.
func (l *Ledger) KeepPolicySet(ctx context.Context, s catalog.PolicySet, base int64) (catalog.PolicySet, error) {
	err := l.write(ctx, "keep policy set", func(tx *sql.Tx, seq int64) error {
		var newest int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM policy_sets`).Scan(&newest); err != nil {
			return err
		}
		if newest != base {
			return fmt.Errorf("%w: version %d is in force, not %d", catalog.ErrConflict, newest, base)
		}
		s.Version, s.Seq = newest+1, seq
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO policy_sets (version, seq, body) VALUES (?, ?, ?)`, s.Version, seq, body)
		return err
	})
	return s, err
}
