package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// format is counted up whenever documents or how they are folded change: a file
// of another format is made anew.
const format = 2

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (asset BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
`

// Index is search.db and what of it is in memory. Methods are safe for
// concurrent use; Apply is called by one follower at a time.
type Index struct {
	path string

	loading sync.Mutex // held by who reads the file into memory

	mu     sync.RWMutex
	db     *sql.DB
	memory *memory // nil until it is loaded
	closed bool
}

// Open opens the index at path. A file that is missing, of another format or
// damaged begins empty, at position 0. Its documents are read at the first use.
func Open(ctx context.Context, path string) (*Index, error) {
	i := &Index{path: path}
	err := i.connect(ctx)
	if errors.Is(err, errFormat) || damaged(err) {
		err = i.renew(ctx)
	}
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("open search index %s: %w", path, err), "look at the free space and the rights of its directory")
	}
	return i, nil
}

var (
	errFormat = errors.New("another format")
	errClosed = fmt.Errorf("search index: %w", catalog.ErrClosed)
)

// damaged errors are healed by beginning again: nothing in the file is the only
// copy of anything.
func damaged(err error) bool {
	var e *driver.Error
	return errors.Is(err, errDocument) || errors.As(err, &e) && (e.Code()&0xff == codes.SQLITE_CORRUPT || e.Code()&0xff == codes.SQLITE_NOTADB)
}

// connect opens the file and sees that its schema is ours.
func (i *Index) connect(ctx context.Context) error {
	q := url.Values{"_pragma": {"busy_timeout(30000)", "journal_mode(WAL)", "synchronous(NORMAL)", "temp_store(MEMORY)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: i.path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := prepare(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	i.db = db
	return nil
}

// prepare makes the schema in an empty file, whole or not at all.
func prepare(ctx context.Context, db *sql.DB) error {
	var have, tables int
	if err := db.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&have, &tables); err != nil {
		return err
	}
	if have == format {
		return nil
	}
	if tables > 0 {
		return errFormat
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	if _, err := tx.ExecContext(ctx, schema+fmt.Sprintf(`PRAGMA user_version = %d`, format)); err != nil {
		return err
	}
	return tx.Commit()
}

// renew deletes the file and begins again.
func (i *Index) renew(ctx context.Context) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(i.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return i.connect(ctx)
}

// Close closes the file; every later call returns catalog.ErrClosed.
func (i *Index) Close() error {
	i.loading.Lock()
	defer i.loading.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil
	}
	i.closed, i.memory = true, nil
	return i.db.Close()
}

// load reads the file into memory, once. A damaged one begins again.
func (i *Index) load(ctx context.Context) error {
	if ready, err := i.loaded(); ready || err != nil {
		return err
	}
	i.loading.Lock()
	defer i.loading.Unlock()
	if ready, err := i.loaded(); ready || err != nil {
		return err
	}
	m, err := i.readAll(ctx)
	if damaged(err) {
		if err = errors.Join(i.db.Close(), i.renew(ctx)); err == nil {
			m = newMemory()
		}
	}
	if err != nil {
		return fmt.Errorf("read search index: %w", err)
	}
	i.mu.Lock()
	i.memory = m
	i.mu.Unlock()
	return nil
}

func (i *Index) loaded() (bool, error) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.closed {
		return false, errClosed
	}
	return i.memory != nil, nil
}

func (i *Index) readAll(ctx context.Context) (*memory, error) {
	m := newMemory()
	if err := i.db.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'position'), 0), coalesce((SELECT value FROM meta WHERE key = 'projection'), 0)`).Scan(&m.pos, &m.counts); err != nil {
		return nil, err
	}
	rows, err := i.db.QueryContext(ctx, `SELECT asset, body FROM documents`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, body sql.RawBytes
		if err := rows.Scan(&key, &body); err != nil {
			return nil, err
		}
		d, err := decodeDocument(body)
		if err != nil {
			return nil, err
		}
		m.put(catalog.AssetID(key), &d, m.sum(body))
	}
	return m, rows.Err()
}

// Position is that of the last applied change.
func (i *Index) Position(ctx context.Context) (catalog.Position, error) {
	var pos catalog.Position
	err := i.looking(ctx, func(m *memory) { pos = m.pos })
	return pos, err
}

// Projection is whose positions the index counts.
func (i *Index) Projection(ctx context.Context) (id int64, err error) {
	err = i.looking(ctx, func(m *memory) { id = m.counts })
	return id, err
}

// ProjectionOf is whose positions an index file counts; a server may run on it.
func ProjectionOf(ctx context.Context, path string) (id int64, err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(30000)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return id, db.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'projection'), 0)`).Scan(&id)
}

// Count is how many assets the index holds.
func (i *Index) Count(ctx context.Context) (int, error) {
	var n int
	err := i.looking(ctx, func(m *memory) { n = len(m.byID) })
	return n, err
}

// Short is how many assets have more names, columns, tags, owners or words of
// description than are searched.
func (i *Index) Short(ctx context.Context) (int, error) {
	var n int
	err := i.looking(ctx, func(m *memory) { n = m.short })
	return n, err
}

// Has reports whether the index holds an asset.
func (i *Index) Has(ctx context.Context, id catalog.AssetID) (bool, error) {
	var ok bool
	err := i.looking(ctx, func(m *memory) { _, ok = m.byID[id] })
	return ok, err
}

// looking lets do read the memory.
func (i *Index) looking(ctx context.Context, do func(*memory)) error {
	if err := i.load(ctx); err != nil {
		return err
	}
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.closed {
		return errClosed
	}
	do(i.memory)
	return nil
}

// Apply brings the documents of the rows into step, in the file and then in
// memory, whole or not at all; see graph.Store.
func (i *Index) Apply(ctx context.Context, c graph.Change) error {
	var d delta
	err := i.looking(ctx, func(m *memory) { d = m.delta(c) })
	switch {
	case err != nil:
		return err
	case d.foreign != nil:
		return fmt.Errorf("search index: %w", d.foreign)
	case d.done:
		return nil
	case d.gap:
		return fmt.Errorf("%w: search index at %s, change follows %s", graph.ErrGap, d.at, c.After)
	}
	if err := d.write(ctx, i.db); err != nil {
		return fmt.Errorf("index change %s: %w", c.Position, err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return errClosed
	}
	if c.Reset {
		i.memory = newMemory()
	}
	i.memory.take(d)
	return nil
}
