package virtual_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// young wants both of its inputs to be of the last twenty hours.
const young = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: tool, job: mart }
mode: act
owner: o
on_first: run
inputs:
  "dataset:pg://wh/slow": { trigger: true, require: { fresh: 20h } }
  "dataset:pg://wh/quick": { trigger: true, require: { fresh: 20h } }
`

// makeAt has a dataset made by a job of its own, in a minute.
func (p *plant) makeAt(name string, at time.Time) {
	key := catalog.RunKey{Job: catalog.JobName("prod", name), RunID: fmt.Sprintf("%s-%d", name, at.Unix())}
	p.loop.At(at, func() { p.tell(virtual.Event{Key: key, Type: catalog.EventStart, At: at}) })
	end := at.Add(time.Minute)
	p.loop.At(end, func() {
		p.tell(virtual.Event{Key: key, Type: catalog.EventComplete, At: end, Written: []virtual.Written{{Name: ds(name)}}})
	})
}

// TestClockSetBackMakesNothingYoung: slow is older than allowed when quick is
// made. weir's clock, an hour behind, does not show it, but the version of quick
// does: nothing runs before slow is made anew.
func TestClockSetBackMakesNothingYoung(t *testing.T) {
	for _, skew := range []time.Duration{0, -time.Hour} {
		p := newPlant(t, "act")
		list, err := policies.Parse("p.yaml", []byte(young))
		if err != nil {
			t.Fatal(err)
		}
		p.live.Put(&policies.Set{Policies: list})
		p.engine.Wake()
		again := monday.Add(21 * time.Hour)
		p.makeAt("slow", monday)
		p.loop.At(monday.Add(19*time.Hour), func() { p.skew = skew })
		p.makeAt("quick", monday.Add(20*time.Hour+10*time.Minute))
		p.makeAt("slow", again)
		p.loop.RunUntil(again)
		if n := len(p.served["mart"]); n != 0 {
			t.Errorf("clock %s ahead: %d runs on stale input\n%s", skew, n, strings.Join(p.decided, "\n"))
		}
		p.loop.RunUntil(again.Add(10 * time.Minute))
		if n := len(p.served["mart"]); n != 1 {
			t.Errorf("clock %s ahead: %d runs once all is young, want 1\n%s", skew, n, strings.Join(p.decided, "\n"))
		}
	}
}
