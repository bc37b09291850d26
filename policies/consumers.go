package policies

import (
	"cmp"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Bounds of the search for consumers.
const (
	maxDeadlines = 64
	maxConsumers = 20  // assets of one pattern
	maxVisits    = 500 // assets in all; a diamond is visited once a path
)

// search walks from an asset to the demands of its consumers.
type search struct {
	g    *Gatherer
	r    *reader
	p    *Policy // whose asset the search began at
	now  time.Time
	left int // how many more assets are looked at
	out  TimingView
	// halts are the words of people that stop a consumer.
	halts *halts
	// gifts remembers what assets without a policy of their own are given; made
	// what is made of an asset.
	gifts map[catalog.AssetID]*Policy
	made  map[catalog.AssetID][]catalog.AssetID
}

// stop is a step of a path, with the policy that is about it, written for it or
// given to it; nil: a view, which nobody starts.
type stop struct {
	policy *Policy
	asset  catalog.AssetID
	name   catalog.Name
}

// demands finds what the consumers of an inheriting policy's asset ask of it: by
// when they need it, and how old it may be at most. Of those who only watch none
// moves a policy that acts, and what cannot run itself makes nothing run for it.
func (g *Gatherer) demands(r *reader, p *Policy, s *Snapshot, now time.Time) (TimingView, error) {
	h, err := g.halts(r)
	if err != nil {
		return TimingView{}, err
	}
	f := &search{g: g, r: r, p: p, now: now, left: maxVisits, halts: h, gifts: map[catalog.AssetID]*Policy{}, made: map[catalog.AssetID][]catalog.AssetID{}}
	err = f.walk([]stop{{p, s.Asset, s.Name}})
	return f.out, err
}

// walk follows those that read the last stop of a path: policies that list it,
// and what is seen to be made of it.
func (f *search) walk(path []stop) error {
	if err := f.declared(path); err != nil {
		return err
	}
	return f.observed(path)
}

func (f *search) declared(path []stop) error {
	last := path[len(path)-1]
	names, err := f.r.names(last.asset, last.name)
	if err != nil {
		return err
	}
	readers, _, _ := f.g.root().related.of(f.g.Policies.Get())
	for _, n := range names {
		for _, p := range readers[n] {
			if !f.heard(p) {
				continue
			}
			assets, err := f.g.Selected(f.r.ctx, p)
			if err != nil {
				return err
			}
			if f.out.Cut = f.out.Cut || len(assets) > maxConsumers; len(assets) > maxConsumers {
				assets = assets[:maxConsumers]
			}
			for _, id := range assets {
				if err := f.consumer(path, p, id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// observed are the jobs that are seen to read the last stop, and what they write.
// A policy that lists its inputs has said what it reads: the rest asks nothing.
func (f *search) observed(path []stop) error {
	ids, err := f.madeFrom(path[len(path)-1].asset)
	if err != nil {
		return err
	}
	for _, id := range ids {
		list, err := f.g.ownPolicies(f.r, id, catalog.Name{})
		if err != nil {
			return err
		}
		for _, p := range list {
			if len(p.Inputs) > 0 {
				continue
			}
			if err := f.consumer(path, p, id); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			if err := f.ungoverned(path, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// ungoverned goes on from an asset that reads the last stop and has no policy of
// its own: a view passes demands on, what is given a policy is a consumer by it,
// and nobody asks anything of the rest.
func (f *search) ungoverned(path []stop, id catalog.AssetID) error {
	a, _, err := f.r.asset(id)
	if err != nil {
		return err
	}
	if !a.View {
		p, err := f.gift(id)
		if err != nil || p == nil {
			return err
		}
		return f.consumer(path, p, id)
	}
	if passed(path, id) || len(path) >= maxChain || !f.mayLook() {
		return nil
	}
	return f.walk(append(slices.Clone(path), stop{nil, id, a.Name}))
}

// passed: a path came by an asset.
func passed(path []stop, id catalog.AssetID) bool {
	return slices.ContainsFunc(path, func(s stop) bool { return s.asset == id })
}

// mayLook counts an asset that is looked at.
func (f *search) mayLook() bool {
	f.left--
	f.out.Cut = f.out.Cut || f.left < 0
	return f.left >= 0
}

// consumer adds what a policy on an asset asks for that reads the last stop, or
// goes on to those that it serves itself.
func (f *search) consumer(path []stop, p *Policy, id catalog.AssetID) error {
	if passed(path, id) || !f.heard(p) || !f.mayLook() {
		return nil
	}
	name, err := f.nameOf(id, p)
	if err != nil {
		return err
	}
	if halted, err := f.halted(p, id, name); halted || err != nil {
		return err
	}
	next := append(slices.Clone(path), stop{p, id, name})
	switch {
	case p.Want.Kind == WantInherit && len(path) < maxChain:
		return f.walk(next)
	case p.Want.Kind == WantBy && p.Want.Covers > 0:
		return f.add(next)
	case p.Want.Kind == WantMaxLag, p.Want.Kind == WantMaxAge:
		return f.bound(next)
	}
	return nil
}

// heard: the policy may have demands that count for the asset that the search
// began at.
func (f *search) heard(p *Policy) bool {
	return slices.Contains([]WantKind{WantBy, WantInherit, WantMaxLag, WantMaxAge}, p.Want.Kind) && (!f.p.Acts() || p.Gates())
}

// halted notes a consumer that people have stopped: it asks for nothing until
// they let it go on.
func (f *search) halted(p *Policy, id catalog.AssetID, name catalog.Name) (bool, error) {
	why, err := f.halts.of(p, id, name)
	if err != nil || why == "" {
		return false, err
	}
	switch why = name.Name + ": " + why; {
	case slices.Contains(f.out.Halted, why):
	case len(f.out.Halted) < maxNamed:
		f.out.Halted = append(f.out.Halted, why)
	default:
		f.out.HaltedCut = true
	}
	return true, nil
}

// bound adds how old the data of the last stop may be. It counts while every step
// on the way may begin: what one that is closed asks for, it asks when it opens.
func (f *search) bound(path []stop) error {
	at, closes, ok := f.now, time.Time{}, true
	for _, s := range path[1:] {
		if s.policy == nil {
			continue
		}
		h, err := f.g.hours(f.r.ctx, f.r, s.policy, s.asset)
		if err != nil {
			return err
		}
		if at, ok = h.Next(at); !ok {
			return nil
		}
		closes = soonest(closes, h.closes(at))
	}
	if at.After(f.now) {
		closes = at
	}
	f.out.Changes = soonest(f.out.Changes, closes)
	switch p := path[len(path)-1].policy; {
	case at.After(f.now):
	case p.Want.Kind == WantMaxLag:
		f.out.Lag = f.out.Lag.orStricter(p)
	default:
		f.out.Age = f.out.Age.orStricter(p)
	}
	return nil
}

// gift is the policy that stands of those that are given to an asset without one
// of its own by what is made of it; nil: none. Among them are those that give to a
// view of it, and what is given to that in turn.
func (f *search) gift(id catalog.AssetID) (*Policy, error) {
	if p, known := f.gifts[id]; known {
		return p, nil
	}
	f.gifts[id] = nil // a circle gives nothing
	a, seen, err := f.r.asset(id)
	if err != nil {
		return nil, err
	}
	var best *Policy
	readers, _, _ := f.g.root().related.of(f.g.Policies.Get())
	for _, n := range namesOf(a, seen, a.Name) {
		for _, p := range readers[n] {
			if p.takesIn(n) {
				best = stands(best, p.Gives)
			}
		}
	}
	ids, err := f.madeFrom(id)
	for _, to := range ids {
		if err != nil {
			break
		}
		best, err = f.gives(to, best)
	}
	f.gifts[id] = best
	return best, err
}

// gives is what stands of a gift and those of an asset that is made of the one they
// are for: of its own policies, or what it is given itself.
func (f *search) gives(to catalog.AssetID, best *Policy) (*Policy, error) {
	list, err := f.g.ownPolicies(f.r, to, catalog.Name{})
	if err != nil {
		return best, err
	}
	for _, p := range list {
		if len(p.Inputs) == 0 { // else it gives to those that it lists
			best = stands(best, p.Gives)
		}
	}
	if _, known := f.gifts[to]; len(list) > 0 || !known && !f.mayLook() {
		return best, nil
	}
	further, err := f.gift(to)
	return stands(best, further), err
}

// stands is which of two gifts to one asset holds; nil is none.
func stands(p, o *Policy) *Policy {
	if p == nil || o != nil && safer(o, p) {
		return o
	}
	return p
}

func (f *search) madeFrom(id catalog.AssetID) ([]catalog.AssetID, error) {
	if ids, known := f.made[id]; known {
		return ids, nil
	}
	ids, more, err := f.g.madeFrom(f.r.ctx, id)
	f.out.Cut = f.out.Cut || more
	if err == nil {
		f.made[id] = ids
	}
	return ids, err
}

// orStricter is the narrower of two bounds, the first by name of equal ones.
func (b *Bound) orStricter(p *Policy) *Bound {
	o := &Bound{Policy: p.Name, Within: p.Want.Within}
	if b == nil || cmp.Or(cmp.Compare(o.Within, b.Within), cmp.Compare(o.Policy, b.Policy)) < 0 {
		return o
	}
	return b
}

func (f *search) nameOf(id catalog.AssetID, p *Policy) (catalog.Name, error) {
	a, seen, err := f.r.asset(id)
	if err == nil && !seen && p != nil && !p.Select.Glob() {
		_, a.Name, err = f.g.named(f.r.ctx, p.Select)
	}
	return a.Name, err
}

// add notes the next deadline of the last stop, and the one before it, which
// may have been missed. One that passes before a freeze on the way is over is
// asked for when that is.
func (f *search) add(path []stop) error {
	p := path[len(path)-1].policy
	last, next, ok := ticks(p.Want, f.now)
	thaw := thawOf(path[1:], f.now)
	f.out.Changes = soonest(soonest(f.out.Changes, thaw), next) // then another one comes next
	for _, at := range []time.Time{last, next} {
		if at.IsZero() || at.Equal(last) && !ok || !at.After(thaw) {
			continue
		}
		if len(f.out.Deadlines) >= maxDeadlines {
			f.out.Cut = true
			return nil
		}
		d := p.deadline(at)
		for _, s := range path {
			l, err := f.leg(s, inZone(p, at))
			if err != nil {
				return err
			}
			d.Path = append(d.Path, l)
		}
		f.out.Deadlines = append(f.out.Deadlines, d)
	}
	return nil
}

// thawOf is when the last freeze ends that some step is under; zero: none is.
func thawOf(path []stop, now time.Time) (at time.Time) {
	for _, s := range path {
		if s.policy != nil && s.policy.Frozen(now) {
			at = lastOf(at, s.policy.FreezeUntil)
		}
	}
	return at
}

// leg is a step of a path: how long it takes about a time, how long it waits for
// its pool, and when it may begin. A view is not started.
func (f *search) leg(s stop, about time.Time) (l Leg, err error) {
	l.Name = s.name
	if l.Took, err = f.took(s, about); err != nil || s.policy == nil {
		return l, err
	}
	if l.Waits, err = f.g.waits(f.r, s.policy, s.asset, about); err != nil {
		return l, err
	}
	l.Hours, err = f.g.hours(f.r.ctx, f.r, s.policy, s.asset)
	return l, err
}

// took is how long a step takes, about a time. A view takes none.
func (f *search) took(s stop, about time.Time) (Estimate, error) {
	if a, _, err := f.r.asset(s.asset); err != nil || a.View {
		return Estimate{Took: []time.Duration{0}, From: "a view"}, err
	}
	return f.g.took(f.r, s.policy, s.asset, about)
}
