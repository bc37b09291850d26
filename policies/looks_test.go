package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestWatermarksDoNotGoBack: raw was looked at and had nothing new, so what was
// made of it is as of that look. Newer data that came later, and a look that saw
// it, take nothing away from that.
func TestWatermarksDoNotGoBack(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		raw := r.ran("ingest", "", "raw")
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.after(time.Second)
		r.ended(run, catalog.RunSucceeded)
		r.after(time.Hour)
		looked := time.Now()
		r.w.Look(ds("raw"), catalog.Look{DataTime: *raw.EndedAt, At: looked})
		r.settle()
		mark := func() time.Time {
			for _, e := range r.eval.Evaluations() {
				if e.Policy.Name == "mart" {
					return e.Snapshot.Lag.Watermark
				}
			}
			return time.Time{}
		}
		if got := mark(); !got.Equal(looked) {
			t.Fatalf("data of %s after a look at %s", got, looked)
		}
		r.after(time.Hour)
		newer := r.ran("ingest", "", "raw")
		r.after(time.Minute)
		r.w.Look(ds("raw"), catalog.Look{DataTime: *newer.EndedAt, At: time.Now()})
		r.settle()
		if got := mark(); !got.Equal(looked) {
			t.Errorf("data of %s after newer data came, which nothing has read; want that of the look at %s", got, looked)
		}
	})
}
