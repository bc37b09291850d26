package policies

import (
	"context"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// checkGiven says what is odd about what policies give to their upstreams: too
// many of them (W206), several givers that do not mean the same (W207), circles
// (W208).
func (g *Gatherer) checkGiven(ctx context.Context, pairs []Match) ([]FileError, error) {
	written := slices.DeleteFunc(slices.Clone(pairs), func(m Match) bool { return m.Policy.Given() })
	gifts, err := g.gifts(ctx, written)
	if err != nil {
		return nil, err
	}
	r := newReader(ctx, g.History)
	var out []FileError
	for _, p := range g.Policies.Get().Policies {
		if !p.Given() {
			continue
		}
		l := looked{g: g, r: r, p: p}
		if gifts.cut[p] {
			l.say(at("defaults_for_upstreams"), "W206", "give policies of their own to some of them: the walk ends there", "%s are more than %d: the nearest are decided, the others are not", p.Select, maxSelected)
		}
		if err := l.circles(gifts.circles[p]); err != nil {
			return nil, err
		}
		if err := l.shared(gifts.of); err != nil {
			return nil, err
		}
		out = append(out, l.out...)
	}
	return out, nil
}

// maxShown bounds how many assets a warning names.
const maxShown = 5

func (l *looked) circles(ids []catalog.AssetID) error {
	if len(ids) == 0 {
		return nil
	}
	names, err := l.names(ids)
	if err == nil {
		l.say(at("defaults_for_upstreams"), "W208", "give one of them a policy of its own, or correct the lineage", "%s are made of each other: nothing is given to them", names)
	}
	return err
}

// shared are assets to which others give, too, in another mode or with another
// owner; it is said where it does not stand.
func (l *looked) shared(of map[catalog.AssetID][]Match) error {
	by := map[*Policy][]catalog.AssetID{}
	for id, list := range of {
		mine := slices.ContainsFunc(list, func(m Match) bool { return m.Policy == l.p })
		best := list[0].Policy
		for _, m := range list[1:] {
			if safer(m.Policy, best) {
				best = m.Policy
			}
		}
		if mine && best != l.p && (best.Mode != l.p.Mode || best.Owner != l.p.Owner) {
			by[best] = append(by[best], id)
		}
	}
	for _, p := range l.g.Policies.Get().Policies {
		if len(by[p]) == 0 {
			continue
		}
		names, err := l.names(by[p])
		if err != nil {
			return err
		}
		l.say(at("defaults_for_upstreams"), "W207", "give them a policy of their own, or let both say the same", "%s gives to %s, too: mode %s and owner %q stand there, as that which may do least", p.Select.Upstreams, names, strings.ToLower(string(p.Mode)), p.Owner)
	}
	return nil
}

// names lists assets for people, a few of many.
func (l *looked) names(ids []catalog.AssetID) (string, error) {
	var names []string
	for _, id := range ids {
		a, _, err := l.r.asset(id)
		if err != nil {
			return "", err
		}
		names = append(names, a.Name.Name)
	}
	slices.Sort(names)
	if more := len(names) - maxShown; more > 0 {
		names = append(names[:maxShown], countOf(more, "more", "more"))
	}
	return strings.Join(names, ", "), nil
}
