package attention

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ds(n string) catalog.Name { return catalog.DatasetName("pg", n) }

func asset(n string) catalog.AssetID { return catalog.AssetID(ds(n).ID()) }

func trouble(n string, s State, root string) Trouble {
	return Trouble{State: s, Policy: "p-" + n, Asset: asset(n), Name: ds(n), Since: noon, Root: Root{Kind: KindAsset, Asset: asset(root), Name: ds(root)}}
}

// TestChain: what waits for an asset in trouble waits for what keeps that one;
// a ring of waits ends.
func TestChain(t *testing.T) {
	list := []Trouble{trouble("board", Waiting, "mart"), trouble("mart", Late, "stg"), trouble("stg", AtRisk, "raw"), trouble("a", Waiting, "b"), trouble("b", Waiting, "a")}
	Chain(list)
	var got []string
	for _, x := range list {
		got = append(got, x.Root.Name.Name)
	}
	if want := []string{"raw", "raw", "raw", "b", "a"}; !slices.Equal(got, want) {
		t.Errorf("roots %v, want %v", got, want)
	}
}

// TestKeeps: an asset counts once, by however many policies and at the gate; the
// cause itself does not, and one that is no asset takes none away.
func TestKeeps(t *testing.T) {
	again, gate := trouble("a", Waiting, "raw"), trouble("a", Waiting, "raw")
	again.Policy, gate.Gate = "another", true
	raw := trouble("raw", Late, "raw")
	for what, x := range map[string]struct {
		g    Group
		want int
	}{
		"nothing":                     {Group{}, 0},
		"itself":                      {Group{Root: raw.Root, Members: []Trouble{raw}}, 0},
		"one by two policies":         {Group{Root: raw.Root, Members: []Trouble{raw, trouble("a", Late, "raw"), again, gate}}, 1},
		"two":                         {Group{Root: raw.Root, Members: []Trouble{trouble("b", Late, "raw"), again}}, 2},
		"two, because of a connector": {Group{Root: Root{Kind: KindConnector}, Members: []Trouble{trouble("b", Late, "raw"), again}}, 2},
	} {
		if got := x.g.Keeps(); got != x.want {
			t.Errorf("%s: %d, want %d", what, got, x.want)
		}
	}
}

// TestGroups: one row a cause, the worst first; its id follows from the cause
// alone; a silent connector is a row of its own.
func TestGroups(t *testing.T) {
	list := []Trouble{trouble("a", Waiting, "raw"), trouble("b", Late, "raw"), trouble("c", AtRisk, "c")}
	list[1].LateBy, list[1].Since, list[1].Root.Owner, list[1].Root.Says = time.Hour, noon.Add(-time.Hour), "team-raw", "it failed"
	silent := []Root{{Kind: KindConnector, Name: catalog.Name{Name: "airflow"}, Connector: "airflow", Since: noon}}
	got := Groups(list, silent)
	if len(got) != 3 || got[0].State != Late || got[1].State != Unreachable || got[2].State != AtRisk {
		t.Fatalf("%+v", got)
	}
	g := got[0]
	if g.LateBy != time.Hour || !g.Since.Equal(noon.Add(-time.Hour)) || g.Root.Owner != "team-raw" || g.Root.Says != "it failed" || g.Members[0].Name.Name != "b" || len(g.Members) != 2 || len(got[1].Members) != 0 {
		t.Errorf("%+v", g)
	}
	list[0].Says, list[0].Root.Says, list[0].Root.Since = "otherwise", "otherwise", noon
	slices.Reverse(list)
	if again := Groups(list, nil); again[0].ID != g.ID || len(g.ID) != 24 || again[0].ID == again[1].ID {
		t.Errorf("ids %s, %s", again[0].ID, g.ID)
	}
}

// TestNews: an acknowledgement covers what it named, not what joined or became
// late anew, and nothing once all that is over.
func TestNews(t *testing.T) {
	a, b := trouble("a", Late, "raw"), trouble("b", Waiting, "raw")
	again := a
	again.Since = noon.Add(time.Hour)
	waits := b
	waits.Since = noon.Add(time.Hour)
	ack := catalog.Ack{At: noon.Add(time.Minute), Members: []string{a.Key(), b.Key()}}
	for name, c := range map[string]struct {
		members []Trouble
		news    int
		ok      bool
	}{
		"as it was":           {[]Trouble{a, b}, 0, true},
		"one is over":         {[]Trouble{b}, 0, true},
		"another joined":      {[]Trouble{a, trouble("c", Late, "raw")}, 1, true},
		"late anew":           {[]Trouble{again, b}, 1, true},
		"waits for more":      {[]Trouble{waits}, 0, true},
		"only others are now": {[]Trouble{trouble("c", Late, "raw")}, 1, false},
	} {
		if news, ok := (&Group{Members: c.members}).News(ack); news != c.news || ok != c.ok {
			t.Errorf("%s: %d, %t; want %d, %t", name, news, ok, c.news, c.ok)
		}
	}
}

// TestOf: the worst state speaks; a failed action of weir's is the cause of what
// nothing upstream keeps; a question to the gate is a thing of its own.
func TestOf(t *testing.T) {
	p := &policies.Policy{Name: "p", Owner: "team", Mode: catalog.ModeAct}
	e := policies.Evaluated{Policy: p, Asset: asset("a"), Name: ds("a"), At: noon}
	e.Tree.Says = "nothing to do"
	if got := Of(e, Words{}); len(got) != 0 {
		t.Errorf("nothing is wrong: %+v", got)
	}
	e.Outcome, e.Tree.Says = catalog.DecideWait, "waits: raw"
	bad := catalog.Action{ID: "x", State: catalog.ActionFailed, ToolJob: "load", Connector: "af", Transitions: []catalog.ActionTransition{{At: noon, Cause: "exit 1"}}}
	for name, c := range map[string]struct {
		words Words
		want  []State
		also  []State
		root  string
		says  string
	}{
		"waits":        {Words{Decided: noon}, []State{AtRisk}, []State{Waiting}, "a", "waits: raw"},
		"failed":       {Words{Bad: []catalog.Action{bad}}, []State{Failed}, []State{AtRisk, Waiting}, "load", "exit 1"},
		"asked, too":   {Words{Asked: noon}, []State{AtRisk, Waiting}, []State{Waiting}, "a", "waits: raw"},
		"wants a word": {Words{Bad: []catalog.Action{{ID: "x", State: catalog.ActionAwaitingApproval, ToolJob: "load"}}}, []State{AtRisk}, []State{Approval}, "load", "waits: raw"},
	} {
		got := Of(e, c.words)
		var states []State
		for _, x := range got {
			states = append(states, x.State)
		}
		if !slices.Equal(states, c.want) || !slices.Equal(got[0].Also, c.also) || got[0].Root.Name.Name != c.root || got[0].Says != c.says {
			t.Errorf("%s: %+v", name, got)
		}
		if n := WaitCount(got); n != 1 {
			t.Errorf("%s: %d wait, want it once", name, n)
		}
	}
}

// TestStopped: what a switch holds waits for nobody; what waits for its input
// does so beside the switch.
func TestStopped(t *testing.T) {
	p := &policies.Policy{Name: "p", Mode: catalog.ModeAct}
	e := policies.Evaluated{Policy: p, Asset: asset("a"), Name: ds("a"), At: noon}
	e.Snapshot.KillSwitch = true
	for outcome, want := range map[catalog.DecisionOutcome]int{catalog.DecideHold: 0, catalog.DecideWait: 1} {
		e.Outcome = outcome
		if got := Of(e, Words{}); len(got) != 1 || got[0].State != Stopped || WaitCount(got) != want {
			t.Errorf("%s: %+v", outcome, got)
		}
	}
}

// TestCounts: what is at risk and waits counts as both, and once among what waits.
func TestCounts(t *testing.T) {
	list := []Trouble{trouble("a", AtRisk, "raw"), trouble("b", AtRisk, "raw"), trouble("b", Waiting, "raw"), trouble("c", Late, "c")}
	list[0].Also, list[1].Also, list[2].Gate = []State{Approval}, []State{Waiting}, true
	got := Counts(list)
	if want := map[State]int{Late: 1, AtRisk: 2, Approval: 1, Waiting: 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := WaitCount(list); n != 2 {
		t.Errorf("%d wait, want a and b", n)
	}
}

// TestAskedAtTheGate: what somebody waits for at the gate speaks; once nothing
// keeps them, what they were told does, never what the policy decides by itself.
func TestAskedAtTheGate(t *testing.T) {
	p := &policies.Policy{Name: "board", Owner: "team", Mode: catalog.ModeGate}
	e := policies.Evaluated{Policy: p, Asset: asset("board"), Name: ds("board"), At: noon}
	e.Outcome = catalog.DecideNothing
	e.Tree.Says = "nothing to do: the policy never wants a run by itself"
	got := Of(e, Words{Asked: noon, Told: "board: not ready: raw is old"})
	if len(got) != 1 || got[0].Says != "has not asked again since it was told to wait: board: not ready: raw is old" {
		t.Errorf("nothing keeps them: %+v", got)
	}
	e.Snapshot.Running = []policies.RunView{{Key: catalog.RunKey{Job: catalog.JobName("prod", "other"), RunID: "r"}, StartedAt: noon}}
	if got := Of(e, Words{Asked: noon, Told: "board: not ready"}); len(got) != 1 || got[0].Root.Name.Name != "other" || got[0].Says != "it runs since 2026-03-01 12:00:00Z" {
		t.Errorf("a run keeps them: %+v", got)
	}
}

// TestOvertaken: a failure is no trouble any more once what it was about was made,
// by whomever, or is wanted no more; the older one behind it then speaks.
func TestOvertaken(t *testing.T) {
	hour := func(h int) *catalog.Version {
		return &catalog.Version{ProducedAt: noon.Add(time.Duration(h) * time.Hour)}
	}
	failed := func(id, partition string) catalog.Action {
		return catalog.Action{ID: id, State: catalog.ActionFailed, Partition: partition, Transitions: []catalog.ActionTransition{{At: noon}}}
	}
	plain, daily := &policies.Policy{Name: "p"}, &policies.Policy{Name: "p", Partition: &policies.Partitioning{}}
	days := func(made *catalog.Version) policies.Snapshot {
		return policies.Snapshot{Parts: []policies.PartView{{Key: "d1", Made: made}, {Key: "d2"}}}
	}
	cut := days(nil)
	cut.PartsCut = true
	for name, c := range map[string]struct {
		policy *policies.Policy
		s      policies.Snapshot
		bad    []catalog.Action
		want   string
	}{
		"not made since":          {plain, policies.Snapshot{Produced: hour(-1)}, []catalog.Action{failed("x", "")}, "x"},
		"made by somebody":        {plain, policies.Snapshot{Produced: hour(1)}, []catalog.Action{failed("x", "")}, ""},
		"day not made":            {daily, days(hour(-1)), []catalog.Action{failed("x", "d1")}, "x"},
		"day made by somebody":    {daily, days(hour(1)), []catalog.Action{failed("x", "d1")}, ""},
		"another day was made":    {daily, days(hour(1)), []catalog.Action{failed("x", "d2")}, "x"},
		"the older one speaks":    {daily, days(hour(1)), []catalog.Action{failed("x", "d1"), failed("y", "d2")}, "y"},
		"out of the window":       {daily, days(nil), []catalog.Action{failed("x", "d0")}, ""},
		"beyond what is known":    {daily, cut, []catalog.Action{failed("x", "d0")}, "x"},
		"of days since":           {daily, days(nil), []catalog.Action{failed("x", "")}, ""},
		"of days no more":         {plain, policies.Snapshot{}, []catalog.Action{failed("x", "d1")}, ""},
		"a person is still asked": {daily, days(nil), []catalog.Action{{ID: "x", State: catalog.ActionAwaitingApproval, Partition: "d0"}}, "x"},
	} {
		got := ""
		if a := (Words{Bad: c.bad}).bad(policies.Evaluated{Policy: c.policy, Snapshot: c.s}); a != nil {
			got = a.ID
		}
		if got != c.want {
			t.Errorf("%s: %q stands, want %q", name, got, c.want)
		}
	}
}
