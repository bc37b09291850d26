package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

func TestPolicySets(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	l := sqlite.NewLedger(db)
	ctx := t.Context()
	if list, err := l.PolicySets(ctx, 0, 10); err != nil || len(list) != 0 {
		t.Fatalf("%v, %v", list, err)
	}
	for base := range int64(3) {
		s, err := l.KeepPolicySet(ctx, catalog.PolicySet{Actor: "ann", Files: []catalog.PolicyFile{{Path: "p.yaml", Text: "# é"}}}, base)
		if err != nil || s.Version != base+1 || s.Seq == 0 {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	// Somebody else was first: nothing is kept.
	if _, err := l.KeepPolicySet(ctx, catalog.PolicySet{}, 2); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("%v", err)
	}
	list, err := l.PolicySets(ctx, 3, 1)
	if err != nil || len(list) != 1 || list[0].Version != 2 || list[0].Files[0].Text != "# é" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err = l.PolicySets(ctx, 0, 10); err != nil || len(list) != 3 || list[0].Version != 3 {
		t.Errorf("%+v, %v", list, err)
	}
}
