package policies

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// news is what may have changed since the evaluator last looked.
type news struct {
	things map[thing]struct{}
	// gone is what was remembered, and may say something else when it is read again.
	gone map[thing]forgotten
	// all: everything may have; pairs: which assets there are and what they are
	// called may have.
	all, pairs bool
	// roots are the changes that led to an action which was made or moved on.
	roots map[string]struct{}
}

func (n *news) any() bool { return n.all || n.pairs || len(n.things) > 0 }

// led notes a change that led to an action.
func (n *news) led(root string) {
	if n.roots == nil {
		n.roots = map[string]struct{}{}
	}
	if root != "" {
		n.roots[root] = struct{}{}
	}
}

// lapse notes what was forgotten.
func (n *news) lapse(gone []forgotten) {
	if n.gone == nil {
		n.gone = map[thing]forgotten{}
	}
	for _, x := range gone {
		n.gone[x.is()] = x
	}
	if len(n.gone) > maxNews {
		n.gone, n.all, n.pairs = nil, true, true
	}
}

// maxNews bounds what is remembered; beyond it everything is looked at.
const maxNews = 10_000

func (n *news) add(things ...thing) {
	if n.things == nil {
		n.things = map[thing]struct{}{}
	}
	for _, t := range things {
		n.things[t] = struct{}{}
	}
	if len(n.things) > maxNews {
		n.things, n.all, n.pairs = nil, true, true
	}
}

// Wake says that assets may have changed; without any, that everything may have.
// What was read of them is read anew: a graph knows of a change a moment after
// the history. It never blocks; many wakes are one.
func (e *Evaluator) Wake(ids ...catalog.AssetID) {
	things := append(sides(theAsset, ids), sides(theRow, ids)...)
	if r := e.g.Recall; r != nil && len(ids) > 0 {
		gone, lost := r.facts.forget(things)
		things = append(things, lost...)
		for _, x := range gone {
			things = append(things, x.is)
		}
	} else if r != nil {
		r.facts.clear()
	}
	if len(ids) == 0 {
		e.g.ordered.stale()
	}
	pairs := len(ids) == 0 || e.g.related.followsEdges(e.g.Policies.Get())
	if pairs {
		e.g.matched.stale()
	}
	e.tell(func(n *news) {
		n.all, n.pairs = n.all || len(ids) == 0, n.pairs || pairs
		n.add(things...)
	})
}

// Touch says what a batch of events may have changed.
func (e *Evaluator) Touch(t catalog.Touched) {
	things, gone := e.g.touched(t)
	e.tell(func(n *news) {
		n.add(things...)
		n.lapse(gone)
		n.pairs = n.pairs || t.Rows
	})
}

// Forget drops what is remembered of what a batch of events touched, and says what
// that may have changed. Whoever has no evaluator that is told of it calls it before
// the next snapshot.
func (g *Gatherer) Forget(t catalog.Touched) News {
	things, gone := g.touched(t)
	for _, x := range gone {
		things = append(things, x.is())
	}
	return News{things}
}

// touched is Forget; it names what has changed by the batch, and gives what may
// have.
func (g *Gatherer) touched(t catalog.Touched) (things []thing, gone []forgotten) {
	things = thingsOf(t)
	if g.Recall != nil {
		things, gone = g.Recall.forget(context.Background(), t, things)
	}
	if t.Rows {
		g.matched.stale()
	}
	return things, gone
}

// thingsOf are the things that a batch touched.
func thingsOf(t catalog.Touched) []thing {
	things := sides(theAsset, t.Assets)
	if t.Rows || t.Regrouped {
		things = append(things, sides(theRow, t.Assets)...)
	}
	if len(t.Runs) > 0 {
		things = append(things, thing{kind: anyRun})
	}
	for _, k := range t.Runs {
		things = append(things, called(oneRun, k.RunID))
	}
	if t.Rows {
		things = append(things, thing{kind: anyName})
	}
	return things
}

// Moved says that an action was made or moved on.
func (e *Evaluator) Moved(a catalog.Action) {
	things := []thing{{a.Target, theActions}, target(a.Connector, a.ToolJob), {kind: anyAction}}
	switch a.Kind {
	case catalog.ActionHold, catalog.ActionRelease:
		e.g.ordered.stale()
		things = append(things, thing{a.Target, theOrders}, thing{kind: anyHold})
	case catalog.ActionPause, catalog.ActionResume:
		e.g.ordered.stale()
		things = append(things, called(ordersAt, [2]string{a.Connector, a.ToolJob}), thing{kind: anyPause})
	}
	e.tell(func(n *news) {
		n.add(things...)
		n.led(a.Admission.Root)
		for _, p := range a.Policies {
			n.add(called(ofPolicy, p))
		}
	})
}

// Gated says that the gate gave an answer, or that the kill switch was moved.
func (e *Evaluator) Gated() {
	e.tell(func(n *news) { n.add(thing{kind: anyGate}, thing{kind: theSwitch}) })
}

func sides(of thingKind, ids []catalog.AssetID) []thing {
	out := make([]thing, len(ids))
	for i, id := range ids {
		out[i] = thing{id, of}
	}
	return out
}

func (e *Evaluator) tell(change func(*news)) {
	e.mu.Lock()
	change(&e.news)
	e.mu.Unlock()
	select {
	case e.wakeup <- struct{}{}:
	default:
	}
}

// catchUp puts on the agenda what the news are about. What takes long by itself
// rests between two times: it is owed until then.
func (e *Evaluator) catchUp(ctx context.Context) error {
	e.mu.Lock()
	fresh := e.news
	e.news = news{}
	e.mu.Unlock()
	e.owed.all, e.owed.pairs = e.owed.all || fresh.all, e.owed.pairs || fresh.pairs
	touched := make([]thing, 0, len(fresh.things))
	for t := range fresh.things {
		touched = append(touched, t)
	}
	touched = e.changed(ctx, fresh.gone, touched)
	from := len(e.agenda.hot)
	e.agenda.touch(touched)
	if err := e.fanOut(ctx, fresh.roots); err != nil {
		return err
	}
	e.agenda.sorted(from)
	set := e.g.Policies.Get()
	start := e.now()
	if e.pairsOf == set && (!e.owed.any() || start.Before(e.rest) || !e.sweepAt.IsZero()) {
		return nil
	}
	if err := e.look(ctx, set); err != nil {
		return err
	}
	if e.owed.all {
		e.agenda.all()
		e.sweepAt = start
	}
	e.owed = news{}
	e.restSince(start)
	return nil
}

// changed adds what of that which was forgotten says something else now. What
// nobody depends on is not read for it.
func (e *Evaluator) changed(ctx context.Context, gone map[thing]forgotten, to []thing) []thing {
	for is, x := range gone {
		if len(e.agenda.by[is]) > 0 && !e.g.stands(ctx, x) {
			to = append(to, is)
		}
	}
	return to
}

// fanOut touches what depends on how many actions a change has led to. Only from
// the limit of a policy on does the number say anything to it.
func (e *Evaluator) fanOut(ctx context.Context, roots map[string]struct{}) error {
	for root := range roots {
		if len(e.agenda.by[called(fromRoot, root)]) == 0 {
			continue
		}
		n, err := e.g.Ledger.CountActions(ctx, ActionQuery{Root: root})
		if err != nil {
			e.tell(func(n *news) { n.all = true }) // what was touched is not known any more
			return err
		}
		e.agenda.touchIf(called(fromRoot, root), func(m Match) bool { return n >= m.Policy.Admit.Limits.FanOut })
	}
	return nil
}

// endSweep ends a sweep of which nothing is left, and says whether one went on.
func (e *Evaluator) endSweep() bool {
	if e.sweepAt.IsZero() {
		return false
	}
	e.restSince(e.sweepAt)
	e.sweepAt = time.Time{}
	return true
}

func (e *Evaluator) restSince(start time.Time) {
	end := e.now()
	e.rest = end.Add(2 * end.Sub(start))
}

// look finds which policy is about which asset now.
func (e *Evaluator) look(ctx context.Context, set *Set) error {
	pairs, err := e.g.Matches(ctx)
	if err != nil {
		return err
	}
	e.pairsOf = set
	e.noteCut(pairs)
	e.forget(e.agenda.set(pairs))
	return e.endOrphans(ctx, set, pairs)
}
