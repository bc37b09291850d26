package policies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// The cases about partitions, each decided live, in shadow and from a record.

// rolled rolls hours of UTC up to the days of a zone.
func rolled(zone, want, require, more string) string {
	return fmt.Sprintf(`kind: Policy
name: daily
select: { asset: "dataset:pg://wh/daily" }
target: { connector: af, job: roll, params: { full: false } }
mode: act
owner: team
on_first: run
want: { partition: %s }
partition: { by: day, tz: %s, param: day }
inputs:
  "dataset:pg://wh/hourly": { trigger: true, map: rollup(day), tz: UTC, require: %s }
%s`, want, zone, require, more)
}

// hours writes the hours of UTC that begin in [from, to), but those left out.
func (r *rig) hours(from, to time.Time, without ...string) {
	r.t.Helper()
	r.hoursAt(time.Now(), from, to, without...)
}

func (r *rig) hoursAt(at, from, to time.Time, without ...string) {
	r.t.Helper()
	for h := from.UTC(); h.Before(to); h = h.Add(time.Hour) {
		key := h.Format("2006-01-02T15")
		if !strings.Contains(strings.Join(without, " "), key) {
			r.written("hourly", "dt="+h.Format("2006-01-02")+"/hour="+h.Format("15"), at)
		}
	}
	r.settle()
}

// written adds a version of a partition, made by a run of its own.
func (r *rig) written(name, partition string, at time.Time) {
	r.t.Helper()
	r.runs++
	r.w.Version(catalog.Version{Dataset: ds(name), Run: catalog.RunKey{Job: job("ingest"), RunID: fmt.Sprintf("part-%04d", r.runs)}, Attempt: 1, Partition: partition, ProducedAt: at, RunStartedAt: at.Add(-time.Second)})
}

// made plays the action on a partition to its end.
func (r *rig) made(n int, partition string) catalog.Action {
	r.t.Helper()
	a := r.is(n, catalog.ActionAccepted)
	if a.Partition != partition {
		r.t.Fatalf("started for %q, want %q: %s", a.Partition, partition, r.story())
	}
	run := r.play(a, "hourly", "")
	r.after(time.Minute)
	r.ended(run, catalog.RunSucceeded)
	return a
}

// complete finds the atom that says which hours are there.
func (r *rig) complete(want catalog.Ternary, says string) {
	r.t.Helper()
	for _, e := range r.eval.Evaluations() {
		for _, c := range e.Tree.Children[1].Children {
			if strings.HasPrefix(c.Atom, "complete(") {
				if c.Value != want || !strings.Contains(c.Says, says) {
					r.t.Fatalf("complete is %s (%s), want %s (%s)", c.Value, c.Says, want, says)
				}
				return
			}
		}
	}
	r.t.Fatalf("nothing says complete: %s", r.story())
}

func localTime(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// goTo lets time pass until then.
func (r *rig) goTo(when time.Time) { r.t.Helper(); r.after(time.Until(when)) }

func TestCase30SpringForward(t *testing.T) {
	springForwardTick(t)
	inRig(t, rolled("Europe/Berlin", "{ within: 2h, lateness: 12h }", "complete", ""), func(r *rig) {
		begin, end := localTime(t, "Europe/Berlin", "2000-03-26 00:00"), localTime(t, "Europe/Berlin", "2000-03-27 00:00")
		if end.Sub(begin) != 23*time.Hour {
			t.Fatalf("the day has %s", end.Sub(begin))
		}
		r.goTo(end.Add(time.Minute))
		r.hours(begin, end.Add(-time.Hour))
		r.outcome("daily", catalog.DecideWait)
		r.complete(catalog.False, "22 of 23")
		r.alike()
		r.last(0)
		r.hours(end.Add(-time.Hour), end)
		r.alike()
		a := r.made(1, "2000-03-26")
		if a.Params["day"] != "2000-03-26" || a.Period == nil || a.Period.To.Sub(a.Period.From) != 23*time.Hour || a.Partial {
			t.Errorf("the action does not say which day: %+v", a)
		}
		r.outcome("daily", catalog.DecideNothing)
		r.alike()
		r.is(1, catalog.ActionSucceeded)
	})
}

func TestCase32LatePartition(t *testing.T) {
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 3d }", "complete", "quiet: 10m\n"), func(r *rig) {
		begin, end := localTime(t, "UTC", "2000-01-10 00:00"), localTime(t, "UTC", "2000-01-11 00:00")
		r.goTo(end.Add(time.Minute))
		r.hours(begin, end)
		r.made(1, "2000-01-10")

		// Two hours come again within the lateness: one rerun of that day alone.
		r.after(time.Hour)
		r.hours(begin, begin.Add(time.Hour))
		r.after(5 * time.Minute)
		r.hours(begin.Add(time.Hour), begin.Add(2*time.Hour))
		r.alike()
		r.is(1, catalog.ActionSucceeded) // it is not quiet yet
		r.after(10*time.Minute + time.Second)
		r.alike()
		first, again := r.actions()[1], r.made(2, "2000-01-10")
		if again.Key == first.Key || again.Demand[0] == first.Demand[0] {
			t.Errorf("the rerun is the same intent: %+v", again)
		}
		r.after(time.Hour)
		r.is(2, catalog.ActionSucceeded)

		// Outside: recorded, and nothing runs.
		r.goTo(end.Add(3*24*time.Hour + time.Minute))
		before, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Partition: "2000-01-10"})
		r.hours(begin, begin.Add(time.Hour))
		r.after(time.Hour)
		r.alike()
		r.is(2, catalog.ActionSucceeded)
		list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Partition: "2000-01-10"})
		if len(list) != len(before)+1 || list[0].Outcome != catalog.DecideNothing || len(list[0].Tree.Evidence) != 1 {
			t.Errorf("what came too late is not recorded once: %d decisions, were %d: %s", len(list), len(before), r.story())
		}
		r.stop()
		r.start()
		if again, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Partition: "2000-01-10"}); len(again) != len(list) {
			t.Errorf("a restart recorded it again: %s", r.story())
		}
	})
}

const tenants = `kind: Policy
name: marts
select: { asset: "dataset:pg://wh/marts" }
target: { connector: af, job: mart, params: {} }
mode: act
owner: team
on_first: run
want: { partition: { within: 1h } }
backfill: { parallel: 5 }
inputs:
  "dataset:pg://wh/tenants": { trigger: true, map: %s }
`

func TestCase33RuntimeKey(t *testing.T) {
	inRig(t, fmt.Sprintf(tenants, "{ table: { north: [ se, no ], south: [ it, mt ] } }"), func(r *rig) {
		r.after(time.Hour)
		r.written("tenants", "tenant=x", time.Now()) // mapped to nothing
		r.written("tenants", "it", time.Now())
		r.written("tenants", "mt", time.Now())
		r.settle()
		r.alike()
		if a := r.is(1, catalog.ActionAccepted); a.Partition != "south" {
			t.Errorf("started for %q: %s", a.Partition, r.story())
		}
	})
	inRig(t, fmt.Sprintf(tenants, "identity"), func(r *rig) {
		r.after(time.Hour)
		for i, key := range []string{"tenant=a", "tenant=b"} { // the second appears while nothing else changes
			r.written("tenants", key, time.Now())
			r.settle()
			r.alike()
			a := r.is(i+1, catalog.ActionAccepted)
			if a.Partition != key {
				t.Errorf("started for %q, want %q: %s", a.Partition, key, r.story())
			}
			r.ended(r.play(a, "tenants", ""), catalog.RunSucceeded)
			r.after(time.Hour)
			r.is(i+1, catalog.ActionSucceeded)
		}
		r.written("tenants", "tenant=a", time.Now())
		r.settle()
		r.alike()
		if a := r.is(3, catalog.ActionAccepted); a.Partition != "tenant=a" {
			t.Errorf("started for %q: %s", a.Partition, r.story())
		}
	})
}

func TestCase34MissingPartition(t *testing.T) {
	begin, end := localTime(t, "UTC", "2000-01-10 00:00"), localTime(t, "UTC", "2000-01-11 00:00")
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 1d }", "complete", ""), func(r *rig) {
		r.goTo(end.Add(time.Minute))
		r.hours(begin, end, "2000-01-10T05")
		r.after(20 * time.Hour)
		r.outcome("daily", catalog.DecideWait)
		r.complete(catalog.False, "23 of 24 partitions of hourly for 2000-01-10 are there, missing 2000-01-10T05")
		r.alike()
		r.last(0)
		if f := policies.FreshnessOf(r.outcome("daily", catalog.DecideWait)); f.State != policies.Late {
			t.Errorf("20 h after its end it is %s: %s", f.State, f.Says)
		}
	})
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 1d }", "{ complete: { at_least: 23, max_wait: 4h } }", ""), func(r *rig) {
		r.goTo(end.Add(time.Minute))
		r.hours(begin, end, "2000-01-10T05")
		r.alike()
		r.goTo(end.Add(4*time.Hour - time.Second))
		r.last(0)
		r.after(time.Second) // time alone wakes it
		r.complete(catalog.True, "partial: 23 of 24")
		r.alike()
		if a := r.made(1, "2000-01-10"); !a.Partial {
			t.Errorf("not marked partial: %+v", a)
		}
		r.hours(begin.Add(5*time.Hour), begin.Add(6*time.Hour)) // what was missing comes: whole at last
		r.alike()
		if a := r.made(2, "2000-01-10"); a.Partial {
			t.Errorf("marked partial: %+v", a)
		}
	})
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 1d }", "{ complete: { at_least: 23, max_wait: 4h } }", ""), func(r *rig) {
		r.goTo(end.Add(time.Minute))
		r.hours(begin, end, "2000-01-10T05", "2000-01-10T06")
		r.goTo(end.Add(10 * time.Hour)) // 22 are not enough, however long it waits
		r.last(0)
		r.alike()
	})
}

// Shadow keeps what it would have done, for each partition, and starts nothing.
func TestPartitionsInShadow(t *testing.T) {
	yaml := strings.Replace(rolled("UTC", "{ within: 2h, lateness: 5d }", "complete", "backfill: { parallel: 3 }\n"), "mode: act", "mode: shadow", 1)
	inRig(t, yaml, func(r *rig) {
		begin := localTime(t, "UTC", "2000-01-10 00:00")
		r.goTo(begin.Add(48*time.Hour + time.Minute))
		r.hours(begin, begin.Add(48*time.Hour))
		r.alike()
		got := map[string]catalog.ActionState{}
		for _, a := range r.actions() {
			got[a.Partition] = a.State
		}
		if len(got) != 2 || got["2000-01-10"] != catalog.ActionShadowed || got["2000-01-11"] != catalog.ActionShadowed || r.tool.Started() != 0 {
			t.Errorf("shadow kept %v and started %d runs: %s", got, r.tool.Started(), r.story())
		}
		before, _ := r.l.Seq(r.ctx)
		r.settle()
		r.stop()
		r.start()
		if after, _ := r.l.Seq(r.ctx); after != before {
			t.Errorf("a restart wrote %d rows: %s", after-before, r.story())
		}
	})
}

// Backfill: so many partitions, in order, so many at once, and what is due first.
func TestBackfillIsBounded(t *testing.T) {
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 1d }", "complete", "backfill: { max_partitions: 3, parallel: 2, order: oldest, sealed_before: 30d }\n"), func(r *rig) {
		begin := localTime(t, "UTC", "2000-01-10 00:00")
		now := begin.Add(7*24*time.Hour + 2*time.Minute)
		r.goTo(now)
		r.hours(begin, begin.Add(7*24*time.Hour))
		var order []string
		for len(order) < 4 {
			open, _ := r.l.Actions(r.ctx, policies.ActionQuery{Open: true})
			if len(open) == 0 || len(open) > 2 {
				t.Fatalf("%d are under way: %s", len(open), r.story())
			}
			r.alike()
			a := slices.MinFunc(open, func(a, b catalog.Action) int { return strings.Compare(a.ID, b.ID) })
			order = append(order, a.Partition)
			r.ended(r.play(a, "hourly", ""), catalog.RunSucceeded)
		}
		if got := strings.Join(order, " "); got != "2000-01-16 2000-01-13 2000-01-14 2000-01-15" {
			t.Errorf("made %s: %s", got, r.story())
		}
		r.after(time.Hour)
		r.is(4, catalog.ActionSucceeded)
		if list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Partition: "2000-01-16"}); len(list) != 3 { // it waits, runs, is made
			t.Errorf("%d decisions about one partition: %s", len(list), r.story())
		}
	})
}

// A partition whose action failed is not started again until something of it
// changes, and others are not held by it.
func TestFailedPartitionIsSpent(t *testing.T) {
	inRig(t, rolled("UTC", "{ within: 2h, lateness: 5d }", "complete", ""), func(r *rig) {
		begin := localTime(t, "UTC", "2000-01-10 00:00")
		r.goTo(begin.Add(48*time.Hour + time.Minute))
		r.hours(begin, begin.Add(48*time.Hour))
		a := r.is(1, catalog.ActionAccepted)
		r.ended(r.play(a, "hourly", ""), catalog.RunFailed)
		r.made(2, "2000-01-10")
		r.after(time.Hour)
		r.is(2, catalog.ActionSucceeded)
		r.hours(begin.Add(24*time.Hour), begin.Add(25*time.Hour))
		r.made(3, "2000-01-11")
	})
}

// What a tool's own run wrote counts, by the partition that it names or by the
// time that it was for.
func TestForeignRunMakesPartition(t *testing.T) {
	for name, write := range map[string]func(*rig, time.Time){
		"named":   func(r *rig, _ time.Time) { r.written("daily", "20000110", time.Now()) },
		"nominal": func(r *rig, begin time.Time) { r.ownRun(begin) },
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, rolled("UTC", "{ within: 2h, lateness: 5d }", "complete", ""), func(r *rig) {
				begin := localTime(t, "UTC", "2000-01-10 00:00")
				r.goTo(begin.Add(24*time.Hour + time.Minute))
				r.hoursAt(time.Now().Add(-time.Minute), begin, begin.Add(23*time.Hour))
				write(r, begin)
				r.hoursAt(time.Now().Add(-time.Hour), begin.Add(23*time.Hour), begin.Add(24*time.Hour))
				r.last(0)
				list, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{Partition: "2000-01-10"})
				if len(list) < 2 || list[0].Outcome != catalog.DecideNothing || !strings.Contains(list[0].Tree.Says, "was made") {
					t.Errorf("what it made is not seen: %s", r.story())
				}
			})
		})
	}
}

func (r *rig) ownRun(nominal time.Time) {
	run := r.began("roll", "hourly", "daily", nil)
	run.NominalStart = &nominal
	r.ended(run, catalog.RunSucceeded)
}
