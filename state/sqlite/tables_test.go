package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
)

// derived are the tables that a replay of the journal fills again.
var derived = []string{
	"goose_db_version", "meta", "names", "evidence", "operators", "props", "stamps", "sets", "runs", "past_runs", "run_days", "declarations", "checks", "looks",
	"relations", "mentions", "dirty", "parked", "changes", "versions", "curations", "facet_values",
}

// TestEveryTableIsKnown: a new table is either the ledger's, which a rebuild
// keeps, or a projection's, which it empties. This list makes whoever adds one
// say which.
func TestEveryTableIsKnown(t *testing.T) {
	db, err := Open(context.Background(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = each(t.Context(), db.read, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`, nil, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		if slices.Contains(ledgerTables, name) == slices.Contains(derived, name) {
			t.Errorf("%q: is it the ledger's (ledgerTables in snapshot.go) or a projection's (derived here)?", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
