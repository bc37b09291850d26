package sqlite

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

func keysOf(t *testing.T) (*DB, *Keys) {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, db.Close()) })
	return db, NewKeys(db)
}

func theKey(t *testing.T, k *Keys) catalog.AccessKey {
	t.Helper()
	list, err := k.AccessKeys(t.Context())
	noError(t, err)
	if len(list) != 1 {
		t.Fatalf("%d keys, want 1", len(list))
	}
	return list[0]
}

// TestUseAndRevocation: in whatever order a use, an older use and a revocation are
// written, the key is revoked, and the latest use is known.
func TestUseAndRevocation(t *testing.T) {
	made := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	early, late, over := made.Add(time.Minute), made.Add(time.Hour), made.Add(2*time.Hour)
	key := catalog.AccessKey{ID: "key_1", Hash: [32]byte{1, 2}, Name: "ann", Role: catalog.RoleAdmin, Namespaces: []string{"*"}, CreatedAt: made}
	for name, order := range map[string]string{"after": "eur", "before": "reu", "between": "eru", "older last": "ure"} {
		t.Run(name, func(t *testing.T) {
			_, k := keysOf(t)
			noError(t, k.PutAccessKey(t.Context(), key))
			if got := theKey(t, k); got.Hash != key.Hash || !got.LastUsedAt.IsZero() || !got.Valid(over) {
				t.Fatalf("as made: %+v", got)
			}
			old := theKey(t, k) // as read before anything else was written
			for _, step := range order {
				switch step {
				case 'e':
					noError(t, k.UsedAccessKey(t.Context(), key.ID, early))
				case 'u':
					noError(t, k.UsedAccessKey(t.Context(), key.ID, late))
				case 'r':
					revoked := old
					revoked.RevokedAt = over
					noError(t, k.PutAccessKey(t.Context(), revoked))
				}
			}
			if got := theKey(t, k); !got.RevokedAt.Equal(over) || got.Valid(over) || !got.LastUsedAt.Equal(late) || got.Hash != key.Hash {
				t.Errorf("%+v: want it revoked %s, used %s", got, over, late)
			}
		})
	}
}

// TestUseOfNoKey: to note the use of a key that is not there makes none.
func TestUseOfNoKey(t *testing.T) {
	_, k := keysOf(t)
	noError(t, k.UsedAccessKey(t.Context(), "key_1", time.Now()))
	if list, err := k.AccessKeys(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%v %v", list, err)
	}
}

// TestKeysAreReadAtOnce: who is known is read, also while somebody writes.
func TestKeysAreReadAtOnce(t *testing.T) {
	db, k := keysOf(t)
	noError(t, k.PutAccessKey(t.Context(), catalog.AccessKey{ID: "key_1", Name: "ann"}))
	db.turn.Lock()
	defer db.turn.Unlock()
	tx, err := db.ledger.BeginTx(t.Context(), nil)
	noError(t, err)
	defer tx.Rollback() //nolint:errcheck // nothing is written
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if list, err := k.AccessKeys(ctx); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}

// TestKeysBesideProjection: keys and their uses are written while batches are
// projected without a pause, and neither waits for the other for ever.
func TestKeysBesideProjection(t *testing.T) {
	db, k := keysOf(t)
	h, err := NewHistory(t.Context(), db)
	noError(t, err)
	t.Cleanup(func() { noError(t, h.Close()) })
	loop, end := context.WithCancel(t.Context())
	defer end()
	var batches atomic.Int64
	done := make(chan error, 1)
	go func() { done <- projectOn(loop, h, &batches) }()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	noError(t, k.PutAccessKey(ctx, catalog.AccessKey{ID: "key_1", Name: "ann"}))
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 {
		if err := k.UsedAccessKey(ctx, "key_1", at.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	end()
	noError(t, <-done)
	if got := theKey(t, k).LastUsedAt; !got.Equal(at.Add(9 * time.Minute)) {
		t.Errorf("used %s", got)
	}
}
