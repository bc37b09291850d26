package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// TestSpentFollowsTheNames: an asset that lost a name and won another one has
// what was spent under that, though it has as many names and no newer action.
func TestSpentFollowsTheNames(t *testing.T) {
	l := virtual.NewLedger()
	g := &policies.Gatherer{Ledger: l}
	p := &policies.Policy{Name: "p"}
	named := func(name string) catalog.AssetID { return catalog.AssetID(catalog.DatasetName("pg://wh", name).ID()) }
	won, kept, lost := named("won"), named("kept"), named("lost")
	for _, name := range []string{"won", "kept"} { // the older first
		id := named(name)
		a := catalog.Action{ID: name, Kind: catalog.ActionTrigger, State: catalog.ActionSucceeded, Target: id, Policies: []string{"p"}, Demand: []catalog.DemandElement{catalog.DemandElement(name)}}
		if _, err := l.Record(t.Context(), catalog.Decision{ID: "d-" + name, Policy: "p", Target: id}, &a); err != nil {
			t.Fatal(err)
		}
	}
	if before, err := g.SpentBy(t.Context(), p, kept, lost); err != nil || !before["kept"] || before["won"] {
		t.Fatalf("before: %v, %v", before, err)
	}
	if after, err := g.SpentBy(t.Context(), p, kept, won); err != nil || !after["kept"] || !after["won"] {
		t.Errorf("after: %v, %v: what was spent under the name it won is missing", after, err)
	}
}

// TestASecondCompleteIsNoNewVersion: a run that says again, later, that it is
// complete has made the version that the action read: nothing is wanted, and
// nothing waits for a demand that is spent. The next version is another.
func TestASecondCompleteIsNoNewVersion(t *testing.T) {
	for _, before := range []int{0, 1} {
		inRig(t, mart, func(r *rig) {
			for range before {
				r.ran("ingest", "", "raw")
				r.ended(r.play(r.last(1), "raw", "mart"), catalog.RunSucceeded)
			}
			up := r.ran("ingest", "", "raw")
			r.ended(r.play(r.last(before+1), "raw", "mart"), catalog.RunSucceeded)
			for range 2 {
				r.outcome("mart", catalog.DecideNothing)
				r.after(time.Hour)
				r.ended(up, catalog.RunSucceeded)
			}
			r.outcome("mart", catalog.DecideNothing)
			r.last(before + 1)
			r.ran("ingest", "", "raw")
			r.last(before + 2)
		})
	}
}
