package policies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// ErrLeftOut: policies match an asset, and decide too many others to decide it.
var ErrLeftOut = errors.New("a policy matches it and leaves it out")

// selection is what a policy is about, by name, at most maxSelected assets; more
// says that it matches others, about which nothing is decided.
func (g *Gatherer) selection(ctx context.Context, p *Policy) (ids []catalog.AssetID, more bool, err error) {
	switch {
	case p.Given():
		return g.selectedUpstreams(ctx, p)
	case p.Select.Tag != "" || p.Select.Tool != "":
		ids, err = g.narrowed(ctx, p.Select)
	case p.Select.Glob():
		var assets []catalog.Asset
		assets, err = g.History.Select(ctx, p.Select.Type, p.Select.Text, maxSelected+1)
		for _, a := range assets {
			ids = append(ids, a.ID)
		}
	default:
		id, _, err := g.resolve(ctx, p.Select)
		return []catalog.AssetID{id}, false, err
	}
	more = len(ids) > maxSelected
	return ids[:min(len(ids), maxSelected)], more, err
}

// selectedUpstreams are the assets that a given policy is about.
func (g *Gatherer) selectedUpstreams(ctx context.Context, p *Policy) (ids []catalog.AssetID, more bool, err error) {
	x, err := g.pairing(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, m := range x.given[p.Select.Upstreams] {
		ids, more = append(ids, m.Asset), m.Cut
	}
	return ids, more, nil
}

// Selected are the assets that a policy is about, by name. An exact selector
// names its asset, seen or not. At most maxSelected: see Match.Cut.
func (g *Gatherer) Selected(ctx context.Context, p *Policy) ([]catalog.AssetID, error) {
	ids, _, err := g.selection(ctx, p)
	return ids, err
}

// leftOut is ErrLeftOut, with the policies that match an asset beyond what they
// decide; nil when none does.
func (g *Gatherer) leftOut(ctx context.Context, id catalog.AssetID) error {
	pairs, err := g.Matches(ctx)
	if err != nil {
		return err
	}
	r := newReader(ctx, g.History)
	var names []string
	for _, p := range cutOf(pairs) {
		ok, err := g.covers(ctx, r, p.Select, id)
		if err != nil {
			return err
		}
		if ok {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s decides the first %d assets by name; select fewer with each policy", ErrLeftOut, strings.Join(names, ", "), maxSelected)
}

// cutOf are the policies that match more than they decide.
func cutOf(pairs []Match) (out []*Policy) {
	for _, m := range pairs {
		if m.Cut && !slices.Contains(out, m.Policy) {
			out = append(out, m.Policy)
		}
	}
	return out
}

// CutSelections are the names of policies that match more than they decide, as
// of the newest look.
func (e *Evaluator) CutSelections() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.cut)
}

func (e *Evaluator) noteCut(pairs []Match) {
	var names []string
	for _, p := range cutOf(pairs) {
		names = append(names, p.Name)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(names) > 0 && !slices.Equal(names, e.cut) {
		e.slog.Warn("policies match more assets than they decide", "policies", names, "decided", maxSelected)
	}
	e.cut = names
}

// cut warns of what is not decided.
func (l *looked) cut() error {
	if len(cutOf(l.pairs)) > 0 {
		l.say(at("select", "asset"), "W206", "select fewer: a longer pattern, a tag or a tool", "%s matches more than %d assets: the first by name are decided, the others are not", l.p.Select, maxSelected)
	}
	return nil
}
