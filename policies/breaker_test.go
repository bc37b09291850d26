package policies_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// naiveBreaker is a breaker as one would write it with a memory: it is told of
// each outcome as it comes.
type naiveBreaker struct {
	after    int
	rest     time.Duration
	failures int
	until    time.Time
	next     time.Duration
}

func (b *naiveBreaker) outcome(s catalog.ActionState, at time.Time) {
	switch s {
	case catalog.ActionSucceeded:
		b.failures = 0
	case catalog.ActionFailed, catalog.ActionRefused:
		if b.failures++; b.failures == b.after {
			b.next = b.rest
		}
		if b.failures >= b.after {
			b.until, b.next = at.Add(min(b.next, 24*time.Hour)), 2*b.next
		}
	}
}

func (b *naiveBreaker) state(now time.Time) policies.BreakerState {
	switch {
	case b.failures < b.after:
		return policies.BreakerClosed
	case now.Before(b.until):
		return policies.BreakerOpen
	}
	return policies.BreakerHalfOpen
}

// TestBreakerEqualsItsModel: what is read off the ledger is what a breaker with a
// memory says, after every outcome and at any time.
func TestBreakerEqualsItsModel(t *testing.T) {
	states := []catalog.ActionState{catalog.ActionSucceeded, catalog.ActionFailed, catalog.ActionFailed, catalog.ActionFailed, catalog.ActionRefused, catalog.ActionCancelled, catalog.ActionRejected}
	rapid.Check(t, func(t *rapid.T) {
		rule := policies.BreakerRule{After: rapid.IntRange(1, 4).Draw(t, "after"), Rest: time.Duration(rapid.IntRange(1, 300).Draw(t, "rest")) * time.Minute}
		model := &naiveBreaker{after: rule.After, rest: rule.Rest}
		var tries []policies.Try // newest first
		now := noon
		for i := range rapid.IntRange(0, 20).Draw(t, "outcomes") {
			now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "minutes")) * time.Minute)
			s := rapid.SampledFrom(states).Draw(t, "state")
			tries = append([]policies.Try{{ID: fmt.Sprint(i), State: s, At: now}}, tries...)
			model.outcome(s, now)
			look := now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "later")) * time.Minute)
			b := rule.Breaker(tries, look)
			if want := model.state(look); b.State != want || b.Failures != model.failures {
				t.Fatalf("%s after %d failures, the model says %s after %d", b.State, b.Failures, want, model.failures)
			}
			if b.State != policies.BreakerClosed && !b.Until.Equal(model.until) {
				t.Fatalf("open until %s, the model says %s", b.Until, model.until)
			}
		}
	})
}

func TestAdmissionKeys(t *testing.T) {
	list, err := policies.Parse("p.yaml", []byte(head+`breaker: { after: 5, rest: 1h }
attempts: 3
retry_until: 6h
limits: { runs_per_minute: 1, runs_per_hour: 20, runs_per_day: 100, fan_out: 10, hops: 4 }
approval: { when: always, expires: 4h }
pool: { name: gpu, slots: 2 }
class: critical
`))
	if err != nil {
		t.Fatal(err)
	}
	want := policies.Admit{Breaker: policies.BreakerRule{After: 5, Rest: time.Hour}, Attempts: 3, RetryUntil: 6 * time.Hour,
		Limits: policies.Limits{PerMinute: 1, PerHour: 20, PerDay: 100, FanOut: 10, Hops: 4}, Approval: policies.ApprovalRule{Always: true, Expires: 4 * time.Hour},
		Pool: "gpu", Slots: 2, Class: catalog.ClassCritical}
	if got := list[0].Admit; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, more := range []string{"", "approval: never\nbreaker: 3\nattempts: 1\n"} {
		list, err := policies.Parse("p.yaml", []byte(head+more))
		if err != nil || list[0].Admit != policies.DefaultAdmit() {
			t.Errorf("%q: %+v, %v", more, list, err)
		}
	}
}

func TestAdmissionErrors(t *testing.T) {
	const pool = "---\nkind: Pool\nname: gpu\nslots: 2\n"
	for name, c := range map[string]struct {
		yaml, code string
		line       int
	}{
		"breaker of nothing":        {head + "breaker: 0\n", "E106", 4},
		"breaker off":               {head + "breaker: off\n", "E106", 4},
		"breaker key":               {head + "breaker: { afer: 3 }\n", "E101", 4},
		"breaker word":              {head + "breaker: { after: three }\n", "E106", 4},
		"no attempts":               {head + "attempts: 0\n", "E106", 4},
		"retry_until alone":         {head + "retry_until: 2h\n", "E106", 4},
		"limit of nothing":          {head + "limits: { runs_per_day: 0 }\n", "E106", 4},
		"limit key":                 {head + "limits: { runs_per_year: 1 }\n", "E101", 4},
		"approval word":             {head + "approval: sometimes\n", "E106", 4},
		"approval key":              {head + "approval: { who: ann }\n", "E101", 4},
		"class without pool":        {head + "class: normal\n", "E106", 4},
		"class word":                {head + "pool: gpu\nclass: urgent\n" + pool, "E106", 5},
		"pool name":                 {head + "pool: 7\n", "E105", 4},
		"pool key":                  {head + "pool: { nam: gpu }\n", "E101", 4},
		"unknown pool":              {head + "pool: cpu\n" + pool, "E140", 4},
		"more slots than there are": {head + "pool: { name: gpu, slots: 3 }\n" + pool, "E140", 4},
		"pool without slots":        {"kind: Pool\nname: gpu\n", "E106", 1},
		"pool with a wrong key":     {"kind: Pool\nname: gpu\nslots: 1\nslot: 1\n", "E101", 4},
		"pool of a share of none":   {"kind: Pool\nname: gpu\nslots: 1\nshares: { normal: 0 }\n", "E106", 4},
		"pool twice":                {head + pool + pool, "E104", 10},
	} {
		t.Run(name, func(t *testing.T) {
			e := firstError(t, c.yaml)
			if e == nil || e.Code != c.code || e.Line != c.line || e.Hint == "" {
				t.Errorf("%+v, want %s at line %d", e, c.code, c.line)
			}
		})
	}
}

// firstError is what is wrong with a directory of one file.
func firstError(t *testing.T, yaml string) *policies.FileError {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := policies.LoadDir(dir)
	var e *policies.FileError
	errors.As(err, &e)
	return e
}
