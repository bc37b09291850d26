package virtual_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

func setOf(t *testing.T, yaml string) *policies.Set {
	t.Helper()
	if yaml == "" {
		return &policies.Set{}
	}
	set, err := policies.ParseSet("p.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// compared lives through the recorded week by two sets.
func compared(ctx context.Context, t *testing.T, before, after string) virtual.Contrast {
	t.Helper()
	c, err := virtual.Compare(ctx, week(), virtual.Trial{Before: setOf(t, before), After: setOf(t, after), From: monday.AddDate(0, 0, 1), To: monday.AddDate(0, 0, 7), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var acting = strings.Replace(martPolicy, "mode: shadow", "mode: act", 1)

// TestCompareTakesModesAsTheyAre: who starts nothing changes nothing; who begins
// to is compared with what was recorded, and who ends leaves it unknown.
func TestCompareTakesModesAsTheyAre(t *testing.T) {
	ctx := t.Context()
	if c := compared(ctx, t, martPolicy, martPolicy); len(c.Policies) != 0 || c.Same != 2 || !c.Complete() {
		t.Errorf("the same set does otherwise: %+v", c)
	}
	up := compared(ctx, t, martPolicy, acting)
	if len(up.Policies) == 0 || up.Policies[0].Policy != "mart" {
		t.Fatalf("%+v", up)
	}
	if p := up.Policies[0]; p.Before.Runs != 12 || p.After.Runs != 6 || p.Before.StaleRuns != 1 || p.After.StaleRuns != 0 || p.Note == "" {
		t.Errorf("mart: %+v -> %+v (%s), want 12 runs, one of them stale, -> 6", p.Before, p.After, p.Note)
	}
	down := compared(ctx, t, acting, martPolicy)
	if p := down.Policies[0]; p.Before.Runs != 6 || p.After != nil {
		t.Errorf("mart: %+v -> %+v, want 6 runs and then nobody knows", p.Before, p.After)
	}
	if again := compared(ctx, t, martPolicy, acting); !reflect.DeepEqual(up, again) {
		t.Errorf("twice the same is not alike:\n%+v\n%+v", up, again)
	}
}

// TestCompareSeesCalendarsAndPools: what changes beside the policies counts.
func TestCompareSeesCalendarsAndPools(t *testing.T) {
	dark := "\n---\nkind: Calendar\nname: quiet\nblackout: [ { cron: \"0 0 * * *\", duration: 20h, tz: UTC } ]\napplies: all\n"
	c := compared(t.Context(), t, acting, acting+dark)
	if len(c.Policies) == 0 {
		t.Fatal("a blackout of every day until 20:00 changes nothing")
	}
	for _, p := range c.Policies {
		if p.Policy == "report" && p.After.Missed <= p.Before.Missed {
			t.Errorf("report misses %d -> %d deadlines of 10:00", p.Before.Missed, p.After.Missed)
		}
	}
}

// TestCompareEndsWithItsContext: it says how far it came.
func TestCompareEndsWithItsContext(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if c := compared(over, t, martPolicy, acting); c.Complete() || !c.Reached.Equal(monday.AddDate(0, 0, 1)) || len(c.Policies) != 0 {
		t.Errorf("%+v", c)
	}
	if c := compared(&countdown{t.Context(), 50}, t, martPolicy, acting); c.Complete() || !c.Reached.After(monday.AddDate(0, 0, 1)) || !c.Reached.Before(monday.AddDate(0, 0, 7)) || c.Policies[0].Before.Runs >= 12 {
		t.Errorf("%+v: want a part", c)
	}
}

// countdown ends after it was asked so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func (c *countdown) Deadline() (time.Time, bool) { return time.Time{}, false }
