package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/weirhq/weir/catalog"
)

// History is the projection of the journal: names and their evidence, facets,
// runs, versions, checks and edge intervals. Project writes it, one caller at a
// time; everything else reads.
type History struct {
	db       *DB
	naming   *catalog.Naming
	names    *nameTable
	position atomic.Uint64
	dirtied  atomic.Uint64 // where a row was changed last

	suggested suggestions
	// following: one follower reads at a time, so that what one builds the others
	// find built.
	following sync.Mutex
	rows      rowCache
	recent    facetCache
	lasts     lastRuns

	mu     sync.Mutex // one Project at a time
	sets   *setStore
	facets map[[32]byte]int64 // values that are stored
	runs   map[runKey]*runRec
	// greatest has, by job, an id that no run on disk or in runs is beyond.
	greatest map[int64]string
	sides    map[sideKey]*sideState
	nextRun  int64
	// stale: memory may have what was rolled back, and could not be read again.
	stale bool
	// changed: some dataset was ever dropped or renamed.
	changed atomic.Bool
	horizon atomic.Int64 // runs before it were removed
	conn    *sql.Conn
	st      *statements
	// rest lets followers read, and makes them rest: see commit.
	rest     sync.RWMutex
	unrested int // entries since
}

type runKey struct {
	job   int64
	runID string
}

// maxCachedRuns bounds the memory of the run cache; a run with its facets takes
// about 3 kB.
const maxCachedRuns = 20_000

// HistoryOptions say how names are read.
type HistoryOptions struct {
	// Naming is what names are compared by; nil: the built-in rules.
	Naming *catalog.Naming
	// AnyNaming opens a projection made by another naming: it is only good to
	// be dropped.
	AnyNaming bool
}

// NewHistory loads the names and returns the projection of db by the built-in
// naming rules.
func NewHistory(ctx context.Context, db *DB) (*History, error) {
	return OpenHistory(ctx, db, HistoryOptions{})
}

// OpenHistory is NewHistory by the naming given. What is projected is a
// function of the journal and the naming: a projection made by another one is
// refused.
func OpenHistory(ctx context.Context, db *DB, o HistoryOptions) (*History, error) {
	if o.Naming == nil {
		o.Naming = catalog.DefaultNaming()
	}
	h := &History{db: db, naming: o.Naming, names: newNameTable()}
	if err := h.load(ctx); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	if o.AnyNaming {
		return h, nil
	}
	return h, h.checkNaming(ctx)
}

// metaNaming is the key of the naming's fingerprint.
const metaNaming = "naming"

func (h *History) checkNaming(ctx context.Context) error {
	if h.position.Load() == 0 {
		return nil
	}
	made, err := readMeta(ctx, h.db.read.DB, metaNaming)
	if err != nil {
		return fmt.Errorf("open history: %w", err)
	}
	if made == h.naming.Fingerprint() {
		return nil
	}
	return catalog.WithHint(fmt.Errorf("open history: %w: what is projected was made by other naming rules (an upgrade, or a changed naming section)", catalog.ErrConflict),
		"weir rebuild with the same --config replays the journal by the present rules; the journal and the ledger keep all they have")
}

// AdoptNaming lets the projection go on by this history's naming: what other
// rules filed stays as it is.
func (h *History) AdoptNaming(ctx context.Context) error {
	_, err := h.db.ledger.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, metaNaming, h.naming.Fingerprint())
	return err
}

// refresh reads again what memory may be wrong about.
func (h *History) refresh(ctx context.Context) error {
	if !h.stale {
		return nil
	}
	if err := h.load(ctx); err != nil {
		return err
	}
	h.stale = false
	return nil
}

func (h *History) load(ctx context.Context) error {
	h.sets, h.facets = newSetStore(), map[[32]byte]int64{}
	h.runs, h.sides, h.greatest = map[runKey]*runRec{}, map[sideKey]*sideState{}, map[int64]string{}
	fresh := newNameTable()
	if err := fresh.load(ctx, h.db.read.DB); err != nil {
		return err
	}
	h.names.become(fresh)
	h.rows.forget()
	h.recent.forget()
	h.lasts.forget()
	if err := h.db.read.QueryRowContext(ctx, `SELECT coalesce(max(pk), 0) FROM runs`).Scan(&h.nextRun); err != nil {
		return err
	}
	last, err := readMeta(ctx, h.db.read.DB, metaLastRun) // its row may have been removed
	if err != nil {
		return err
	}
	h.nextRun = max(h.nextRun, last)
	horizon, err := readMeta(ctx, h.db.read.DB, metaHorizon)
	if err != nil {
		return err
	}
	h.horizon.Store(horizon)
	changed, err := anyChange(ctx, h.db.read)
	if err != nil {
		return err
	}
	h.changed.Store(changed)
	var dirtied int64
	if err := h.db.read.QueryRowContext(ctx, `SELECT coalesce(max(position), 0) FROM dirty`).Scan(&dirtied); err != nil {
		return err
	}
	h.dirtied.Store(uint64(dirtied))
	pos, err := readMeta(ctx, h.db.read.DB, "position")
	h.position.Store(uint64(pos))
	return err
}

// newIncarnation is never 0, which says that there is none.
func newIncarnation() int64 { return 1 + rand.Int64N(math.MaxInt64-1) }

// Incarnation names this projection of the journal: a number drawn when it is
// first asked for, and gone with a rebuild. What follows positions of one
// projection must not go on with those of another.
func (h *History) Incarnation(ctx context.Context) (int64, error) {
	if _, err := h.db.ledger.ExecContext(ctx, `INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)`, metaIncarnation, newIncarnation()); err != nil {
		return 0, fmt.Errorf("name the projection: %w", err)
	}
	return readMeta(ctx, h.db.ledger, metaIncarnation)
}

// Projection is the incarnation, and whether a rebuild or a restore drew it.
func (h *History) Projection(ctx context.Context) (p catalog.Projection, err error) {
	if p.ID, err = h.Incarnation(ctx); err != nil {
		return p, err
	}
	anew, err := readMeta(ctx, h.db.ledger, metaAnew)
	p.Anew = anew != 0
	return p, err
}

const (
	metaIncarnation = "incarnation"
	metaAnew        = "incarnation_anew"
)

// drawIncarnation gives a projection another name than it has, as what followed
// it must not go on.
const drawIncarnation = `INSERT OR REPLACE INTO main.meta (key, value) VALUES ('` + metaIncarnation + `', ?), ('` + metaAnew + `', 1)`

// ProjectionOf is the incarnation in a state file; a server may run on it. 0: it
// has none yet.
func ProjectionOf(ctx context.Context, path string) (id int64, err error) {
	db, err := readSegment(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return readMeta(ctx, db, metaIncarnation)
}

func readMeta(ctx context.Context, db *sql.DB, key string) (int64, error) {
	var v int64
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

// Position is how far the history has got.
func (h *History) Position(context.Context) (catalog.Position, error) {
	return catalog.Position(h.position.Load()), nil
}

// Close gives the writing connection back.
func (h *History) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		return nil
	}
	return errors.Join(h.st.close(), h.conn.Close())
}
