package policiestest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// testSafety is what a ledger must do for admission.
func testSafety(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	t.Run("what actions were admitted by", func(t *testing.T) { testAdmitted(t, open) })
	t.Run("switches and alerts outlive a restart", func(t *testing.T) { testWords(t, open) })
	t.Run("orders that stand", func(t *testing.T) { testStanding(t, open) })
}

func testAdmitted(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	for i, c := range []struct {
		policy, pool, root string
		state              catalog.ActionState
		sent               time.Duration // 0: not sent
	}{
		{"p", "gpu", "v1", catalog.ActionRunning, 3 * time.Minute}, {"p", "gpu", "v1", catalog.ActionSucceeded, 9 * time.Minute},
		{"p", "", "v1", catalog.ActionReady, 0}, {"q", "gpu", "v2", catalog.ActionLost, 5*time.Minute + time.Nanosecond}, {"q", "gpu", "", catalog.ActionReady, 0},
	} {
		a := action(string(rune('a'+i)), asset, c.state)
		a.Policies, a.ParentRunID = []string{c.policy, "joined"}, fmt.Sprintf("parent-%d", i)
		a.Admission = catalog.Admission{Pool: c.pool, Root: c.root, Slots: 1, Class: catalog.ClassBackfill, Approval: &catalog.Approval{Why: []string{"why"}, For: time.Hour}}
		if c.sent > 0 {
			a.Admission.SentNano = day.Add(c.sent).UnixNano()
		}
		_, err := l.Record(ctx, decision(string(rune('k'+i)), c.policy, asset), &a)
		must(t, err)
	}
	if reopen != nil {
		l = reopen()
	}
	for name, c := range map[string]struct {
		q    policies.ActionQuery
		want string
	}{
		"policy": {policies.ActionQuery{Policy: "p"}, "cba"}, "joined is not deciding": {policies.ActionQuery{Policy: "joined"}, ""},
		"pool": {policies.ActionQuery{Pool: "gpu"}, "edba"}, "root": {policies.ActionQuery{Root: "v1"}, "cba"},
		"parent": {policies.ActionQuery{ParentRunIDs: []string{"parent-1", "parent-9"}}, "b"},
		"held":   {policies.ActionQuery{Pool: "gpu", States: []catalog.ActionState{catalog.ActionRunning, catalog.ActionLost}}, "da"},
		"sent":   {policies.ActionQuery{Sent: true}, "bda"}, "sent of a pool, newest": {policies.ActionQuery{Pool: "gpu", Sent: true, Limit: 2}, "bd"},
		"sent after": {policies.ActionQuery{Sent: true, SentAfter: day.Add(5 * time.Minute)}, "bd"}, "sent of a policy": {policies.ActionQuery{Policy: "p", Sent: true}, "ba"},
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
		if c.q.Limit > 0 {
			continue
		}
		if n, err := l.CountActions(ctx, c.q); err != nil || n != len(c.want) {
			t.Errorf("%s: %d counted, want %d, %v", name, n, len(c.want), err)
		}
	}
	list, err := l.Actions(ctx, policies.ActionQuery{ID: "a"})
	must(t, err)
	if a := list[0].Admission; a.SentAt() != day.Add(3*time.Minute) || a.Class != catalog.ClassBackfill || a.Approval.Why[0] != "why" {
		t.Errorf("%+v", a)
	}
}

func testWords(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, reopen := open(t)
	asset := catalog.AssetID(catalog.DatasetName("pg", "a").ID())
	set := func(s catalog.SwitchScope, name string, on bool) {
		done, err := l.SetSwitch(ctx, catalog.Switch{Scope: s, Name: name, On: on, Actor: "ann", Reason: "drill", At: day})
		must(t, err)
		if done.Seq == 0 || done.Name != name {
			t.Errorf("switched %+v", done)
		}
	}
	set(catalog.ScopeTool, "af", true)
	set(catalog.ScopePolicy, "p", true)
	set(catalog.ScopeNamespace, "pg", true)
	set(catalog.ScopePolicy, "p", false)
	if on, err := l.KillSwitch(ctx); err != nil || on {
		t.Errorf("a switch of one tool is the global one: %v, %v", on, err)
	}
	for i, want := range []bool{true, true, false} {
		raised, err := l.RaiseAlert(ctx, catalog.Alert{ID: []string{"x", "y", "x"}[i], Kind: catalog.AlertBreaker, At: day, Policy: "p", Asset: asset, Says: "open", Evidence: []string{"a1"}})
		if err != nil || raised != want {
			t.Errorf("alert %d raised: %v, %v", i, raised, err)
		}
	}
	if reopen != nil {
		l = reopen()
	}
	on, err := l.Switches(ctx)
	must(t, err)
	if len(on) != 2 || on[0].Scope != catalog.ScopeNamespace || on[1].Name != "af" || on[1].Reason != "drill" || !on[1].At.Equal(day) {
		t.Errorf("%+v", on)
	}
	all, err := l.Switched(ctx, catalog.SwitchQuery{})
	must(t, err)
	if len(all) != 4 || all[0].On || all[0].Name != "p" || !all[1].On || all[1].Name != "pg" || all[3].Name != "af" || all[3].Actor != "ann" || !all[3].At.Equal(day) {
		t.Errorf("%+v", all)
	}
	if on[1] != all[3] {
		t.Errorf("what is on is not what was written down: %+v, %+v", on[1], all[3])
	}
	if rest, err := l.Switched(ctx, catalog.SwitchQuery{Before: all[1].Seq, Limit: 1}); err != nil || len(rest) != 1 || rest[0] != all[2] {
		t.Errorf("second page %+v, %v", rest, err)
	}
	list, err := l.Alerts(ctx, catalog.AlertQuery{Policy: "p", Assets: []catalog.AssetID{asset}})
	must(t, err)
	ids := []string{}
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	if !slices.Equal(ids, []string{"y", "x"}) || list[0].Evidence[0] != "a1" || list[0].Seq == 0 {
		t.Errorf("%v, %+v", ids, list)
	}
	if rest, err := l.Alerts(ctx, catalog.AlertQuery{Before: list[0].Seq, Limit: 5}); err != nil || len(rest) != 1 || rest[0].ID != "x" {
		t.Errorf("second page %+v, %v", rest, err)
	}
}

// testStanding: a hold stands until a release under the same id, a pause from when
// it was followed until a resume of the same job was.
func testStanding(t *testing.T, open func(t *testing.T) (policies.Ledger, func() policies.Ledger)) {
	ctx := context.Background()
	l, _ := open(t)
	n := 0
	give := func(k catalog.ActionKind, of string, s catalog.ActionState) catalog.Action {
		n++
		a := action(fmt.Sprint("o", n), catalog.AssetID(catalog.DatasetName("pg", of).ID()), s)
		a.Kind, a.Asked, a.Name = k, &catalog.Asked{Actor: "ann", Key: a.ID}, catalog.DatasetName("pg", of)
		if a.Connector, a.ToolJob = "", ""; k == catalog.ActionPause || k == catalog.ActionResume {
			a.Connector, a.ToolJob = "af", of
		}
		kept, _, err := l.Ask(ctx, nil, a)
		must(t, err)
		return kept
	}
	stand := func(want ...string) {
		t.Helper()
		list, err := l.Actions(ctx, policies.ActionQuery{Standing: true})
		must(t, err)
		got := []string{}
		for _, a := range list {
			got = append(got, strings.ToLower(string(a.Kind))+" "+a.Name.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q stand, want %q", got, want)
		}
	}
	stand()
	give(catalog.ActionHold, "a", catalog.ActionSucceeded)
	give(catalog.ActionHold, "b", catalog.ActionSucceeded)
	give(catalog.ActionRelease, "a", catalog.ActionSucceeded)
	give(catalog.ActionResume, "b", catalog.ActionSucceeded) // of a job, not of what is held
	stand("hold b")
	asked := give(catalog.ActionPause, "a", catalog.ActionReady)
	give(catalog.ActionPause, "c", catalog.ActionSucceeded)
	give(catalog.ActionTrigger, "d", catalog.ActionSucceeded)
	stand("pause c", "hold b")
	asked.State = catalog.ActionSucceeded
	_, err := l.Update(ctx, catalog.ActionReady, asked)
	must(t, err)
	stand("pause a", "pause c", "hold b")
	ends := give(catalog.ActionResume, "a", catalog.ActionReady)
	give(catalog.ActionRelease, "c", catalog.ActionSucceeded)
	stand("pause a", "pause c", "hold b")
	ends.State = catalog.ActionSucceeded
	_, err = l.Update(ctx, catalog.ActionReady, ends)
	must(t, err)
	give(catalog.ActionHold, "a", catalog.ActionSucceeded) // again
	stand("hold a", "pause c", "hold b")
	late := give(catalog.ActionRelease, "a", catalog.ActionReady) // an order holds once it is followed, whichever it is
	stand("hold a", "pause c", "hold b")
	late.State = catalog.ActionSucceeded
	_, err = l.Update(ctx, catalog.ActionReady, late)
	must(t, err)
	stand("pause c", "hold b")
}
