package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// quiet is a process that nobody listens to.
func quiet() *app { return &app{process: process{out: io.Discard, err: io.Discard}} }

// localConfig is the default configuration on a directory of its own.
func localConfig(t *testing.T, args ...string) Config {
	t.Helper()
	fs := allFlags()
	if err := fs.Parse(append([]string{"--data", filepath.Join(t.TempDir(), "data")}, args...)); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(fs, "", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var day1 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// dailyEvents are runs of a job, one a day, that arrive when they end; what it
// reads changes every ten days.
func dailyEvents(from, to int) []catalog.Entry {
	var out []catalog.Entry
	for i := from; i < to; i++ {
		at := day1.AddDate(0, 0, i)
		out = append(out, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: at, Body: fmt.Appendf(nil,
			`{"eventTime":%q,"eventType":"COMPLETE","producer":"t","run":{"runId":"r%d"},"job":{"namespace":"p","name":"daily"},
			"inputs":[{"namespace":"postgres://h","name":"d.s.in%d"}],"outputs":[{"namespace":"postgres://h","name":"d.s.out"}]}`, at.Format(time.RFC3339), i, i/10)})
	}
	return out
}

// inStores runs do on the open stores of a directory, with the committer on.
func inStores(t *testing.T, cfg Config, do func(st *stores)) {
	t.Helper()
	st, err := openStores(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- st.journal.Run(ctx) }()
	do(st)
	stop()
	if err := errors.Join(<-ended, st.Close()); err != nil {
		t.Fatal(err)
	}
}

func (s *stores) append(t *testing.T, entries []catalog.Entry) {
	t.Helper()
	for _, e := range entries {
		if _, err := s.journal.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.catchUp(t.Context(), Config{}, nil); err != nil {
		t.Fatal(err)
	}
}

func (s *stores) exported(t *testing.T) string {
	t.Helper()
	if _, err := s.catchUp(t.Context(), Config{}, nil); err != nil {
		t.Fatal(err)
	}
	r, err := records(t.Context(), s.graph, s.history)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRetentionOfEvents: old files of the journal go once a snapshot covers
// them, and a rebuild from snapshot and rest knows what was known.
func TestRetentionOfEvents(t *testing.T) {
	cfg := localConfig(t)
	now := day1.AddDate(0, 0, 60)
	var want string
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 60))
		r := &retention{stores: st, data: cfg.Data, events: 20 * 24 * time.Hour, settle: func(context.Context) error { return nil }, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
		for range 2 { // the second finds nothing to do
			if err := r.runOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if first := st.journal.First(); first < 30 || first > 41 {
			t.Errorf("the journal begins at %s, want the first file with an entry of the last 20 days", first)
		}
		st.append(t, dailyEvents(60, 75))
		want = st.exported(t)
	})
	if list, err := sqlite.Snapshots(snapshotDir(cfg.Data)); err != nil || len(list) != 1 || list[0].Position != 60 {
		t.Errorf("snapshots %v: %v", list, err)
	}
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("rebuilt from a snapshot and the rest:\n%s", diff(want, got))
		}
	})
	// A state that ends before the journal begins is not gone on with.
	if err := os.Rename(filepath.Join(cfg.Data, "state.db"), filepath.Join(cfg.Data, "state.kept")); err != nil {
		t.Fatal(err)
	}
	st, err := openStores(t.Context(), cfg)
	if !errors.Is(err, catalog.ErrConflict) || !strings.Contains(hintOf(err), "weir rebuild") {
		t.Errorf("a state without what the journal no longer has: %v (%s)", err, hintOf(err))
	}
	if st != nil {
		_ = st.Close()
	}
	for _, db := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		_ = os.Remove(filepath.Join(cfg.Data, db))
	}
	if err := os.Rename(filepath.Join(cfg.Data, "state.kept"), filepath.Join(cfg.Data, "state.db")); err != nil {
		t.Fatal(err)
	}
	// Without the snapshot nothing can be rebuilt: it must say so and touch nothing.
	if err := os.Rename(snapshotDir(cfg.Data), snapshotDir(cfg.Data)+"-gone"); err != nil {
		t.Fatal(err)
	}
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); !errors.Is(err, catalog.ErrNotFound) || hintOf(err) == "" {
		t.Errorf("without a snapshot: %v (%s)", err, hintOf(err))
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("a refused rebuild changed something:\n%s", diff(want, got))
		}
	})
}

// TestRebuildFromSnapshotKeepsNames: a snapshot made by other naming rules is
// refused before anything is touched, unless its names are wanted as they are.
func TestRebuildFromSnapshotKeepsNames(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 5))
		if _, err := st.db.Snapshot(t.Context(), snapshotDir(cfg.Data)); err != nil {
			t.Fatal(err)
		}
	})
	other := cfg
	var err error
	if other.naming, err = catalog.NewNaming(catalog.NamingConfig{Hosts: map[string]string{"h": "wh.example"}}); err != nil {
		t.Fatal(err)
	}
	o := rebuildOptions{fromSnapshot: true}
	if err := quiet().rebuild(t.Context(), other, o); !errors.Is(err, catalog.ErrConflict) || !strings.Contains(hintOf(err), "--keep-names") {
		t.Errorf("another naming: %v (%s)", err, hintOf(err))
	}
	inStores(t, cfg, func(*stores) {}) // still the first naming's
	o.keepNames = true
	if err := quiet().rebuild(t.Context(), other, o); err != nil {
		t.Fatal(err)
	}
	inStores(t, other, func(st *stores) {
		st.append(t, dailyEvents(10, 11))
		if out := st.exported(t); !strings.Contains(out, "wh.example") {
			t.Errorf("new names do not go by the present rules:\n%s", out)
		}
	})
}

// TestRetentionOfRuns: old runs go and leave their sums, late events of their
// time are set aside, and a rebuild gives what was left.
func TestRetentionOfRuns(t *testing.T) {
	cfg := localConfig(t)
	job := catalog.AssetID(catalog.JobName("p", "daily").ID())
	var want string
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 60))
		settled := 0
		r := &retention{stores: st, settle: func(context.Context) error { settled++; return nil }, data: cfg.Data, runs: 20 * 24 * time.Hour,
			now: func() time.Time { return day1.AddDate(0, 0, 70) }, log: slog.New(slog.DiscardHandler)}
		if err := r.runOnce(t.Context()); err != nil || settled != 1 {
			t.Fatal(err, settled)
		}
		runs, err := st.history.Runs(t.Context(), catalog.RunQuery{Jobs: []catalog.AssetID{job}, Limit: 100})
		if err != nil || len(runs) != 20 {
			t.Errorf("%d runs are left, want the newest 20: %v", len(runs), err)
		}
		days, err := st.history.RunDays(t.Context(), job, 5)
		if err != nil || len(days) != 5 || !days[0].Day.Equal(day1.AddDate(0, 0, 39)) || days[0].Runs != 1 {
			t.Errorf("sums of days %+v: %v", days, err)
		}
		want = st.exported(t)
		if !strings.Contains(want, `"name":"d.s.in0"`) {
			t.Error("the lineage of runs that were removed is gone")
		}
	})
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("rebuilt:\n%s", diff(want, got))
		}
		rec := ingest.NewReceiver(st.journal, ingest.ReceiverOptions{Horizon: st.history.Horizon})
		for _, e := range dailyEvents(30, 31) {
			if problems := rec.Take(t.Context(), []json.RawMessage{e.Body}); problems[0] != nil {
				t.Fatal(problems[0])
			}
		}
		if got := st.exported(t); got != want {
			t.Errorf("a late event changed something:\n%s", diff(want, got))
		}
		parked, err := st.history.Parked(t.Context(), catalog.ParkedQuery{Limit: 5})
		if err != nil || len(parked) != 1 || parked[0].Code != "too_old" {
			t.Errorf("set aside: %+v: %v", parked, err)
		}
	})
}
