package sqlite

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/weirhq/weir/catalog"
)

// TestCurationMigration: what people stated before statements were filed under
// names is found under them.
func TestCurationMigration(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "state.db")
	old, err := connect(path, Full, 1)
	if err != nil {
		t.Fatal(err)
	}
	sub, _ := fs.Sub(migrations, "migrations")
	p, err := goose.NewProvider(goose.DialectSQLite3, old, sub)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 2); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO names (pk, type, namespace, name, first_seen, observed) VALUES (1, 1, 's3://lake', 'a', 1, 1), (2, 1, 's3://lake', 'b', 1, 1), (3, 1, 's3://lake', 'c', 1, 1)`,
		`INSERT INTO operators (position, body) VALUES (7, CAST('{"verb":"merge","at":"2026-03-05T00:00:00Z","actor":"ann","names":[{"type":1,"namespace":"s3://lake","name":"a"},{"type":1,"namespace":"s3://lake","name":"b"}]}' AS BLOB))`,
		`INSERT INTO operators (position, body) VALUES (8, CAST('{"verb":"split","at":"2026-03-06T00:00:00Z","names":[{"type":1,"namespace":"s3://lake","name":"c"}],"rest":[{"type":1,"namespace":"s3://lake","name":"a"}]}' AS BLOB))`,
	} {
		if _, err := old.ExecContext(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h, err := NewHistory(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	a, b := catalog.DatasetName("s3://lake", "a"), catalog.DatasetName("s3://lake", "b")
	if h.names.asset(1) != h.names.asset(2) || h.names.asset(3) == h.names.asset(1) {
		t.Error("the merge is lost")
	}
	for n, want := range map[catalog.Name]int{a: 2, b: 1, catalog.DatasetName("s3://lake", "c"): 1} {
		if list, err := h.StatementsAbout(ctx, []catalog.Name{n}); err != nil || len(list) != want {
			t.Errorf("%s: %d statements, want %d (%v)", n, len(list), want, err)
		}
	}
	if list, err := h.StatementsBy(ctx, "ann"); err != nil || len(list) != 1 || list[0].Position != 7 {
		t.Errorf("by ann: %+v (%v)", list, err)
	}
	if last, err := h.LastStatement(ctx); err != nil || last.Format("01-02") != "03-06" {
		t.Errorf("last %s (%v)", last, err)
	}
}
