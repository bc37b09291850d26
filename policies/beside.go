package policies

import (
	"context"
	"time"
)

// weighed is what an evaluation came to, before anything of it is written.
type weighed struct {
	Evaluation
	snapshot Snapshot
	at       time.Time
	// saw is what it looked at; void says that some of that has changed since.
	saw  footprint
	void bool
	err  error
}

// weigh reads and decides. It writes nothing, so several may go on side by side.
func (e *Evaluator) weigh(ctx context.Context, m Match, room footprint) *weighed {
	j := &weighed{at: e.now(), saw: room}
	if j.snapshot, j.err = e.g.seen(room).Snapshot(ctx, m.Policy, m.Asset, j.at, ""); j.err == nil {
		j.snapshot.Equal = m.Equal
		j.Evaluation = Decide(m.Policy, j.snapshot, j.at)
	}
	return j
}

// lookahead holds what was weighed before its turn: the entries that come next are
// weighed side by side, and written one by one in their order. What somebody
// touches meanwhile, be it the one before by what it wrote, is weighed again in its
// turn: the outcome is that of one after the other.
type lookahead struct {
	of map[*entry]*weighed
	// seq is the ledger's when they were weighed, moved on by what the evaluator
	// wrote since: where the ledger is at another, somebody else has written.
	seq int64
}

// maxAhead bounds how many wait: the older what one saw, the likelier it changes.
const maxAhead = 64

// touch voids what has looked at any of the things.
func (a *lookahead) touch(things ...thing) {
	for _, j := range a.of {
		j.void = j.void || j.saw.meets(things)
	}
}

// meets reports whether any of the things may change who looked at these.
func (f footprint) meets(things []thing) bool {
	if _, all := f[thing{kind: anything}]; all && len(things) > 0 {
		return true
	}
	for _, t := range things {
		if _, looked := f[t]; looked {
			return true
		}
	}
	return false
}

// weighAhead weighs an entry and those that come behind it, unless that was done.
func (e *Evaluator) weighAhead(ctx context.Context, it *entry) {
	if _, done := e.ahead.of[it]; done || e.beside == nil {
		return
	}
	list := []*entry{it}
	for _, next := range e.agenda.coming(e.now(), maxAhead-1) {
		if _, done := e.ahead.of[next]; !done {
			list = append(list, next)
		}
	}
	if len(list) == 1 {
		return
	}
	e.checkAhead(ctx)
	out := make([]*weighed, len(list))
	for i := range out {
		out[i] = &weighed{saw: e.room()}
	}
	e.beside(len(list), func(i int) { out[i] = e.weigh(ctx, list[i].Match, out[i].saw) })
	for i, it := range list {
		e.ahead.of[it] = out[i]
	}
}

// checkAhead drops all that was weighed when somebody else has written since.
func (e *Evaluator) checkAhead(ctx context.Context) {
	seq, err := e.g.Ledger.Seq(ctx)
	if err != nil || seq != e.ahead.seq {
		clear(e.ahead.of)
	}
	e.ahead.seq = seq
}

// weighedAhead takes what was weighed of an entry, if it still holds.
func (e *Evaluator) weighedAhead(ctx context.Context, it *entry) *weighed {
	if len(e.ahead.of) == 0 {
		return nil
	}
	e.checkAhead(ctx)
	j := e.ahead.of[it]
	delete(e.ahead.of, it)
	if j == nil || j.void {
		return nil
	}
	return j
}

// room is an empty footprint, one that was given back where there is one.
func (e *Evaluator) room() footprint {
	n := len(e.rooms)
	if n == 0 {
		return footprint{}
	}
	f := e.rooms[n-1]
	e.rooms = e.rooms[:n-1]
	return f
}

// roomy footprints are not kept for the next evaluation: to empty one takes as
// long as it was large.
const roomy = 256

// giveBack keeps a footprint for the next evaluation.
func (e *Evaluator) giveBack(f footprint) {
	if f == nil || len(f) > roomy || len(e.rooms) >= maxAhead {
		return
	}
	clear(f)
	e.rooms = append(e.rooms, f)
}
