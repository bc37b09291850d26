package policies_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// codesOf are what a look at the policies in force finds.
func (r *rig) codesOf() (codes string, says string) {
	r.t.Helper()
	found, err := r.g.Check(r.ctx, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range found {
		if f.Code != "E102" && f.Code != "E111" && f.Code != "W203" {
			codes, says = codes+f.Code+" ", says+f.What+"\n"
		}
	}
	return codes, says
}

// TestInfeasibleDeadline: the path, an hour of which is its own, does not fit
// into what the deadline covers; an hour more does.
func TestInfeasibleDeadline(t *testing.T) {
	for covers, want := range map[string]string{"90m": "E122 ", "150m": ""} {
		inRig(t, timely("mart", by("09:00", covers), `inputs: { "dataset:pg://wh/raw": {} }`), func(r *rig) {
			r.past(10, "load", "", "raw", 4*time.Hour, time.Hour)
			r.past(10, "mart", "raw", "mart", 6*time.Hour, time.Hour)
			codes, says := r.codesOf()
			if codes != want || want != "" && !strings.Contains(says, "2h at 95 %") {
				t.Errorf("covers %s: %q, want %q: %s", covers, codes, want, says)
			}
		})
	}
}

func TestThinHistoryIsSaid(t *testing.T) {
	for runs, want := range map[int]string{3: "W202 ", 10: ""} {
		inRig(t, timely("mart", by("09:00", "6h")), func(r *rig) {
			r.past(runs, "mart", "", "mart", 6*time.Hour, time.Hour)
			if codes, says := r.codesOf(); codes != want {
				t.Errorf("%d runs: %q, want %q: %s", runs, codes, want, says)
			}
		})
	}
}

func TestInputsWithoutDataVersionsAreSaid(t *testing.T) {
	for data, want := range map[string]string{"": "W201 W201 ", "7": "W201 "} {
		inRig(t, timely("model", "{ versions_behind: 3 }", `inputs: { "dataset:pg://wh/raw": {}, "dataset:pg://wh/side": {} }`), func(r *rig) {
			r.wrote("raw", data)
			r.wrote("side", "")
			if codes, says := r.codesOf(); codes != want {
				t.Errorf("%q, want %q: %s", codes, want, says)
			}
		})
	}
}

// TestUnderWayIsNotAtRisk: what is being made waits to be made again, and is due;
// what cannot begin is at risk.
func TestUnderWayIsNotAtRisk(t *testing.T) {
	for _, c := range []struct {
		want     string
		underWay policies.FreshnessState
	}{{"", policies.Due}, {"want: { max_lag: 24h }\n", policies.Fresh}} {
		inRig(t, c.want+mart, func(r *rig) {
			r.ran("load", "", "raw")
			r.ran("dbt", "raw", "mart")
			r.ran("load", "", "raw")
			r.settle()
			r.is(1, catalog.ActionAccepted)
			r.ran("load", "", "raw")
			r.outcome("mart", catalog.DecideWait)
			r.stands("mart", c.underWay)
		})
		inRig(t, c.want+mart+"ready: { all: [ self_idle, { signal: go, within: 1h } ] }\n", func(r *rig) {
			r.ran("load", "", "raw")
			r.ran("dbt", "raw", "mart")
			r.ran("load", "", "raw")
			r.outcome("mart", catalog.DecideWait)
			r.stands("mart", policies.AtRisk)
		})
	}
}

// TestWarnPutsAtRisk: at the very moment, without any event, and before it is
// late.
func TestWarnPutsAtRisk(t *testing.T) {
	inRig(t, timely("mart", "{ max_age: 4h }", "sla: { warn: 3h }"), func(r *rig) {
		r.ran("mart", "", "mart")
		r.after(3*time.Hour - time.Minute)
		r.stands("mart", policies.Fresh)
		r.after(2 * time.Minute)
		r.stands("mart", policies.AtRisk)
		r.last(0)
		r.after(time.Hour)
		r.is(1, catalog.ActionAccepted)
		r.stands("mart", policies.Late)
	})
}
