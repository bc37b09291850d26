package embedded

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the "sqlite" driver

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is graph.db.
type Store struct {
	write, read *sql.DB
	at, move    *sql.Stmt // read the position, move it where no row changes
	closed      atomic.Bool
}

var _ graph.Store = (*Store)(nil)

// Open opens or creates the graph at path.
func Open(ctx context.Context, path string) (*Store, error) {
	write, err := connect(path, 1)
	if err != nil {
		return nil, err
	}
	read, err := connect(path, 4)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open graph %s: %w", path, err), write.Close(), read.Close())
	}
	s := &Store{write: write, read: read}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open graph %s: %w", path, err), write.Close(), read.Close())
	}
	return s, nil
}

// prepare keeps what is asked at every step of the journal.
func (s *Store) prepare(ctx context.Context) (err error) {
	if s.at, err = s.read.PrepareContext(ctx, selectPosition); err != nil {
		return err
	}
	s.move, err = s.write.PrepareContext(ctx, `UPDATE meta SET value = ?1 WHERE key = 'position' AND value = ?2
		AND (?3 = 0 OR ?3 = (SELECT value FROM meta WHERE key = 'projection'))`)
	return err
}

const (
	selectPosition   = `SELECT coalesce((SELECT value FROM meta WHERE key = 'position'), 0)`
	selectProjection = `SELECT coalesce((SELECT value FROM meta WHERE key = 'projection'), 0)`
)

func migrate(ctx context.Context, db *sql.DB) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return catalog.WithHint(fmt.Errorf("migrate: %w", err),
			"graph.db may belong to a newer weir, or its disk may be full or read-only; weir rebuild makes it anew from the journal")
	}
	return nil
}

func connect(path string, conns int) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(30000)", "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-16000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Close closes the file; every later call returns catalog.ErrClosed.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return errors.Join(s.at.Close(), s.move.Close(), s.read.Close(), s.write.Close())
}

func (s *Store) open() error {
	if s.closed.Load() {
		return fmt.Errorf("embedded graph: %w", catalog.ErrClosed)
	}
	return nil
}

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error {
	_, err := s.Position(ctx)
	return err
}

// Position is that of the last applied change.
func (s *Store) Position(ctx context.Context) (catalog.Position, error) {
	if err := s.open(); err != nil {
		return 0, err
	}
	return position(s.at.QueryRowContext(ctx))
}

// Projection is whose positions the store counts.
func (s *Store) Projection(ctx context.Context) (id int64, err error) {
	if err := s.open(); err != nil {
		return 0, err
	}
	if err := s.read.QueryRowContext(ctx, selectProjection).Scan(&id); err != nil {
		return 0, fmt.Errorf("read graph projection: %w", err)
	}
	return id, nil
}

func position(row *sql.Row) (catalog.Position, error) {
	var pos int64
	if err := row.Scan(&pos); err != nil {
		return 0, fmt.Errorf("read graph position: %w", err)
	}
	return catalog.Position(pos), nil
}

// Apply replaces the rows of the change in one transaction with the position.
func (s *Store) Apply(ctx context.Context, c graph.Change) error {
	if err := s.open(); err != nil {
		return err
	}
	if moved, err := s.moveOnly(ctx, c); moved || err != nil {
		return err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("apply change: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	done, err := s.begin(ctx, tx, c)
	if done || err != nil {
		return err
	}
	if err := applyRows(ctx, tx, c); err != nil {
		return fmt.Errorf("apply change %s: %w", c.Position, err)
	}
	if err := setCursor(ctx, tx, c); err != nil {
		return fmt.Errorf("apply change %s: %w", c.Position, err)
	}
	return tx.Commit()
}

// setCursor files where the store stands, and in which projection.
func setCursor(ctx context.Context, tx *sql.Tx, c graph.Change) error {
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('position', ?)`, int64(c.Position))
	if err == nil && c.Projection != 0 {
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('projection', ?)`, c.Projection)
	}
	return err
}

// moveOnly applies a change of no row, as most are where known jobs run again;
// false where it is not what follows.
func (s *Store) moveOnly(ctx context.Context, c graph.Change) (bool, error) {
	if c.Reset || len(c.Rows)+len(c.Removed) > 0 || c.Position <= c.After {
		return false, nil
	}
	res, err := s.move.ExecContext(ctx, int64(c.Position), int64(c.After), c.Projection)
	if err != nil {
		return false, fmt.Errorf("apply change %s: %w", c.Position, err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// begin checks the position; done means that there is nothing to do.
func (s *Store) begin(ctx context.Context, tx *sql.Tx, c graph.Change) (done bool, err error) {
	if c.Reset {
		_, err := tx.ExecContext(ctx, `DELETE FROM assets; DELETE FROM edges; DELETE FROM meta`)
		return false, err
	}
	pos, err := position(tx.QueryRowContext(ctx, selectPosition))
	var counts int64
	if err == nil {
		err = tx.QueryRowContext(ctx, selectProjection).Scan(&counts)
	}
	if err == nil {
		err = c.Foreign(pos, counts)
	}
	switch {
	case err != nil || c.Names(pos):
		return false, err
	case c.Position <= pos:
		return true, nil
	case c.After != pos:
		return false, fmt.Errorf("%w: store at %s, change follows %s", graph.ErrGap, pos, c.After)
	}
	return false, nil
}

// applyRows does not heed ctx between two rows: to watch it costs more than some
// rows do, and the transaction ends with it all the same.
func applyRows(ctx context.Context, tx *sql.Tx, c graph.Change) error {
	w := writer{ctx: context.WithoutCancel(ctx), tx: tx}
	defer w.close()
	for _, id := range c.Removed {
		w.remove(id)
	}
	for rows := range slices.Chunk(c.Rows, readTogether) {
		known := w.bodies(rows)
		for _, r := range rows {
			w.put(r, known)
		}
	}
	return w.err
}

// readTogether is of how many rows the bodies are read with one statement.
const readTogether = 250

// writer prepares each statement once for a change and keeps the first error.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
	err   error
}

func (w *writer) stmt(query string) *sql.Stmt {
	if st := w.stmts[query]; st != nil || w.err != nil {
		return st
	}
	st, err := w.tx.PrepareContext(w.ctx, query)
	if err != nil {
		w.err = err
		return nil
	}
	if w.stmts == nil {
		w.stmts = map[string]*sql.Stmt{}
	}
	w.stmts[query] = st
	return st
}

func (w *writer) exec(query string, args ...any) {
	if st := w.stmt(query); w.err == nil {
		_, w.err = st.ExecContext(w.ctx, args...)
	}
}

func (w *writer) close() {
	for _, st := range w.stmts {
		st.Close() //nolint:errcheck // the transaction's end decides
	}
}

func (w *writer) remove(id catalog.AssetID) {
	w.exec(`DELETE FROM assets WHERE key = ?`, id[:])
	w.exec(`DELETE FROM edges WHERE owner = ?`, id[:])
}

// put writes what differs from what is there: most rows of a change repeat
// most of what the store has. known are the bodies that it has of assets; one
// without a row owns no edges.
func (w *writer) put(r graph.Row, known map[catalog.AssetID][]byte) {
	var have map[edgeKey][]byte
	if known[r.Asset.ID] != nil {
		have = w.owned(r.Asset.ID)
	}
	w.putAsset(r.Asset, known)
	for _, e := range r.Edges {
		body, err := json.Marshal(e)
		if err != nil {
			w.err = errors.Join(w.err, err)
			return
		}
		k := keyOf(e)
		if old, ok := have[k]; !ok || !bytes.Equal(old, body) {
			w.exec(`INSERT OR REPLACE INTO edges (owner, type, source, target, sfield, tfield, job, ordinal, vfrom, vto, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				r.Asset.ID[:], e.Type, e.Source[:], e.Target[:], e.SourceField, e.TargetField, e.Job[:], e.Ordinal, graph.Instant(e.From), graph.InstantEnd(e.To), body)
		}
		delete(have, k)
	}
	for k := range have {
		w.exec(`DELETE FROM edges WHERE owner = ? AND type = ? AND source = ? AND target = ? AND sfield = ? AND tfield = ? AND job = ? AND ordinal = ?`,
			r.Asset.ID[:], k.typ, k.source[:], k.target[:], k.sf, k.tf, k.job[:], k.ordinal)
	}
}

func (w *writer) putAsset(a catalog.Asset, known map[catalog.AssetID][]byte) {
	body, err := json.Marshal(a)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	if bytes.Equal(known[a.ID], body) {
		return
	}
	known[a.ID] = body
	w.exec(`INSERT INTO assets (key, type, namespace, name, internal, ephemeral, removed, owners, tags, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET type = excluded.type, namespace = excluded.namespace, name = excluded.name, internal = excluded.internal,
		ephemeral = excluded.ephemeral, removed = excluded.removed, owners = excluded.owners, tags = excluded.tags, body = excluded.body`,
		a.ID[:], a.Type, a.Name.Namespace, a.Name.Name, a.Internal, a.Ephemeral, a.RemovedAt != nil, ownerLines(a), tagLines(a), body)
}

// bodies reads what the store has of the assets, as it was written.
func (w *writer) bodies(rows []graph.Row) map[catalog.AssetID][]byte {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = hex.EncodeToString(r.Asset.ID[:])
	}
	list, _ := json.Marshal(keys) // strings always marshal
	out := make(map[catalog.AssetID][]byte, len(rows))
	w.each(`SELECT a.key, a.body FROM json_each(?) j CROSS JOIN assets a ON a.key = unhex(j.value)`, list, func(rows *sql.Rows) error {
		var key sql.RawBytes
		var body []byte
		err := rows.Scan(&key, &body)
		out[catalog.AssetID(key)] = body
		return err
	})
	return out
}

// each reads rows.
func (w *writer) each(query string, arg any, read func(*sql.Rows) error) {
	st := w.stmt(query)
	if w.err != nil {
		return
	}
	rows, err := st.QueryContext(w.ctx, arg)
	if err != nil {
		w.err = err
		return
	}
	defer rows.Close()
	for rows.Next() {
		if w.err = read(rows); w.err != nil {
			return
		}
	}
	w.err = rows.Err()
}

// edgeKey is the storage key of an edge beside its owner.
type edgeKey struct {
	typ                 catalog.EdgeType
	source, target, job catalog.AssetID
	sf, tf              string
	ordinal             int
}

func keyOf(e catalog.Edge) edgeKey {
	return edgeKey{e.Type, e.Source, e.Target, e.Job, e.SourceField, e.TargetField, e.Ordinal}
}

// owned reads the edges of an owner, as they were written.
func (w *writer) owned(id catalog.AssetID) map[edgeKey][]byte {
	out := map[edgeKey][]byte{}
	w.each(`SELECT type, source, target, sfield, tfield, job, ordinal, body FROM edges WHERE owner = ?`, id[:], func(rows *sql.Rows) error {
		var k edgeKey
		var source, target, job sql.RawBytes
		var body []byte
		err := rows.Scan(&k.typ, &source, &target, &k.sf, &k.tf, &job, &k.ordinal, &body)
		copy(k.source[:], source)
		copy(k.target[:], target)
		copy(k.job[:], job)
		out[k] = body
		return err
	})
	return out
}

func ownerLines(a catalog.Asset) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, o := range a.Owners {
		b.WriteString(o.Name + "\n")
	}
	return b.String()
}

func tagLines(a catalog.Asset) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, t := range a.Tags {
		b.WriteString(t.Key + "\n")
	}
	return b.String()
}
