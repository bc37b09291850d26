package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestRunOverTheHorizon: a run that began before the horizon and ends behind it is
// what it is to a rebuild, and a backup of it is a good one.
func TestRunOverTheHorizon(t *testing.T) {
	cfg := localConfig(t)
	said := func(day int, what string) catalog.Entry {
		at := day1.AddDate(0, 0, day).Add(time.Hour)
		return catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: at, Body: fmt.Appendf(nil, `{"eventTime":%q,"eventType":%q,"producer":"t","run":{"runId":"long"},"job":{"namespace":"p","name":"daily"},
			"inputs":[{"namespace":"postgres://h","name":"d.s.in0"}],"outputs":[{"namespace":"postgres://h","name":"d.s.out"}]}`, at.Format(time.RFC3339), what)}
	}
	var want string
	inStores(t, cfg, func(st *stores) {
		st.append(t, dailyEvents(0, 2))
		st.append(t, []catalog.Entry{said(2, "START")})
		st.append(t, dailyEvents(2, 60))
		r := &retention{stores: st, data: cfg.Data, runs: 20 * 24 * time.Hour, settle: func(context.Context) error { return nil },
			now: func() time.Time { return day1.AddDate(0, 0, 61) }, log: slog.New(slog.DiscardHandler)}
		if err := r.runOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		st.append(t, []catalog.Entry{said(61, "COMPLETE")})
		want = st.exported(t)
	})
	backup := filepath.Join(t.TempDir(), "b")
	if err := quiet().backup(t.Context(), cfg, backup); err != nil {
		t.Fatal(err)
	}
	if err := quiet().restore(t.Context(), localConfig(t), backup, restoreOptions{verify: true}); err != nil {
		t.Error(err)
	}
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("a rebuild makes something else: %s", diff(want, got))
		}
	})
}
