package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestAcks: the newest word of a cause counts, one that was taken back or is too
// old does not, and all of it is there after a start.
func TestAcks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := NewLedger(db)
	for i, a := range []catalog.Ack{
		{Cause: "old", Actor: "ann"},
		{Cause: "a", Actor: "ann", Reason: "first", Members: []string{"m"}},
		{Cause: "b", Actor: "ann", Reason: "looked at"},
		{Cause: "a", Actor: "bob", Reason: "mine", Members: []string{"m", "n"}},
		{Cause: "b", Actor: "bob", Reason: "not so", Back: true},
	} {
		a.At = at.Add(time.Duration(i) * time.Minute)
		if err := l.Acknowledge(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got, err := NewLedger(db).Acks(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got["a"].Actor != "bob" || got["a"].Reason != "mine" || len(got["a"].Members) != 2 || !got["a"].At.Equal(at.Add(3*time.Minute)) {
		t.Errorf("%+v", got)
	}
}
