package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/catalog"
)

// nameRec is one name in memory. All names are held; what hangs on them is
// read when needed.
type nameRec struct {
	pk   int64
	id   catalog.NameID
	name catalog.Name
	// The projector moves these while readers look.
	firstSeen atomic.Int64
	observed  atomic.Bool
	// curated: people stated something that mentions it.
	curated atomic.Bool

	// props is loaded when the name is first stated again; nil before.
	props    map[string]propStamp
	lastSeen int64
}

func (r *nameRec) see(firstSeen int64, observed bool) {
	r.firstSeen.Store(firstSeen)
	r.observed.Store(observed)
}

// propStamp is when a facet was last stated and what it was.
type propStamp struct {
	At   int64     `json:"a"`
	Hash [2]uint64 `json:"-"`
}

// nameTable holds all names and the resolver over them. Writers hold mu for
// the moment of a change; readers see a name no later than its transaction.
type nameTable struct {
	mu       sync.RWMutex
	byID     map[catalog.NameID]*nameRec
	byPK     map[int64]*nameRec
	next     int64
	resolver *catalog.Resolver
}

func newNameTable() *nameTable {
	return &nameTable{byID: map[catalog.NameID]*nameRec{}, byPK: map[int64]*nameRec{}, resolver: catalog.NewResolver()}
}

// become takes over what another table holds; readers see either.
func (t *nameTable) become(o *nameTable) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID, t.byPK, t.next, t.resolver = o.byID, o.byPK, o.next, o.resolver
}

func (t *nameTable) get(n catalog.Name) *nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byID[n.ID()]
}

func (t *nameTable) pk(pk int64) *nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byPK[pk]
}

// byHex gives the name with an id in hexadecimal; none when it is unknown.
func (t *nameTable) byHex(text string) catalog.Name {
	var id catalog.NameID
	if n, err := hex.Decode(id[:], []byte(text)); err != nil || n != len(id) {
		return catalog.Name{}
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r := t.byID[id]; r != nil {
		return r.name
	}
	return catalog.Name{}
}

// asset gives the asset that the name with the key belongs to now.
func (t *nameTable) asset(pk int64) catalog.AssetID {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r := t.byPK[pk]
	if r == nil {
		return catalog.AssetID{}
	}
	return t.resolver.Asset(r.id)
}

// alone reports whether the name is the only one of its asset.
func (t *nameTable) alone(r *nameRec) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.resolver.Members(t.resolver.Asset(r.id))) == 1
}

// exists reports whether the name is one of an asset that a producer used.
func (t *nameTable) exists(pk int64) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r := t.byPK[pk]
	if r == nil || r.observed.Load() {
		return r != nil
	}
	return slices.ContainsFunc(t.resolver.Members(t.resolver.Asset(r.id)), func(id catalog.NameID) bool {
		m := t.byID[id]
		return m != nil && m.observed.Load()
	})
}

// members lists the names of the asset an id stands for now.
func (t *nameTable) members(id catalog.AssetID) []*nameRec {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []*nameRec
	for _, m := range t.resolver.Members(t.resolver.Canonical(id)) {
		if r := t.byID[m]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

// only gives the asset that the id belongs to now and how many names it has;
// its name, when that is one.
func (t *nameTable) only(id catalog.AssetID) (now catalog.AssetID, name catalog.Name, n int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	now = t.resolver.Canonical(id)
	for _, m := range t.resolver.Members(now) {
		if r := t.byID[m]; r != nil {
			name = r.name
			n++
		}
	}
	return now, name, n
}

// add makes a name known, and says whose membership changed by it; it is the
// caller's to write the row.
func (t *nameTable) add(n catalog.Name, at int64, observed bool) (*nameRec, []catalog.AssetID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	r := &nameRec{pk: t.next, id: n.ID(), name: n, props: map[string]propStamp{}}
	r.see(at, observed)
	return r, t.put(r)
}

func (t *nameTable) put(r *nameRec) []catalog.AssetID {
	t.byID[r.id], t.byPK[r.pk] = r, r
	t.next = max(t.next, r.pk)
	return t.resolver.AddName(r.name)
}

// shortNames lists the evidence that follows from the names known.
func (t *nameTable) shortNames(r *nameRec) []catalog.Evidence {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.resolver.ShortNames(r.id)
}

func (t *nameTable) addEvidence(e catalog.Evidence) []catalog.AssetID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.resolver.AddEvidence(e)
}

func (t *nameTable) addOperator(op catalog.OperatorFact) []catalog.AssetID {
	t.mu.Lock()
	defer t.mu.Unlock()
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
		r := &nameRec{}
		var firstSeen int64
		var observed bool
		if err := rows.Scan(&r.pk, &r.name.Type, &r.name.Namespace, &r.name.Name, &firstSeen, &observed); err != nil {
			return err
		}
		r.id = r.name.ID()
		r.see(firstSeen, observed)
		t.put(r)
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
		e.A, e.B, e.Since = t.byPK[a].name, t.byPK[b].name, fromNano(since)
		t.resolver.AddEvidence(e)
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
			t.resolver.AddOperator(op)
		}
	}
	return each(ctx, db, `SELECT DISTINCT name FROM curations`, nil, func(rows *sql.Rows) error {
		var pk int64
		err := rows.Scan(&pk)
		if r := t.byPK[pk]; r != nil {
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

func rawHash(raw []byte) [2]uint64 {
	return [2]uint64{maphash.Bytes(rawSeeds[0], raw), maphash.Bytes(rawSeeds[1], raw)}
}

// rawSeeds are of this process alone, so that nobody makes two facets alike.
var rawSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
