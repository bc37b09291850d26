package virtual

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestBriefLedger: of each policy on each asset and partition the newest decision
// is there, as in a ledger that keeps them all, and no other; the gate's are kept.
func TestBriefLedger(t *testing.T) {
	ctx := context.Background()
	brief, whole := NewLedger(), NewLedger()
	brief.Brief = true
	for i := range 60 {
		d := catalog.Decision{ID: fmt.Sprint(i), Policy: fmt.Sprint("p", i%2), Target: catalog.AssetID{byte(i % 3)}, Partition: []string{"", "day"}[i/6%2]}
		for _, l := range []*Ledger{brief, whole} {
			if _, err := l.Record(ctx, d, nil); err != nil {
				t.Fatal(err)
			}
			if i%10 == 0 {
				if _, err := l.RecordGate(ctx, catalog.Decision{ID: fmt.Sprint("gate", i), Policy: d.Policy, Gate: &catalog.GateAnswer{}}, false); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	all, err := whole.Decisions(ctx, policies.DecisionQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	want := slices.DeleteFunc(all, func(d catalog.Decision) bool {
		of := fmt.Sprint(d.Policy, d.Target, d.Partition)
		had := seen[of] && d.Gate == nil
		seen[of] = seen[of] || d.Gate == nil
		return had
	})
	got, err := brief.Decisions(ctx, policies.DecisionQuery{Limit: 1000})
	if err != nil || !slices.EqualFunc(got, want, func(a, b catalog.Decision) bool { return a.ID == b.ID && a.Seq == b.Seq }) {
		t.Errorf("kept %d decisions, want %d: %v", len(got), len(want), err)
	}
	if n := len(brief.decisions); n > 2*len(want) {
		t.Errorf("room for %d decisions is held, of which %d are there", n, len(want))
	}
	for _, p := range []string{"p0", "p1"} {
		if n := len(brief.last[p]); n != 6 {
			t.Errorf("%d decisions of %s are found, want one for each of 3 assets and 2 partitions", n, p)
		}
		for target := range byte(3) {
			a, errA := brief.LastDecision(ctx, p, catalog.AssetID{target})
			b, errB := whole.LastDecision(ctx, p, catalog.AssetID{target})
			if errA != nil || errB != nil || a.ID != b.ID {
				t.Errorf("last decision of %s: %s, want %s: %v %v", p, a.ID, b.ID, errA, errB)
			}
		}
	}
}
