package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestClocksAreNotTrusted: the source's and the tool's clock are ahead of weir's,
// and the run starts in the very instant in which its input was written. It was
// started for that version, so it has taken it in: nothing is wanted again, and
// the next version is.
func TestClocksAreNotTrusted(t *testing.T) {
	inRig(t, mart, func(r *rig) {
		r.ran("ingest", "", "raw")
		run := r.play(r.is(1, catalog.ActionAccepted), "raw", "mart")
		r.after(time.Second)
		r.ended(run, catalog.RunSucceeded)
		r.outcome("mart", catalog.DecideNothing)

		ahead := time.Now().Add(5 * time.Second)
		r.w.Run(catalog.Run{Key: catalog.RunKey{Job: job("ingest"), RunID: "ahead"}, State: catalog.RunSucceeded, StartedAt: time.Now(), StartKnown: true, EndedAt: &ahead, LastEventAt: ahead, Outputs: dss("raw")})
		r.settle()
		a := r.is(2, catalog.ActionAccepted)
		run = r.play(a, "raw", "mart")
		end := ahead.Add(time.Second)
		run.StartedAt, run.State, run.EndedAt, run.LastEventAt = ahead, catalog.RunSucceeded, &end, end
		r.w.Run(run)
		r.settle()
		r.after(10 * time.Second)
		r.outcome("mart", catalog.DecideNothing)
		r.is(2, catalog.ActionSucceeded)

		r.ran("ingest", "", "raw")
		r.is(3, catalog.ActionAccepted)
	})
}
