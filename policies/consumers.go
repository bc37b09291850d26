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
	// given remembers which assets without a policy of their own are given one.
	given map[catalog.AssetID]bool
}

// stop is a step of a path, with the policy that is about it; nil: none that
// somebody wrote is.
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
	f := &search{g: g, r: r, p: p, now: now, left: maxVisits, halts: h, given: map[catalog.AssetID]bool{}}
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
	readers, _ := f.g.root().related.of(f.g.Policies.Get())
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
	ids, more, err := f.g.madeFrom(f.r.ctx, path[len(path)-1].asset)
	if f.out.Cut = f.out.Cut || more; err != nil {
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
			if err := f.consumer(path, nil, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// consumer adds what a policy on an asset asks for that reads the last stop, or
// goes on to those that it serves itself. An asset without a policy of its own
// passes demands on where it is given one, and where it is a view.
func (f *search) consumer(path []stop, p *Policy, id catalog.AssetID) error {
	if slices.ContainsFunc(path, func(s stop) bool { return s.asset == id }) || p != nil && !f.heard(p) {
		return nil
	}
	if f.left--; f.left < 0 {
		f.out.Cut = true
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
	case p == nil:
		passes, err := f.passes(id)
		if err != nil || !passes || len(path) >= maxChain {
			return err
		}
		return f.walk(next)
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

// passes: an asset without a policy of its own that is a view, or that a policy
// below it gives one to.
func (f *search) passes(id catalog.AssetID) (bool, error) {
	a, _, err := f.r.asset(id)
	if err != nil || a.View {
		return a.View, err
	}
	if is, known := f.given[id]; known {
		return is, nil
	}
	f.given[id] = false // a circle gives nothing
	readers, _ := f.g.root().related.of(f.g.Policies.Get())
	for _, n := range namesOf(a, true, a.Name) {
		if slices.ContainsFunc(readers[n], func(p *Policy) bool { return p.Gives != nil && p.takesIn(n) }) {
			f.given[id] = true
			return true, nil
		}
	}
	ids, _, err := f.g.madeFrom(f.r.ctx, id)
	for _, to := range ids {
		if f.given[id] || err != nil {
			break
		}
		f.given[id], err = f.gives(to)
	}
	return f.given[id], err
}

// gives: what is made of an asset has a policy that gives to its upstreams, or is
// given one itself.
func (f *search) gives(id catalog.AssetID) (bool, error) {
	list, err := f.g.ownPolicies(f.r, id, catalog.Name{})
	if err != nil || len(list) > 0 {
		return slices.ContainsFunc(list, func(p *Policy) bool { return p.Gives != nil && len(p.Inputs) == 0 }), err
	}
	if f.left--; f.left < 0 {
		f.out.Cut = true
		return false, nil
	}
	return f.passes(id)
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
// its pool, and when it may begin. What no policy is about weir does not start.
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
