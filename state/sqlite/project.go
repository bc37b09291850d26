package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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

	suggested suggestions
	rows      rowCache

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
	pos, err := readMeta(ctx, h.db.read.DB, "position")
	h.position.Store(uint64(pos))
	return err
}

// Incarnation names this projection of the journal: a number drawn when it is
// first asked for, and gone with a rebuild. What follows positions of one
// projection must not go on with those of another.
func (h *History) Incarnation(ctx context.Context) (int64, error) {
	if _, err := h.db.project.ExecContext(ctx, `INSERT OR IGNORE INTO meta (key, value) VALUES ('incarnation', ?)`, rand.Int64()); err != nil {
		return 0, fmt.Errorf("name the projection: %w", err)
	}
	return readMeta(ctx, h.db.project, "incarnation")
}

func readMeta(ctx context.Context, db *sql.DB, key string) (int64, error) {
	var v int64
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

// The values that pass through a projection.
type (
	Projected = catalog.Projected
	Touched   = catalog.Touched
	Final     = catalog.Final
)

// Project files a batch of entries in one transaction: facts, position and the
// dirty asset keys, whole or not at all. Entries at or before the present
// position are skipped, so a replay is harmless.
func (h *History) Project(ctx context.Context, entries []Projected) (Touched, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.prepare(ctx); err != nil {
		return Touched{}, err
	}
	b := newBatch(ctx, h)
	if err := b.run(entries); err != nil {
		// Memory may be ahead of the disk now: forget it and read again.
		h.stale = true
		if loadErr := h.refresh(context.WithoutCancel(ctx)); loadErr != nil {
			return Touched{}, fmt.Errorf("project: %v; read again: %w", err, loadErr)
		}
		return Touched{}, fmt.Errorf("project: %w", judge(err))
	}
	if b.pos > 0 {
		h.position.Store(uint64(b.pos))
	}
	return b.touchedSet(), nil
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

// prepare sees to it that memory is what the disk has, and to a connection.
func (h *History) prepare(ctx context.Context) error {
	if err := h.refresh(ctx); err != nil {
		return fmt.Errorf("project: read again: %w", err)
	}
	if h.conn != nil {
		return nil
	}
	conn, err := h.db.project.Conn(ctx)
	if err != nil {
		return fmt.Errorf("project: %w", err)
	}
	st, err := prepareAll(ctx, conn)
	if err != nil {
		return errors.Join(fmt.Errorf("project: %w", err), conn.Close())
	}
	h.conn, h.st = conn, st
	return nil
}

// batch is one projection transaction.
type batch struct {
	ctx  context.Context
	h    *History
	conn *sql.Conn
	st   *statements
	pos  catalog.Position

	runs    []*runRec         // touched in this batch, in order of touch
	stamped map[*nameRec]bool // names whose stamps or last_seen moved
	dirty   map[catalog.AssetID]bool
	touched map[catalog.AssetID]bool
	since   map[catalog.AssetID]int64 // from when on versions and looks changed
	members map[catalog.AssetID]bool  // assets whose membership changed
	fresh   map[int64]bool            // names that are new in this batch: no row mentions them but what is in memory
}

func newBatch(ctx context.Context, h *History) *batch {
	return &batch{ctx: context.WithoutCancel(ctx), h: h, conn: h.conn, st: h.st,
		stamped: map[*nameRec]bool{}, dirty: map[catalog.AssetID]bool{},
		touched: map[catalog.AssetID]bool{}, since: map[catalog.AssetID]int64{}, members: map[catalog.AssetID]bool{}, fresh: map[int64]bool{}}
}

func (b *batch) run(entries []Projected) (err error) {
	b.h.db.turn.Lock()
	defer b.h.db.turn.Unlock()
	if _, err := b.conn.ExecContext(b.ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, rollback := b.conn.ExecContext(b.ctx, "ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if err := guarded(func() error { return b.all(entries) }); err != nil {
		return err
	}
	return b.commit(len(entries))
}

// restEvery is after how many entries followers rest for one commit.
const restEvery = 2048

// commit commits. The write-ahead log begins again only at a checkpoint that no
// reader needs it at, and followers that have much to catch up with read
// without a gap: while they do it grows without bound, and with it the cost of
// every read. So they rest for one commit in some.
func (b *batch) commit(entries int) error {
	if b.h.unrested += entries; b.h.unrested >= restEvery {
		b.h.unrested = 0
		b.h.rest.Lock()
		defer b.h.rest.Unlock()
	}
	_, err := b.conn.ExecContext(b.ctx, "COMMIT")
	return err
}

func (b *batch) all(entries []Projected) error {
	for _, e := range entries {
		if uint64(e.Position) <= b.h.position.Load() {
			continue
		}
		if err := b.entry(e); err != nil {
			return fmt.Errorf("entry %s: %w", e.Position, err)
		}
		b.pos = e.Position
	}
	return b.flush()
}

func (b *batch) entry(e Projected) error {
	if e.Facts == nil {
		return b.park(e)
	}
	if op := e.Facts.Operator; op != nil {
		if op.Verb == catalog.OperatorReplay || op.Verb == catalog.OperatorDrop {
			return b.reconsider(e)
		}
		return b.operator(e.Position, *op)
	}
	return b.facts(e.Facts)
}

// facts files what one event states.
func (b *batch) facts(f *catalog.Facts) error {
	f = b.h.naming.Settle(f)
	at := nano(f.EventTime)
	for _, step := range []func(*catalog.Facts, int64) error{b.assets, b.aliases, b.runFacts, b.declared, b.lifecycles, b.checks, b.looks} {
		if err := step(f, at); err != nil {
			return err
		}
	}
	return nil
}

// assets files the properties of the job and the datasets.
func (b *batch) assets(f *catalog.Facts, at int64) error {
	if f.Job != nil {
		if err := b.asset(*f.Job, at); err != nil {
			return err
		}
	}
	for _, d := range f.Datasets {
		if err := b.asset(d, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) asset(a catalog.AssetFact, at int64) error {
	r, err := b.name(a.Name, at, true)
	if err != nil {
		return err
	}
	if err := b.loadProps(r); err != nil {
		return err
	}
	if at > r.lastSeen {
		r.lastSeen = at
		b.stamped[r] = true
	}
	for _, p := range a.Properties {
		if err := b.property(r, p, at); err != nil {
			return err
		}
	}
	return nil
}

// property keeps the latest statement per key, by (time, bytes).
func (b *batch) property(r *nameRec, p catalog.Property, at int64) error {
	old, ok := r.props[p.Key]
	hash := rawHash(p.Raw)
	if ok && (at < old.At || at == old.At && hash == old.Hash) {
		return nil
	}
	if ok && hash == old.Hash {
		r.props[p.Key] = propStamp{At: at, Hash: hash}
		b.stamped[r] = true
		return b.restated(r, p.Key)
	}
	if ok && at == old.At {
		bigger, err := b.biggerThanStored(r, p)
		if err != nil || !bigger {
			return err
		}
	}
	r.props[p.Key] = propStamp{At: at, Hash: hash}
	b.stamped[r] = true
	b.dirtyName(r)
	return b.exec(b.st.putProp, r.pk, p.Key, []byte(p.Raw), []byte(p.Value), p.Deleted)
}

// restated: an equal facet with a newer time changes the row where another name
// of the asset states it too.
func (b *batch) restated(r *nameRec, key string) error {
	if b.h.names.alone(r) {
		return nil
	}
	stated, err := b.stated(r, key)
	if stated {
		b.dirtyName(r)
	}
	return err
}

// stated reports whether a name of the asset other than r states the facet.
func (b *batch) stated(r *nameRec, key string) (bool, error) {
	for _, m := range b.h.names.members(b.h.names.asset(r.pk)) {
		if m == r {
			continue
		}
		if err := b.loadProps(m); err != nil {
			return false, err
		}
		if _, ok := m.props[key]; ok {
			return true, nil
		}
	}
	return false, nil
}

func (b *batch) biggerThanStored(r *nameRec, p catalog.Property) (bool, error) {
	var raw []byte
	err := b.conn.QueryRowContext(b.ctx, `SELECT raw FROM props WHERE name = ? AND key = ?`, r.pk, p.Key).Scan(&raw)
	if err != nil {
		return false, err
	}
	return string(p.Raw) > string(raw), nil
}

// loadProps reads the stamps of a name when it is first stated again.
func (b *batch) loadProps(r *nameRec) error {
	if r.props != nil {
		return nil
	}
	at, lastSeen, err := readStamps(b.ctx, b.conn, r.pk)
	if err != nil {
		return err
	}
	r.props, r.lastSeen = map[string]propStamp{}, lastSeen
	return each(b.ctx, b.conn, `SELECT key, raw FROM props WHERE name = ?`, []any{r.pk}, func(rows *sql.Rows) error {
		var key string
		var raw sql.RawBytes
		if err := rows.Scan(&key, &raw); err != nil {
			return err
		}
		r.props[key] = propStamp{At: at[key], Hash: rawHash(raw)}
		return nil
	})
}

// stampBody is the stored form of a name's stamps, as stampsOf writes it.
type stampBody struct {
	LastSeen int64            `json:"l"`
	At       map[string]int64 `json:"k,omitempty"`
}

// stampsOf writes a name's stamps by hand: it is done for every name of every
// event.
func stampsOf(r *nameRec) []byte {
	b := strconv.AppendInt(append(make([]byte, 0, 64+48*len(r.props)), `{"l":`...), r.lastSeen, 10)
	sep := `,"k":{`
	for k, s := range r.props {
		b, _ = jsontext.AppendQuote(append(b, sep...), k) // what is no UTF-8 becomes it, as by any encoder
		b = strconv.AppendInt(append(b, ':'), s.At, 10)
		sep = ","
	}
	if len(r.props) > 0 {
		b = append(b, '}')
	}
	return append(b, '}')
}

func readStamps(ctx context.Context, q querier, pk int64) (map[string]int64, int64, error) {
	var body stampBody
	err := each(ctx, q, `SELECT body FROM stamps WHERE name = ?`, []any{pk}, func(rows *sql.Rows) error {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		return jsonx.Unmarshal(raw, &body)
	})
	return body.At, body.LastSeen, err
}

// name makes sure a name is known and returns it. observed says that a
// producer used it as a dataset or job, rather than only as evidence.
func (b *batch) name(n catalog.Name, at int64, observed bool) (*nameRec, error) {
	r := b.h.names.get(n)
	if r == nil {
		return b.newName(n, at, observed)
	}
	was, known := r.firstSeen.Load(), r.observed.Load()
	if at >= was && (known || !observed) {
		return r, nil
	}
	earlier := at < was
	r.see(min(at, was), known || observed)
	b.dirtyName(r)
	if err := b.exec(b.st.putName, r.pk, n.Type, n.Namespace, n.Name, min(at, was), known || observed); err != nil {
		return nil, err
	}
	if !earlier {
		return r, nil
	}
	return r, b.normalised(n, at) // its canonical form is as old as it is
}

// newName files the name and, when its canonical form differs, the evidence
// that both are one.
func (b *batch) newName(n catalog.Name, at int64, observed bool) (*nameRec, error) {
	r, changed := b.h.names.add(n, at, observed)
	b.fresh[r.pk] = true
	b.regrouped(changed)
	b.dirtyName(r)
	if err := b.exec(b.st.putName, r.pk, n.Type, n.Namespace, n.Name, at, observed); err != nil {
		return nil, err
	}
	return r, b.normalised(n, at)
}

func (b *batch) normalised(n catalog.Name, at int64) error {
	canonical, rule := b.h.naming.Normalise(n)
	return b.evidence(catalog.AliasFact{From: n, To: canonical, Origin: catalog.OriginNormalised, Detail: rule}, at)
}

func (b *batch) aliases(f *catalog.Facts, at int64) error {
	for _, a := range f.Aliases {
		if err := b.evidence(a, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) evidence(a catalog.AliasFact, at int64) error {
	if a.From == a.To || a.From.Type != a.To.Type {
		return nil
	}
	from, err := b.name(a.From, at, false)
	if err != nil {
		return err
	}
	to, err := b.name(a.To, at, false)
	if err != nil {
		return err
	}
	e := catalog.Evidence{A: a.From, B: a.To, Origin: a.Origin, Detail: a.Detail, Since: fromNano(at)}
	b.regrouped(b.h.names.addEvidence(e))
	res, err := b.st.putEvidence.ExecContext(b.ctx, from.pk, to.pk, a.Origin, a.Detail, at)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	b.dirtyName(from) // the names of both show the evidence, merged or not
	b.dirtyName(to)
	return nil
}

// regrouped remembers assets whose membership changed: their rows and those
// of every job that mentions one of their names must be read again.
func (b *batch) regrouped(changed []catalog.AssetID) {
	for _, id := range changed {
		b.members[id], b.dirty[id] = true, true
	}
}

func (b *batch) dirtyName(r *nameRec) { b.dirty[b.h.names.asset(r.pk)] = true }

func (b *batch) touchName(r *nameRec) { b.touched[b.h.names.asset(r.pk)] = true }

func (b *batch) exec(st *sql.Stmt, args ...any) error {
	_, err := st.ExecContext(b.ctx, args...)
	return err
}

func (b *batch) checks(f *catalog.Facts, at int64) error {
	for _, c := range f.Checks {
		ds, err := b.name(c.Dataset, at, true)
		if err != nil {
			return err
		}
		run, err := b.runPK(f)
		if err != nil {
			return err
		}
		severity := c.Severity
		if severity == "" {
			severity = "error"
		}
		if err := b.exec(b.st.putCheck, ds.pk, run, c.Check, c.Field, at, c.Outcome, severity, c.Message); err != nil {
			return err
		}
		b.touchName(ds)
	}
	return nil
}

func (b *batch) looks(f *catalog.Facts, at int64) error {
	for _, l := range f.Looks {
		ds, err := b.name(l.Dataset, at, true)
		if err != nil {
			return err
		}
		if err := b.exec(b.st.putLook, ds.pk, nano(l.DataTime), at); err != nil {
			return err
		}
		if err := b.written(ds.pk, nano(l.DataTime)); err != nil { // newer data is there, whoever wrote it
			return err
		}
	}
	return nil
}

func (b *batch) touchedSet() Touched {
	for id := range b.dirty {
		b.touched[id] = true
	}
	t := Touched{Position: b.pos, Rows: len(b.dirty) > 0, Regrouped: len(b.members) > 0, Written: make(map[catalog.AssetID]time.Time, len(b.since)), Sure: true}
	for id, at := range b.since {
		t.Written[id] = fromNano(at)
	}
	for id := range b.touched {
		t.Assets = append(t.Assets, id)
	}
	slices.SortFunc(t.Assets, catalog.AssetID.Compare)
	for _, r := range b.runs {
		t.Runs = append(t.Runs, catalog.RunKey{Job: r.job.name, RunID: r.runID})
	}
	return t
}
