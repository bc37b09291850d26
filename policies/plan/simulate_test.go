package plan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/policies/virtual"
)

const hourly = "kind: Policy\nname: load\nmode: act\nowner: team\nselect: { asset: \"dataset:pg://wh/raw\" }\ntarget: { connector: af, job: load }\nwant: { max_age: %s }\n"

// loads is a load each day at noon, of the last 14 days.
func loads(context.Context, time.Time, *policies.Set) (rec virtual.Recording, err error) {
	for day := range 20 {
		at := noon.AddDate(0, 0, -day).Add(-time.Hour)
		end := at.Add(time.Minute)
		rec.Runs = append(rec.Runs, catalog.Run{Key: catalog.RunKey{Job: catalog.JobName("prod", "load"), RunID: fmt.Sprint("r", day)}, State: catalog.RunSucceeded, Attempt: 1,
			StartedAt: at, StartKnown: true, EndedAt: &end, Outputs: []catalog.Name{catalog.DatasetName("pg://wh", "raw")}})
	}
	return rec, nil
}

func TestPlanIsSimulated(t *testing.T) {
	o := open(t)
	o.Recorded = loads
	p := o.planned(t, fmt.Sprintf(hourly, "6h"))
	s, err := o.Simulate(t.Context(), p)
	if err != nil || s.Cut != "" || len(s.Policies) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if one := s.Policies[0]; one.Before.Runs != 14 || one.After.Runs < 50 || !s.From.Equal(noon.Add(-plan.Horizon)) {
		t.Errorf("%+v -> %+v: want one a day, and then four", one.Before, one.After)
	}
	if _, _, err := o.Apply(t.Context(), plan.Proposal{Files: files(fmt.Sprintf(hourly, "6h")), Hash: p.Hash}); err != nil {
		t.Fatal(err)
	}
	p = o.planned(t, fmt.Sprintf(hourly, "6h"))
	if s, err := o.Simulate(t.Context(), p); err != nil || s.Same != 1 || !s.Reached.Equal(s.To) {
		t.Errorf("nothing changes, and %+v, %v", s, err)
	}
}

// TestSimulationIsCut: what is missing is said, and is no error.
func TestSimulationIsCut(t *testing.T) {
	o := open(t)
	p := o.planned(t, fmt.Sprintf(hourly, "6h"))
	over, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for says, c := range map[string]struct {
		ctx context.Context
		rec plan.Recorder
	}{
		"nothing is recorded here": {t.Context(), nil},
		"0.0 days of 14.0 days":    {over, loads},
		"more was recorded than can be simulated: more than 7 runs: weir simulate": {t.Context(), func(context.Context, time.Time, *policies.Set) (virtual.Recording, error) {
			return virtual.Recording{}, fmt.Errorf("%w: more than 7 runs", plan.ErrLimited)
		}},
	} {
		o.Recorded = c.rec
		s, err := o.Simulate(c.ctx, p)
		if err != nil || !strings.Contains(s.Cut, says) || len(s.Policies) != 0 {
			t.Errorf("%+v, %v: want %q", s, err, says)
		}
	}
}
