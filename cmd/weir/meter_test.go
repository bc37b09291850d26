package main

import (
	"context"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// tape is a journal whose entry n came n seconds after the beginning.
type tape struct{ end catalog.Position }

var tapeStart = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func (j *tape) End() catalog.Position { return j.end }

func (j *tape) After(_ context.Context, pos catalog.Position, _ int) ([]catalog.Entry, error) {
	if pos >= j.end {
		return nil, nil
	}
	return []catalog.Entry{{Position: pos + 1, ReceivedAt: tapeStart.Add(time.Duration(pos+1) * time.Second)}}, nil
}

// TestMeterOfAStart: what a burst of seconds brings is not told as a rate of minutes.
func TestMeterOfAStart(t *testing.T) {
	j, now := &tape{}, tapeStart
	m := &meter{journal: j, projected: j.End, now: func() time.Time { return now }}
	m.look()
	for range 11 {
		now, j.end = now.Add(meterEvery), 2914
		if m.look(); m.perMinute() != nil {
			t.Fatalf("%v a minute after %s", *m.perMinute(), now.Sub(tapeStart))
		}
	}
	now = now.Add(meterEvery)
	if m.look(); m.perMinute() == nil || *m.perMinute() != 2914 {
		t.Errorf("after a minute: %v", m.perMinute())
	}
}

func TestMeter(t *testing.T) {
	j, now, seen := &tape{}, tapeStart, catalog.Position(0)
	m := &meter{journal: j, projected: func() catalog.Position { return seen }, now: func() time.Time { return now }}
	if in, err := m.Intake(t.Context()); err != nil || in.PerMinute != nil || in.LastAt != nil || in.Lag != nil {
		t.Fatalf("before anything came: %+v %v", in, err)
	}
	// Quiet for ten minutes, then an entry a second for five: only these count.
	for i := range 900 {
		if now = now.Add(time.Second); i >= 600 {
			j.end++
		}
		if i%5 == 0 {
			m.look()
		}
	}
	seen = j.end - 10
	in, err := m.Intake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if in.PerMinute == nil || *in.PerMinute < 59 || *in.PerMinute > 61 {
		t.Errorf("rate %v, want 60 a minute", in.PerMinute)
	}
	if want := tapeStart.Add(300 * time.Second); in.LastAt == nil || !in.LastAt.Equal(want) {
		t.Errorf("last entry at %v, want %v", in.LastAt, want)
	}
	if want := now.Sub(tapeStart.Add(291 * time.Second)); in.Lag == nil || *in.Lag != want {
		t.Errorf("lag %v, want %v", in.Lag, want)
	}
	seen = j.end
	if in, _ := m.Intake(t.Context()); in.Lag != nil {
		t.Errorf("lag %v though all is projected", *in.Lag)
	}
}
