package policiestest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

var day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func decision(id, policy string, asset catalog.AssetID) catalog.Decision {
	return catalog.Decision{ID: id, At: day, Policy: policy, Target: asset, Outcome: catalog.DecideRun, Tree: catalog.Reason{Atom: "decide", Value: catalog.True, Says: "runs", Evidence: []string{"v1"}}}
}

func action(id string, asset catalog.AssetID, s catalog.ActionState) catalog.Action {
	return catalog.Action{ID: id, Kind: catalog.ActionTrigger, State: s, Target: asset, Connector: "af", ToolJob: "dbt", Policies: []string{"p"},
		Demand: []catalog.DemandElement{"v1"}, CreatedAt: day, ValidUntil: day.Add(time.Hour), Params: map[string]any{"full": false},
		Transitions: []catalog.ActionTransition{{To: s, At: day, Actor: "weir", Cause: "test"}}}
}

// TestLedger is what every policies.Ledger must do. reopen gives the same
// ledger as after a restart; nil when there is none.
func TestLedger(t *testing.T, open func(t *testing.T) (l policies.Ledger, reopen func() policies.Ledger)) {
	ctx := context.Background()
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	other := catalog.AssetID(catalog.DatasetName("pg", "b").ID())

	t.Run("a decision and its action are one", func(t *testing.T) {
		l, reopen := open(t)
		a := action("a1", asset, catalog.ActionReady)
		d, err := l.Record(ctx, decision("d1", "p", asset), &a)
		must(t, err)
		if d.Seq == 0 || a.Seq != d.Seq {
			t.Errorf("sequence numbers %d and %d", d.Seq, a.Seq)
		}
		if reopen != nil {
			l = reopen()
		}
		got, err := l.LastDecision(ctx, "p", asset)
		must(t, err)
		if got.ID != "d1" || got.Seq != d.Seq || got.Tree.Evidence[0] != "v1" || !got.At.Equal(day) {
			t.Errorf("%+v", got)
		}
		list, err := l.Actions(ctx, policies.ActionQuery{ID: "a1"})
		must(t, err)
		if len(list) != 1 || list[0].State != catalog.ActionReady || list[0].Transitions[0].Cause != "test" || list[0].Params["full"] != false {
			t.Errorf("%+v", list)
		}
		if _, err := l.LastDecision(ctx, "q", asset); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("no decision: %v, want ErrNotFound", err)
		}
	})

	t.Run("an action moves from where it was seen only", func(t *testing.T) {
		l, _ := open(t)
		a := action("a1", asset, catalog.ActionReady)
		_, err := l.Record(ctx, decision("d1", "p", asset), &a)
		must(t, err)
		var wg sync.WaitGroup
		won := make(chan bool, 8)
		for range 8 {
			wg.Go(func() {
				b := a
				b.State = catalog.ActionDispatching
				_, err := l.Update(ctx, catalog.ActionReady, b)
				if err != nil && !errors.Is(err, catalog.ErrConflict) {
					t.Error(err)
				}
				won <- err == nil
			})
		}
		wg.Wait()
		close(won)
		n := 0
		for w := range won {
			if w {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d writers moved it, want 1", n)
		}
		if _, err := l.Update(ctx, catalog.ActionReady, action("none", asset, catalog.ActionReady)); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("no action: %v, want ErrNotFound", err)
		}
	})

	t.Run("actions by target, state and age", func(t *testing.T) {
		l, _ := open(t)
		for i, s := range []catalog.ActionState{catalog.ActionSucceeded, catalog.ActionLost, catalog.ActionReady, catalog.ActionFailed} {
			a := action(string(rune('a'+i)), asset, s)
			if i == 3 {
				a.Target, a.ToolJob = other, "else"
			}
			if i == 1 {
				a.Partition = "2026-03-01"
			}
			_, err := l.Record(ctx, decision(string(rune('k'+i)), "p", a.Target), &a)
			must(t, err)
		}
		part, whole := "2026-03-01", ""
		for name, c := range map[string]struct {
			q    policies.ActionQuery
			want string
		}{
			"all":    {policies.ActionQuery{}, "dcba"},
			"open":   {policies.ActionQuery{Open: true}, "cb"}, // lost is not closed
			"closed": {policies.ActionQuery{Closed: true}, "da"},
			"target": {policies.ActionQuery{Connector: "af", ToolJob: "dbt"}, "cba"},
			"asset":  {policies.ActionQuery{Asset: other}, "d"},
			"state":  {policies.ActionQuery{States: []catalog.ActionState{catalog.ActionLost, catalog.ActionFailed}}, "db"},
			"limit":  {policies.ActionQuery{Limit: 2}, "dc"},
			"part":   {policies.ActionQuery{Partition: &part}, "b"},
			"whole":  {policies.ActionQuery{Partition: &whole}, "dca"},
		} {
			list, err := l.Actions(ctx, c.q)
			must(t, err)
			got := ""
			for _, a := range list {
				got += a.ID
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		page, err := l.Actions(ctx, policies.ActionQuery{Limit: 2})
		must(t, err)
		rest, err := l.Actions(ctx, policies.ActionQuery{Before: page[1].Seq})
		must(t, err)
		if len(rest) != 2 || rest[0].ID != "b" {
			t.Errorf("second page: %+v", rest)
		}
	})

	t.Run("decisions by asset, policy and age", func(t *testing.T) {
		l, _ := open(t)
		for i, id := range []string{"d1", "d2", "d3"} {
			d := decision(id, []string{"p", "q", "p"}[i], []catalog.AssetID{asset, asset, other}[i])
			d.At = day.Add(time.Duration(i) * time.Hour)
			d.Partition = []string{"", "2026-03-29", "2026-03-30"}[i]
			d.Outcome = []catalog.DecisionOutcome{catalog.DecideRun, catalog.DecideWait, catalog.DecideHold}[i]
			d.Mode = []catalog.Mode{catalog.ModeAct, catalog.ModeShadow, catalog.ModeShadow}[i]
			_, err := l.Record(ctx, d, nil)
			must(t, err)
		}
		for name, c := range map[string]struct {
			q    policies.DecisionQuery
			want []string
		}{
			"all": {policies.DecisionQuery{}, []string{"d3", "d2", "d1"}}, "asset": {policies.DecisionQuery{Asset: asset}, []string{"d2", "d1"}},
			"policy": {policies.DecisionQuery{Policy: "p"}, []string{"d3", "d1"}}, "partition": {policies.DecisionQuery{Partition: "2026-03-29"}, []string{"d2"}}, "id": {policies.DecisionQuery{ID: "d2"}, []string{"d2"}},
			"since": {policies.DecisionQuery{Since: day}, []string{"d3", "d2"}}, "limit": {policies.DecisionQuery{Limit: 1}, []string{"d3"}},
			"until": {policies.DecisionQuery{Until: day.Add(2 * time.Hour)}, []string{"d2", "d1"}}, "modes": {policies.DecisionQuery{Modes: []catalog.Mode{catalog.ModeShadow}}, []string{"d3", "d2"}},
			"outcomes": {policies.DecisionQuery{Outcomes: []catalog.DecisionOutcome{catalog.DecideRun, catalog.DecideHold}}, []string{"d3", "d1"}},
		} {
			list, err := l.Decisions(ctx, c.q)
			must(t, err)
			var got []string
			for _, d := range list {
				got = append(got, d.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	})

	t.Run("asked once for a key", func(t *testing.T) { testAsk(t, open) })
	t.Run("one leads", func(t *testing.T) { testLead(t, open) })

	t.Run("gate", func(t *testing.T) { testGate(t, open) })
	t.Run("breaches are kept", func(t *testing.T) { testBreaches(t, open) })

	t.Run("safety", func(t *testing.T) { testSafety(t, open) })

	t.Run("kill switch and cursors outlive a restart", func(t *testing.T) {
		l, reopen := open(t)
		on, err := l.KillSwitch(ctx)
		if must(t, err); on {
			t.Error("on at first")
		}
		must(t, l.SetKillSwitch(ctx, true, "ann", "incident", day))
		if c, err := l.Cursor(ctx, "af"); err != nil || c != "" {
			t.Errorf("first cursor %q, %v", c, err)
		}
		must(t, l.SetCursor(ctx, "af", "1"))
		must(t, l.SetCursor(ctx, "af", "2"))
		before, err := l.Seq(ctx)
		must(t, err)
		if reopen != nil {
			l = reopen()
		}
		if on, err = l.KillSwitch(ctx); err != nil || !on {
			t.Errorf("switch %v, %v", on, err)
		}
		if c, err := l.Cursor(ctx, "af"); err != nil || c != "2" {
			t.Errorf("cursor %q, %v", c, err)
		}
		must(t, l.SetKillSwitch(ctx, false, "ann", "over", day))
		if after, err := l.Seq(ctx); err != nil || after <= before {
			t.Errorf("sequence %d after %d, %v", after, before, err)
		}
	})
}

func testGate(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	job := catalog.JobName("prod", "train")
	first, err := l.GateAsked(ctx, job, "k", "r", day)
	must(t, err)
	again, err := l.GateAsked(ctx, job, "k", "r", day.Add(time.Hour))
	if must(t, err); !first.Equal(day) || !again.Equal(day) {
		t.Errorf("first asked %s, then %s", first, again)
	}
	answer := func(id string, o catalog.DecisionOutcome, final bool) {
		d := decision(id, "p", catalog.AssetID(job.ID()))
		d.Gate = &catalog.GateAnswer{Decision: o, DecisionID: id, Job: job, Key: "k", RunRef: "r", FirstAskedAt: first, At: day, Lease: &catalog.Lease{ID: id, Expires: day.Add(10 * time.Minute)}}
		_, err := l.RecordGate(ctx, d, final)
		must(t, err)
	}
	answer("w", catalog.DecideWait, false)
	if _, err := l.GateAnswer(ctx, job, "k", "r"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a wait binds: %v", err)
	}
	if list, err := l.Decisions(ctx, policies.DecisionQuery{Gated: true}); err != nil || len(list) != 0 {
		t.Errorf("%d answers about partitions, want none: %v", len(list), err)
	}
	parted := decision("of-a-part", "p", catalog.AssetID(job.ID()))
	parted.Partition, parted.Gate = "2026-03-01", &catalog.GateAnswer{Decision: catalog.DecideRun, DecisionID: parted.ID, Job: job, Key: "part", Partition: "2026-03-01", FirstAskedAt: first, At: day}
	_, err = l.RecordGate(ctx, parted, false)
	must(t, err)
	if list, err := l.Decisions(ctx, policies.DecisionQuery{Gated: true}); err != nil || len(list) != 1 || list[0].Gate.Partition != "2026-03-01" {
		t.Errorf("%+v are the answers about partitions, want one: %v", list, err)
	}
	answer("x", catalog.DecideRun, true)
	answer("y", catalog.DecideDeny, true) // the first final answer stays
	if reopen != nil {
		l = reopen()
	}
	if a, err := l.GateAnswer(ctx, job, "k", "r"); err != nil || a.DecisionID != "x" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := l.LastDecision(ctx, "p", catalog.AssetID(job.ID())); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a gate decision is the policy's last: %v", err)
	}
	for name, c := range map[string]struct {
		q    policies.GateQuery
		want int
	}{
		"job": {policies.GateQuery{Jobs: []catalog.Name{job}}, 1}, "other job": {policies.GateQuery{Jobs: []catalog.Name{catalog.JobName("a", "b")}}, 0},
		"run": {policies.GateQuery{RunRefs: []string{"q", "r"}}, 1}, "leased": {policies.GateQuery{LeasedAt: day.Add(9 * time.Minute)}, 1},
		"lapsed": {policies.GateQuery{LeasedAt: day.Add(10 * time.Minute)}, 0},
	} {
		list, err := l.GateAnswers(ctx, c.q)
		if must(t, err); len(list) != c.want {
			t.Errorf("%s: %d answers, want %d", name, len(list), c.want)
		}
	}
	must(t, l.GateForget(ctx, job, "k", "r"))
	if _, err := l.GateAnswer(ctx, job, "k", "r"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a forgotten answer: %v", err)
	}
	if at, err := l.GateAsked(ctx, job, "k", "r", day.Add(time.Hour)); err != nil || !at.Equal(day.Add(time.Hour)) {
		t.Errorf("after it was forgotten it was asked first at %s, %v", at, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
