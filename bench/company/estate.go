package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Size is how large a company is.
type Size struct{ Sources, Models, Pipelines, Reports int }

// The sizes: the one that the figures are of, and one for tests.
var (
	Company = Size{Sources: 40, Models: 600, Pipelines: 60, Reports: 120}
	Small   = Size{Sources: 8, Models: 40, Pipelines: 4, Reports: 12}
)

// kind is what a thing is.
type kind int

const (
	source kind = iota
	model
	pipeline
	report
)

var kindNames = [...]string{"source", "model", "pipeline", "report"}

// thing is one dataset of the company and the job that makes it.
type thing struct {
	id     int
	kind   kind
	name   string
	inputs []int // ids, all smaller than its own
	// hourly things follow sources that sync every hour; the others are daily.
	hourly bool
	// weekly pipelines train on Mondays.
	weekly bool
	// workdays sources have nothing new on a Saturday or a Sunday.
	workdays bool
	// read is false for what no report and no pipeline needs.
	read bool
	// due are the ticks of a report, as times of day; covers is how far back
	// its data may reach at a tick.
	due    []time.Duration
	covers time.Duration
	// typical is how long its run takes on a usual day.
	typical time.Duration
}

// bound is how old an input may be, at most, when a run is asked for.
func (t *thing) bound() time.Duration {
	if t.hourly {
		return 3 * time.Hour
	}
	return 20 * time.Hour
}

// tool is where its job runs.
func (t *thing) tool() string {
	return [...]string{"sync", "dbt", "ml", "bi"}[t.kind]
}

func (t *thing) dataset() catalog.Name { return catalog.DatasetName("pg://warehouse", t.name) }

// estate is a company: the same for one size and seed.
type estate struct {
	seed   uint64
	things []*thing
	byName map[string]*thing
}

// build makes a company. A quarter of the sources sync hourly; models stand in
// three layers above them (staging, intermediate, marts); an eighth of the
// models follow hourly sources alone; one mart in five is read by nobody.
func build(size Size, seed uint64) *estate {
	e := &estate{seed: seed, byName: map[string]*thing{}}
	hourlySources := size.Sources / 4
	for i := range size.Sources {
		e.add(&thing{kind: source, hourly: i < hourlySources, workdays: i >= hourlySources && i%5 < 3, typical: e.between(10, 30, "takes", i)})
	}
	e.layers(size.Models/8, true, 0, hourlySources)
	e.layers(size.Models-size.Models/8, false, hourlySources, size.Sources)
	marts := map[bool][]int{}
	for _, t := range e.things {
		if t.kind == model && strings.HasPrefix(t.name, "mart") && e.draw("unread", t.id) > 0.2 {
			marts[t.hourly] = append(marts[t.hourly], t.id)
		}
	}
	for i := range size.Pipelines {
		e.add(&thing{kind: pipeline, weekly: i%3 == 0, inputs: e.pick(marts[false], 1+i%3, "features", i), typical: e.between(15, 90, "trains", i)})
	}
	for i := range size.Reports {
		e.add(e.report(i, marts))
	}
	e.markRead()
	return e
}

func (e *estate) report(i int, marts map[bool][]int) *thing {
	t := &thing{kind: report, hourly: i%4 == 3, typical: e.between(1, 3, "renders", i)}
	t.inputs = e.pick(marts[t.hourly], 1+i%3, "reads", i)
	if t.hourly {
		t.due, t.covers = hours(9, 11, 13, 15, 17), 3*time.Hour
	} else {
		t.due, t.covers = [][]time.Duration{hours(9), hours(9.5), hours(10)}[i%3], 10*time.Hour
	}
	return t
}

func hours(list ...float64) (out []time.Duration) {
	for _, h := range list {
		out = append(out, time.Duration(h*float64(time.Hour)))
	}
	return out
}

// layers adds models over the sources from first to end: a fifth stages one
// source each, three tenths join two or three of those, half are marts.
func (e *estate) layers(n int, hourly bool, first, end int) {
	var below []int
	for i := first; i < end; i++ {
		below = append(below, i)
	}
	staging := max(1, n/5)
	joins := max(1, n*3/10)
	for _, l := range []struct {
		name  string
		n, of int
	}{{"stg", staging, 1}, {"int", joins, 3}, {"mart", n - staging - joins, 4}} {
		var made []int
		for i := range l.n {
			inputs := e.pick(below, 1+int(e.draw("inputs", l.name, hourly, i)*float64(l.of)), "below", l.name, hourly, i)
			if l.of == 1 {
				inputs = []int{below[i%len(below)]}
			}
			made = append(made, e.add(&thing{kind: model, name: l.name, hourly: hourly, inputs: inputs, typical: e.between(0.5, 4, "builds", l.name, hourly, i)}))
		}
		below = made
	}
}

func (e *estate) add(t *thing) int {
	t.id = len(e.things)
	stem := t.name
	if stem == "" {
		stem = kindNames[t.kind]
	}
	t.name = fmt.Sprintf("%s_%03d", stem, t.id)
	e.things = append(e.things, t)
	e.byName[t.name] = t
	return t.id
}

// markRead finds what reports and pipelines need.
func (e *estate) markRead() {
	for i := len(e.things) - 1; i >= 0; i-- {
		t := e.things[i]
		t.read = t.read || t.kind == pipeline || t.kind == report
		for _, in := range t.inputs {
			e.things[in].read = e.things[in].read || t.read
		}
	}
}

// pick draws n different ones.
func (e *estate) pick(from []int, n int, what ...any) (out []int) {
	start := int(e.draw(what...) * float64(len(from)))
	step := 1 + int(e.draw(append(what, "step")...)*7)
	for i := 0; len(out) < min(n, len(from)) && i < 8*len(from); i++ {
		id := from[(start+i*step)%len(from)]
		if !contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// draw is a number in [0, 1) that is a function of the seed and of what it is
// for, so that both players meet the same days.
func (e *estate) draw(what ...any) float64 { return draw(e.seed, what...) }

// between draws a number of minutes.
func (e *estate) between(low, high float64, what ...any) time.Duration {
	return time.Duration((low + e.draw(what...)*(high-low)) * float64(time.Minute))
}
