package policies_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// gated is a job that the tool's own scheduler starts, a day at a time, and that
// asks first.
func gated(inputs, more string) string {
	return fmt.Sprintf(`kind: Policy
name: roll
select: { asset: "job:prod/roll" }
mode: gate
on_first: run
want: { partition: { within: 2h, lateness: 3d } }
partition: { by: day, tz: UTC }
inputs: %s
%s`, inputs, more)
}

const hourlyIn = `{ "dataset:pg://wh/hourly": { trigger: true, map: rollup(day), tz: UTC, require: complete } }`

// askFor asks for a partition.
func (r *rig) askFor(j, key, ref, partition string) catalog.GateAnswer {
	r.t.Helper()
	a, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job(j), Key: key, RunRef: ref, Partition: partition})
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// answers checks what the gate says, and a piece of why.
func (r *rig) answers(a catalog.GateAnswer, want catalog.DecisionOutcome, says string) {
	r.t.Helper()
	if r.gateSays(a, want); !strings.Contains(strings.Join(a.Reasons, "; "), says) {
		r.t.Fatalf("it says %q, want %q", a.Reasons, says)
	}
}

// letRun plays a run that the gate let through: it began a second before it asked.
func (r *rig) letRun(j, partition string) (catalog.Run, catalog.GateAnswer) {
	r.t.Helper()
	run := r.began(j, "", "", nil)
	a := r.askFor(j, "", run.Key.RunID, partition)
	r.gateSays(a, catalog.DecideRun)
	return run, a
}

func jan(day int) time.Time { return time.Date(2000, 1, day, 0, 0, 0, 0, time.UTC) }

func TestGateOfPartition(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12), "2000-01-11T05")

		// The newest day misses an hour; the one before is whole.
		wait := r.askFor("roll", "", "", "2000-01-11")
		r.answers(wait, catalog.DecideWait, "roll: 2000-01-11: not ready: 23 of 24 partitions of hourly for 2000-01-11 are there, missing 2000-01-11T05")
		run := r.askFor("roll", "", "", "dt=2000-01-10") // however it is written
		r.gateSays(run, catalog.DecideRun)
		if run.Partition != "2000-01-10" || len(run.Pins) != 24 || run.Lease == nil {
			t.Fatalf("%d pins, partition %q, lease %v", len(run.Pins), run.Partition, run.Lease)
		}
		for _, p := range run.Pins {
			if !strings.HasPrefix(p.Partition, "2000-01-10T") {
				t.Errorf("it pins %s of another day", p.Partition)
			}
		}
		if again := r.askFor("roll", "", "", "dt=2000-01-10"); again.DecisionID != run.DecisionID {
			t.Errorf("the same key has another answer: %+v", again)
		}
		d, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{ID: run.DecisionID})
		if len(d) != 1 || d[0].Partition != "2000-01-10" || d[0].Gate.Partition != "2000-01-10" {
			t.Errorf("the decision does not say which day: %+v", d)
		}

		// What was missing comes: the wait is over.
		r.hours(jan(11).Add(5*time.Hour), jan(11).Add(6*time.Hour))
		r.ended(r.began("roll", "", "", nil), catalog.RunSucceeded) // uses the lease of the other day
		r.answers(r.askFor("roll", "", "", "2000-01-11"), catalog.DecideRun, "2000-01-11: ready")
	})
}

func TestGateOfPartitionDenies(t *testing.T) {
	inRig(t, gated(hourlyIn, "backfill: { max_partitions: 5, sealed_before: 30d }\n"), func(r *rig) {
		r.goTo(jan(12).AddDate(0, 3, 0))
		for key, says := range map[string]string{
			"eu":         "eu is no partition of it: they are days of UTC",
			"2000-01-10": "2000-01-10 ended longer than 720h0m0s ago: sealed",
			"2000-02-30": "2000-02-30 is no partition of it",
		} {
			a := r.askFor("roll", "", "", key)
			r.answers(a, catalog.DecideDeny, "roll: "+says)
			if d, _ := r.l.Decisions(r.ctx, policies.DecisionQuery{ID: a.DecisionID}); len(d) != 1 || !strings.Contains(d[0].Tree.Says, says) {
				t.Errorf("why does not say it: %+v", d)
			}
		}
		today := time.Now().UTC().Format(time.DateOnly)
		a := r.askFor("roll", "", "", today)
		end := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		r.answers(a, catalog.DecideWait, today+": not ready: it is over at")
		if !a.ExpectedReadyAt.Equal(end) {
			t.Errorf("expected at %s, it is over at %s", a.ExpectedReadyAt, end)
		}
	})
	inRig(t, strings.Replace(gated(`{ "dataset:pg://wh/tenants": { trigger: true, map: { table: { north: [ se, no ] } } } }`, ""), "partition: { by: day, tz: UTC }\n", "", 1), func(r *rig) {
		r.answers(r.askFor("roll", "", "", "south"), catalog.DecideDeny, "no partition of its inputs belongs to south")
	})
	inRig(t, strings.Replace(gated(`{ "dataset:pg://wh/tenants": { trigger: true, map: identity } }`, ""), "by: day, tz: UTC", "keys: [ eu, us ]", 1), func(r *rig) {
		r.answers(r.askFor("roll", "", "", "se"), catalog.DecideDeny, "se is no partition of it: they are eu, us")
	})
}

// TestGateOfPartitionByEachMap: what a partition waits for follows from the map.
func TestGateOfPartitionByEachMap(t *testing.T) {
	for name, c := range map[string]struct {
		inputs, by, written, asked string
		want                       catalog.DecisionOutcome
		says                       string
		pins                       []string
	}{
		"identity":         {"map: identity", "by: day", "2000-01-10 2000-01-11", "2000-01-10", catalog.DecideRun, "", []string{"2000-01-10"}},
		"identity missing": {"map: identity", "by: day", "2000-01-11", "2000-01-10", catalog.DecideWait, "missing 2000-01-10", nil},
		"window":           {"map: window(-1..0)", "by: day", "2000-01-09 2000-01-10 2000-01-11", "2000-01-10", catalog.DecideRun, "", []string{"2000-01-09", "2000-01-10"}},
		"window missing":   {"map: window(-1..0)", "by: day", "2000-01-10 2000-01-11", "2000-01-10", catalog.DecideWait, "1 of 2 partitions of src for 2000-01-10 are there, missing 2000-01-09", nil},
		"latest":           {"map: latest", "by: day", "a b", "2000-01-10", catalog.DecideRun, "", []string{"b"}},
		"latest missing":   {"map: latest", "by: day", "", "2000-01-10", catalog.DecideWait, "no partition of src belongs to 2000-01-10", nil},
		"fixed":            {"map: { fixed: [ eu, us ] }", "by: day", "eu us asia", "2000-01-10", catalog.DecideRun, "", []string{"eu", "us"}},
		"fixed missing":    {"map: { fixed: [ eu, us ] }", "by: day", "eu asia", "2000-01-10", catalog.DecideWait, "missing us", nil},
		"table":            {"map: { table: { north: [ se, no ] } }", "", "se no it", "north", catalog.DecideRun, "", []string{"no", "se"}},
		"table missing":    {"map: { table: { north: [ se, no ] } }", "", "se it", "north", catalog.DecideWait, "missing no", nil},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := gated(fmt.Sprintf(`{ "dataset:pg://wh/src": { trigger: true, %s } }`, c.inputs), "")
			yaml = strings.Replace(yaml, "partition: { by: day, tz: UTC }\n", map[bool]string{true: "partition: { by: day, tz: UTC }\n"}[c.by != ""], 1)
			inRig(t, yaml, func(r *rig) {
				r.goTo(jan(12).Add(time.Minute))
				for _, key := range strings.Fields(c.written) {
					r.after(time.Second)
					r.written("src", key, time.Now())
				}
				r.settle()
				a := r.askFor("roll", "", "", c.asked)
				r.answers(a, c.want, c.says)
				var pins []string
				for _, p := range a.Pins {
					pins = append(pins, p.Partition)
				}
				if slices.Sort(pins); c.want == catalog.DecideRun && !slices.Equal(pins, c.pins) {
					t.Errorf("pins %v, want %v", pins, c.pins)
				}
			})
		})
	}
}

// TestGateSkipsThePartitionThatIsUnchanged: nothing new is judged for each
// partition: what came for one day, or was read by another day's run, says nothing
// of this one.
func TestGateSkipsThePartitionThatIsUnchanged(t *testing.T) {
	inputs := `{ "dataset:pg://wh/hourly": { trigger: true, map: rollup(day), tz: UTC, require: complete }, "dataset:pg://wh/rates": {} }`
	inRig(t, gated(inputs, "skip_unchanged: true\n"), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12))
		r.ran("load", "", "rates")
		run, _ := r.letRun("roll", "2000-01-10")
		r.after(time.Hour)
		r.ended(run, catalog.RunSucceeded)

		r.answers(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideSkip, "2000-01-10: no input has changed since the last success")
		eleventh, _ := r.letRun("roll", "2000-01-11") // never made
		r.ended(eleventh, catalog.RunSucceeded)

		r.hours(jan(11), jan(11).Add(time.Hour))
		r.answers(r.askFor("roll", "", "two", "2000-01-10"), catalog.DecideSkip, "")
		r.gateSays(r.askFor("roll", "", "two", "2000-01-11"), catalog.DecideRun)

		// What has no map is news for the day that did not read it, though another
		// day's run did.
		r.goTo(time.Now().Add(time.Hour)) // the lease lapses
		r.ran("load", "", "rates")
		twelfth, _ := r.letRun("roll", "2000-01-11")
		r.ended(twelfth, catalog.RunSucceeded)
		r.answers(r.askFor("roll", "", "three", "2000-01-11"), catalog.DecideSkip, "")
		r.gateSays(r.askFor("roll", "", "three", "2000-01-10"), catalog.DecideRun)
	})
}

// TestGateCountsWhatCameWhileItRan: the run reads what the gate pinned; what came
// after is new for that day.
func TestGateCountsWhatCameWhileItRan(t *testing.T) {
	inRig(t, gated(hourlyIn, "skip_unchanged: true\n"), func(r *rig) {
		r.goTo(jan(11).Add(time.Minute))
		r.hours(jan(10), jan(11))
		run, _ := r.letRun("roll", "2000-01-10")
		r.after(time.Minute)
		r.hours(jan(10), jan(10).Add(time.Hour))
		r.after(time.Minute)
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideRun)
		r.stop() // and after a restart
		r.start()
		r.gateSays(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideRun)
	})
}

// TestGateCountsWhatItWaitedForAsRead: the run began before it was let through.
func TestGateCountsWhatItWaitedForAsRead(t *testing.T) {
	inRig(t, gated(hourlyIn, "skip_unchanged: true\n"), func(r *rig) {
		r.goTo(jan(11).Add(time.Minute))
		r.hours(jan(10), jan(11), "2000-01-10T07")
		run := r.began("roll", "", "", nil)
		r.gateSays(r.askFor("roll", "", run.Key.RunID, "2000-01-10"), catalog.DecideWait)
		r.after(time.Minute)
		r.hours(jan(10).Add(7*time.Hour), jan(10).Add(8*time.Hour))
		r.after(time.Minute)
		r.gateSays(r.askFor("roll", "", run.Key.RunID, "2000-01-10"), catalog.DecideRun)
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideSkip)
	})
}

// TestGateAsksWhetherThisPartitionReadIt: an input without a map is updated for
// the day that has not read it, whatever another day's run has.
func TestGateAsksWhetherThisPartitionReadIt(t *testing.T) {
	inputs := `{ "dataset:pg://wh/hourly": { trigger: true, map: rollup(day), tz: UTC, require: complete }, "dataset:pg://wh/rates": { require: updated } }`
	inRig(t, gated(inputs, ""), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12))
		r.ran("load", "", "rates")
		run, _ := r.letRun("roll", "2000-01-10")
		r.ended(run, catalog.RunSucceeded)
		r.answers(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideWait, "is what the last success read")
		r.gateSays(r.askFor("roll", "", "other", "2000-01-11"), catalog.DecideRun)
	})
}

// TestGateLetsPartitionsRunBesideOneAnother as many as are allowed, and none twice.
func TestGateLetsPartitionsRunBesideOneAnother(t *testing.T) {
	inRig(t, gated(hourlyIn, "backfill: { parallel: 2 }\n"), func(r *rig) {
		r.goTo(jan(13).Add(time.Minute))
		r.hours(jan(10), jan(13))
		first, _ := r.letRun("roll", "2000-01-10")
		r.answers(r.askFor("roll", "", "twice", "2000-01-10"), catalog.DecideWait, "roll runs since")
		r.gateSays(r.askFor("roll", "", "second", "2000-01-11"), catalog.DecideRun) // a lease: its start is awaited
		r.answers(r.askFor("roll", "", "third", "2000-01-12"), catalog.DecideWait, "2 partitions are under way, 2 at once are allowed")
		r.ended(first, catalog.RunSucceeded)
		r.gateSays(r.askFor("roll", "", "third", "2000-01-12"), catalog.DecideRun)
	})
}

// TestGateTakesThePartitionFromTheNominalTime of the run, where none is named.
func TestGateTakesThePartitionFromTheNominalTime(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(11))
		for nominal, want := range map[string]catalog.DecisionOutcome{"2000-01-10T00:00:00Z": catalog.DecideRun, "2000-01-11T23:00:00Z": catalog.DecideWait, "2000-01-11": catalog.DecideWait} {
			a, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job("roll"), Nominal: nominal})
			if err != nil {
				t.Fatal(err)
			}
			if r.gateSays(a, want); a.Partition != nominal[:10] {
				t.Errorf("partition %q of %s", a.Partition, nominal)
			}
		}
	})
}

func TestGateKeyIsOfOnePartition(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12))
		r.gateSays(r.askFor("roll", "k", "", "2000-01-10"), catalog.DecideRun)
		_, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job("roll"), Key: "k", Partition: "2000-01-11"})
		if !errors.Is(err, catalog.ErrConflict) || !strings.Contains(err.Error(), "2000-01-10") {
			t.Errorf("%v, want ErrConflict that names the other", err)
		}
		r.ended(r.began("roll", "", "", nil), catalog.RunSucceeded)
		nominal := func(at string) error {
			_, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job("roll"), Key: "n", Nominal: at})
			return err
		}
		if err := errors.Join(nominal("2000-01-11T00:00:00Z"), nominal("2000-01-11T02:00:00+02:00")); err != nil {
			t.Fatal(err)
		}
		if err := nominal("2000-01-10T00:00:00Z"); !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("another nominal time under the key: %v, want ErrConflict", err)
		}
	})
}

// TestGateAnswerWithoutKey binds while its run is awaited or goes on: who makes the
// partition again, or asks again after skip or deny, is judged anew.
func TestGateAnswerWithoutKey(t *testing.T) {
	inRig(t, gated(hourlyIn, "skip_unchanged: true\n"), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12))
		first := r.askFor("roll", "", "", "2000-01-10")
		r.gateSays(first, catalog.DecideRun)
		run := r.began("roll", "", "", nil)
		r.after(time.Hour)
		if again := r.askFor("roll", "", "", "2000-01-10"); again.DecisionID != first.DecisionID {
			t.Errorf("while it goes on: %+v", again)
		}
		r.ended(run, catalog.RunSucceeded)
		r.gateSays(r.askFor("roll", "", "", "2000-01-10"), catalog.DecideSkip)
		r.after(time.Hour)
		r.hours(jan(10), jan(10).Add(time.Hour))
		again := r.askFor("roll", "", "", "2000-01-10")
		if r.gateSays(again, catalog.DecideRun); again.DecisionID == first.DecisionID || !again.FirstAskedAt.Equal(again.At) {
			t.Errorf("%+v after %+v", again, first)
		}
		r.after(time.Hour) // nothing began, the lease lapsed
		if late := r.askFor("roll", "", "", "2000-01-10"); late.DecisionID == again.DecisionID {
			t.Error("the answer outlived its lease")
		}
	})
}

// TestRunsOfAJobMakeItsPartitions: by the gate or by the time that they were for.
func TestRunsOfAJobMakeItsPartitions(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		r.goTo(jan(12).Add(time.Minute))
		r.hours(jan(10), jan(12))
		run, _ := r.letRun("roll", "2000-01-11")
		r.ended(run, catalog.RunSucceeded)
		own := r.began("roll", "", "", nil)
		own.NominalStart = ptr(jan(10))
		r.ended(own, catalog.RunSucceeded)
		made := map[string]bool{}
		for _, part := range r.outcome("roll", catalog.DecideWait).Snapshot.Parts {
			made[part.Key] = part.Made != nil
		}
		if !made["2000-01-10"] || !made["2000-01-11"] {
			t.Errorf("made %v: %s", made, r.story())
		}
	})
}

// TestLeasesWithoutReferenceTakeARunEach: two places are not both taken for one run.
func TestLeasesWithoutReferenceTakeARunEach(t *testing.T) {
	pooled := gated(hourlyIn, "backfill: { parallel: 5 }\npool: few\n") + "---\nkind: Pool\nname: few\nslots: 2\n"
	inRig(t, pooled, func(r *rig) {
		r.goTo(jan(13).Add(time.Minute))
		r.hours(jan(10), jan(13))
		r.gateSays(r.askFor("roll", "", "", "2000-01-10"), catalog.DecideRun)
		r.after(time.Second)
		r.gateSays(r.askFor("roll", "", "", "2000-01-11"), catalog.DecideRun)
		r.ended(r.began("roll", "", "", nil), catalog.RunSucceeded) // the first: the other has its place yet
		second := r.began("roll", "", "", nil)
		r.after(time.Second)
		r.gateSays(r.askFor("roll", "", "", "2000-01-12"), catalog.DecideRun)
		r.after(15 * time.Minute) // the lease of the third lapses, the second runs
		if used := poolUsed(r); used != 1 {
			t.Errorf("%d slots taken while one run goes on: %s", used, r.story())
		}
		r.ended(second, catalog.RunSucceeded)
		if used := poolUsed(r); used != 0 {
			t.Errorf("%d slots taken while nothing runs: %s", used, r.story())
		}
	})
}

func poolUsed(r *rig) int {
	r.t.Helper()
	s, err := r.g.Snapshot(r.ctx, r.live.Get().Policies[0], r.w.ID(job("roll")), time.Now(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	return s.Pool.Used
}

// TestNamelessQuestionIsAlwaysTheFirst: who gives neither key nor reference is
// nobody that asked before, so that an old question of another is not held against
// it.
func TestNamelessQuestionIsAlwaysTheFirst(t *testing.T) {
	inRig(t, train, func(r *rig) {
		ask := func() catalog.GateAnswer {
			a, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job("train"), MaxWait: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		r.ran("dbt", "raw", "mart")
		r.ended(r.began("train", "mart", "model", nil), catalog.RunSucceeded)
		r.gateSays(ask(), catalog.DecideWait)
		r.after(2 * time.Hour)
		r.gateSays(ask(), catalog.DecideWait)
	})
}

// TestRunsThatMakeNoPartition: one that began after the lease had lapsed, one of
// weir's, and one that named no partition are no proof of any.
func TestRunsThatMakeNoPartition(t *testing.T) {
	made := func(r *rig) (out []string) {
		for _, e := range r.eval.Evaluations() {
			for _, part := range e.Snapshot.Parts {
				if part.Made != nil {
					out = append(out, part.Key)
				}
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		asked string
		run   func(r *rig) catalog.Run
	}{
		"late": {"2000-01-10", func(r *rig) catalog.Run { r.after(time.Hour); return r.began("roll", "", "", nil) }},
		"by weir": {"2000-01-10", func(r *rig) catalog.Run {
			return r.began("roll", "", "", &catalog.RunRef{RunID: "x", Job: catalog.JobName(catalog.InternalNamespace, "asked")})
		}},
		"unnamed": {"", func(r *rig) catalog.Run { return r.began("roll", "", "", nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, gated(hourlyIn, ""), func(r *rig) {
				r.goTo(jan(12).Add(time.Minute))
				r.hours(jan(10), jan(12))
				r.gateSays(r.askFor("roll", "", "", c.asked), catalog.DecideRun)
				r.ended(c.run(r), catalog.RunSucceeded)
				if got := made(r); len(got) > 0 {
					t.Errorf("made %v", got)
				}
			})
		})
	}
}

// TestGateDoesNotSkipWhatFailedSince: a run that failed may have overwritten it.
func TestGateDoesNotSkipWhatFailedSince(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		r.goTo(jan(11).Add(time.Minute))
		r.hours(jan(10), jan(11))
		for _, end := range []catalog.RunState{catalog.RunSucceeded, catalog.RunFailed} {
			run, _ := r.letRun("roll", "2000-01-10")
			r.ended(run, end)
		}
		r.put(gated(hourlyIn, "skip_unchanged: true\n"))
		r.gateSays(r.askFor("roll", "", "again", "2000-01-10"), catalog.DecideRun)
	})
}

// TestGateDoesNotSkipWhatFailedByItsNominalTime: the run named no partition and
// asked nobody; which one it was for, its tool says. One that named another at the
// gate was for that.
func TestGateDoesNotSkipWhatFailedByItsNominalTime(t *testing.T) {
	for name, c := range map[string]struct {
		fails func(*rig) catalog.Run
		says  catalog.DecisionOutcome
	}{
		"none failed":             {func(r *rig) catalog.Run { return r.began("other", "", "", nil) }, catalog.DecideSkip},
		"it failed":               {func(r *rig) catalog.Run { return r.nominal("roll", jan(10)) }, catalog.DecideRun},
		"that of another day":     {func(r *rig) catalog.Run { return r.nominal("roll", jan(9)) }, catalog.DecideSkip},
		"it named another at all": {func(r *rig) catalog.Run { return r.nominalOf(r.letOne("roll", "2000-01-09"), jan(10)) }, catalog.DecideSkip},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, gated(hourlyIn, "skip_unchanged: true\n"), func(r *rig) {
				r.goTo(jan(11).Add(time.Minute))
				r.hours(jan(9), jan(11))
				r.ended(r.letOne("roll", "2000-01-10"), catalog.RunSucceeded)
				r.ended(c.fails(r), catalog.RunFailed)
				r.gateSays(r.askFor("roll", "", "again", "2000-01-10"), c.says)
			})
		})
	}
}

// nominal is a run that says which time it is for.
func (r *rig) nominal(name string, at time.Time) catalog.Run {
	return r.nominalOf(r.began(name, "", "", nil), at)
}

func (r *rig) nominalOf(run catalog.Run, at time.Time) catalog.Run {
	run.NominalStart = &at
	r.w.Run(run)
	return run
}

// letOne is letRun without its answer.
func (r *rig) letOne(name, partition string) catalog.Run {
	run, _ := r.letRun(name, partition)
	return run
}

func TestGateRefusesANominalTimeThatIsNone(t *testing.T) {
	inRig(t, gated(hourlyIn, ""), func(r *rig) {
		if _, err := r.gate.Ask(r.ctx, policies.GateRequest{Job: job("roll"), Nominal: "yesterday"}); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
	})
}
