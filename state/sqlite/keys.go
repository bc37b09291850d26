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

// Keys keeps the keys by which callers are known.
type Keys struct{ db *DB }

// NewKeys keeps them in a state database.
func NewKeys(db *DB) *Keys { return &Keys{db} }

// AccessKeys lists all, revoked ones too, oldest first.
func (k *Keys) AccessKeys(ctx context.Context) (out []catalog.AccessKey, err error) {
	err = each(ctx, k.db.read, `SELECT hash, body, used FROM access_keys ORDER BY json_extract(CAST(body AS TEXT), '$.createdAt'), id`, nil, func(rows *sql.Rows) error {
		var hash, body []byte
		var used int64
		if err := rows.Scan(&hash, &body, &used); err != nil {
			return err
		}
		var key catalog.AccessKey
		if err := json.Unmarshal(body, &key); err != nil {
			return err
		}
		copy(key.Hash[:], hash)
		if used > 0 {
			key.LastUsedAt = fromNano(used)
		}
		out = append(out, key)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return out, nil
}

// PutAccessKey keeps a new key, or the new form of one.
func (k *Keys) PutAccessKey(ctx context.Context, key catalog.AccessKey) error {
	body, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return k.write(ctx, k.db.ledger, "keep key", `INSERT INTO access_keys (id, hash, body, used) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET body = ?3`,
		key.ID, key.Hash[:], body, nano(key.LastUsedAt))
}

// UsedAccessKey notes when a key was used. Not on the connection of the projection:
// that one is held before the turn is waited for, here it is the other way round.
func (k *Keys) UsedAccessKey(ctx context.Context, id string, at time.Time) error {
	return k.write(ctx, k.db.ledger, "note use of key", `UPDATE access_keys SET used = max(used, ?) WHERE id = ?`, nano(at), id)
}

func (k *Keys) write(ctx context.Context, on *sql.DB, what, text string, args ...any) error {
	k.db.turn.Lock()
	defer k.db.turn.Unlock()
	if _, err := on.ExecContext(ctx, text, args...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// OpenBeside opens a state database that another process may have open: it
// migrates nothing, and refuses one of another schema.
func OpenBeside(ctx context.Context, path string) (*DB, error) {
	conn, err := connect(path, Full, 1)
	if err != nil {
		return nil, err
	}
	if err := sameSchema(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", path, err), conn.Close())
	}
	if err := conn.Close(); err != nil {
		return nil, err
	}
	return Open(ctx, path)
}

func sameSchema(ctx context.Context, db *sql.DB) error {
	p, err := migrator(ctx, db)
	if err != nil {
		return err
	}
	if pending, err := p.HasPending(ctx); err != nil || pending {
		return catalog.WithHint(fmt.Errorf("%w: an older weir runs on this data directory", catalog.ErrConflict), "restart the server with this version first")
	}
	return nil
}
