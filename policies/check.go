package policies

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Warnings are what an operator should hear of a set without looking at any
// data.
func (s *Set) Warnings() (out []FileError) {
	for _, e := range slices.Concat(promises(s), infeasible(s)) {
		out = append(out, *e)
	}
	return out
}

// Check looks at the policies in force with what is known now and returns what
// an operator should hear: selectors and inputs that match nothing yet (E102,
// E111: warnings, since a policy may come before its data), data without a role
// (W203), assets beyond what a policy decides (W206), targets that are not resolved
// (E130), what history says against it (E122, W201, W202), policies of equal rank on one
// asset, which keep each other from acting (E103), cycles of triggers under other names
// (E110), and what Warnings says.
func (g *Gatherer) Check(ctx context.Context, now time.Time) ([]FileError, error) {
	pairs, err := g.Matches(ctx)
	if err != nil {
		return nil, err
	}
	set := g.Policies.Get()
	out := set.Warnings()
	for _, p := range set.Policies {
		if p.Given() {
			continue
		}
		look := looked{g: g, r: newReader(ctx, g.History), p: p, now: now}
		look.pairs = slices.DeleteFunc(slices.Clone(pairs), func(m Match) bool { return m.Policy != p })
		for _, step := range []func() error{look.selected, look.cut, look.inputs, look.roles, look.target, look.history} {
			if err := step(); err != nil {
				return nil, err
			}
		}
		out = append(out, look.out...)
	}
	given, err := g.checkGiven(ctx, pairs)
	if err != nil {
		return nil, err
	}
	circles, err := g.cycles(ctx, pairs)
	return slices.Concat(out, given, circles), err
}

// looked is one policy that is looked at, and what was found.
type looked struct {
	g     *Gatherer
	r     *reader
	p     *Policy
	now   time.Time
	pairs []Match
	out   []FileError
}

func (l *looked) say(where place, code, hint, format string, args ...any) {
	l.out = append(l.out, *l.p.fault(where, code, hint, format, args...))
}

func (l *looked) selected() error {
	where := at("select", "asset")
	for _, m := range l.pairs {
		_, seen, err := l.r.asset(m.Asset)
		if err != nil {
			return err
		}
		if !seen {
			l.say(where, "E102", "it counts as soon as it is seen; is the name spelt as its producer spells it?", "%s matches nothing that was seen", l.p.Select)
		}
		if len(m.Equal) > 0 {
			l.say(where, "E103", "let one act", "%s is also acted on by %s: neither acts", l.p.Select, strings.Join(m.Equal, ", "))
		}
	}
	if l.p.Select.Glob() && len(l.pairs) == 0 {
		l.say(where, "E102", "a pattern is matched against NAMESPACE/NAME", "%s matches nothing", l.p.Select)
	}
	return nil
}

func (l *looked) inputs() error {
	for _, in := range l.p.Inputs {
		id, name, err := l.g.resolve(l.r.ctx, in.Selector)
		if err != nil {
			return err
		}
		if _, seen, err := l.r.asset(id); err != nil {
			return err
		} else if !seen {
			l.say(at("inputs", in.Selector.String()), "E111", "it counts as soon as it is seen", "input %s was never seen", name)
		}
	}
	return nil
}

func (l *looked) roles() error {
	for _, m := range l.pairs {
		names, err := l.g.roles(l.r.ctx, l.p, m.Asset)
		if err != nil {
			return err
		}
		for _, n := range names {
			l.say(at("inputs"), "W203", "list it under inputs, with require: none if nothing is asked of it", "%s is made of %s, which has no role here", l.p.Select, n)
		}
	}
	return nil
}

// target says why nothing would be started.
func (l *looked) target() error {
	if !l.p.Acts() || len(l.pairs) == 0 {
		return nil
	}
	s := Snapshot{Asset: l.pairs[0].Asset}
	var err error
	if _, s.Name, err = l.g.resolve(l.r.ctx, l.p.Select); err != nil {
		return err
	}
	if err := l.g.produced(l.r, &s); err != nil {
		return err
	}
	if err := l.g.target(l.r.ctx, l.r, l.p, &s); err != nil {
		return err
	}
	if s.ResolveErr != "" {
		l.say(at("target"), "E130", "name a target: { connector, job }", "target unresolved: %s", s.ResolveErr)
	}
	return nil
}
