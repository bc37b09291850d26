package policies

import (
	"context"
	"slices"
	"strings"
)

// Check looks at the policies in force with what is known now and returns what
// an operator should hear: selectors and inputs that match nothing yet (E102,
// E111: warnings, since a policy may come before its data), targets that are
// not resolved (E130), and policies of equal rank on one asset, which keep each
// other from acting (E103).
func (g *Gatherer) Check(ctx context.Context) ([]FileError, error) {
	pairs, err := g.Matches(ctx)
	if err != nil {
		return nil, err
	}
	var out []FileError
	for _, p := range g.Policies.Get().Policies {
		found, err := g.checkOne(ctx, p, pairs)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (g *Gatherer) checkOne(ctx context.Context, p *Policy, pairs []Match) (out []FileError, err error) {
	warn := func(where place, code, hint, format string, args ...any) {
		out = append(out, *p.fault(where, code, hint, format, args...))
	}
	r := newReader(ctx, g.History)
	mine := slices.DeleteFunc(slices.Clone(pairs), func(m Match) bool { return m.Policy != p })
	for _, m := range mine {
		if _, seen, err := r.asset(m.Asset); err != nil {
			return nil, err
		} else if !seen {
			warn(at("select", "asset"), "E102", "it counts as soon as it is seen; is the name spelt as its producer spells it?", "%s matches nothing that was seen", p.Select)
		}
		if len(m.Equal) > 0 {
			warn(at("select", "asset"), "E103", "let one act", "%s is also acted on by %s: neither acts", p.Select, strings.Join(m.Equal, ", "))
		}
	}
	if p.Select.Glob() && len(mine) == 0 {
		warn(at("select", "asset"), "E102", "a pattern is matched against NAMESPACE/NAME", "%s matches nothing", p.Select)
	}
	for _, in := range p.Inputs {
		id, name, err := g.resolve(ctx, in.Selector)
		if err != nil {
			return nil, err
		}
		if _, seen, err := r.asset(id); err != nil {
			return nil, err
		} else if !seen {
			warn(at("inputs", in.Selector.String()), "E111", "it counts as soon as it is seen", "input %s was never seen", name)
		}
	}
	if !p.Acts() || len(mine) == 0 {
		return out, nil
	}
	s := Snapshot{Asset: mine[0].Asset}
	if _, s.Name, err = g.resolve(ctx, p.Select); err != nil {
		return nil, err
	}
	if err := g.produced(r, &s); err != nil {
		return nil, err
	}
	if err := g.target(ctx, r, p, &s); err != nil {
		return nil, err
	}
	if s.ResolveErr != "" {
		warn(at("target"), "E130", "name a target: { connector, job }", "target unresolved: %s", s.ResolveErr)
	}
	return out, nil
}
