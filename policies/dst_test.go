package policies_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// springForwardTick is the tick's half of case 30: a tick at 02:30 that no clock
// shows that day fires once, when the clock springs over it.
func springForwardTick(t *testing.T) {
	t.Helper()
	oneTick(t, time.Date(2026, 3, 29, 0, 0, 0, 0, berlin(t)), "30 2 * * *", "tick:2026-03-29T01:00:00Z")
}

func TestSpringForwardTick(t *testing.T) { springForwardTick(t) }

// A tick at 01:30 that clocks show twice fires once, and so does one at 02:30
// where they go back at 03:00; another day's tick is where it always is.
func TestCase31FallBackTickFiresOnce(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	oneTick(t, time.Date(2026, 10, 25, 0, 0, 0, 0, london), "30 1 * * *", "tick:2026-10-25T00:30:00Z")
	oneTick(t, time.Date(2026, 10, 25, 0, 0, 0, 0, berlin(t)), "30 2 * * *", "tick:2026-10-25T00:30:00Z")
	oneTick(t, time.Date(2026, 6, 1, 0, 0, 0, 0, berlin(t)), "30 2 * * *", "tick:2026-06-01T00:30:00Z")
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// oneTick walks through a day and collects what is demanded: the tick of the day
// before, then that of the day, once.
func oneTick(t *testing.T, day time.Time, cron, tick string) {
	t.Helper()
	p := &policies.Policy{Want: policies.Want{Kind: policies.WantBy, Cron: cron, TZ: day.Location().String()}}
	s := policies.Snapshot{Produced: &catalog.Version{ProducedAt: day.Add(-48 * time.Hour)}}
	var demands []catalog.DemandElement
	for at := day; at.Before(day.Add(23 * time.Hour)); at = at.Add(10 * time.Minute) {
		e := policies.Decide(p, s, at)
		for _, d := range e.Demand {
			if !slices.Contains(demands, d) {
				demands = append(demands, d)
			}
		}
		if !e.WakeAt.After(at) {
			t.Fatalf("at %s wakes at %s", at, e.WakeAt)
		}
	}
	if len(demands) != 2 || string(demands[1]) != tick {
		t.Errorf("ticks %v, want the day before's and %s", demands, tick)
	}
}
