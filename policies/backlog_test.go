package policies_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestBackfillAsksAboveItsLimit: more of the past than may be made without a word
// waits for a person, whose one answer is for all of it; it goes in a pool of its
// own. What is due is made without asking.
func TestBackfillAsksAboveItsLimit(t *testing.T) {
	yaml := rolled("UTC", "{ within: 2h, lateness: 1d }", "complete", "backfill: { max_partitions: 4, approve_above: 3, pool: spare, sealed_before: 30d }\n") + "---\nkind: Pool\nname: spare\nslots: 1\n"
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	inRig(t, yaml, func(r *rig) {
		r.hours(midnight.AddDate(0, 0, -5), midnight)
		due := r.made(1, "1999-12-31")
		if due.Admission.Approval != nil || due.Admission.Pool != "" {
			t.Errorf("what is due: %+v", due.Admission)
		}
		a := r.is(2, catalog.ActionAwaitingApproval)
		if q := a.Admission.Approval; !strings.Contains(q.Why[0], "4 partitions are to be backfilled, and 3 is the limit") || a.Admission.Pool != "spare" || a.Admission.Class != catalog.ClassBackfill {
			t.Fatalf("%+v, asked %q", a.Admission, q.Why)
		}
		if _, err := r.approvals().Approve(r.ctx, policies.Answer{Action: a.ID, Actor: "ann", Reason: "a quiet night"}); err != nil {
			t.Fatal(err)
		}
		r.settle()
		for n, day := range []string{"1999-12-30", "1999-12-29", "1999-12-28", "1999-12-27"} {
			r.made(n+2, day) // nobody is asked again
		}
	})
	// As many as may be made without a word.
	inRig(t, strings.Replace(yaml, "approve_above: 3", "approve_above: 4", 1), func(r *rig) {
		r.hours(midnight.AddDate(0, 0, -5), midnight)
		r.made(1, "1999-12-31")
		r.made(2, "1999-12-30")
	})
}

// TestBackfillPoolHasToBeThere: a pool that nobody wrote is an error of the set.
func TestBackfillPoolHasToBeThere(t *testing.T) {
	_, err := policies.Load([]catalog.PolicyFile{{Path: "p.yaml", Text: rolled("UTC", "{ within: 2h }", "complete", "backfill: { pool: gone }\n")}})
	if err == nil || !strings.Contains(err.Error(), "E140") {
		t.Errorf("%v, want E140", err)
	}
}
