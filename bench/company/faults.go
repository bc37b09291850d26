package main

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// Faults are what goes wrong around weir, each as a chance of one.
type Faults struct {
	// LostAnswers of starts; half of them were applied.
	LostAnswers float64
	// Crashes of weir at a write to its ledger, half of them before it, or at
	// one of the dispatcher's moments.
	Crashes float64
	// Twice, Late and Lost are what happens to an event; late ones come up to
	// ten minutes late, in any order.
	Twice, Late, Lost float64
	// Lies: a run that succeeded is told as failed at first.
	Lies float64
	// Silent tools answer nothing for half an hour on every fifth day.
	Silent bool
	// Leaders: for an hour on every third day there is a second weir, whose
	// clock is two minutes ahead: it takes the first one's lead for lapsed, and
	// acts in the middle of its writes.
	Leaders bool
	// Jumps: on every seventh day weir's clock is two hours ahead for half an
	// hour, on every ninth an hour behind.
	Jumps bool
}

// AllFaults is the weather that the figures are of.
var AllFaults = Faults{LostAnswers: 0.01, Crashes: 0.0005, Twice: 0.02, Late: 0.03, Lost: 0.0002, Lies: 0.0002, Silent: true, Leaders: true, Jumps: true}

// chance draws anew at each call, in the order of the calls.
func (w *weir) chance(p float64) bool {
	if p == 0 {
		return false
	}
	w.draws++
	return w.e.draw("chance", w.draws) < p
}

// fault loses the answer of a start.
func (w *weir) fault(connectors.StartRequest) (error, bool) {
	if !w.chance(w.game.Faults.LostAnswers) {
		return nil, false
	}
	return &connectors.Error{Class: connectors.Ambiguous, Op: "start", Message: "the answer was lost"}, w.chance(0.5)
}

// hours of a day in which a fault of every nth day holds.
func (w *weir) during(every int, from, until time.Duration) bool {
	now := w.loop.Now()
	at := now.Sub(firstDay) % day
	return dayOf(now)%every == every-1 && at >= from && at < until
}

func (w *weir) silent() bool {
	return w.game.Faults.Silent && w.during(5, 4*time.Hour, 4*time.Hour+30*time.Minute)
}

func (w *weir) skew() time.Duration {
	switch {
	case w.game.Faults.Jumps && w.during(7, 5*time.Hour, 5*time.Hour+30*time.Minute):
		return 2 * time.Hour
	case w.game.Faults.Jumps && w.during(9, 5*time.Hour, 5*time.Hour+30*time.Minute):
		return -time.Hour
	}
	return 0
}

// die kills the weir that is at work, if chance wants it.
func (w *weir) die(at string) {
	if w.chance(w.game.Faults.Crashes) {
		panic(virtual.Crash{At: at})
	}
}

// fragile is the ledger as one weir sees it: at any write the process may die,
// before it or after, and the other weir may act in between.
type fragile struct {
	policies.Ledger
	w     *weir
	other **virtual.Engine
}

func (l fragile) around(write func()) {
	if l.w.twoLeaders() && l.w.chance(0.2) {
		(*l.other).Step()
	}
	l.w.die("before a write")
	write()
	l.w.die("after a write")
}

func (l fragile) Record(ctx context.Context, d catalog.Decision, a *catalog.Action) (out catalog.Decision, err error) {
	l.around(func() { out, err = l.Ledger.Record(ctx, d, a) })
	return out, err
}

func (l fragile) Update(ctx context.Context, from catalog.ActionState, a catalog.Action) (out catalog.Action, err error) {
	l.around(func() { out, err = l.Ledger.Update(ctx, from, a) })
	return out, err
}

func (l fragile) UpdateAs(ctx context.Context, term int64, from catalog.ActionState, a catalog.Action) (out catalog.Action, err error) {
	l.around(func() { out, err = l.Ledger.UpdateAs(ctx, term, from, a) })
	return out, err
}

func (l fragile) Lead(ctx context.Context, holder string, term int64, now time.Time, ttl time.Duration) (out catalog.Lead, err error) {
	l.around(func() { out, err = l.Ledger.Lead(ctx, holder, term, now, ttl) })
	return out, err
}

// ahead is the second weir's clock.
func (w *weir) ahead() time.Duration { return w.skew() + 2*time.Minute }

func (w *weir) twoLeaders() bool {
	return w.game.Faults.Leaders && w.during(3, 90*time.Minute, 150*time.Minute)
}

// deliver brings an event to weir: perhaps late, twice, or never.
func (w *weir) deliver(e virtual.Event) {
	f := w.game.Faults
	if w.chance(f.Lost) {
		return
	}
	if e.Type == catalog.EventComplete && w.chance(f.Lies) {
		lie := e
		lie.Type = catalog.EventFail
		w.arrive(lie, 0)
	}
	delay := time.Duration(0)
	if w.chance(f.Late) {
		delay = w.e.between(0, 10, "late", w.draws)
	}
	w.arrive(e, delay)
	if w.chance(f.Twice) {
		w.arrive(e, w.e.between(0, 10, "twice", w.draws))
	}
}

func (w *weir) arrive(e virtual.Event, delay time.Duration) {
	w.loop.After(delay+time.Second, func() { w.touch(w.world.Tell(e)) })
}
