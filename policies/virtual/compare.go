package virtual

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Trial is two sets of policies, a recorded time to live through with each, and
// a seed.
type Trial struct {
	Before, After *policies.Set
	From, To      time.Time
	Seed          uint64
}

// Contrast is how policies do by two sets over the same recorded time.
type Contrast struct {
	From, To time.Time
	// Reached is how far both were lived through: before To, when the context
	// ended first.
	Reached time.Time
	Seed    uint64
	// Policies are those that do otherwise, by name; Same counts the rest.
	Policies []PolicyContrast
	Same     int
	// More: a policy has more deadlines in the time than are looked at.
	More bool
}

// Complete reports whether the whole time was lived through.
func (c Contrast) Complete() bool { return !c.Reached.Before(c.To) && !c.More }

// PolicyContrast is how one policy does by the two sets.
type PolicyContrast struct {
	Policy, Owner string
	// Before is by the set before: as it was recorded, where that set neither
	// starts nor holds anything by the policy. After is nil when the set after
	// starts its runs no more: nothing says what its tool would do by itself.
	Before, After *Tally
	Note          string
}

// stride is how much is lived through between two looks at the context.
const stride = time.Hour

// Compare lives through a recorded time by two sets of policies, side by side,
// until the context ends. Modes are taken as they are: a shadow policy starts
// and holds nothing. Runs are drawn alike for both, see Simulate.
func Compare(ctx context.Context, rec Recording, t Trial) (Contrast, error) {
	rec.sort()
	c := Contrast{From: t.From.UTC(), To: t.To.UTC(), Reached: t.From.UTC(), Seed: t.Seed}
	old, err := t.lived(ctx, &rec, t.Before, false)
	if err != nil || ctx.Err() != nil {
		return c, err
	}
	neu, err := t.lived(ctx, &rec, t.After, true)
	if err != nil || ctx.Err() != nil {
		return c, err
	}
	lives := []*life{old.is, neu.is, neu.was}
	for c.Reached.Before(c.To) && ctx.Err() == nil {
		next := c.Reached.Add(stride)
		if next.After(c.To) {
			next = c.To
		}
		for _, l := range lives {
			if l.loop.RunUntil(next); l.judge.err != nil {
				return c, l.judge.err
			}
		}
		c.Reached = next
	}
	for _, l := range lives {
		l.judge.close()
		c.More = c.More || l.judge.more
	}
	c.contrast(old, neu)
	return c, nil
}

// lived is a set and the lives by it.
type lived struct {
	set     *policies.Set
	is, was *life
}

// lived begins the life by a set, and where asked the one as it was.
func (t Trial) lived(ctx context.Context, rec *Recording, set *policies.Set, asItWas bool) (out lived, err error) {
	ctx = context.WithoutCancel(ctx) // ends between strides, not within one
	s := Simulation{Policies: silent(set), From: t.From, To: t.To, Seed: t.Seed}
	played, lines, err := s.lines(ctx, rec)
	if err != nil {
		return out, err
	}
	out.set = s.Policies
	if out.is, err = newLife(ctx, rec, s, played, lines, true); err != nil || !asItWas {
		return out, err
	}
	out.was, err = newLife(ctx, rec, s, played, lines, false)
	return out, err
}

// silent is a set whose shadow policies only observe.
func silent(set *policies.Set) *policies.Set {
	out := &policies.Set{Policies: slices.Clone(set.Policies), Pools: set.Pools, Calendars: set.Calendars}
	for i, p := range out.Policies {
		if p.Mode == catalog.ModeShadow {
			quiet := *p
			quiet.Mode = catalog.ModeObserve
			out.Policies[i] = &quiet
		}
	}
	return out
}

// contrast compares the tallies of both sets.
func (c *Contrast) contrast(old, neu lived) {
	names := map[string]bool{}
	for _, s := range []*policies.Set{old.set, neu.set} {
		for _, p := range s.Policies {
			names[p.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		one, differs := contrastOf(name, old, neu)
		if !differs {
			c.Same++
			continue
		}
		c.Policies = append(c.Policies, one)
	}
}

func contrastOf(name string, old, neu lived) (out PolicyContrast, differs bool) {
	before, after := old.set.ByName(name), neu.set.ByName(name)
	out.Policy = name
	if before != nil {
		out.Owner, out.Before = before.Owner, old.is.judge.tally[name]
	}
	if after != nil {
		out.Owner, out.After = after.Owner, neu.is.judge.tally[name]
	}
	switch {
	case after == nil || before != nil && before.Acts() && !after.Acts():
		out.After, out.Note = nil, "nothing starts its runs any more: what the tool does by itself is not known"
		return out, before.Gates()
	case before == nil || after.Gates() && !before.Gates() || after.Acts() && !before.Acts():
		out.Before, out.Note = neu.was.judge.tally[name], "compared with what was recorded"
		return out, after.Gates()
	}
	return out, *out.Before != *out.After
}
