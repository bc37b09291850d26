package policies_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func (r *rig) breaches() []catalog.Breach {
	r.t.Helper()
	list, err := r.l.Breaches(r.ctx, policies.BreachQuery{})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func at(t *testing.T, clock string) time.Time {
	t.Helper()
	out, err := time.Parse("2006-01-02 15:04", clock)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBreachIsKeptOnceWithItsCause(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(10, "load", "", "up", 4*time.Hour, time.Hour)
		r.past(10, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.until("2000-01-01 08:59")
		if n := len(r.breaches()); n != 0 {
			t.Fatalf("%d breaches before the deadline", n)
		}
		r.until("2000-01-01 09:00")
		for range 3 { // neither looks nor restarts add anything
			r.settle()
			r.stop()
			r.start()
			r.after(time.Minute)
		}
		list := r.breaches()
		if len(list) != 1 || !list[0].Since.Equal(at(t, "2000-01-01 09:00")) || list[0].Until != nil || list[0].Cause != ds("up") || list[0].CauseOwner != "loaders" || list[0].Owner != "team-a" {
			t.Fatalf("%+v", list)
		}
		r.until("2000-01-01 12:00")
		r.ran("load", "", "up")
		run := r.ended(r.play(r.last(1), "up", "a"), catalog.RunSucceeded)
		list = r.breaches()
		if len(list) != 1 || list[0].Until == nil || !list[0].Until.Equal(*run.EndedAt) {
			t.Fatalf("after the data came: %+v", list)
		}
		if list[0].Cause != ds("a") { // it was the last that kept it
			t.Errorf("the cause is %s", list[0].Cause)
		}
		b := policies.BudgetOf(r.live.Get().ByName("a"), list, time.Now())
		if b.Spent != run.EndedAt.Sub(list[0].Since) || b.Breaches != 1 || b.Allowed != 0 {
			t.Errorf("budget %+v", b)
		}
	})
}

func TestBreachThatOutlivesItsPolicyEnds(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(2, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.until("2000-01-01 09:01")
		r.stop()
		r.put(mart)
		r.after(time.Hour)
		r.start()
		r.settle()
		if list := r.breaches(); len(list) != 1 || list[0].Until == nil || !list[0].Until.Equal(time.Now().UTC()) {
			t.Errorf("%+v", list)
		}
	})
}

func TestMissedTicksAreOneBreach(t *testing.T) {
	inRig(t, sourced(), func(r *rig) {
		r.past(2, "a", "up", "a", 6*time.Hour, 30*time.Minute)
		r.until("2000-01-03 10:00")
		if list := r.breaches(); len(list) != 1 || !list[0].Since.Equal(at(t, "2000-01-01 09:00")) {
			t.Errorf("%+v", list)
		}
	})
}

func TestBudgetOfAMonth(t *testing.T) {
	list, err := policies.Parse("p.yaml", []byte(head+"want: { max_lag: 1h }\nsla: { objective: 99% }\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := list[0]
	month := func(m time.Month) time.Time { return time.Date(2024, m, 1, 0, 0, 0, 0, time.UTC) }
	end := month(5).Add(2 * time.Hour)
	held := []catalog.Breach{{Since: month(5).Add(-time.Hour), Until: &end}, {Since: month(5).Add(24 * time.Hour)}}
	b := policies.BudgetOf(p, held, month(5).Add(25*time.Hour))
	if b.Spent != 3*time.Hour || b.Breaches != 2 || b.Allowed.Round(time.Minute) != 446*time.Minute || b.Left != b.Allowed-b.Spent {
		t.Errorf("%+v", b)
	}
	rapid.Check(t, func(t *rapid.T) { // each moment counts in one month
		since := month(4).Add(duration(60*24*time.Hour).Draw(t, "since"))
		until := since.Add(duration(60*24*time.Hour).Draw(t, "took"))
		var sum time.Duration
		for m := month(4); m.Before(month(10)); m = m.AddDate(0, 1, 0) {
			sum += policies.BudgetOf(p, []catalog.Breach{{Since: since, Until: &until}}, m.AddDate(0, 1, 0).Add(-1)).Spent
		}
		if sum != until.Sub(since) {
			t.Fatalf("%s to %s is %s in all months", since, until, sum)
		}
	})
}
