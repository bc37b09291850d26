package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"sync"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the "sqlite" driver

	"github.com/weirhq/weir/catalog"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Sync is SQLite's synchronous setting of a connection.
type Sync string

// The two settings in use: Full survives power loss, Normal may lose the last
// transactions but never its consistency (enough where a replay restores them).
const (
	Full   Sync = "FULL"
	Normal Sync = "NORMAL"
)

// DB is state.db: one writing connection for each kind of durability and a
// pool of readers. Writers of both kinds take turns by a lock of this process,
// who waits longest first; SQLite's own, which keeps out other processes, is
// waited for by looking again ever more seldom, so that a projection under load
// would keep decisions out for seconds.
type DB struct {
	path    string
	turn    sync.Mutex // before any transaction that writes
	project *sql.DB    // NORMAL: the projection
	ledger  *sql.DB    // FULL: decisions and actions
	read    *readPool
}

// Open opens or creates the state database at path and migrates it.
func Open(ctx context.Context, path string) (*DB, error) {
	db := &DB{path: path}
	var err error
	if db.ledger, err = connect(path, Full, 1); err != nil {
		return nil, err
	}
	if err := migrate(ctx, db.ledger); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", path, err), db.ledger.Close())
	}
	if db.project, err = connect(path, Normal, 1); err != nil {
		return nil, err
	}
	read, err := connect(path, Normal, 4)
	if err != nil {
		return nil, err
	}
	db.read = newReadPool(read)
	return db, nil
}

// Close closes all connections.
func (d *DB) Close() error {
	return errors.Join(d.read.Close(), d.project.Close(), d.ledger.Close())
}

// connect opens a pool. busy_timeout comes before journal_mode, else the switch
// to WAL fails while another process opens the file.
func connect(path string, sync Sync, conns int) (*sql.DB, error) {
	return dial(path, conns, "busy_timeout(30000)", "journal_mode(WAL)", "synchronous("+string(sync)+")",
		"foreign_keys(0)", "cache_size(-16000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)")
}

func dial(path string, conns int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// migrator knows the migrations and refuses a database of a newer weir.
func migrator(ctx context.Context, db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, refuseNewer(ctx, p)
}

func migrate(ctx context.Context, db *sql.DB) error {
	p, err := migrator(ctx, db)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return catalog.WithHint(fmt.Errorf("migrate: %w", err),
			"the data directory may belong to a newer weir, or its disk may be full or read-only")
	}
	return nil
}

// refuseNewer refuses what a newer weir has migrated: an older one would write
// what the newer one does not expect.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	sources := p.ListSources()
	if knows := sources[len(sources)-1].Version; has > knows {
		return catalog.WithHint(fmt.Errorf("%w: the state has schema %d, this weir knows %d", catalog.ErrConflict, has, knows),
			"start the newer weir that wrote it, or restore a backup that this one made")
	}
	return nil
}
