package policies_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/policiestest"
)

// slow is a history whose answers take their time.
type slow struct{ *policiestest.World }

func (s slow) Versions(ctx context.Context, q policies.VersionQuery) ([]catalog.Version, error) {
	time.Sleep(time.Millisecond)
	return s.World.Versions(ctx, q)
}

// TestHintsAreServedFirst: while a sweep over many assets goes on, and while it
// rests, what a hint names is decided at once; without a hint it is found too.
func TestHintsAreServedFirst(t *testing.T) {
	glob := strings.NewReplacer("name: mart", "name: all", "mode: act", "mode: shadow", "wh/mart", "wh/many-*", "wh/raw", "wh/other").Replace(mart)
	inRig(t, glob+"---\n"+mart, func(r *rig) {
		for i := range 40 {
			r.w.Run(catalog.Run{Key: catalog.RunKey{Job: job("j"), RunID: fmt.Sprint("m", i)}, State: catalog.RunSucceeded, StartedAt: time.Now(), EndedAt: ptr(time.Now()), Outputs: dss(fmt.Sprint("many-", i))})
		}
		r.settle()
		r.g.History = slow{r.w} // the loops rest
		r.eval.Wake()
		r.after(10 * time.Second)
		for i, hint := range []bool{true, false} {
			r.eval.Wake() // a sweep begins
			time.Sleep(5 * time.Millisecond)
			r.w.Run(catalog.Run{Key: catalog.RunKey{Job: job("ingest"), RunID: fmt.Sprint("r", i)}, State: catalog.RunSucceeded, StartedAt: time.Now(), EndedAt: ptr(time.Now()), Outputs: dss("raw")})
			start := time.Now()
			if hint {
				r.eval.Wake(r.w.ID(ds("raw")))
			} else {
				r.eval.Wake()
			}
			for len(r.tool.Sent()) == i && time.Since(start) < time.Minute {
				time.Sleep(time.Millisecond)
				synctest.Wait()
			}
			took := time.Since(start)
			if len(r.tool.Sent()) != i+1 || hint && took > 20*time.Millisecond {
				t.Fatalf("hint %v: %d sends after %s: %s", hint, len(r.tool.Sent()), took, r.story())
			}
			t.Logf("hint %v: sent after %s", hint, took)
			a := r.last(i + 1)
			r.after(time.Second)
			run := r.play(a, "raw", "mart")
			r.after(10 * time.Second)
			r.ended(run, catalog.RunSucceeded)
			r.after(10 * time.Second)
		}
	})
}
