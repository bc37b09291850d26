package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRetentionPastAFileWithoutEntries: a file of the journal of which nothing can
// be read does not stop retention; it is named to who asks how weir is, and the
// doctor finds it.
func TestRetentionPastAFileWithoutEntries(t *testing.T) {
	cfg := localConfig(t)
	inStores(t, cfg, func(st *stores) { st.append(t, dailyEvents(0, 60)) })
	files, err := filepath.Glob(filepath.Join(cfg.Data, "events-*.db"))
	if err != nil || len(files) < 4 {
		t.Fatalf("the journal has %v, %v", files, err)
	}
	execIn(t, files[0], `DELETE FROM events`)
	if said := doctorOf(cfg); !strings.Contains(said, "journal fail: ") {
		t.Errorf("the doctor says\n%s", said)
	}
	var none *retention
	if err := none.Err(); err != nil {
		t.Error(err)
	}
	inStores(t, cfg, func(st *stores) {
		r := &retention{stores: st, data: cfg.Data, events: 20 * 24 * time.Hour, settle: func(context.Context) error { return nil },
			now: func() time.Time { return day1.AddDate(0, 0, 60) }, log: slog.New(slog.DiscardHandler)}
		if err := r.runOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Err(); err == nil || !strings.Contains(withHint(err), filepath.Base(files[0])) || !strings.Contains(withHint(err), "weir doctor") {
			t.Errorf("it says %v", err)
		}
		if first := st.journal.First(); first < 30 {
			t.Errorf("the journal begins at %s", first)
		}
		if err := r.runOnce(t.Context()); err != nil || r.Err() != nil {
			t.Errorf("once the file has gone: %v, %v", err, r.Err())
		}
	})
}
