package policies_test

import (
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// TestWhatSaysTheSameWakesNobody: an event about an input that leaves it as it was
// lets nobody decide anew, and one that does not, does. A watermark that is made
// again from the same data is the same one.
func TestWhatSaysTheSameWakesNobody(t *testing.T) {
	w := virtual.NewWorld()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tell := func(name, in, run string, is catalog.EventType) catalog.Touched {
		now = now.Add(time.Minute)
		e := virtual.Event{Key: catalog.RunKey{Job: job(name), RunID: name + run}, Type: is, At: now, Inputs: dss(in)}
		if is == catalog.EventComplete {
			e.Written = []virtual.Written{{Name: ds(name)}}
		}
		return w.Tell(e)
	}
	for _, name := range [][2]string{{"raw", ""}, {"mart", "raw"}, {"top", "mart"}} {
		tell(name[0], name[1], "1", catalog.EventStart)
		tell(name[0], name[1], "1", catalog.EventComplete)
	}
	set, err := policies.ParseSet("p.yaml", []byte(`kind: Policy
name: top
select: { asset: "dataset:pg://wh/top" }
mode: observe
owner: team
want: { by: { cron: "0 9 * * *", covers: 5h } }
inputs: { "dataset:pg://wh/mart": {} }
`))
	if err != nil {
		t.Fatal(err)
	}
	live := &policies.Live{}
	live.Put(set)
	g := &policies.Gatherer{History: w, Recall: policies.NewRecall(w), Graph: w, Ledger: virtual.NewLedger(), Policies: live}
	eval := policies.NewEvaluator(g, &sync.Mutex{}, policies.EvaluatorOptions{Now: func() time.Time { return now }})
	eval.Open()
	eval.Step(t.Context())
	for _, c := range []struct {
		name  string
		touch func() catalog.Touched
		wakes bool
	}{
		{"a check of an input", func() catalog.Touched { return w.Check(catalog.Check{Dataset: ds("mart"), Name: "c", At: now}) }, false},
		{"a run of its job began", func() catalog.Touched { return tell("mart", "raw", "2", catalog.EventStart) }, true},
		{"it was made again", func() catalog.Touched { return tell("mart", "raw", "2", catalog.EventComplete) }, true},
		{"its root was looked at", func() catalog.Touched { return w.Look(ds("raw"), catalog.Look{DataTime: now.Add(-time.Hour), At: now}) }, true},
	} {
		now = now.Add(time.Minute)
		eval.Touch(c.touch())
		eval.Step(t.Context())
		if woken := eval.Evaluations()[0].At.Equal(now); woken != c.wakes {
			t.Errorf("%s: decided anew %t, want %t", c.name, woken, c.wakes)
		}
	}
}
