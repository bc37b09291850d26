package policies_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// withReady is a policy with two inputs and a condition.
func withReady(t *testing.T, ready string) *policies.Policy {
	t.Helper()
	list, err := policies.Parse("p.yaml", []byte(head+`target: { connector: af, job: dbt, params: { full: false, days: 7 } }
inputs:
  "dataset:pg://wh/b": { require: none }
  "dataset:pg://wh/c": { require: none }
ready: `+ready+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// viewsOf are the inputs of a policy, none of them ever written.
func viewsOf(p *policies.Policy) (out []policies.InputView) {
	for _, in := range p.Inputs {
		out = append(out, policies.InputView{Input: in, Name: ds(in.Selector.Text[len("pg://wh/"):])})
	}
	return out
}

// TestConditionAtoms: each atom of the tree, true, false and where it can be
// unknown, with evidence and the time at which it may change by itself.
func TestConditionAtoms(t *testing.T) {
	v1, v2 := version("x", -3*time.Hour), version("x", -time.Hour)
	on := time.Nanosecond
	each := func(f func(*policies.InputView)) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) {
			for i := range s.Inputs {
				f(&s.Inputs[i])
			}
		}
	}
	first := func(f func(*policies.InputView)) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) { f(&s.Inputs[0]) }
	}
	written := func(newest, pinned *catalog.Version) func(*policies.InputView) {
		return func(v *policies.InputView) { v.Newest, v.Pinned = newest, pinned }
	}
	marks := func(b, c time.Duration) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) {
			for i, age := range []time.Duration{b, c} {
				if s.Inputs[i].Newest = v2; age > 0 {
					s.Inputs[i].Watermark = noon.Add(-age)
				}
			}
		}
	}
	busy := func(v *policies.InputView) {
		v.Asked.Running = []policies.RunView{{Key: catalog.RunKey{Job: job("load"), RunID: "r"}, SilentAt: noon.Add(time.Hour)}}
	}
	data := func(d string) *catalog.Version { v := *v2; v.DataVersion = d; return &v }
	old := func(d string) *catalog.Version { v := *v1; v.DataVersion = d; return &v }
	made := func(at time.Duration) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) { s.Produced = version("a", at) }
	}
	code := func(then, now string) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) { s.Produced.CodeVersion, s.Code.Version = then, now }
	}
	started := func(params map[string]any) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) { s.Done = &catalog.Action{ID: "d", Params: params} }
	}
	posted := func(ago time.Duration, value string) func(*policies.Policy, *policies.Snapshot) {
		return func(_ *policies.Policy, s *policies.Snapshot) {
			s.Signals = []catalog.Tag{{Key: "signal:landed", Value: value, Curated: catalog.Curated{By: "ann", Since: noon.Add(-ago)}}}
		}
	}
	// Somebody approved of a partition ("": of all) an hour ago, and nine hours ago.
	approvedOf := func(value, part string) func(*policies.Policy, *policies.Snapshot) {
		return func(p *policies.Policy, s *policies.Snapshot) {
			tag := func(v string, ago time.Duration) catalog.Tag {
				return catalog.Tag{Key: "signal:approved", Value: v, Curated: catalog.Curated{By: "ann", Since: noon.Add(-ago)}}
			}
			s.Signals = []catalog.Tag{tag(value, time.Hour), tag(value, 9*time.Hour)}
			if part != "" {
				p.Partition, s.Part = &policies.Partitioning{}, &policies.PartView{Key: part}
			}
		}
	}
	none := func(*policies.Policy, *policies.Snapshot) {}
	for _, c := range []struct {
		ready string
		atom  string
		set   func(*policies.Policy, *policies.Snapshot)
		want  catalog.Ternary
		// evidence is how many ids are given; wakes when time alone may flip it.
		evidence int
		wakes    time.Duration
	}{
		{`{ all: [ { updated: "dataset:pg://wh/b" } ] }`, "updated(b)", first(written(v2, v1)), catalog.True, 2, 0},
		{`{ all: [ { updated: all } ] }`, "updated(c)", first(written(v2, v1)), catalog.False, 0, 0},
		{`{ all: [ { updated: all } ] }`, "updated(b)", each(func(v *policies.InputView) { v.Newest, v.Tainted = v2, true }), catalog.Unknown, 1, 0},
		{`{ all: [ { exists: "dataset:pg://wh/c" } ] }`, "exists(c)", none, catalog.False, 0, 0},
		{`{ all: [ { changed: any } ] }`, "changed(b)", first(written(data("2"), old("1"))), catalog.True, 2, 0},
		{`{ all: [ { changed: any } ] }`, "changed(b)", first(written(data("1"), old("1"))), catalog.False, 2, 0},
		{`{ all: [ { changed: any } ] }`, "changed(b)", first(written(data(""), old("1"))), catalog.True, 2, 0},
		{`{ all: [ { fresh: "dataset:pg://wh/b", within: 2h } ] }`, "fresh(b)", marks(time.Hour, 0), catalog.True, 1, time.Hour + on},
		{`{ all: [ { fresh: "dataset:pg://wh/b", within: 30m } ] }`, "fresh(b)", marks(time.Hour, 0), catalog.False, 1, 0},
		{`{ all: [ { fresh: "dataset:pg://wh/b" } ] }`, "fresh(b)", marks(time.Hour, 0), catalog.Unknown, 1, 0},
		{`{ all: [ { checks_ok: "dataset:pg://wh/b" } ] }`, "checks_ok(b)", first(func(v *policies.InputView) {
			v.Asked.Checked = policies.CheckView{Value: catalog.Unknown, Says: "missing", Evidence: []string{"run"}}
		}), catalog.Unknown, 1, 0},
		{`{ all: [ { idle: upstream } ] }`, "idle(b)", first(busy), catalog.False, 1, time.Hour},
		{`{ all: [ { idle: upstream } ] }`, "idle(c)", first(busy), catalog.True, 0, 0},
		{`{ all: [ { same_time: 30m } ] }`, "same_time", marks(time.Hour, 80*time.Minute), catalog.True, 2, 0},
		{`{ all: [ { same_time: 10m } ] }`, "same_time", marks(time.Hour, 80*time.Minute), catalog.False, 2, 0},
		{`{ all: [ { same_time: all, within: 10m } ] }`, "same_time", marks(time.Hour, 0), catalog.Unknown, 1, 0},
		{`{ all: [ { tick: { cron: "0 9 * * *", tz: UTC } } ] }`, "tick", made(-4 * time.Hour), catalog.True, 0, 21 * time.Hour},
		{`{ all: [ { tick: { cron: "0 9 * * *", tz: UTC } } ] }`, "tick", made(-time.Hour), catalog.False, 1, 21 * time.Hour},
		{`{ all: [ { tick: { cron: "0 9 * * *", tz: UTC } } ] }`, "tick", func(p *policies.Policy, s *policies.Snapshot) { p.ValidFor = 2 * time.Hour; made(-5*time.Hour)(p, s) }, catalog.False, 0, 21 * time.Hour},
		{`{ all: [ { in_window: { cron: "0 11 * * 1-5", duration: 2h, tz: UTC } } ] }`, "in_window", none, catalog.True, 0, time.Hour},
		{`{ all: [ { in_window: { cron: "0 13 * * *", duration: 2h } } ] }`, "in_window", none, catalog.False, 0, time.Hour},
		{`{ all: [ { in_window: { from: 2026-03-01, to: 2026-03-02T12:30 } } ] }`, "in_window", none, catalog.True, 0, 30 * time.Minute},
		{`{ all: [ { in_window: nobody } ] }`, "in_window", none, catalog.Unknown, 0, 0},
		{`{ all: [ { min_interval: 2h } ] }`, "min_interval", func(_ *policies.Policy, s *policies.Snapshot) { s.StartedAt = noon.Add(-time.Hour) }, catalog.False, 0, time.Hour},
		{`{ all: [ { min_interval: 2h } ] }`, "min_interval", none, catalog.True, 0, 0},
		{`{ all: [ { quiet: 2h } ] }`, "quiet", each(written(v2, v1)), catalog.False, 0, time.Hour},
		{`{ all: [ { quiet: 30m } ] }`, "quiet", each(written(v2, v1)), catalog.True, 0, 0},
		{`{ all: [ { quiet: 2h, max_wait: 90m } ] }`, "quiet", each(func(v *policies.InputView) { v.Newest, v.Asked.FirstNew = v2, noon.Add(-time.Hour) }), catalog.False, 0, 30 * time.Minute},
		{`{ all: [ { quiet: 2h, max_wait: 1h } ] }`, "quiet", each(func(v *policies.InputView) { v.Newest, v.Asked.FirstNew = v2, noon.Add(-time.Hour) }), catalog.True, 0, 0},
		{`{ all: [ code_changed ] }`, "code_changed", code("1", "2"), catalog.True, 1, 0},
		{`{ all: [ code_changed ] }`, "code_changed", code("1", "1"), catalog.False, 1, 0},
		{`{ all: [ code_changed ] }`, "code_changed", code("", "1"), catalog.Unknown, 0, 0},
		{`{ all: [ config_changed ] }`, "config_changed", started(map[string]any{"full": true}), catalog.True, 1, 0},
		{`{ all: [ config_changed ] }`, "config_changed", started(map[string]any{"days": 7.0, "full": false}), catalog.False, 1, 0},
		{`{ all: [ config_changed ] }`, "config_changed", none, catalog.Unknown, 0, 0},
		{`{ all: [ { signal: landed, within: 2h } ] }`, "signal(landed)", posted(time.Hour, ""), catalog.True, 0, time.Hour},
		{`{ all: [ { signal: landed, within: 1h } ] }`, "signal(landed)", posted(time.Hour, ""), catalog.False, 0, 0},
		{`{ all: [ { approved: 2h } ] }`, "approved", approvedOf("", ""), catalog.True, 0, time.Hour},
		{`{ all: [ { approved: 1h } ] }`, "approved", approvedOf("", ""), catalog.False, 0, 0},
		{`{ all: [ { approved: 2h } ] }`, "approved", posted(time.Hour, ""), catalog.False, 0, 0},
		{`{ all: [ { approved: 2h } ] }`, "approved", approvedOf("2026-03-01", "2026-03-01"), catalog.True, 0, time.Hour},
		{`{ all: [ { approved: 2h } ] }`, "approved", approvedOf("2026-03-01", "2026-03-02"), catalog.False, 0, 0},
		{`{ all: [ { approved: 2h } ] }`, "approved", approvedOf("", "2026-03-02"), catalog.True, 0, time.Hour},
		{`{ all: [ { approved: 2h, partition: 2026-03-01 } ] }`, "approved", approvedOf("2026-03-02", ""), catalog.False, 0, 0},
		{`{ all: [ { signal: other, within: 1h } ] }`, "signal(other)", posted(time.Minute, ""), catalog.False, 0, 0},
		{`{ all: [ { signal: landed, within: 2h, partition: 2026-03-01 } ] }`, "signal(landed)", posted(time.Hour, "2026-03-02"), catalog.False, 0, 0},
		{`{ all: [ { signal: landed, within: 2h, partition: 2026-03-01 } ] }`, "signal(landed)", posted(time.Hour, "2026-03-01"), catalog.True, 0, time.Hour},
	} {
		t.Run(fmt.Sprint(c.atom, " is ", c.want), func(t *testing.T) {
			p := withReady(t, c.ready)
			s := policies.Snapshot{Inputs: viewsOf(p), Produced: version("a", -2*time.Hour)}
			c.set(p, &s)
			e := policies.Decide(p, s, noon)
			a, ok := find(e.Tree.Children[1], c.atom)
			if !ok {
				t.Fatalf("no such atom in\n%s", render(e.Tree))
			}
			wakes := time.Time{}
			if c.wakes > 0 {
				wakes = noon.Add(c.wakes)
			}
			if a.Value != c.want || a.Says == "" || len(a.Evidence) != c.evidence || !a.MayChangeAt.Equal(wakes) {
				t.Errorf("%s: got %+v, want %s with %d ids, may change at %s", c.ready, a, c.want, c.evidence, wakes)
			}
			if !wakes.IsZero() && (e.WakeAt.IsZero() || e.WakeAt.After(wakes)) {
				t.Errorf("wakes at %s, but the atom may change at %s", e.WakeAt, wakes)
			}
		})
	}
}

// TestConditionTrees: nodes over known and unknown parts. The names of the
// inputs say what their checks say.
func TestConditionTrees(t *testing.T) {
	for ready, want := range map[string]catalog.Ternary{
		`{ all: [] }`: catalog.True,
		`{ any: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" } ] }`:                                                                                                           catalog.True,
		`{ any: [ { checks_ok: "dataset:pg://wh/f" }, { checks_ok: "dataset:pg://wh/u" } ] }`:                                                                                                           catalog.Unknown,
		`{ all: [ { checks_ok: "dataset:pg://wh/f" }, { checks_ok: "dataset:pg://wh/u" } ] }`:                                                                                                           catalog.False,
		`{ all: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" } ] }`:                                                                                                           catalog.Unknown,
		`{ not: { checks_ok: "dataset:pg://wh/f" } }`:                                                                                                                                                   catalog.True,
		`{ not: { checks_ok: "dataset:pg://wh/u" } }`:                                                                                                                                                   catalog.Unknown,
		`{ not: { any: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" } ] } }`:                                                                                                  catalog.False,
		`{ at_least: 1, of: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" }, { checks_ok: "dataset:pg://wh/f" } ] }`:                                                           catalog.True,
		`{ at_least: 2, of: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" }, { checks_ok: "dataset:pg://wh/f" } ] }`:                                                           catalog.Unknown,
		`{ at_least: 3, of: [ { checks_ok: "dataset:pg://wh/t" }, { checks_ok: "dataset:pg://wh/u" }, { checks_ok: "dataset:pg://wh/f" } ] }`:                                                           catalog.False,
		`{ any: [ { all: [ { checks_ok: "dataset:pg://wh/t" }, { not: { checks_ok: "dataset:pg://wh/f" } } ] }, { checks_ok: "dataset:pg://wh/u" } ] }`:                                                 catalog.True,
		`{ all: [ { any: [ { checks_ok: all }, { checks_ok: any } ] } ] }`:                                                                                                                              catalog.True,
		`{ all: [ { any: [ self_idle, { checks_ok: "dataset:pg://wh/f" } ] } ] }`:                                                                                                                       catalog.True,
		`{ all: [ self_idle, { any: [ { checks_ok: ["dataset:pg://wh/t", "dataset:pg://wh/u"] } ] } ] }`:                                                                                                catalog.Unknown,
		`{ all: [ { at_least: 2, of: [ { checks_ok: "dataset:pg://wh/t" }, { not: { checks_ok: "dataset:pg://wh/f" } }, { checks_ok: "dataset:pg://wh/u" } ] }, { checks_ok: "dataset:pg://wh/t" } ] }`: catalog.True,
	} {
		t.Run(ready, func(t *testing.T) {
			list, err := policies.Parse("p.yaml", []byte(head+"inputs:\n  \"dataset:pg://wh/t\": { require: none }\n  \"dataset:pg://wh/f\": { require: none }\n  \"dataset:pg://wh/u\": { require: none }\nready: "+ready+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			s := policies.Snapshot{Inputs: viewsOf(list[0])}
			for i, in := range s.Inputs {
				s.Inputs[i].Asked.Checked = policies.CheckView{Value: map[string]catalog.Ternary{"t": catalog.True, "f": catalog.False, "u": catalog.Unknown}[in.Name.Name], Says: "said"}
			}
			e := policies.Decide(list[0], s, noon)
			if e.Ready != want {
				t.Errorf("%s, want %s\n%s", e.Ready, want, render(e.Tree))
			}
			if atoms := policies.Deciding(e.Tree.Children[1]); want != catalog.True && len(atoms) == 0 {
				t.Errorf("no atom carries\n%s", render(e.Tree))
			}
		})
	}
}

// TestObservedInputs: a policy that lists no inputs asks about those that its
// last success read.
func TestObservedInputs(t *testing.T) {
	inRig(t, `kind: Policy
name: mart
select: { asset: "dataset:pg://wh/mart" }
target: { connector: af, job: dbt }
mode: act
owner: team
want: { max_age: 1h }
ready: { all: [ { changed: any }, { quiet: 3m, max_wait: 5m }, { idle: upstream } ] }
`, func(r *rig) {
		r.ran("load", "", "raw")
		r.ran("dbt", "raw", "mart")
		r.after(2 * time.Hour)
		r.outcome("mart", catalog.DecideWait) // nothing changed
		load := r.began("load", "", "raw", nil)
		r.outcome("mart", catalog.DecideWait)
		r.ended(load, catalog.RunSucceeded)
		r.last(0) // not quiet yet
		r.after(2 * time.Minute)
		again := r.began("load", "", "raw", nil)
		r.after(2 * time.Minute) // quiet, but the input is being made
		r.last(0)
		r.ended(again, catalog.RunSucceeded)
		r.last(0)
		r.after(time.Minute) // the first change has waited for 5 minutes
		r.is(1, catalog.ActionAccepted)
	})
}

// TestConditionErrors: what is wrong in a tree, at its place.
func TestConditionErrors(t *testing.T) {
	for ready, c := range map[string]struct {
		code   string
		column int
	}{
		`{ all: self_idle }`:                                   {"E106", 15},
		`{ all: [ idel ] }`:                                    {"E106", 17},
		`{ all: [ { fresh: any, whithin: 2h } ] }`:             {"E101", 40},
		`{ all: [ { quiet: soon } ] }`:                         {"E121", 26},
		`{ all: [ { quiet: 3m, min_interval: 3m } ] }`:         {"E106", 19},
		`{ all: [ { updated: "dataset:pg://wh/other" } ] }`:    {"E114", 28},
		`{ any: [ self_idle ], not: self_idle }`:               {"E106", 1},
		`{ at_least: 2, of: [ self_idle ] }`:                   {"E106", 20},
		`{ all: [ { tick: { cron: "0 9 * *" } } ] }`:           {"E120", 33},
		`{ all: [ { in_window: { cron: "0 9 * * *" } } ] }`:    {"E106", 19},
		`{ all: [ { signal: landed } ] }`:                      {"E106", 27},
		`{ all: [ { self_idle: yes } ] }`:                      {"E106", 30},
		`{ all: [ { in_window: { from: 2026, to: 2027 } } ] }`: {"E121", 38},
	} {
		t.Run(ready, func(t *testing.T) {
			_, err := policies.Parse("p.yaml", []byte(head+"ready: "+ready+"\n"))
			var e *policies.FileError
			if !errors.As(err, &e) {
				t.Fatalf("no FileError: %v", err)
			}
			if e.Code != c.code || e.Line != 4 || e.Column != c.column || e.Hint == "" {
				t.Errorf("%v (hint %q), want %s at column %d", e, e.Hint, c.code, c.column)
			}
		})
	}
}

// leaf draws a condition whose value, for a snapshot of world, is any, and may
// change with time.
func leaf(t *rapid.T, p *policies.Policy) policies.Condition {
	in := p.Inputs[rapid.IntRange(0, len(p.Inputs)-1).Draw(t, "input")].Selector
	about := policies.Subject{Names: []policies.Selector{in}}
	within := time.Duration(rapid.IntRange(1, 600).Draw(t, "within")) * time.Minute
	switch rapid.IntRange(0, 8).Draw(t, "atom") {
	case 0:
		return policies.Condition{Word: "fresh", About: about, Within: within}
	case 1:
		return policies.Condition{Word: "tick", Cron: rapid.SampledFrom([]string{"30 2 * * *", "*/20 * * * *", "0 9 * * 1"}).Draw(t, "cron"), TZ: "Europe/Berlin"}
	case 2:
		return policies.Condition{Word: "in_window", Spans: policies.Spans{{Cron: "0 22 * * *", TZ: "Europe/Berlin", Duration: within}, {From: noon, To: noon.Add(within)}}}
	case 3:
		return policies.Condition{Word: "quiet", Within: within, MaxWait: within / 2}
	case 4:
		return policies.Condition{Word: "min_interval", Within: within}
	case 5:
		return policies.Condition{Word: "signal", Name: "landed", Within: within}
	case 6:
		return policies.Condition{Word: "idle", About: about}
	case 7:
		return policies.Condition{Word: "not_blackout"}
	}
	return policies.Condition{Word: "checks_ok", About: about}
}

// tree draws a condition of some depth.
func tree(t *rapid.T, p *policies.Policy, depth int) policies.Condition {
	word := rapid.SampledFrom([]string{"leaf", "all", "any", "not", "at_least"}).Draw(t, "word")
	if depth == 0 || word == "leaf" {
		return leaf(t, p)
	}
	c := policies.Condition{Word: word}
	n := rapid.IntRange(1, 3).Draw(t, "parts")
	if word == "not" {
		n = 1
	}
	for range n {
		c.Of = append(c.Of, tree(t, p, depth-1))
	}
	if word == "at_least" {
		c.N = rapid.IntRange(1, n).Draw(t, "n")
	}
	return c
}

// world draws a snapshot in which atoms are true, false and unknown.
func world(t *rapid.T, p *policies.Policy) policies.Snapshot {
	ago := func(what string) time.Time {
		return noon.Add(-time.Duration(rapid.IntRange(0, 900).Draw(t, what)) * time.Minute)
	}
	s := policies.Snapshot{Inputs: viewsOf(p), StartedAt: ago("started"), Produced: version("a", ago("produced").Sub(noon))}
	for i := range s.Inputs {
		v := &s.Inputs[i]
		v.Newest = version("x", ago("newest").Sub(noon))
		if rapid.Bool().Draw(t, "known") {
			v.Watermark = ago("watermark")
		}
		v.Asked.FirstNew = v.Newest.ProducedAt.Add(-time.Hour)
		v.Asked.Checked = policies.CheckView{Value: rapid.SampledFrom([]catalog.Ternary{catalog.True, catalog.False, catalog.Unknown}).Draw(t, "checks"), Says: "said"}
		if rapid.Bool().Draw(t, "busy") {
			v.Asked.Running = []policies.RunView{{Key: catalog.RunKey{Job: job("j"), RunID: "r"}}}
		}
	}
	if rapid.Bool().Draw(t, "posted") {
		s.Signals = []catalog.Tag{{Key: "signal:landed", Curated: catalog.Curated{By: "ann", Since: ago("since")}}}
	}
	night := policies.Calendar{Name: "night", Blackout: policies.Spans{{Cron: "0 20 * * *", TZ: "Europe/Berlin", Duration: 6 * time.Hour}, {Cron: "0 2 * * *", TZ: "Europe/Berlin", Duration: time.Hour}}}
	s.Calendars = []policies.CalendarView{{Calendar: &night, Applies: rapid.Bool().Draw(t, "blackout")}}
	return s
}

const threeInputs = `inputs:
  "dataset:pg://wh/b": { require: none }
  "dataset:pg://wh/c": { require: none }
  "dataset:pg://wh/d": { require: none }
`

func drawn(t *rapid.T) *policies.Policy {
	list, err := policies.Parse("p.yaml", []byte(head+threeInputs+"want: { max_age: 3h }\nready: { all: [] }\n"))
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func readyWith(p *policies.Policy, s policies.Snapshot, c policies.Condition) catalog.Ternary {
	q := *p
	q.Ready.Of = []policies.Condition{c}
	s.Calendars = slices.Clone(s.Calendars)
	for i := range s.Calendars {
		s.Calendars[i].Applies = false
	}
	return policies.Decide(&q, s, noon).Ready
}

// TestKleeneLaws: De Morgan, double negation, and at_least between any and all.
func TestKleeneLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		s := world(t, p)
		of := []policies.Condition{tree(t, p, 2), tree(t, p, 2)}
		node := func(word string, n int, of ...policies.Condition) policies.Condition {
			return policies.Condition{Word: word, N: n, Of: of}
		}
		no := func(c policies.Condition) policies.Condition { return node("not", 0, c) }
		for name, law := range map[string][2]policies.Condition{
			"not all":        {no(node("all", 0, of...)), node("any", 0, no(of[0]), no(of[1]))},
			"not any":        {no(node("any", 0, of...)), node("all", 0, no(of[0]), no(of[1]))},
			"not not":        {no(no(of[0])), of[0]},
			"at least one":   {node("at_least", 1, of...), node("any", 0, of...)},
			"at least all":   {node("at_least", 2, of...), node("all", 0, of...)},
			"any way round":  {node("all", 0, of...), node("all", 0, of[1], of[0])},
			"the same twice": {node("any", 0, of[0], of[0]), of[0]},
		} {
			if a, b := readyWith(p, s, law[0]), readyWith(p, s, law[1]); a != b {
				t.Fatalf("%s: %s and %s of %+v", name, a, b, of)
			}
		}
	})
}

// TestMoreIsKnown: to learn what was unknown never flips what was known.
func TestMoreIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		s, c := world(t, p), tree(t, p, 3)
		before := readyWith(p, s, c)
		s.Inputs = slices.Clone(s.Inputs)
		for i := range s.Inputs {
			v := &s.Inputs[i]
			if v.Asked.Checked.Value == catalog.Unknown {
				v.Asked.Checked.Value = rapid.SampledFrom([]catalog.Ternary{catalog.True, catalog.False, catalog.Unknown}).Draw(t, "learnt")
			}
			if v.Watermark.IsZero() {
				v.Watermark = noon.Add(-time.Duration(rapid.IntRange(1, 900).Draw(t, "mark")) * time.Minute)
			}
		}
		if after := readyWith(p, s, c); before != catalog.Unknown && after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}

// TestWakesBeforeItFlips: with nothing but time passing, the outcome is the same
// until the decision said that it might change.
func TestWakesBeforeItFlips(t *testing.T) {
	flips := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		s := world(t, p)
		p.Ready.Of = []policies.Condition{tree(t, p, 3)}
		now := noon.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "now")) * time.Minute)
		e := policies.Decide(p, s, now)
		until := now.Add(40 * 24 * time.Hour)
		if !e.WakeAt.IsZero() {
			if !e.WakeAt.After(now) {
				t.Fatalf("at %s it wakes at %s\n%s", now, e.WakeAt, render(e.Tree))
			}
			until = e.WakeAt
			if policies.Decide(p, s, until).Outcome != e.Outcome {
				flips++
			}
		}
		at := now.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(now))-1).Draw(t, "later")))
		for _, at := range []time.Time{at, until.Add(-1)} {
			if l := policies.Decide(p, s, at); l.Outcome != e.Outcome || l.Ready != e.Ready || l.Want != e.Want {
				t.Fatalf("%s at %s, but %s at %s, and it wakes at %s\n%s%s", e.Outcome, now, l.Outcome, at, e.WakeAt, render(e.Tree), render(l.Tree))
			}
		}
	})
	if flips == 0 {
		t.Error("no outcome ever changed with time: the test says nothing")
	}
}
