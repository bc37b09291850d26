package ingest

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
)

func hashOf(i int) (h bodyHash) {
	binary.BigEndian.PutUint64(h[:], uint64(i))
	return h
}

// at commits body i and reports whether it was a duplicate.
func at(t *testing.T, r *recent, i int, now time.Time) bool {
	t.Helper()
	pos, dup, err := r.do(t.Context(), hashOf(i), now, func() (catalog.Position, error) { return catalog.Position(i), nil })
	if err != nil || pos != catalog.Position(i) {
		t.Fatalf("position %v, error %v", pos, err)
	}
	return dup
}

func TestRecentForgetsByAge(t *testing.T) {
	r, now := newRecent(), time.Unix(0, 0)
	if at(t, r, 1, now) || !at(t, r, 1, now.Add(recentAge-1)) {
		t.Error("a twin within the window is no duplicate")
	}
	if at(t, r, 1, now.Add(recentAge)) {
		t.Error("a body behind the window is a duplicate")
	}
}

func TestRecentForgetsByNumber(t *testing.T) {
	r, now := newRecent(), time.Unix(0, 0)
	for i := range recentMax + 10 {
		at(t, r, i, now)
	}
	if len(r.seen) > recentMax || len(r.order) > recentMax {
		t.Errorf("%d remembered, %d in order, more than %d", len(r.seen), len(r.order), recentMax)
	}
	if at(t, r, 0, now) || !at(t, r, recentMax+9, now) {
		t.Error("want the oldest forgotten and the newest known")
	}
}

func TestRecentFailureIsForgotten(t *testing.T) {
	r, now, boom := newRecent(), time.Unix(0, 0), errors.New("boom")
	if _, _, err := r.do(t.Context(), hashOf(1), now, func() (catalog.Position, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if at(t, r, 1, now) {
		t.Error("a body that was not kept is a duplicate")
	}
}

// A twin waits for the commit, and no longer than its own patience.
func TestRecentTwinWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, release := newRecent(), make(chan struct{})
		go r.do(t.Context(), hashOf(1), time.Now(), func() (catalog.Position, error) { //nolint:errcheck // the twins look
			<-release
			return 7, nil
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		never := func() (catalog.Position, error) { t.Error("a twin committed"); return 0, nil }
		if _, _, err := r.do(short, hashOf(1), time.Now(), never); !errors.Is(err, catalog.ErrUnavailable) {
			t.Errorf("impatient twin: %v", err)
		}
		got := make(chan catalog.Position)
		go func() {
			pos, _, _ := r.do(t.Context(), hashOf(1), time.Now(), never)
			got <- pos
		}()
		synctest.Wait()
		close(release)
		if pos := <-got; pos != 7 {
			t.Errorf("twin got %v, want 7", pos)
		}
	})
}

// A commit that panics leaves no twin waiting.
func TestRecentPanic(t *testing.T) {
	r, now := newRecent(), time.Unix(0, 0)
	func() {
		defer func() { _ = recover() }()
		r.do(t.Context(), hashOf(1), now, func() (catalog.Position, error) { panic("boom") }) //nolint:errcheck // it panics
	}()
	if at(t, r, 1, now) {
		t.Error("a body that was not kept is a duplicate")
	}
}

func TestBudget(t *testing.T) {
	var b budget
	one, two := share{b: &b}, share{b: &b}
	if one.take(maxInFlight) != nil || !errors.Is(two.take(1), errBusy) {
		t.Error("want the second refused")
	}
	one.release()
	two.release()
	if b.used.Load() != 0 {
		t.Errorf("%d bytes are still held", b.used.Load())
	}
}
