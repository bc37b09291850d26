package policies

import (
	"fmt"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestWaits: a wait goes on when its reasons change, ends for all runs that ask by
// its key, and of too many the one goes that asked longest ago.
func TestWaits(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := noon
	g := &Gate{now: func() time.Time { return now }, waiting: map[string]Waiter{}}
	say := func(d catalog.DecisionOutcome, key, ref, reason string) {
		a := catalog.GateAnswer{Decision: d, Job: catalog.JobName("prod", "j"), Key: key, RunRef: ref, Reasons: []string{reason}, FirstAskedAt: now, At: now}
		if _, ok := g.told(a); !ok {
			g.tell(a, "p", catalog.AssetID{})
		}
	}
	say(catalog.DecideWait, "k", "r1", "raw")
	now = now.Add(time.Minute)
	say(catalog.DecideWait, "k", "r1", "stg")
	if w := g.Waiting(); len(w) != 1 || !w[0].Since.Equal(noon) || !w[0].Asked.Equal(now) {
		t.Errorf("for another reason: %+v", w)
	}
	say(catalog.DecideWait, "k2", "r1", "raw")
	say(catalog.DecideRun, "k", "r2", "") // the task was tried again
	if w := g.Waiting(); len(w) != 1 || w[0].told.Key != "k2" {
		t.Errorf("after the answer to the key: %+v", w)
	}
	for i := range maxWaiting {
		now = now.Add(time.Millisecond)
		say(catalog.DecideWait, fmt.Sprint("many", i), "r", "raw")
	}
	if w := g.Waiting(); len(w) != maxWaiting || w[0].told.Key != "many0" {
		t.Errorf("%d wait, the first %+v", len(w), w[0])
	}
	now = now.Add(gaveUp + time.Minute)
	say(catalog.DecideWait, "many0", "r", "stg")
	if w := g.Waiting(); len(w) != 1 || !w[0].Since.Equal(now) {
		t.Errorf("who came back after giving up: %+v", w)
	}
}
