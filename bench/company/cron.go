package main

import (
	"time"

	"github.com/weirhq/weir/policies/virtual"
)

// Schedule is what a team has set in the tools' own cron.
type Schedule struct {
	Name string
	// Daily and Hourly are the passes over the daily and the hourly models;
	// Train is when daily training begins.
	Daily, Hourly []time.Duration
	Train         time.Duration
}

// The schedules. Daily sources land between 01:00 and 04:15 when they are not
// late, and a pass takes about an hour: the first pass leaves a margin for slow
// loads, the second takes in what came late, before the reports are refreshed.
// The hourly models run once before each tick of their reports, and once early.
// Both start a model as soon as the models before it are done, and skip what
// comes after one that failed, as dbt does.
var (
	twoPasses = Schedule{Name: "cron", Daily: hours(4.5, 7.25), Hourly: hours(6.4, 8.4, 10.4, 12.4, 14.4, 16.4), Train: 6*time.Hour + 15*time.Minute}
	onePass   = Schedule{Name: "cron, one pass", Daily: hours(4.5), Hourly: hours(8.4, 10.4, 12.4, 14.4, 16.4), Train: 6*time.Hour + 15*time.Minute}
)

// playCron plays a game with every tool's own cron.
func playCron(g Game, plan Schedule) score { return newCron(g, plan).play() }

func newCron(g Game, plan Schedule) *cron {
	s := newStage(g)
	for name := range slots {
		s.works(name, nil)
	}
	c := &cron{stage: s, plan: plan}
	for d := range g.Days + 1 {
		c.day(d)
	}
	return c
}

type cron struct {
	*stage
	plan Schedule
	// under are the passes that go on, by whether they are hourly: a pass does
	// not begin while the one before it goes on.
	under [2]int
}

func (c *cron) day(d int) {
	midnight := firstDay.Add(time.Duration(d) * day)
	at := func(when time.Duration, f func()) { c.loop.At(midnight.Add(when), f) }
	for _, when := range c.plan.Daily {
		at(when, func() { c.pass(false) })
	}
	for _, when := range c.plan.Hourly {
		at(when, func() { c.pass(true) })
	}
	for _, t := range c.e.things {
		run := func() { c.tools[t.tool()].Run(t.name, "cron", nil) }
		switch {
		case t.kind == pipeline && (!t.weekly || midnight.Weekday() == time.Monday || d == 0):
			at(c.plan.Train, run)
		case t.kind == report: // refreshed shortly before it is due, a few at a time
			for _, due := range t.due {
				at(due-20*time.Minute+time.Duration(t.id%10)*30*time.Second, run)
			}
		}
	}
}

// pass runs all models of a kind in their order.
func (c *cron) pass(hourly bool) {
	slot := 0
	if hourly {
		slot = 1
	}
	if c.under[slot] > 0 {
		return
	}
	p := &pass{cron: c, slot: slot, waits: map[int]int{}, next: map[int][]int{}}
	p.begin(hourly)
}

// pass is one run over a project.
type pass struct {
	*cron
	slot  int
	waits map[int]int   // models before it that are not done
	next  map[int][]int // models after it
}

func (p *pass) begin(hourly bool) {
	var ready []int
	for _, t := range p.e.things {
		if t.kind != model || t.hourly != hourly {
			continue
		}
		p.under[p.slot]++
		for _, in := range t.inputs {
			if p.e.things[in].kind == model {
				p.waits[t.id]++
				p.next[in] = append(p.next[in], t.id)
			}
		}
		if p.waits[t.id] == 0 {
			ready = append(ready, t.id)
		}
	}
	for _, id := range ready {
		p.start(id)
	}
}

func (p *pass) start(id int) {
	p.tools["dbt"].Run(p.e.things[id].name, "cron", func(x *virtual.Execution) { p.done(id, x.State.Terminal() && x.State == "SUCCEEDED") })
}

// done starts what waited; after a failure it is skipped, with all behind it.
func (p *pass) done(id int, ok bool) {
	p.under[p.slot]--
	for _, n := range p.next[id] {
		if _, waits := p.waits[n]; !waits {
			continue // skipped before
		}
		if !ok {
			delete(p.waits, n)
			p.done(n, false)
			continue
		}
		if p.waits[n]--; p.waits[n] == 0 {
			p.start(n)
		}
	}
}
