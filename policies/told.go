package policies

import (
	"context"
	"slices"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// told is what a dispatcher was told of runs, for one that is told of every event:
// an action's run is looked for once after each step of the action, and then when
// an event is about it. Any wake, and whoever is never told, looks for all.
type told struct {
	mu      sync.Mutex
	pending []catalog.RunKey
	// used: events are told of; partly: since the last round nothing else happened.
	used, partly bool
	seen         map[string]int64 // by action, the step of it that was looked at

	// Of the goroutine of Run alone.
	some bool
	ids  map[string]struct{} // of the runs, of what they ran in, and of the tools'
}

// Touch says of which runs there is news; whoever calls it tells of all there is.
func (d *Dispatcher) Touch(t catalog.Touched) {
	d.told.mu.Lock()
	if d.told.used, d.told.pending = true, append(d.told.pending, t.Runs...); len(d.told.pending) > maxNews { // nobody leads
		d.told.partly, d.told.pending = false, nil
	}
	d.told.mu.Unlock()
	d.nudge()
}

// woken: anything may have happened.
func (t *told) woken() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partly = false
}

// hear finds what the runs are known by that there is news of.
func (t *told) hear(ctx context.Context, h History) error {
	t.mu.Lock()
	keys := t.pending
	t.some, t.pending, t.partly = t.used && t.partly, nil, true
	t.mu.Unlock()
	t.ids = map[string]struct{}{}
	if !t.some || len(keys) == 0 {
		return nil
	}
	runs, err := h.Runs(ctx, RunQuery{Keys: keys, Limit: len(keys)})
	for _, r := range runs {
		t.ids[r.Key.RunID], t.ids[r.ExternalID] = struct{}{}, struct{}{}
		if r.Parent != nil {
			t.ids[r.Parent.RunID] = struct{}{}
		}
	}
	delete(t.ids, "")
	return err
}

// concerns: the action's run may be there, or elsewhere than it was.
func (t *told) concerns(a catalog.Action) bool {
	t.mu.Lock()
	step, was := t.seen[a.ID]
	t.mu.Unlock()
	if !t.some || !was || step != a.Seq {
		return true
	}
	known := func(id string) bool { _, ok := t.ids[id]; return ok }
	return known(a.ParentRunID) || known(a.ExternalID) || slices.ContainsFunc(a.PredictedRunIDs, known)
}

// looked notes that nothing was found but what the action says.
func (t *told) looked(a catalog.Action) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]int64{}
	}
	t.seen[a.ID] = a.Seq
}

func (t *told) forget(action string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, action)
}
