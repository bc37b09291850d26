package virtual_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// crowd is an engine with many policies that all want a run at once.
type crowd struct {
	ledger *virtual.Ledger
	world  *virtual.World
	live   *policies.Live
	engine *virtual.Engine
	// first is what happens in the middle of the first decision with an action.
	first   func(*crowd)
	decided []string
	most    int // evaluations that went on side by side
}

// many gives ten policies; each line may say its number as N.
func many(t *testing.T, lines string) *policies.Set {
	set := &policies.Set{}
	for i := range 10 {
		n := fmt.Sprintf("%02d", i)
		text := strings.ReplaceAll("kind: Policy\nname: pN\nselect: { asset: \"dataset:pg://wh/outN\" }\nmode: act\nowner: o\non_first: run\n"+lines, "N", n)
		list, err := policies.Parse("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		set.Policies = append(set.Policies, list...)
	}
	return set
}

// decisions lets the crowd decide, each in its turn or ahead of it.
func decisions(t *testing.T, lines string, first func(*crowd), ahead bool) *crowd {
	c := &crowd{ledger: virtual.NewLedger(), world: virtual.NewWorld(), live: &policies.Live{}, first: first}
	c.live.Put(many(t, lines))
	for i := range 10 {
		c.load(fmt.Sprintf("raw%02d", i), monday)
	}
	o := virtual.EngineOptions{World: c.world, Ledger: c.ledger, Policies: c.live, OnDecision: c.note}
	loop := virtual.NewLoop(monday)
	o.Connectors = []connectors.Connector{virtual.NewWorks(loop, virtual.WorksOptions{Name: "tool", Namespace: "prod", Course: func(*virtual.Execution) virtual.Course { return virtual.Course{Takes: time.Hour} }})}
	if ahead {
		o.Beside = func(n int, f func(int)) {
			c.most = max(c.most, n)
			for i := range n { // in no order that anything should rest on
				f(n - 1 - i)
			}
		}
	}
	var err error
	if c.engine, err = virtual.NewEngine(context.Background(), loop, o); err != nil {
		t.Fatal(err)
	}
	loop.RunUntil(monday.Add(time.Second))
	return c
}

func (c *crowd) load(raw string, at time.Time) catalog.Touched {
	return c.world.Version(catalog.Version{Dataset: ds(raw), Run: catalog.RunKey{Job: catalog.JobName("prod", raw), RunID: at.String()}, Attempt: 1, ProducedAt: at})
}

func (c *crowd) note(d catalog.Decision, a *catalog.Action) {
	line := fmt.Sprint(d.Policy, " ", d.Mode, " ", d.Outcome, " ", anID.ReplaceAllString(d.Tree.Says, "ID"))
	if a != nil {
		line += fmt.Sprint(a.State, a.Demand)
	}
	c.decided = append(c.decided, line)
	if first := c.first; first != nil && a != nil {
		c.first = nil
		first(c)
	}
}

// TestAheadIsOneAfterAnother: what is judged ahead of its turn comes out as it
// would have in its turn, whatever happens between the two.
func TestAheadIsOneAfterAnother(t *testing.T) {
	const (
		input = "inputs:\n  \"dataset:pg://wh/rawN\": { trigger: true, require: exists }\n"
		own   = input + "target: { connector: tool, job: jobN }\n"
	)
	shared := strings.ReplaceAll(own, "rawN", "raw00")
	for name, c := range map[string]struct {
		lines string
		first func(*crowd)
	}{
		"nothing happens":                      {lines: own},
		"all start one job":                    {lines: input + "target: { connector: tool, job: all }\n"},
		"one change may lead to three actions": {lines: shared + "limits: { fan_out: 3 }\n"},
		"an input is written again":            {own, func(c *crowd) { c.engine.Touch(c.load("raw05", monday.Add(time.Minute))) }},
		"somebody else writes to the ledger": {own, func(c *crowd) {
			_ = c.ledger.SetKillSwitch(context.Background(), true, "somebody", "", monday)
		}},
		"the policies change": {own, func(c *crowd) { c.live.Put(many(t, own+"quiet: 1h\n")) }},
	} {
		t.Run(name, func(t *testing.T) {
			turns, ahead := decisions(t, c.lines, c.first, false), decisions(t, c.lines, c.first, true)
			if ahead.most < 2 {
				t.Fatalf("%d evaluations went on side by side", ahead.most)
			}
			if !slices.Equal(turns.decided, ahead.decided) {
				t.Errorf("in its turn each is\n%s\nand ahead\n%s", strings.Join(turns.decided, "\n"), strings.Join(ahead.decided, "\n"))
			}
		})
	}
}
