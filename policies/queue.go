package policies

import (
	"cmp"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Queue says which of the ready actions goes next. It is made anew for each
// round from what the ledger holds, so that a restart changes nothing: slots are
// taken by the states of actions, shares come from the newest starts.
type Queue struct {
	pools   []*poolQueue
	free    []catalog.Action // of no pool, in order
	now     time.Time
	blocked time.Time
}

// poolQueue is a pool in one round.
type poolQueue struct {
	*Pool
	used int
	// starts are the newest starts, newest first.
	starts  []start
	waiting map[catalog.Class][]catalog.Action
	stuck   bool
}

// start is what a pool remembers of one that it let through.
type start struct {
	class catalog.Class
	at    time.Time
}

// NewQueue orders ready actions. held are the actions that hold slots, sent the
// newest starts of each pool by its name, newest first.
func NewQueue(pools []*Pool, ready, held []catalog.Action, sent map[string][]catalog.Action, now time.Time) *Queue {
	q := &Queue{now: now}
	for _, p := range pools {
		pq := &poolQueue{Pool: p, waiting: map[catalog.Class][]catalog.Action{}}
		for _, a := range held {
			pq.used += pq.takes(a)
		}
		for _, a := range sent[p.Name] {
			pq.starts = append(pq.starts, start{cmp.Or(a.Admission.Charged, a.Admission.Class, catalog.ClassNormal), a.Admission.SentAt()})
		}
		q.pools = append(q.pools, pq)
	}
	for _, a := range slices.SortedFunc(slices.Values(ready), oldestFirst) {
		if home := q.home(a); home != nil {
			c := home.classOf(a, now)
			home.waiting[c] = append(home.waiting[c], a)
			continue
		}
		q.free = append(q.free, a)
	}
	return q
}

func oldestFirst(a, b catalog.Action) int {
	return cmp.Or(waitsSince(a).Compare(waitsSince(b)), cmp.Compare(a.ID, b.ID))
}

// home is the pool whose order an action follows: the one that its policy
// names, else its tool's; nil none.
func (q *Queue) home(a catalog.Action) *poolQueue {
	var tool *poolQueue
	for _, p := range q.pools {
		if a.Admission.Pool == p.Name {
			return p
		}
		if tool == nil && p.takes(a) > 0 {
			tool = p
		}
	}
	return tool
}

// Next is the action to send now, with the class it goes with; false when none
// may go. It leaves the queue; Started says that it went.
func (q *Queue) Next() (catalog.Action, catalog.Class, bool) {
	if len(q.free) > 0 {
		a := q.free[0]
		q.free = q.free[1:]
		return a, "", true
	}
	var best *poolQueue
	var head catalog.Action
	var class catalog.Class
	for _, p := range q.pools {
		a, c, ok := p.head()
		if !ok {
			continue
		}
		if !q.fits(a) { // whoever is first waits for its slots, so that nothing small overtakes for ever
			p.stuck = true
			continue
		}
		if best == nil || oldestFirst(a, head) < 0 {
			best, head, class = p, a, c
		}
	}
	if best == nil {
		return head, "", false
	}
	best.waiting[class] = best.waiting[class][1:]
	return head, class, true
}

// Started takes the slots of an action that was sent.
func (q *Queue) Started(a catalog.Action, class catalog.Class) {
	for _, p := range q.pools {
		if n := p.takes(a); n > 0 {
			p.used += n
			p.starts = slices.Insert(p.starts, 0, start{cmp.Or(class, a.Admission.Class, catalog.ClassNormal), q.now})
		}
	}
}

// Blocked is when time alone lets something go that waits for a rate; zero when
// only a slot can.
func (q *Queue) Blocked() time.Time { return q.blocked }

// Waiting are the actions that were not let through, in no order.
func (q *Queue) Waiting() (out []catalog.Action) {
	for _, p := range q.pools {
		for _, list := range p.waiting {
			out = append(out, list...)
		}
	}
	return out
}

// head is the first of the class that is furthest behind its share; of equal
// ones the higher class.
func (p *poolQueue) head() (a catalog.Action, class catalog.Class, ok bool) {
	if p.stuck {
		return a, class, false
	}
	total := 0
	for c, list := range p.waiting {
		if len(list) > 0 {
			total += p.Shares[c]
		}
	}
	counts := p.counts()
	best := 0
	for _, c := range catalog.Classes {
		if len(p.waiting[c]) == 0 {
			continue
		}
		behind := p.Shares[c]*(p.window()+1) - total*counts[c]
		if !ok || behind > best {
			a, class, best, ok = p.waiting[c][0], c, behind, true
		}
	}
	return a, class, ok
}

// counts are the newest starts by class, as many as the shares look at.
func (p *poolQueue) counts() map[catalog.Class]int {
	out := map[catalog.Class]int{}
	for _, s := range p.starts[:min(len(p.starts), p.window())] {
		out[s.class]++
	}
	return out
}

// fits: every pool of the action has room for it, and its rate allows one more.
func (q *Queue) fits(a catalog.Action) bool {
	ok := true
	for _, p := range q.pools {
		n := p.takes(a)
		if n == 0 {
			continue
		}
		if p.used+n > p.Slots {
			ok = false
		}
		if at := p.rateFree(q.now); at.After(q.now) {
			ok, q.blocked = false, soonest(q.blocked, at)
		}
	}
	return ok
}

// rateFree is when the rate allows one more start.
func (p *poolQueue) rateFree(now time.Time) time.Time {
	if p.PerMinute == 0 || len(p.starts) < p.PerMinute {
		return now
	}
	return p.starts[p.PerMinute-1].at.Add(time.Minute)
}
