package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// A Snapshot is a whole copy of state.db at one position, from which a rebuild
// can start when the journal before it is gone: it holds names, evidence and
// facets under the names they came with, and each run's inputs and outputs.
type Snapshot struct {
	Path     string
	Position catalog.Position
}

// ledgerTables are what a replay cannot give again: decisions, actions, gate
// answers, switches, poll cursors, applied policies, incidents, notices, breaches,
// alerts, keys and who leads. All else in state.db is derived.
var ledgerTables = []string{"ledger_seq", "decisions", "actions", "gate_answers", "switches", "cursors", "policy_sets", "incidents", "notices", "breaches", "alerts", "access_keys", "lead", "acks", "identity"}

// Snapshot writes a copy of the state as it is into dir, proves that it can be
// read, and makes it durable under its name last, with its checksum beside it.
func (d *DB) Snapshot(ctx context.Context, dir string) (Snapshot, error) {
	s := Snapshot{}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, fmt.Errorf("make a snapshot: %w", err)
	}
	tmp := filepath.Join(dir, "unfinished.db")
	if err := removeFile(tmp); err != nil {
		return s, fmt.Errorf("make a snapshot: %w", err)
	}
	if err := d.CopyTo(ctx, tmp); err != nil {
		return s, fmt.Errorf("make a snapshot: %w", err)
	}
	pos, err := CheckState(ctx, tmp)
	if err != nil {
		return s, errors.Join(fmt.Errorf("check a new snapshot: %w", err), removeFile(tmp))
	}
	s.Path, s.Position = filepath.Join(dir, fmt.Sprintf("state-%020d.db", uint64(pos))), pos
	// A crash in between leaves one without a checksum, never one with another's.
	if err := errors.Join(removeFile(s.sumName()), os.Rename(tmp, s.Path), syncDir(dir)); err != nil {
		return s, fmt.Errorf("make a snapshot: %w", err)
	}
	return s, s.Seal()
}

// CopyTo writes a copy of the state, as one transaction sees it, to a new file
// and syncs it. Readers and writers go on meanwhile.
func (d *DB) CopyTo(ctx context.Context, path string) error { return copyDB(ctx, d.read.DB, path) }

func copyDB(ctx context.Context, db *sql.DB, path string) error {
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// CheckState proves that a state file is whole and gives its position.
func CheckState(ctx context.Context, path string) (pos catalog.Position, err error) {
	db, err := readSegment(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkIntegrity(ctx, db); err != nil {
		return 0, err
	}
	at, err := readMeta(ctx, db, "position")
	return catalog.Position(at), err
}

// checkIntegrity asks SQLite whether a file is whole.
func checkIntegrity(ctx context.Context, db *sql.DB) error {
	var says []string
	err := each(ctx, db, `PRAGMA integrity_check(5)`, nil, func(rows *sql.Rows) error {
		var line string
		err := rows.Scan(&line)
		says = append(says, line)
		return err
	})
	if err == nil && !slices.Equal(says, []string{"ok"}) {
		err = fmt.Errorf("the file is damaged: %s", strings.Join(says, "; "))
	}
	return err
}

// Snapshots lists the finished snapshots in dir, newest first.
func Snapshots(dir string) ([]Snapshot, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var out []Snapshot
	for _, e := range list {
		number, ok := strings.CutSuffix(strings.TrimPrefix(e.Name(), "state-"), ".db")
		if pos, err := strconv.ParseUint(number, 10, 64); ok && err == nil {
			out = append(out, Snapshot{filepath.Join(dir, e.Name()), catalog.Position(pos)})
		}
	}
	slices.SortFunc(out, func(a, b Snapshot) int { return int(b.Position) - int(a.Position) })
	return out, nil
}

// MadeBy reports whether the names in the snapshot were filed by these rules.
func (s Snapshot) MadeBy(ctx context.Context, naming *catalog.Naming) (same bool, err error) {
	db, err := readSegment(s.Path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	made, err := readMeta(ctx, db, metaNaming)
	return s.Position == 0 || made == naming.Fingerprint(), err
}

// Remove removes the snapshot's file and its checksum.
func (s Snapshot) Remove() error { return errors.Join(removeFile(s.Path), removeFile(s.sumName())) }

// DropProjection empties what is derived, in one transaction, and names the
// projection that begins. No History may
// be open on the database.
func (d *DB) DropProjection(ctx context.Context) error {
	return d.replaceProjection(ctx, `DELETE FROM main.TABLE`)
}

// LoadProjection replaces what is derived by what a snapshot has of it, in one
// transaction. A snapshot of an earlier weir is migrated in a copy first. No
// History may be open on the database.
func (d *DB) LoadProjection(ctx context.Context, s Snapshot) (err error) {
	tmp := d.path + ".loading"
	if err := errors.Join(removeFile(tmp), copyFile(s.Path, tmp)); err != nil {
		return fmt.Errorf("load snapshot %s: %w", s.Position, err)
	}
	defer func() { err = errors.Join(err, removeFile(tmp)) }()
	copied, err := Open(ctx, tmp)
	if err != nil {
		return fmt.Errorf("load snapshot %s: %w", s.Position, err)
	}
	if err := copied.Close(); err != nil {
		return err
	}
	if _, err := d.ledger.ExecContext(ctx, `ATTACH DATABASE ? AS loaded`, tmp); err != nil {
		return fmt.Errorf("load snapshot %s: %w", s.Position, err)
	}
	err = d.replaceProjection(ctx, `DELETE FROM main.TABLE; INSERT INTO main.TABLE (COLUMNS) SELECT COLUMNS FROM loaded.TABLE`)
	_, detach := d.ledger.ExecContext(ctx, `DETACH DATABASE loaded`)
	return errors.Join(err, detach)
}

// replaceProjection runs a statement for each derived TABLE and its COLUMNS;
// both are the schema's own names.
func (d *DB) replaceProjection(ctx context.Context, statement string) error {
	tx, err := d.ledger.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	tables, err := derivedTables(ctx, tx)
	if err != nil {
		return err
	}
	for table, columns := range tables {
		query := strings.NewReplacer("TABLE", table, "COLUMNS", columns).Replace(statement)
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	if _, err := tx.ExecContext(ctx, drawIncarnation, newIncarnation()); err != nil {
		return err
	}
	return tx.Commit()
}

// derivedTables gives the columns of each table that the journal can fill.
func derivedTables(ctx context.Context, tx *sql.Tx) (map[string]string, error) {
	tables := map[string]string{}
	err := each(ctx, tx, `SELECT t.name, group_concat('"' || c.name || '"') FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'goose%' GROUP BY t.name`, nil, func(rows *sql.Rows) error {
		var table, columns string
		err := rows.Scan(&table, &columns)
		if !slices.Contains(ledgerTables, table) {
			tables[`"`+table+`"`] = columns
		}
		return err
	})
	return tables, err
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
