package main

import (
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/virtual"
)

// Game is a company, how long it is played, and what goes wrong.
type Game struct {
	Size Size
	Seed uint64
	// Days are measured; one more goes before them, in which everything is made
	// for the first time.
	Days   int
	Faults Faults
	// Logs is a folder that weir's decisions are written to; "": they are not.
	Logs string
}

// stage is what both players play on: the same days, tools and judge.
type stage struct {
	game  Game
	e     *estate
	loop  *virtual.Loop
	truth *truth
	tools map[string]*virtual.Works
	score score
	stale []staleRun
	// tell is told what the tools say of their runs, look what a sync found that
	// brought nothing new.
	tell func(virtual.Event)
	look func(catalog.Name, catalog.Look)
	// changed is when a source last had something new.
	changed map[int]time.Time
	// judged is told of each run that began.
	begun func(*virtual.Execution, *thing)
}

// slots of the tools: the company's warehouse, its training machines, its
// report servers.
var slots = map[string]int{"dbt": 24, "ml": 8, "bi": 12}

func newStage(g Game) *stage {
	s := &stage{game: g, e: build(g.Size, g.Seed), loop: virtual.NewLoop(firstDay), tools: map[string]*virtual.Works{}, changed: map[int]time.Time{},
		tell: func(virtual.Event) {}, look: func(catalog.Name, catalog.Look) {}, begun: func(*virtual.Execution, *thing) {}}
	s.truth = newTruth(s.e)
	for d := range g.Days + 1 {
		s.plan(d)
	}
	return s
}

// works makes a tool; each tries a failed run once more after five minutes.
func (s *stage) works(name string, change func(*virtual.WorksOptions)) {
	o := virtual.WorksOptions{Name: name, Namespace: name, Slots: slots[name], Latency: 2 * time.Second, Retries: 1, RetryAfter: 5 * time.Minute, Course: s.course, Tell: func(e virtual.Event) { s.tell(e) }}
	if change != nil {
		change(&o)
	}
	s.tools[name] = virtual.NewWorks(s.loop, o)
}

// plan fixes what the world does on a day.
func (s *stage) plan(d int) {
	for _, t := range s.e.things {
		if t.kind == source {
			for _, one := range s.e.syncs(t, d) {
				s.loop.At(one.end, func() {
					s.truth.load(t.id, one)
					s.synced(t, one)
				})
			}
		}
		for _, due := range t.due {
			if d > 0 {
				at := firstDay.Add(time.Duration(d)*day + due)
				s.loop.At(at, func() { s.deadline(t, at) })
			}
		}
	}
	for _, r := range s.e.reruns(d) {
		if d > 0 {
			s.loop.At(r.at, func() { s.tools["dbt"].Run(s.e.things[r.id].name, byPerson, nil) })
		}
	}
	for at := 8 * time.Hour; d > 0 && at < 20*time.Hour; at += sample {
		s.loop.At(firstDay.Add(time.Duration(d)*day+at), s.staleness)
	}
}

// synced tells of a load: one that found nothing new is a look.
func (s *stage) synced(t *thing, one sync) {
	if !one.fresh && !s.changed[t.id].IsZero() {
		s.look(t.dataset(), catalog.Look{DataTime: s.changed[t.id], At: one.at})
		return
	}
	s.changed[t.id] = one.at
	key := catalog.RunKey{Job: jobName(t), RunID: fmt.Sprintf("%s-%d", t.name, one.at.Unix())}
	s.tell(virtual.Event{Key: key, Type: catalog.EventStart, At: one.at})
	s.tell(virtual.Event{Key: key, Type: catalog.EventComplete, At: one.end, Written: []virtual.Written{{Name: t.dataset(), DataTime: one.at}}})
}

// byPerson marks what people run by hand.
const byPerson = "person"

// sample is how often the age of the reports is looked at.
const sample = 10 * time.Minute

// deadline: at the tick a version must be there that reaches back no further
// than the report covers.
func (s *stage) deadline(t *thing, at time.Time) {
	s.score.Due++
	if w := s.truth.watermark(s.truth.of(t.id)); !w.IsZero() && !w.Before(at.Add(-t.covers)) {
		s.score.Met++
	}
}

// staleness adds up how much too old the reports are that people look at.
func (s *stage) staleness() {
	for _, t := range s.e.things {
		if t.kind != report {
			continue
		}
		allowed := t.covers + day
		if t.hourly {
			allowed = t.covers + 2*time.Hour
		}
		if w := s.truth.watermark(s.truth.of(t.id)); s.loop.Now().Sub(w) > allowed {
			s.score.Staleness += sample
		}
	}
}

// counts: the first day is not measured.
func (s *stage) counts() bool { return dayOf(s.loop.Now()) > 0 }

// course is how a run goes: what it reads is there when it begins, what it
// writes holds that.
func (s *stage) course(x *virtual.Execution) virtual.Course {
	t := s.e.byName[x.Job]
	d, n := dayOf(s.loop.Now()), x.Tries
	h, old, ok := s.truth.read(t.id, x.AskedAt)
	c := virtual.Course{Takes: s.e.takes(t, d, n), Fails: s.e.fails(t, d, n) || !ok}
	for _, in := range t.inputs {
		c.Reads = append(c.Reads, s.e.things[in].dataset())
	}
	if s.counts() {
		s.score.Runs++
		s.score.Busy += c.Takes
		if len(old) > 0 && n == 1 && x.By != byPerson { // neither player asked for that
			s.score.Stale++
			s.stale = append(s.stale, staleRun{t.name, x.Request.Key, x.AskedAt, s.loop.Now(), t.bound().String(), old})
		}
		if c.Fails && n > 1 {
			s.score.Failed++
		}
	}
	if n == 1 {
		s.begun(x, t)
	}
	c.Writes = func() []virtual.Written {
		if !s.truth.write(t.id, h) && s.counts() {
			s.score.Wasted++
		}
		return []virtual.Written{{Name: t.dataset()}}
	}
	return c
}

func (s *stage) play() score {
	began := time.Now()
	s.loop.RunUntil(firstDay.Add(time.Duration(s.game.Days+1) * day))
	s.score.Took = time.Since(began)
	return s.score
}

func jobName(t *thing) catalog.Name { return catalog.JobName(t.tool(), t.name) }
