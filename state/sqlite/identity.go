package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
)

// Identity names the history that this data directory holds: made when it is
// first asked for, kept by rebuilds and backups. A directory that was restored is
// the same history; another directory is another one, wherever its positions
// stand.
func (d *DB) Identity(ctx context.Context) (string, error) {
	id, err := readIdentity(ctx, d.ledger)
	if err != nil || id != "" {
		return id, err
	}
	d.turn.Lock()
	defer d.turn.Unlock()
	if _, err := d.ledger.ExecContext(ctx, `INSERT OR IGNORE INTO identity (one, id) VALUES (1, ?)`, rand.Text()); err != nil {
		return "", fmt.Errorf("name the history: %w", err)
	}
	return readIdentity(ctx, d.ledger)
}

// IdentityOf reads the identity from the file of a state that a server may have
// in use; "" when it has none yet.
func IdentityOf(ctx context.Context, path string) (id string, err error) {
	db, err := readSegment(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var known int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'identity'`).Scan(&known); err != nil || known == 0 {
		return "", err
	}
	return readIdentity(ctx, db)
}

func readIdentity(ctx context.Context, db *sql.DB) (id string, err error) {
	err = db.QueryRowContext(ctx, `SELECT id FROM identity`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read which history this is: %w", err)
	}
	return id, nil
}
