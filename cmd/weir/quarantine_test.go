package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

// letters are the dead letters of open stores, read by a version.
func (s *stores) letters(version string) *ingest.DeadLetters {
	return &ingest.DeadLetters{Log: s.journal, Parked: s.history, Version: version, Now: time.Now, Settle: func(ctx context.Context, _ catalog.Position) error {
		_, err := s.catchUp(ctx, Config{}, nil)
		return err
	}}
}

// retain removes events that are 20 days old on a day.
func (s *stores) retain(t *testing.T, cfg Config, day int) {
	t.Helper()
	r := &retention{stores: s, data: cfg.Data, events: 20 * 24 * time.Hour, settle: func(context.Context) error { return nil },
		now: func() time.Time { return day1.AddDate(0, 0, day) }, log: slog.New(slog.DiscardHandler)}
	if err := r.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestQuarantineOutlivesRetention: what is set aside is kept until it is replayed
// or dropped, though retention has removed the file that it came in; a replay
// makes facts of it, and a rebuild makes the same of the replay.
func TestQuarantineOutlivesRetention(t *testing.T) {
	cfg := localConfig(t)
	var want string
	inStores(t, cfg, func(st *stores) {
		list := dailyEvents(0, 60)
		ahead := string(list[3].Body)
		list[3].Flags = []catalog.Flag{{Code: "future", Message: "24 h ahead"}}
		list[4].Body = []byte(`{"run":`)
		st.append(t, list)
		st.retain(t, cfg, 60)
		if first := st.journal.First(); first < 10 {
			t.Fatalf("the journal begins at %s still", first)
		}
		d := st.letters(version)
		if n, err := d.Count(t.Context()); n != 2 || err != nil {
			t.Fatalf("%d are set aside, %v", n, err)
		}
		if body, err := d.Body(t.Context(), 4); err != nil || string(body) != ahead {
			t.Errorf("entry 4 is %s, %v", body, err)
		}
		if _, err := d.Replay(t.Context(), "me", []catalog.Position{4}); err != nil {
			t.Fatal(err)
		}
		want = st.exported(t)
		if n, err := d.Count(t.Context()); n != 1 || err != nil || !strings.Contains(want, `"r3"`) {
			t.Errorf("after the replay %d are set aside, %v", n, err)
		}
	})
	if err := quiet().rebuild(t.Context(), cfg, rebuildOptions{}); err != nil {
		t.Fatal(err)
	}
	inStores(t, cfg, func(st *stores) {
		if got := st.exported(t); got != want {
			t.Errorf("a rebuild makes something else: %s", diff(want, got))
		}
	})
}

// TestQuarantineOfAnEarlierWeir: what was set aside without a copy gets one before
// its file goes; where it is gone already, nothing is replayed, and not at each
// start either.
func TestQuarantineOfAnEarlierWeir(t *testing.T) {
	cfg := localConfig(t)
	state := cfg.Data + "/state.db"
	inStores(t, cfg, func(st *stores) {
		list := dailyEvents(0, 60)
		list[3].Body = []byte(`{"run":`)
		st.append(t, list)
	})
	execIn(t, state, `UPDATE parked SET body = NULL`)
	inStores(t, cfg, func(st *stores) {
		st.retain(t, cfg, 60)
		if body, err := st.letters(version).Body(t.Context(), 4); err != nil || string(body) != `{"run":` {
			t.Errorf("entry 4 is %s, %v", body, err)
		}
	})
	execIn(t, state, `UPDATE parked SET body = NULL`)
	inStores(t, cfg, func(st *stores) {
		end := st.journal.End()
		if n, err := st.letters("v2").RetryOlder(t.Context()); n != 0 || err != nil || st.journal.End() != end {
			t.Errorf("another version replays %d, %v", n, err)
		}
		_, err := st.letters(version).Replay(t.Context(), "me", []catalog.Position{4})
		if !errors.Is(err, catalog.ErrNotFound) || !strings.Contains(catalog.HintOf(err), "retention has removed it") || st.journal.End() != end {
			t.Errorf("a replay of what is gone: %v (%s)", err, catalog.HintOf(err))
		}
	})
}
