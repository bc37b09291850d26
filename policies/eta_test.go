package policies_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/policies"
)

// anyPath is a path of steps that read some of those before them; steps that
// read nothing may be running.
func anyPath(t *rapid.T, now time.Time) policies.Path {
	need := now.Add(-duration(3*time.Hour).Draw(t, "open"))
	p := policies.Path{Need: need, At: now.Add(duration(8*time.Hour).Draw(t, "left"))}
	for i := range rapid.IntRange(1, 5).Draw(t, "steps") {
		s := policies.Step{Took: estimate(t)}
		for r := range i {
			if rapid.Bool().Draw(t, "reads") {
				s.Reads = append(s.Reads, r)
			}
		}
		if rapid.Bool().Draw(t, "has hours") {
			cron := fmt.Sprintf("%d %d * * *", rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 23).Draw(t, "hour"))
			span := policies.Span{Cron: cron, TZ: "UTC", Duration: 1 + duration(10*time.Hour).Draw(t, "dark")}
			if rapid.Bool().Draw(t, "window") {
				s.Hours.Open = []policies.Spans{{span}}
			} else {
				s.Hours.Closed = policies.Spans{span}
			}
		}
		if rapid.Bool().Draw(t, "has a pool") {
			s.Waits = estimate(t)
		}
		if len(s.Reads) == 0 && rapid.Bool().Draw(t, "runs") {
			s.RunningSince = need.Add(duration(now.Sub(need)).Draw(t, "since"))
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

func TestChanceAgreesWithTheETA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, wednesday)
		chance, known := p.Meet(wednesday)
		share := float64(rapid.IntRange(1, 100).Draw(t, "hundredths")) / 100
		eta := p.ETA(share, wednesday)
		if known != !eta.IsZero() { // all hours come again
			t.Fatalf("known %t, expected %s", known, eta)
		}
		if known && (chance >= share) != !eta.After(p.At) {
			t.Fatalf("chance %g, and at %g expected %s for %s", chance, share, eta, p.At)
		}
		if more := p.ETA(min(share+0.1, 1), wednesday); known && more.Before(eta) {
			t.Fatal("the surer, the earlier")
		}
		later := p
		later.At = p.At.Add(time.Hour)
		if more, _ := later.Meet(wednesday); more < chance {
			t.Fatal("more time, less chance")
		}
	})
}

// TestWhatMayNeverBeginHasNoChance, which is known, unlike the chance of what
// takes nobody knows how long.
func TestWhatMayNeverBeginHasNoChance(t *testing.T) {
	over := policies.Hours{Open: []policies.Spans{{{From: wednesday.Add(-2 * time.Hour), To: wednesday.Add(-time.Hour)}}}}
	for name, c := range map[string]struct {
		step   policies.Step
		chance float64
		known  bool
	}{
		"it may begin":            {policies.Step{Took: policies.EstimateOf(nil, time.Minute, wednesday)}, 1, true},
		"its window is over":      {policies.Step{Took: policies.EstimateOf(nil, time.Minute, wednesday), Hours: over}, 0, true},
		"nobody knows how long":   {policies.Step{}, 0, false},
		"nor, its window is over": {policies.Step{Hours: over}, 0, false},
	} {
		p := policies.Path{Need: wednesday, At: wednesday.Add(time.Hour), Steps: []policies.Step{c.step}}
		if chance, known := p.Meet(wednesday); chance != c.chance || known != c.known {
			t.Errorf("%s: %g, known %t, want %g, %t", name, chance, known, c.chance, c.known)
		}
	}
}

// TestRiskIsSeenInTime: before riskAt time alone does not make the chance fall
// below the share.
func TestRiskIsSeenInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, wednesday)
		share := rapid.Float64Range(0.05, 1).Draw(t, "share")
		e := policies.Decide(&policies.Policy{Timing: policies.Timing{Confidence: share}}, policies.Snapshot{Timing: policies.TimingView{Path: p}}, wednesday)
		eta := p.ETA(share, wednesday)
		if eta.IsZero() || eta.After(p.At) {
			if !e.RiskAt.IsZero() {
				t.Fatalf("at risk already, and waits for %s", e.RiskAt)
			}
			return
		}
		if !e.RiskAt.After(wednesday) {
			t.Fatalf("a look at %s, which is not later", e.RiskAt)
		}
		before := wednesday.Add(time.Duration(rapid.Int64Range(0, int64(e.RiskAt.Sub(wednesday))-1).Draw(t, "then")))
		if then := p.ETA(share, before); then.IsZero() || then.After(p.At) {
			t.Fatalf("at risk at %s, the look is at %s", before, e.RiskAt)
		}
	})
}

// TestARunIsLookedAtWhenItMatters: not each time that it has gone on for longer than
// one of those before it.
func TestARunIsLookedAtWhenItMatters(t *testing.T) {
	in := func(minutes int) time.Time { return wednesday.Add(time.Duration(minutes) * time.Minute) }
	var took policies.Estimate
	for n := range 10 {
		took.Took = append(took.Took, time.Duration(n+1)*time.Minute)
	}
	for name, c := range map[string]struct {
		began, deadline, look int
	}{
		"as long as was reckoned with":         {0, 60, 9},
		"there is no time for the slowest one": {0, 9, 1},
		"it began a while ago":                 {-4, 60, 6},
		"of those left the slowest decides":    {-4, 5, 0}, // at risk already
	} {
		p := policies.Path{Need: in(-10), At: in(c.deadline), Steps: []policies.Step{{Took: took, RunningSince: in(c.began)}}}
		e := policies.Decide(&policies.Policy{Timing: policies.Timing{Confidence: 0.9}}, policies.Snapshot{Timing: policies.TimingView{Path: p}}, wednesday)
		want := in(c.look)
		if c.look == 0 {
			want = time.Time{}
		}
		if !e.RiskAt.Equal(want) {
			t.Errorf("%s: looked at at %s, want %s", name, e.RiskAt, want)
		}
	}
}

func TestBlockingIsTheFirstStepOfTheSlowestWay(t *testing.T) {
	took := func(d time.Duration) policies.Estimate { return policies.EstimateOf(nil, d, wednesday) }
	p := policies.Path{At: wednesday.Add(time.Hour), Need: wednesday, Steps: []policies.Step{
		{Name: ds("source"), Owner: "s", Took: took(time.Minute)},
		{Name: ds("slow"), Owner: "x", Took: took(time.Hour), Reads: []int{0}},
		{Name: ds("quick"), Owner: "q", Took: took(2 * time.Minute)},
		{Name: ds("mart"), Owner: "m", Took: took(time.Minute), Reads: []int{1, 2}},
	}}
	at := func(change func([]policies.Step)) string {
		q := p
		q.Steps = append([]policies.Step{}, p.Steps...)
		change(q.Steps)
		c, _ := q.Blocking(0.9, wednesday)
		return c.Owner
	}
	for want, change := range map[string]func([]policies.Step){
		"s": func([]policies.Step) {},
		"x": func(s []policies.Step) { s[1].Reads = nil },
		"q": func(s []policies.Step) { s[2].FailedAt = wednesday },
	} {
		if got := at(change); got != want {
			t.Errorf("blocked by %q, want %q", got, want)
		}
	}
	if got := at(func(s []policies.Step) { s[2].Took = policies.Estimate{} }); got != "q" {
		t.Errorf("what is not known counts for less than the slow one: %q", got)
	}
}

// TestStepsBeginAfterTheirWait: who waits for a slot begins when it is had and the
// hours allow it then, and is to be asked for that much sooner.
func TestStepsBeginAfterTheirWait(t *testing.T) {
	in := func(minutes int) time.Time { return wednesday.Add(time.Duration(minutes) * time.Minute) }
	takes := func(minutes int) policies.Estimate {
		return policies.EstimateOf(nil, time.Duration(minutes)*time.Minute, wednesday)
	}
	closed := func(from, to int) policies.Hours {
		return policies.Hours{Closed: policies.Spans{{From: in(from), To: in(to)}}}
	}
	for name, c := range map[string]struct {
		steps     []policies.Step
		eta, risk time.Time
	}{
		"no hours":                        {[]policies.Step{{Took: takes(10), Waits: takes(20)}}, in(30), in(70).Add(1)},
		"the slot comes while it may not": {[]policies.Step{{Took: takes(10), Waits: takes(20), Hours: closed(10, 60)}}, in(70), in(70).Add(1)},
		"it may not be asked for yet":     {[]policies.Step{{Took: takes(10), Waits: takes(20), Hours: closed(-5, 30)}}, in(60), in(70).Add(1)},
		"the slower of two that wait for a step decides": {[]policies.Step{{Took: takes(10)}, {Took: takes(5), Reads: []int{0}}, {Took: takes(30), Reads: []int{0}}, {Took: takes(10), Reads: []int{1, 2}}},
			in(50), in(50).Add(1)},
	} {
		p := policies.Path{Need: wednesday, At: in(100), Steps: c.steps}
		if eta := p.ETA(0.9, wednesday); !eta.Equal(c.eta) {
			t.Errorf("%s: expected %s, want %s", name, eta, c.eta)
		}
		e := policies.Decide(&policies.Policy{Timing: policies.Timing{Confidence: 0.9}}, policies.Snapshot{Timing: policies.TimingView{Path: p}}, wednesday)
		if !e.RiskAt.Equal(c.risk) {
			t.Errorf("%s: at risk from %s on, want %s", name, e.RiskAt, c.risk)
		}
	}
}
