package policies_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// lateReport is made by 09:00 of data from 03:00 on, in ten minutes: with one
// retry and five minutes to spare its latest start is 08:35. Its input is not
// made again that day, unless a test does.
func lateReport(onLate string) string {
	return timely("report", by("9:00", "6h"), `inputs: { "dataset:pg://wh/mart": { require: updated } }`, onLate)
}

func (r *rig) reportPasts() {
	r.past(10, "mart", "", "mart", 4*time.Hour, 10*time.Minute)
	r.past(10, "report", "mart", "report", 5*time.Hour, 10*time.Minute)
}

func TestOnLateWaits(t *testing.T) {
	for _, onLate := range []string{"", "on_late: wait"} {
		inRig(t, lateReport(onLate), func(r *rig) {
			r.reportPasts()
			r.until("2000-01-01 10:00")
			r.last(0)
			r.outcome("report", catalog.DecideWait)
			r.ran("mart", "", "mart")
			r.is(1, catalog.ActionAccepted)
		})
	}
}

// TestOnLateUsesStale: at the latest start it runs on what there is, once, and
// says so.
func TestOnLateUsesStale(t *testing.T) {
	inRig(t, lateReport("on_late: use_stale"), func(r *rig) {
		r.reportPasts()
		r.until("2000-01-01 08:34")
		r.last(0)
		r.outcome("report", catalog.DecideWait)
		r.until("2000-01-01 08:36")
		r.startedAt("report", "01 08:35")
		a := r.is(1, catalog.ActionAccepted)
		if !slices.Equal(a.Admission.Stale, []string{"mart"}) || len(a.Pins) != 1 || a.Pins[0].ProducedAt.Day() != 31 {
			t.Errorf("stale %q, pins %+v: want yesterday's mart, marked", a.Admission.Stale, a.Pins)
		}
		if !strings.Contains(a.Transitions[0].Cause, "on what there is of mart") {
			t.Errorf("made because %q", a.Transitions[0].Cause)
		}
		r.serve("report", "mart", "report", 10*time.Minute)
		r.until("2000-01-01 23:00")
		r.startedAt("report", "01 08:35")
	})
}

// TestOnLateExcusesNothingBad: what failed its checks, what a failed run left,
// and what was never made, is not run on.
func TestOnLateExcusesNothingBad(t *testing.T) {
	inRig(t, lateReport("on_late: use_stale"), func(r *rig) {
		r.reportPasts()
		r.until("2000-01-01 08:00")
		run := r.began("mart", "", "mart", nil)
		run.Flags = []string{"wrote"}
		r.ended(run, catalog.RunFailed)
		r.until("2000-01-01 10:00")
		r.last(0)
	})
	inRig(t, timely("report", by("9:00", "6h"), `inputs: { "dataset:pg://wh/never": { } }`, "on_first: run", "on_late: use_stale"), func(r *rig) {
		r.until("2000-01-02 10:00")
		r.last(0)
		r.outcome("report", catalog.DecideWait)
	})
}

// TestOnLateSkips: nothing runs for a deadline that can no longer be met, and the
// next one is served again. The asset is late all the same.
func TestOnLateSkips(t *testing.T) {
	inRig(t, lateReport("on_late: skip"), func(r *rig) {
		r.reportPasts()
		r.until("2000-01-01 08:34")
		r.outcome("report", catalog.DecideWait)
		r.until("2000-01-01 08:36")
		e := r.outcome("report", catalog.DecideNothing)
		if says := e.Tree.Children[0].Children[1].Says; !strings.Contains(says, "the latest start for the deadline of 2000-01-01 09:00:00Z was 2000-01-01 08:35:00Z: it is skipped") {
			t.Errorf("says %q", says)
		}
		r.until("2000-01-01 10:00")
		r.ran("mart", "", "mart")
		r.last(0)
		r.stands("report", policies.Late)
		r.until("2000-01-02 03:00")
		r.ran("mart", "", "mart")
		r.until("2000-01-02 03:30")
		r.is(1, catalog.ActionAccepted)
	})
}

// TestOnLateAsks: a person is asked; nobody has to answer once the inputs come.
func TestOnLateAsks(t *testing.T) {
	inRig(t, lateReport("on_late: ask"), func(r *rig) {
		r.reportPasts()
		r.until("2000-01-01 08:36")
		a := r.is(1, catalog.ActionAwaitingApproval)
		if why := a.Admission.Approval.Why; len(why) != 1 || !strings.Contains(why[0], "mart is not as required: run on what there is?") {
			t.Errorf("asked %q", why)
		}
		if _, err := r.approvals().Approve(r.ctx, policies.Answer{Action: a.ID, Actor: "ann", Reason: "yesterday's will do"}); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if a = r.is(1, catalog.ActionAccepted); !slices.Equal(a.Admission.Stale, []string{"mart"}) {
			t.Errorf("stale %q", a.Admission.Stale)
		}
	})
	inRig(t, lateReport("on_late: ask"), func(r *rig) {
		r.reportPasts()
		r.until("2000-01-01 08:36")
		r.is(1, catalog.ActionAwaitingApproval)
		r.ran("mart", "", "mart")
		r.after(time.Minute)
		if a := r.is(1, catalog.ActionAccepted); len(a.Admission.Stale) > 0 || a.Admission.Approval.Given() {
			t.Errorf("%+v: want the fresh mart, and nobody's approval", a.Admission)
		}
	})
}

// TestOnLateAtTheGate: the same words for a run that asks.
func TestOnLateAtTheGate(t *testing.T) {
	gated := func(onLate string) string {
		return strings.NewReplacer("mode: act", "mode: gate", "dataset:pg://wh/report", "job:prod/report").Replace(lateReport("on_first: run\n" + onLate))
	}
	for onLate, want := range map[string]catalog.DecisionOutcome{"": catalog.DecideWait, "on_late: use_stale": catalog.DecideRun, "on_late: skip": catalog.DecideSkip, "on_late: ask": catalog.DecideWait} {
		inRig(t, gated(onLate), func(r *rig) {
			r.reportPasts()
			r.until("2000-01-01 05:00")
			r.gateSays(r.ask("report", "k", "t", 0), catalog.DecideWait)
			r.until("2000-01-01 09:30")
			a := r.ask("report", "k", "t", 0)
			r.gateSays(a, want)
			if onLate == "on_late: use_stale" && (!strings.Contains(a.Reasons[0], "on what there is of mart") || len(a.Pins) != 1) {
				t.Errorf("%q with pins %+v", a.Reasons, a.Pins)
			}
		})
	}
}

func TestOnLateIsChecked(t *testing.T) {
	for yaml, code := range map[string]string{
		"on_late: never\nwant: { by: { cron: \"0 9 * * *\", covers: 1h } }\n": "E106",
		"on_late: skip\nwant: { max_lag: 1h }\n":                              "E126",
		"on_late: skip\nwant: { by: { cron: \"0 9 * * *\" } }\n":              "E126",
	} {
		if _, err := policies.Parse("p.yaml", []byte(head+yaml)); err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("%q: %v, want %s", yaml, err, code)
		}
	}
}
