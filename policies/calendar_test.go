package policies_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestSpans: open and closed, and when that changes, on the wall clocks of zones.
func TestSpans(t *testing.T) {
	utc := func(s string) time.Time {
		at, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, c := range map[string]struct {
		spans   string
		at      string
		open    bool
		changes string
	}{
		"before":                 {`{ cron: "0 18 28-31 * *", duration: 14h }`, "2026-02-28 17:59:59", false, "2026-02-28 18:00:00"},
		"begins":                 {`{ cron: "0 18 28-31 * *", duration: 14h }`, "2026-02-28 18:00:00", true, "2026-03-01 08:00:00"},
		"over midnight":          {`{ cron: "0 18 28-31 * *", duration: 14h }`, "2026-03-01 07:59:59", true, "2026-03-01 08:00:00"},
		"ends":                   {`{ cron: "0 18 28-31 * *", duration: 14h }`, "2026-03-01 08:00:00", false, "2026-03-28 18:00:00"},
		"one after the other":    {`[ { cron: "0 18 * * *", duration: 6h }, { cron: "0 0 * * *", duration: 6h } ]`, "2026-03-01 19:00:00", true, "2026-03-02 06:00:00"},
		"one inside the other":   {`[ { cron: "0 18 * * *", duration: 12h }, { cron: "0 20 * * *", duration: 1h } ]`, "2026-03-01 20:30:00", true, "2026-03-02 06:00:00"},
		"days":                   {`{ from: 2026-12-24, to: 2026-12-27, tz: Europe/Berlin }`, "2026-12-23 23:00:00", true, "2026-12-26 23:00:00"},
		"days are over":          {`{ from: 2026-12-24, to: 2026-12-27, tz: Europe/Berlin }`, "2026-12-26 23:00:00", false, ""},
		"spring, skipped hour":   {`{ cron: "30 2 * * *", duration: 1h, tz: Europe/Berlin }`, "2026-03-29 01:00:00", true, "2026-03-29 02:00:00"},
		"spring, the day before": {`{ cron: "30 2 * * *", duration: 1h, tz: Europe/Berlin }`, "2026-03-28 02:29:59", true, "2026-03-28 02:30:00"},
		"autumn, first showing":  {`{ cron: "30 2 * * *", duration: 1h, tz: Europe/Berlin }`, "2026-10-25 00:30:00", true, "2026-10-25 01:30:00"},
		"autumn, second showing": {`{ cron: "30 2 * * *", duration: 1h, tz: Europe/Berlin }`, "2026-10-25 01:30:00", false, "2026-10-26 01:30:00"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := policies.ParseSet("c.yaml", []byte("kind: Calendar\nname: c\nblackout: "+c.spans+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			s := policies.Snapshot{Calendars: []policies.CalendarView{{Calendar: set.Calendars[0], Applies: true}}}
			e := policies.Decide(&policies.Policy{}, s, utc(c.at))
			changes := time.Time{}
			if c.changes != "" {
				changes = utc(c.changes)
			}
			if open := e.Ready == catalog.False; open != c.open || !e.WakeAt.Equal(changes) {
				t.Errorf("blackout %v until %s, want %v until %s\n%s", open, e.WakeAt, c.open, changes, render(e.Tree))
			}
		})
	}
}

// closing is due at 20:00, when the evening's blackout has begun, and takes half
// an hour.
const closing = `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
want: { by: { cron: "0 20 * * *", tz: UTC, covers: 6h } }
on_first: run
inputs:
  "dataset:pg://wh/raw": { require: updated }
blackout: { cron: "0 18 * * *", duration: 5h, tz: UTC }
run: { expected: 30m, retry_reserve: 0 }
`

// TestCase29BlackoutCoversLatestStart: what is due in a blackout is started
// before it when it is ready; else it waits for the end of the blackout, and the
// policy says whether it is exempt or late meanwhile. The same decisions are made
// in every mode; only those that act start anything.
func TestCase29BlackoutCoversLatestStart(t *testing.T) {
	for _, mode := range []string{"mode: act", "mode: shadow", "mode: observe"} {
		for _, start := range []string{"", "start: latest\n", "start: ready\n"} {
			t.Run(mode+" "+start, func(t *testing.T) {
				inRig(t, strings.Replace(closing, "mode: act", mode, 1)+start, func(r *rig) { beforeTheBlackout(r, start) })
			})
		}
		for says, state := range map[string]policies.FreshnessState{"": policies.Exempt, "on_blackout: exempt\n": policies.Exempt, "on_blackout: late\n": policies.Late} {
			t.Run(mode+" not ready "+says, func(t *testing.T) {
				inRig(t, strings.Replace(closing, "mode: act", mode, 1)+says, func(r *rig) { throughTheBlackout(r, state) })
			})
		}
	}
}

// at lets time pass until so long after the rig's midnight.
func (r *rig) at(d time.Duration) { r.after(time.Until(rigMidnight.Add(d))) }

var rigMidnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// beforeTheBlackout: the window of the deadline is 14:00 to 19:25, of which the
// blackout leaves the time to 18:00.
func beforeTheBlackout(r *rig, start string) {
	r.t.Helper()
	r.ran("dbt", "raw", "mart")
	r.at(15 * time.Hour)
	r.ran("ingest", "", "raw")
	if start == "start: latest\n" {
		r.outcome("mart", catalog.DecideNothing)
		r.at(18*time.Hour - time.Minute - time.Second)
		r.outcome("mart", catalog.DecideNothing)
		r.at(18*time.Hour - time.Minute) // the last moment, with time to send it
	}
	r.alike()
	if r.acts() {
		r.is(1, catalog.ActionAccepted)
	} else {
		r.outcome("mart", catalog.DecideRun)
	}
}

func throughTheBlackout(r *rig, state policies.FreshnessState) {
	r.t.Helper()
	r.ran("dbt", "raw", "mart")
	r.at(17 * time.Hour)
	r.outcome("mart", catalog.DecideWait) // raw is not updated
	r.at(18*time.Hour + time.Minute)
	r.ran("ingest", "", "raw")
	r.at(21 * time.Hour)
	e := r.outcome("mart", catalog.DecideWait)
	if f := policies.FreshnessOf(e); f.State != state {
		r.t.Errorf("%s (%s), want %s: %s", f.State, f.Says, state, r.story())
	}
	if until := rigMidnight.Add(23 * time.Hour); !e.WakeAt.Equal(until) {
		r.t.Errorf("wakes at %s, want %s", e.WakeAt, until)
	}
	r.at(23*time.Hour - time.Nanosecond)
	r.outcome("mart", catalog.DecideWait)
	r.alike()
	r.at(23 * time.Hour)
	if r.acts() {
		r.is(1, catalog.ActionAccepted)
		return
	}
	if f := policies.FreshnessOf(r.outcome("mart", catalog.DecideRun)); f.State != policies.Late {
		r.t.Errorf("%s after the blackout, want late", f.State)
	}
}

func (r *rig) acts() bool { return r.live.Get().ByName("mart").Acts() }

// TestCalendarApplies: by what it says itself, or because a policy names it; one
// that does neither holds nothing.
func TestCalendarApplies(t *testing.T) {
	night := "---\nkind: Calendar\nname: night\nblackout: { cron: \"0 0 * * *\", duration: 6h }\n"
	for name, c := range map[string]struct {
		yaml  string
		holds bool
	}{
		"named by the policy":   {mart + "calendar: night\n" + night, true},
		"one of several":        {mart + "calendar: [ other, night ]\n" + night + "---\nkind: Calendar\nname: other\n", true},
		"by a tag":              {mart + night + "applies: { tag: finance }\n", true},
		"by a tag's value":      {mart + night + "applies: { tag: finance=yes }\n", true},
		"by another value":      {mart + night + "applies: { tag: finance=no }\n", false},
		"by another tag":        {mart + night + "applies: { tag: hr }\n", false},
		"by a pattern":          {mart + night + "applies: { asset: \"dataset:pg://wh/m*\" }\n", true},
		"by a pattern and tag":  {mart + night + "applies: { asset: \"dataset:pg://wh/x*\", tag: finance }\n", false},
		"by name":               {mart + night + "applies: [ { asset: \"dataset:pg://wh/mart\" } ]\n", true},
		"by the tool":           {mart + night + "applies: { tool: dbt }\n", true},
		"by another tool":       {mart + night + "applies: { tool: spark }\n", false},
		"to all":                {mart + night + "applies: all\n", true},
		"to nothing":            {mart + night, false},
		"only asked, in a tree": {mart + "ready: { all: [ { not_blackout: night } ] }\n" + night, true},
		"asked the other way":   {mart + "ready: { all: [ { not: { not_blackout: night } } ] }\n" + night, false},
		"a window of its own":   {mart + "ready: { all: [ { in_window: day } ] }\n---\nkind: Calendar\nname: day\nwindows: { cron: \"0 6 * * *\", duration: 6h }\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, c.yaml, func(r *rig) {
				r.w.Tag(ds("mart"), "finance", "yes", "ann", time.Now())
				r.w.Tool(job("dbt"), "DBT")
				r.ran("dbt", "old", "mart")
				r.ran("ingest", "", "raw")
				if !c.holds {
					r.is(1, catalog.ActionAccepted)
					return
				}
				r.last(0)
				r.outcome("mart", catalog.DecideWait)
				r.at(6 * time.Hour)
				r.is(1, catalog.ActionAccepted)
			})
		})
	}
}

func TestGateWaitsForTheEndOfABlackout(t *testing.T) {
	inRig(t, train+"blackout: { cron: \"0 0 * * *\", duration: 6h }\n", func(r *rig) {
		r.ran("dbt", "raw", "mart")
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideWait)
		r.at(6 * time.Hour)
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideRun)
	})
}

// TestFreezeEnds: a freeze holds until its end, and then by itself no more.
func TestFreezeEnds(t *testing.T) {
	inRig(t, mart+"freeze: { until: 2000-01-02T06:00, reason: stocktaking }\n---\n"+train+"freeze: { until: 2000-01-02 }\n", func(r *rig) {
		r.ran("dbt", "old", "mart")
		r.ran("ingest", "", "raw")
		e := r.outcome("mart", catalog.DecideHold)
		if f := policies.FreshnessOf(e); f.State != policies.Exempt || !strings.Contains(f.Says, "stocktaking") {
			t.Errorf("%+v", f)
		}
		r.gateSays(r.ask("train", "k", "t", 0), catalog.DecideDeny)
		r.at(30*time.Hour - time.Nanosecond)
		r.last(0)
		r.at(30 * time.Hour)
		r.is(1, catalog.ActionAccepted)
		r.gateSays(r.ask("train", "k2", "t2", 0), catalog.DecideRun)
	})
}

// TestSelectByTagAndTool: assets come and go with their tags; the narrowest
// selector wins.
func TestSelectByTagAndTool(t *testing.T) {
	const by = `kind: Policy
name: tagged
select: { tool: dbt, tag: mart }
want: { max_age: 1h }
---
kind: Policy
name: narrow
select: { asset: "dataset:pg://wh/b*", tag: mart }
want: { max_age: 1h }
---
kind: Policy
name: jobs
select: { tool: DBT, type: job }
want: { max_age: 1h }
---
kind: Policy
name: of-tool
select: { tool: dbt }
want: { max_age: 1h }
`
	inRig(t, by, func(r *rig) {
		selected := func() string {
			var out []string
			for _, e := range r.eval.Evaluations() {
				out = append(out, e.Policy.Name+" "+e.Name.Name)
			}
			return strings.Join(out, ", ")
		}
		r.w.Tool(job("model.a"), "DBT")
		r.w.Tool(job("model.b"), "dbt")
		r.w.Tool(job("spark"), "SPARK")
		for _, n := range []string{"a", "b", "c"} {
			r.w.Tag(ds(n), "mart", "", "ann", time.Now())
		}
		r.ran("model.a", "raw", "a d")
		r.ran("model.b", "raw", "b")
		r.ran("spark", "raw", "c")
		if got, want := selected(), "jobs model.a, jobs model.b, narrow b, of-tool d, tagged a"; got != want {
			t.Errorf("selected %s, want %s", got, want)
		}
		r.w.Tag(ds("d"), "mart", "", "ann", time.Now())
		r.settle()
		if got, want := selected(), "jobs model.a, jobs model.b, narrow b, tagged a, tagged d"; got != want {
			t.Errorf("selected %s, want %s", got, want)
		}
	})
}
