package policies_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// chains is every way up from a step, itself first.
func chains(p policies.Path, i int) (out [][]int) {
	for _, r := range p.Steps[i].Reads {
		for _, c := range chains(p, r) {
			out = append(out, append([]int{i}, c...))
		}
	}
	return append(out, []int{i})
}

// bruteEnd is when the last step ends: the longest of all chains, each summed
// up by itself. A chain that ends in the middle begins now, as a step does.
func bruteEnd(p policies.Path, q float64, now time.Time, d policies.Delay) (end time.Time) {
	took := make([]policies.Estimate, len(p.Steps))
	for i, s := range p.Steps {
		if took[i] = s.Took; !s.RunningSince.IsZero() {
			took[i] = s.Took.Given(now.Sub(s.RunningSince))
		}
		if !took[i].Known() {
			return time.Time{}
		}
	}
	for _, chain := range chains(p, len(p.Steps)-1) {
		at := now
		if p.Need.After(at) {
			at = p.Need
		}
		if top := p.Steps[chain[len(chain)-1]]; !top.RunningSince.IsZero() {
			at = top.RunningSince
		}
		for _, i := range slices.Backward(chain) {
			if at = beginsAt(p.Steps[i], at, q).Add(took[i].Quantile(q)); d.Of[p.Steps[i].Asset] {
				at = at.Add(d.By)
			}
		}
		if at.After(end) {
			end = at
		}
	}
	return end
}

// beginsAt is when a step begins that may be asked for from a time on.
func beginsAt(s policies.Step, at time.Time, q float64) time.Time {
	if !s.RunningSince.IsZero() {
		return at
	}
	at, _ = s.Hours.Next(at)
	if s.Waits.Known() {
		at, _ = s.Hours.Next(at.Add(s.Waits.Quantile(q)))
	}
	return at
}

// TestDelayedEqualsBruteForce: on random graphs, and never earlier than without.
func TestDelayedEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, wednesday)
		d := policies.Delay{Of: map[catalog.AssetID]bool{}, By: duration(4*time.Hour).Draw(t, "by")}
		for i := range p.Steps {
			p.Steps[i].Asset = catalog.AssetID(catalog.Name{Type: catalog.TypeDataset, Namespace: "n", Name: string(rune('a' + i))}.ID())
			if rapid.Bool().Draw(t, "delayed") {
				d.Of[p.Steps[i].Asset] = true
			}
		}
		q := float64(rapid.IntRange(1, 100).Draw(t, "hundredths")) / 100
		got, want := p.Delayed(q, wednesday, d), bruteEnd(p, q, wednesday, d)
		if !got.Equal(want) {
			t.Fatalf("%s, by brute force %s", got, want)
		}
		if got.Before(p.ETA(q, wednesday)) {
			t.Fatal("earlier with a delay")
		}
	})
}

// TestUnknownIsNeverMet: a deadline counts as met only where every duration is
// known and nothing was cut.
func TestUnknownIsNeverMet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, wednesday)
		p.Cut = rapid.Bool().Draw(t, "cut")
		known := !p.Cut
		for i := range p.Steps {
			p.Steps[i].Asset = catalog.AssetID(catalog.Name{Type: catalog.TypeDataset, Namespace: "n", Name: string(rune('a' + i))}.ID())
			if rapid.IntRange(0, 3).Draw(t, "nobody knows") == 0 {
				p.Steps[i].Took, known = policies.Estimate{}, false
			}
		}
		by := duration(8*time.Hour).Draw(t, "by")
		d := policies.Delay{Of: map[catalog.AssetID]bool{p.Steps[0].Asset: true}, By: by, Never: rapid.Bool().Draw(t, "never")}
		policy := &policies.Policy{Name: "p", Want: policies.Want{Kind: policies.WantBy, Cron: "0 6 * * *", TZ: "UTC", Covers: time.Hour}}
		e := policies.Evaluated{Policy: policy, At: wednesday, Snapshot: policies.Snapshot{Timing: policies.TimingView{Path: p}}}
		s, ok := policies.Strained(e, policies.Estimate{}, d)
		switch {
		case !ok:
			t.Fatal("a deadline is left out")
		case s.Met == catalog.True && (!known || d.Never):
			t.Fatalf("met, and nobody can know: %+v", s)
		case s.Met == catalog.True && s.Delayed.After(s.Deadline), s.Met == catalog.False && !d.Never && s.LateBy <= 0:
			t.Fatalf("%+v", s)
		}
	})
}

func TestStrained(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC)
	hourly := policies.GapsOf(versionsEach(now.Add(-30*time.Minute), time.Hour, 12))
	age := &policies.Policy{Name: "age", Want: policies.Want{Kind: policies.WantMaxAge, Within: 2 * time.Hour}}
	by := &policies.Policy{Name: "by", Want: policies.Want{Kind: policies.WantBy, Cron: "0 6 * * *", TZ: "UTC", Covers: 24 * time.Hour}}
	made := policies.Snapshot{Produced: &catalog.Version{ProducedAt: now.Add(-30 * time.Minute)}}
	for _, c := range []struct {
		name   string
		policy *policies.Policy
		gaps   policies.Estimate
		d      policies.Delay
		met    catalog.Ternary
		late   time.Duration
	}{
		{"an hourly table has an hour to spare", age, hourly, policies.Delay{By: 30 * time.Minute}, catalog.True, 0},
		{"two hours are one too many", age, hourly, policies.Delay{By: 2 * time.Hour}, catalog.False, time.Hour},
		{"how often it comes is not known", age, policies.Estimate{}, policies.Delay{By: time.Minute}, catalog.Unknown, 0},
		{"what the deadline needs is there", by, policies.Estimate{}, policies.Delay{By: 100 * time.Hour}, catalog.True, 0},
		{"a job that stops misses the first that needs more", by, policies.Estimate{}, policies.Delay{Never: true}, catalog.False, 0},
		{"and what has an age", age, policies.Estimate{}, policies.Delay{Never: true}, catalog.False, 0},
	} {
		s, ok := policies.Strained(policies.Evaluated{Policy: c.policy, At: now, Snapshot: made}, c.gaps, c.d)
		if !ok || s.Met != c.met || s.LateBy != c.late {
			t.Errorf("%s: %t %+v", c.name, ok, s)
		}
	}
	if s, _ := policies.Strained(policies.Evaluated{Policy: by, At: now, Snapshot: made}, policies.Estimate{}, policies.Delay{Never: true}); !s.Deadline.Equal(now.Add(25 * time.Hour)) {
		t.Errorf("late from %s on, not from the first tick that the data does not cover", s.Deadline)
	}
	if _, ok := policies.Strained(policies.Evaluated{Policy: &policies.Policy{Want: policies.Want{Kind: policies.WantData}}, At: now}, hourly, policies.Delay{By: time.Hour}); ok {
		t.Error("a policy without a time has a deadline")
	}
}

func versionsEach(newest time.Time, gap time.Duration, n int) (list []catalog.Version) {
	for i := range n {
		list = append(list, catalog.Version{ProducedAt: newest.Add(-time.Duration(i) * gap)})
	}
	return list
}
