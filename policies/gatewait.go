package policies

import (
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxWaiting bounds how many waits are remembered; a forgotten one is recorded
// once more.
const maxWaiting = 10000

// gaveUp is after how long without a question an asker counts as gone: who waits
// comes back within seconds (gateRetry), sensors of a scheduler within minutes.
const gaveUp = 15 * time.Minute

// Waiter is somebody whom the gate told to wait, and who still asks.
type Waiter struct {
	Policy string
	Job    catalog.AssetID
	// Since is when they asked first, Asked when they did last.
	Since, Asked time.Time
	// told is the answer that was recorded.
	told catalog.GateAnswer
}

// Told is why they were told to wait.
func (w Waiter) Told() string {
	if len(w.told.Reasons) == 0 {
		return ""
	}
	return w.told.Reasons[0]
}

func (w Waiter) gone(now time.Time) bool { return now.Sub(w.Asked) > gaveUp }

// Waiting lists who waits at the gate, who asked first coming first. It is not
// kept over a restart: who still waits asks again.
func (g *Gate) Waiting() []Waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := slices.SortedFunc(maps.Values(g.waiting), func(a, b Waiter) int { return a.Since.Compare(b.Since) })
	now := g.now()
	return slices.DeleteFunc(out, func(w Waiter) bool { return w.gone(now) })
}

func asker(a catalog.GateAnswer) string {
	return a.Job.String() + "\x00" + a.Key + "\x00" + a.RunRef
}

// told finds the wait that the asker was told before, for the same reasons.
func (g *Gate) told(a catalog.GateAnswer) (catalog.GateAnswer, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w, ok := g.waiting[asker(a)]
	if !ok || a.Decision != catalog.DecideWait || !slices.Equal(w.told.Reasons, a.Reasons) {
		return catalog.GateAnswer{}, false
	}
	w.Asked = a.At
	g.waiting[asker(a)] = w
	return w.told, true
}

// tell remembers what the asker is told of a policy on a job, while it is a wait.
func (g *Gate) tell(a catalog.GateAnswer, policy string, job catalog.AssetID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a.Decision != catalog.DecideWait {
		g.answered(a)
		return
	}
	w := Waiter{Policy: policy, Job: job, Since: a.FirstAskedAt, Asked: a.At, told: a}
	if old, ok := g.waiting[asker(a)]; !ok {
		g.makeRoom(a.At)
	} else if !old.gone(a.At) && old.Since.Before(w.Since) {
		w.Since = old.Since // another reason to wait, the same wait
	}
	g.waiting[asker(a)] = w
}

// answered forgets all who waited for an answer: a key is one question, whichever
// run asks by it.
func (g *Gate) answered(a catalog.GateAnswer) {
	delete(g.waiting, asker(a))
	if a.Key != "" {
		maps.DeleteFunc(g.waiting, func(_ string, w Waiter) bool { return w.told.Key == a.Key && w.told.Job == a.Job })
	}
}

// makeRoom keeps the waits bounded: who gave up goes, then who asked longest ago.
func (g *Gate) makeRoom(now time.Time) {
	if len(g.waiting) < maxWaiting {
		return
	}
	maps.DeleteFunc(g.waiting, func(_ string, w Waiter) bool { return w.gone(now) })
	if len(g.waiting) < maxWaiting {
		return
	}
	oldest, at := "", now
	for k, w := range g.waiting {
		if oldest == "" || w.Asked.Before(at) {
			oldest, at = k, w.Asked
		}
	}
	delete(g.waiting, oldest)
}
