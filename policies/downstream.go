package policies

import (
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// related finds the policies that read or select an asset by its names, which
// the set in force alone decides.
type related struct {
	mu      sync.Mutex
	set     *Set
	readers map[catalog.Name][]*Policy
	about   map[catalog.Name][]*Policy
}

func (x *related) of(set *Set) (readers, about map[catalog.Name][]*Policy) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.set != set {
		x.set, x.readers, x.about = set, map[catalog.Name][]*Policy{}, map[catalog.Name][]*Policy{}
		for _, p := range set.Policies {
			for _, in := range p.Inputs {
				for _, n := range in.Selector.names() {
					x.readers[n] = append(x.readers[n], p)
				}
			}
			if !p.Select.Glob() {
				for _, n := range p.Select.names() {
					x.about[n] = append(x.about[n], p)
				}
			}
		}
	}
	return x.readers, x.about
}

// names of an asset: all it goes by, and where it was never seen the policy's
// word for it.
func (r *reader) names(id catalog.AssetID, word catalog.Name) ([]catalog.Name, error) {
	a, seen, err := r.asset(id)
	if err != nil {
		return nil, err
	}
	return namesOf(a, seen, word), nil
}

func namesOf(a catalog.Asset, seen bool, word catalog.Name) []catalog.Name {
	if !seen {
		return []catalog.Name{word}
	}
	out := []catalog.Name{a.Name}
	for _, n := range a.Names {
		if n.Name != a.Name {
			out = append(out, n.Name)
		}
	}
	return out
}

// Bounds of the search for consumers.
const (
	maxDeadlines = 64
	maxConsumers = 20  // assets of one pattern
	maxVisits    = 500 // assets in all; a diamond is visited once a path
)

// search walks from an asset to the deadlines of its consumers.
type search struct {
	g    *Gatherer
	r    *reader
	p    *Policy // whose asset the search began at
	now  time.Time
	left int // how many more assets are looked at
	out  []Deadline
	cut  bool
}

// stop is a step of a path, with the policy that is about it.
type stop struct {
	policy *Policy
	asset  catalog.AssetID
	name   catalog.Name
}

// deadlines finds the deadlines that an inheriting policy serves. Of those who
// only watch none moves a policy that acts.
func (g *Gatherer) deadlines(r *reader, p *Policy, s *Snapshot, now time.Time) ([]Deadline, bool, error) {
	f := &search{g: g, r: r, p: p, now: now, left: maxVisits}
	err := f.walk([]stop{{p, s.Asset, s.Name}})
	return f.out, f.cut, err
}

// walk follows the consumers of the last stop of a path.
func (f *search) walk(path []stop) error {
	last := path[len(path)-1]
	names, err := f.r.names(last.asset, last.name)
	if err != nil {
		return err
	}
	readers, _ := f.g.root().related.of(f.g.Policies.Get())
	for _, n := range names {
		for _, p := range readers[n] {
			if p.Frozen(f.now) || f.p.Acts() && !p.Gates() || slices.ContainsFunc(path, func(s stop) bool { return s.policy == p }) {
				continue
			}
			if err := f.consumer(path, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// consumer adds the deadline of a policy that reads the last stop, or goes on
// to those that it serves itself.
func (f *search) consumer(path []stop, p *Policy) error {
	if p.Want.Kind != WantBy && p.Want.Kind != WantInherit {
		return nil
	}
	assets, err := f.g.Selected(f.r.ctx, p)
	if err != nil {
		return err
	}
	if f.cut = f.cut || len(assets) > maxConsumers; len(assets) > maxConsumers {
		assets = assets[:maxConsumers]
	}
	for _, id := range assets {
		if f.left--; f.left < 0 {
			f.cut = true
			return nil
		}
		name, err := f.nameOf(id, p)
		if err != nil {
			return err
		}
		next := append(slices.Clone(path), stop{p, id, name})
		if p.Want.Kind == WantInherit && len(path) < maxChain {
			err = f.walk(next)
		} else if p.Want.Kind == WantBy && p.Want.Covers > 0 {
			err = f.add(next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *search) nameOf(id catalog.AssetID, p *Policy) (catalog.Name, error) {
	a, seen, err := f.r.asset(id)
	if err == nil && !seen && !p.Select.Glob() {
		_, a.Name, err = f.g.named(f.r.ctx, p.Select)
	}
	return a.Name, err
}

// add notes the next deadline of the last stop, and the one before it, which
// may have been missed.
func (f *search) add(path []stop) error {
	p := path[len(path)-1].policy
	last, next, ok := ticks(p.Want, f.now)
	for _, at := range []time.Time{last, next} {
		if at.IsZero() || at.Equal(last) && !ok {
			continue
		}
		if len(f.out) >= maxDeadlines {
			f.cut = true
			return nil
		}
		d := p.deadline(at)
		for _, s := range path {
			took, err := f.g.took(f.r, s.policy, s.asset, inZone(p, at))
			if err != nil {
				return err
			}
			d.Path = append(d.Path, Leg{s.name, took})
		}
		f.out = append(f.out, d)
	}
	return nil
}

// inZone is a time on the clock of a deadline, for its weekday.
func inZone(p *Policy, t time.Time) time.Time {
	if _, loc, err := schedule(p.Want); err == nil {
		return t.In(loc)
	}
	return t
}

// timing reads durations and deadlines.
func (g *Gatherer) timing(r *reader, p *Policy, s *Snapshot, now time.Time) (err error) {
	switch p.Want.Kind {
	case WantBy:
		_, next, _ := ticks(p.Want, now)
		s.Timing.Took, err = g.took(r, p, s.Asset, inZone(p, next))
	case WantInherit:
		s.Timing.Deadlines, s.Timing.Cut, err = g.deadlines(r, p, s, now)
	}
	if err != nil {
		return err
	}
	s.Timing.Path, err = g.path(r, p, s, now)
	return err
}
