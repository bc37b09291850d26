package main

import (
	"math"
	"time"
)

// truth is what really is in the warehouse, whatever anybody was told: which
// load of each source every dataset holds. It judges both players alike.
type truth struct {
	e *estate
	// loads holds, for each source, until when each of its loads was known to
	// be the newest: its own begin, then the looks that found nothing newer.
	loads [][]time.Time
	// holds is, for each dataset, the oldest load of each source in it; nil
	// until it was made once.
	holds   []holding
	sources int // the first things of an estate
}

// holding is an index into a source's loads, for each source; none where the
// dataset does not depend on it.
type holding []int32

const none = math.MaxInt32

func newTruth(e *estate) *truth {
	t := &truth{e: e, loads: make([][]time.Time, len(e.things)), holds: make([]holding, len(e.things))}
	for t.sources < len(e.things) && e.things[t.sources].kind == source {
		t.sources++
	}
	return t
}

// load is a sync that ended.
func (t *truth) load(id int, s sync) {
	n := len(t.loads[id])
	if !s.fresh && n > 0 {
		t.loads[id][n-1] = s.at
		return
	}
	t.loads[id] = append(t.loads[id], s.at)
}

// of is what a dataset holds now; nil when it was never made.
func (t *truth) of(id int) holding {
	if t.e.things[id].kind != source {
		return t.holds[id]
	}
	if len(t.loads[id]) == 0 {
		return nil
	}
	h := t.empty()
	h[id] = int32(len(t.loads[id]) - 1)
	return h
}

func (t *truth) empty() holding {
	h := make(holding, t.sources)
	for i := range h {
		h[i] = none
	}
	return h
}

// watermark is up to when a holding has all data; zero for nil.
func (t *truth) watermark(h holding) (oldest time.Time) {
	for s, n := range h {
		if n == none {
			continue
		}
		if at := t.loads[s][n]; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// staleRun is a run that was asked for on input older than the company allows.
type staleRun struct {
	Job string `json:"job"`
	// Key is the action's; "" where cron asked for it.
	Key    string     `json:"key,omitempty"`
	Asked  time.Time  `json:"asked"`
	Began  time.Time  `json:"began"`
	Allows string     `json:"allows"`
	Inputs []oldInput `json:"inputs"`
}

// oldInput is an input that is too old, and up to when it has all data; zero:
// it was never made.
type oldInput struct {
	Name  string    `json:"name"`
	Holds time.Time `json:"holds,omitzero"`
}

// read is what a run of a job that begins now will hold, and which of its inputs
// were older, when it was asked for, than the company allows.
func (t *truth) read(id int, asked time.Time) (h holding, old []oldInput, all bool) {
	h, all = t.empty(), true
	oldest := asked.Add(-t.e.things[id].bound())
	for _, in := range t.e.things[id].inputs {
		part := t.of(in)
		if at := t.watermark(part); at.Before(oldest) {
			old = append(old, oldInput{t.e.things[in].name, at})
		}
		if part == nil {
			return nil, old, false
		}
		for s, n := range part {
			h[s] = min(h[s], n)
		}
	}
	return h, old, all
}

// write makes a holding a dataset's newest, and says whether anything changed.
func (t *truth) write(id int, h holding) (changed bool) {
	old := t.holds[id]
	t.holds[id] = h
	if old == nil {
		return true
	}
	for s := range h {
		if h[s] != old[s] {
			return true
		}
	}
	return false
}
