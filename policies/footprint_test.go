package policies

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestAgendaFollowsFootprints: what is touched is evaluated by whoever looked at
// it last time, and by nobody who no longer does.
func TestAgendaFollowsFootprints(t *testing.T) {
	a := newAgenda()
	p, asset := &Policy{Name: "p"}, catalog.AssetID{1}
	a.set([]Match{{Policy: p, Asset: asset}})
	e := a.next(time.Time{})
	kept, left, came := called(oneRun, "kept"), called(oneRun, "left"), target("dbt", "mart")
	free := a.decided(e, footprint{kept: {}, left: {}}, time.Time{})
	clear(free)
	a.decided(e, footprint{kept: {}, came: {}}, time.Time{})
	for _, c := range []struct {
		touched thing
		hot     bool
	}{{kept, true}, {came, true}, {left, false}, {called(theTarget, "kept"), false}} {
		a.touch([]thing{c.touched})
		if got := a.next(time.Time{}) == e; got != c.hot {
			t.Errorf("%v touched: evaluated %t, want %t", c.touched, got, c.hot)
		}
	}
	if a.set(nil); len(a.by) > 0 {
		t.Errorf("%d things are still looked at by a policy that is gone", len(a.by))
	}
}

func TestClock(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC), time.Date(1999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -7*3600)),
		{}, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, want := clock(at), at.UTC().Format("2006-01-02 15:04:05Z"); got != want {
			t.Errorf("clock(%s) = %s", want, got)
		}
	}
}

// BenchmarkAgendaDecided: an evaluation that looked at what it did before but for
// one thing.
func BenchmarkAgendaDecided(b *testing.B) {
	a := newAgenda()
	a.set([]Match{{Policy: &Policy{Name: "p"}}})
	e := a.next(time.Time{})
	f := footprint{}
	for i := 0; b.Loop(); i++ {
		for j := range 32 {
			f.note(called(oneRun, j))
		}
		f.note(called(oneRun, 1000+i))
		f = a.decided(e, f, time.Time{})
		if clear(f); f == nil {
			f = footprint{}
		}
	}
}
