package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/catalog/flat"
)

// nameRec is one name: what it is called, and what is held of it in memory. All
// names are held; what hangs on them is read when needed. The zero value is no
// name.
type nameRec struct {
	*nameRow
	id   catalog.NameID
	name catalog.Name
}

func (r nameRec) known() bool { return r.nameRow != nil }

// nameRow is what is held of a name. There are millions, and they stay: so there
// is no pointer in it (package flat).
type nameRow struct {
	pk     int64
	number uint32 // among the resolver's names
	// The projector moves these while readers look.
	firstSeen atomic.Int64
	observed  atomic.Bool
	// curated: people stated something that mentions it.
	curated atomic.Bool

	// The rest is the projector's alone. stamped: stamps and lastSeen are loaded,
	// which is when the name is first stated again.
	stamped  bool
	lastSeen int64
	stamps   flat.Chain
	facets   uint32 // how many stamps there are
}

func (r *nameRow) see(firstSeen int64, observed bool) {
	r.firstSeen.Store(firstSeen)
	r.observed.Store(observed)
}

// nameTable holds all names and the resolver over them. Writers hold mu for
// the moment of a change; readers see a name no later than its transaction.
type nameTable struct {
	mu sync.RWMutex
	// rows has a row for each of the resolver's names; one whose key is 0 is not
	// stored: people spoke of it alone.
	rows     flat.List[nameRow]
	byPK     map[int64]uint32
	next     int64
	resolver *catalog.Resolver
	stamps   *stampStore
}

func newNameTable() *nameTable {
	return &nameTable{byPK: map[int64]uint32{}, resolver: catalog.NewResolver(), stamps: &stampStore{}}
}

// become takes over what another table holds; readers see either.
func (t *nameTable) become(o *nameTable) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows, t.byPK, t.next, t.resolver, t.stamps = o.rows, o.byPK, o.next, o.resolver, o.stamps
}

// rec gives the name with a number of the resolver's; none when it is 0 or not
// stored.
func (t *nameTable) rec(number uint32) nameRec {
	if number == 0 || int(number) > t.rows.Len() {
		return nameRec{}
	}
	row := t.rows.At(number)
	if row.pk == 0 {
		return nameRec{}
	}
	names := t.resolver.Names()
	return nameRec{row, names.ID(number), names.Name(number)}
}

func (t *nameTable) get(n catalog.Name) nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rec(t.resolver.Names().Find(n.ID()))
}

func (t *nameTable) pk(pk int64) nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rec(t.byPK[pk])
}

// byHex gives the name with an id in hexadecimal; none when it is unknown.
func (t *nameTable) byHex(text string) catalog.Name {
	var id catalog.NameID
	if n, err := hex.Decode(id[:], []byte(text)); err != nil || n != len(id) {
		return catalog.Name{}
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rec(t.resolver.Names().Find(id)).name
}

// asset gives the asset that the name with the key belongs to now.
func (t *nameTable) asset(pk int64) catalog.AssetID {
	t.mu.RLock()
	defer t.mu.RUnlock()
	number := t.byPK[pk]
	if number == 0 {
		return catalog.AssetID{}
	}
	return t.resolver.AssetOf(number)
}

// alone reports whether the name is the only one of its asset.
func (t *nameTable) alone(r nameRec) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.resolver.Alone(r.number)
}

// exists reports whether the name is one of an asset that a producer used.
func (t *nameTable) exists(pk int64) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	number := t.byPK[pk]
	if number == 0 {
		return false
	}
	for n := range t.resolver.Group(number) {
		if t.rows.At(n).observed.Load() {
			return true
		}
	}
	return false
}

// members lists the names of the asset an id stands for now.
func (t *nameTable) members(id catalog.AssetID) []nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Collect(t.namesOf(id))
}

// namesOf goes through the names of the asset an id stands for now, sorted by
// their ids.
func (t *nameTable) namesOf(id catalog.AssetID) iter.Seq[nameRec] {
	return func(yield func(nameRec) bool) {
		number := t.resolver.Names().Find(catalog.NameID(id))
		if number == 0 {
			return
		}
		for n := range t.resolver.Group(number) {
			if r := t.rec(n); r.known() && !yield(r) {
				return
			}
		}
	}
}

// only gives the asset that the id belongs to now and how many names it has;
// its name, when that is one.
func (t *nameTable) only(id catalog.AssetID) (now catalog.AssetID, name catalog.Name, n int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for r := range t.namesOf(id) {
		name = r.name
		n++
	}
	return t.resolver.Canonical(id), name, n
}

// pks lists the keys of the names of a type.
func (t *nameTable) pks(kind catalog.AssetType) (out []int64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for r := range t.all(kind) {
		out = append(out, r.pk)
	}
	return out
}

// all goes through the names of a type; mu is the caller's to hold.
func (t *nameTable) all(kind catalog.AssetType) iter.Seq[nameRec] {
	return func(yield func(nameRec) bool) {
		names := t.resolver.Names()
		for i := range t.rows.Len() {
			number := uint32(i + 1)
			if names.Type(number) != kind {
				continue
			}
			if r := t.rec(number); r.known() && !yield(r) {
				return
			}
		}
	}
}

// add makes a name known, and says whose membership changed by it; it is the
// caller's to write the row.
func (t *nameTable) add(n catalog.Name, at int64, observed bool) (nameRec, []catalog.AssetID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, changed := t.put(t.next+1, n)
	r.stamped = true
	r.see(at, observed)
	return r, changed
}

// put holds a name that is stored under a key.
func (t *nameTable) put(pk int64, n catalog.Name) (nameRec, []catalog.AssetID) {
	changed := t.resolver.AddName(n)
	t.grow()
	number := t.resolver.Names().Find(n.ID())
	row := t.rows.At(number)
	row.pk, row.number = pk, number
	t.byPK[pk] = number
	t.next = max(t.next, pk)
	return t.rec(number), changed
}

// grow gives each name of the resolver's a row.
func (t *nameTable) grow() {
	for t.rows.Len() < t.resolver.Names().Len() {
		t.rows.Grow()
	}
}

// shortNames lists the evidence that follows from the names known.
func (t *nameTable) shortNames(r nameRec) []catalog.Evidence {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.resolver.ShortNames(r.id)
}

func (t *nameTable) addEvidence(e catalog.Evidence) []catalog.AssetID {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.grow()
	return t.resolver.AddEvidence(e)
}

func (t *nameTable) addOperator(op catalog.OperatorFact) []catalog.AssetID {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.grow()
	return t.resolver.AddOperator(op)
}

func (t *nameTable) dropOperator(op catalog.OperatorFact) []catalog.AssetID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.resolver.DropOperator(op)
}

// load reads all names and all evidence.
func (t *nameTable) load(ctx context.Context, db *sql.DB) error {
	if err := t.loadNames(ctx, db); err != nil {
		return fmt.Errorf("load names: %w", err)
	}
	if err := t.loadEvidence(ctx, db); err != nil {
		return fmt.Errorf("load evidence: %w", err)
	}
	if err := t.loadOperators(ctx, db); err != nil {
		return fmt.Errorf("load operator facts: %w", err)
	}
	return nil
}

func (t *nameTable) loadNames(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `SELECT pk, type, namespace, name, first_seen, observed FROM names`, nil, func(rows *sql.Rows) error {
		var pk, firstSeen int64
		var n catalog.Name
		var observed bool
		if err := rows.Scan(&pk, &n.Type, &n.Namespace, &n.Name, &firstSeen, &observed); err != nil {
			return err
		}
		r, _ := t.put(pk, n)
		r.see(firstSeen, observed)
		return nil
	})
}

func (t *nameTable) loadEvidence(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `SELECT a, b, origin, detail, since FROM evidence`, nil, func(rows *sql.Rows) error {
		var a, b, since int64
		var e catalog.Evidence
		if err := rows.Scan(&a, &b, &e.Origin, &e.Detail, &since); err != nil {
			return err
		}
		e.A, e.B, e.Since = t.pk(a).name, t.pk(b).name, fromNano(since)
		t.addEvidence(e)
		return nil
	})
}

// loadOperators reads which merges and splits stand, and which names people
// stated anything of.
func (t *nameTable) loadOperators(ctx context.Context, db *sql.DB) error {
	var list []catalog.Statement
	err := each(ctx, db, `SELECT position, body FROM operators WHERE verb IN (?, ?, ?, ?)`,
		[]any{catalog.OperatorMerge, catalog.OperatorSplit, catalog.OperatorAlias, catalog.OperatorUndo}, func(rows *sql.Rows) error {
			s, err := scanStatement(rows)
			list = append(list, s)
			return err
		})
	if err != nil {
		return err
	}
	for _, s := range catalog.Settle(list) {
		if op, ok := s.Fact.Identity(); ok && s.Standing() {
			t.addOperator(op)
		}
	}
	return each(ctx, db, `SELECT DISTINCT name FROM curations`, nil, func(rows *sql.Rows) error {
		var pk int64
		err := rows.Scan(&pk)
		if r := t.pk(pk); r.known() {
			r.curated.Store(true)
		}
		return err
	})
}

// each runs fn for every row of a query.
func each(ctx context.Context, q querier, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// nano and fromNano convert between times and the stored form; the zero time
// is 0 (no producer existed at the epoch).
func nano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
