package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
	"github.com/weirhq/weir/state/sqlite"
)

func TestLedger(t *testing.T) {
	policiestest.TestLedger(t, func(t *testing.T) (policies.Ledger, func() policies.Ledger) {
		path := filepath.Join(t.TempDir(), "state.db")
		var db *sqlite.DB
		open := func() policies.Ledger {
			var err error
			if db, err = sqlite.Open(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			return sqlite.NewLedger(db)
		}
		t.Cleanup(func() { db.Close() })
		l := open()
		return l, func() policies.Ledger {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			return open()
		}
	})
}
