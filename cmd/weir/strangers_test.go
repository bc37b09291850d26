package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

// setAside keeps files of a SQLite store, and putBack puts them in the place of
// what is there.
func setAside(t *testing.T, data, name string) (putBack func(data string)) {
	t.Helper()
	aside := t.TempDir()
	move := func(from, to string) {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(to, name+suffix))
			b, err := os.ReadFile(filepath.Join(from, name+suffix))
			if err == nil {
				err = os.WriteFile(filepath.Join(to, name+suffix), b, 0o600)
			}
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
	move(data, aside)
	return func(data string) { move(aside, data) }
}

// TestStoreLeftByARebuild: a graph store and a search index that a rebuild did
// not reach are found by the doctor, and filled anew by who opens them next.
func TestStoreLeftByARebuild(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 20)); _ = st.indexed(t) })
	graph, search := setAside(t, cfg.Data, "graph.db"), setAside(t, cfg.Data, "search.db")
	var err error
	if cfg.naming, err = catalog.NewNaming(catalog.NamingConfig{Hosts: map[string]string{"h": "wh.example"}}); err != nil {
		t.Fatal(err)
	}
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	var want string
	inStores(t, cfg, func(st *stores) { want = st.exported(t) })
	graph(cfg.Data)
	search(cfg.Data)
	said := doctorOf(cfg)
	for _, words := range []string{"graph store warn: it follows another projection", "search warn: it follows another projection"} {
		if !strings.Contains(said, words) {
			t.Errorf("the doctor does not say %q:\n%s", words, said)
		}
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want || strings.Contains(got, "postgres://h:") {
			t.Errorf("the graph store that was left: %s", diff(want, got))
		}
		if n := st.indexed(t); n != 4 { // two inputs, the output and the job
			t.Errorf("the search index holds %d assets", n)
		}
	})
	if said := doctorOf(cfg); strings.Contains(said, "warn") {
		t.Errorf("afterwards the doctor says\n%s", said)
	}
}

// TestStoreAheadOfARestore: a graph store that followed the original beyond the
// end of an older backup is filled anew, though the restored journal has gone on
// past it meanwhile.
func TestStoreAheadOfARestore(t *testing.T) {
	cfg, backup := localConfig(t), filepath.Join(t.TempDir(), "b")
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 5)) })
	if err := quiet().backup(t.Context(), cfg, backup); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(5, 25)) })
	graph := setAside(t, cfg.Data, "graph.db")
	if err := quiet().restore(t.Context(), cfg, backup, restoreOptions{replace: true}); err != nil {
		t.Fatal(err)
	}
	var want string
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(100, 140)); want = st.exported(t) })
	graph(cfg.Data)
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("after the restore: %s", diff(want, got))
		}
	})
}

// TestStoreOfAnEarlierWeir: a store that does not say which projection it follows
// goes on where it stands, and is filled anew where a rebuild came in between.
func TestStoreOfAnEarlierWeir(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 5)) })
	marked := func(rows string) {
		execIn(t, filepath.Join(cfg.Data, "graph.db"), `DELETE FROM meta WHERE key = 'projection'; `+rows)
	}
	marked(`UPDATE assets SET owners = 'kept' WHERE name = 'd.s.in0'`)
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(15, 16))
		if p, err := st.graph.Projection(t.Context()); err != nil || p == 0 {
			t.Errorf("it counts positions of %d, %v", p, err)
		}
	})
	if n := countIn(t, filepath.Join(cfg.Data, "graph.db"), `SELECT count(*) FROM assets WHERE owners = 'kept'`); n == 0 {
		t.Error("it was filled anew")
	}
	marked(``)
	graph := setAside(t, cfg.Data, "graph.db")
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	graph(cfg.Data)
	inStores(t, cfg, func(st *stores) { _ = st.exported(t) })
	if n := countIn(t, filepath.Join(cfg.Data, "graph.db"), `SELECT count(*) FROM assets WHERE owners = 'kept'`); n != 0 {
		t.Error("it was not filled anew after a rebuild")
	}
}

func doctorOf(cfg Config) string {
	var b strings.Builder
	for _, f := range checkStore(context.Background(), quiet(), cfg) {
		b.WriteString(f.what + " " + f.state + ": " + f.says + "\n")
	}
	return b.String()
}

// indexed brings the search index to the end and counts what it holds.
func (s *stores) indexed(t *testing.T) int {
	t.Helper()
	err := follow(t.Context(), ingest.NewFollower("search", s.history, s.search, nil), nil)
	n, countErr := s.search.Count(t.Context())
	if err := errors.Join(err, countErr); err != nil {
		t.Fatal(err)
	}
	return n
}

func execIn(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.Exec(statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func countIn(t *testing.T, path, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		err = errors.Join(db.QueryRow(query).Scan(&n), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
