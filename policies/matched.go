package policies

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// matched remembers which policy is about which asset until that may have changed:
// the set in force, a row of an asset, or where it matters an edge. Who is told of
// events says so; a gatherer without Recall is told nothing, and remembers nothing.
// It is as large as the agenda.
type matched struct {
	mu   sync.Mutex
	told uint64 // how often rows or edges changed
	is   *pairing
}

// pairing is which policy is about which asset, by a set.
type pairing struct {
	set           *Set
	told, renamed uint64
	pairs         []Match
	byAsset       []int32            // places in pairs
	given         map[string][]Match // by the policy that gives
}

// stale says that rows or edges changed.
func (x *matched) stale() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told++
	x.is = nil
}

func (x *matched) get(set *Set, renamed uint64) (is *pairing, told uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.is != nil && x.is.set == set && x.is.renamed == renamed {
		return x.is, x.told
	}
	return nil, x.told
}

// keep remembers a pairing, unless something changed while it was made.
func (x *matched) keep(is *pairing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.told == is.told {
		x.is = is
	}
}

// Matches lists which policy is about which asset now, in the order of the
// policies. The narrowest selector wins: an exact name over a pattern, a longer
// pattern over a shorter one. Policies of equal rank all match; where two of
// them would act, neither may. Behind them stands what policies give to their
// upstreams, which none of those is about. The list is shared: nobody changes it.
func (g *Gatherer) Matches(ctx context.Context) ([]Match, error) {
	x, err := g.pairing(ctx)
	if err != nil {
		return nil, err
	}
	return x.pairs, nil
}

// matchesOn are those of Matches that are about one asset.
func (g *Gatherer) matchesOn(ctx context.Context, id catalog.AssetID) (out []Match, err error) {
	x, err := g.pairing(ctx)
	if err != nil {
		return nil, err
	}
	at := sort.Search(len(x.byAsset), func(i int) bool { return x.pairs[x.byAsset[i]].Asset.Compare(id) >= 0 })
	for _, i := range x.byAsset[at:] {
		if x.pairs[i].Asset != id {
			break
		}
		out = append(out, x.pairs[i])
	}
	return out, nil
}

// pairing is what is remembered, or is found now. What a snapshot asks for itself
// is read anew, since the snapshot depends on all that is read for it.
func (g *Gatherer) pairing(ctx context.Context) (*pairing, error) {
	x := &pairing{set: g.Policies.Get()}
	remembers := g.of == nil && g.Recall != nil
	if remembers {
		x.renamed = g.renames(ctx)
		var known *pairing
		if known, x.told = g.matched.get(x.set, x.renamed); known != nil {
			return known, nil
		}
	}
	if err := g.pair(ctx, x); err != nil {
		return nil, err
	}
	if remembers {
		g.matched.keep(x)
	}
	return x, nil
}

// pair finds which policy is about which asset.
func (g *Gatherer) pair(ctx context.Context, x *pairing) (err error) {
	if x.pairs, err = g.pairsWritten(ctx, x.set); err != nil {
		return err
	}
	given, err := g.given(ctx, x.pairs)
	if err != nil {
		return err
	}
	x.pairs = append(x.pairs, given...)
	x.index(len(x.pairs) - len(given))
	return nil
}

// pairsWritten are the pairs of the policies that somebody wrote.
func (g *Gatherer) pairsWritten(ctx context.Context, set *Set) (all []Match, err error) {
	best := map[catalog.AssetID]int{}
	acting := map[catalog.AssetID][]string{}
	for _, p := range set.Policies {
		if p.Given() {
			continue
		}
		ids, more, err := g.selection(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("select for %s: %w", p.Name, err)
		}
		for _, id := range ids {
			all = append(all, Match{Policy: p, Asset: id, Cut: more})
			best[id] = max(best[id], p.Select.rank())
		}
	}
	all = slices.DeleteFunc(all, func(m Match) bool { return m.Policy.Select.rank() < best[m.Asset] })
	for _, m := range all {
		if m.Policy.Acts() {
			acting[m.Asset] = append(acting[m.Asset], m.Policy.Name)
		}
	}
	for i, m := range all {
		if m.Policy.Acts() && len(acting[m.Asset]) > 1 {
			all[i].Equal = slices.DeleteFunc(slices.Clone(acting[m.Asset]), func(n string) bool { return n == m.Policy.Name })
		}
	}
	return all, nil
}

// index finds pairs by their asset, and those that are given, which stand from a
// place on, by who gives them.
func (x *pairing) index(given int) {
	x.byAsset = make([]int32, len(x.pairs))
	for i := range x.byAsset {
		x.byAsset[i] = int32(i)
	}
	slices.SortStableFunc(x.byAsset, func(a, b int32) int { return x.pairs[a].Asset.Compare(x.pairs[b].Asset) })
	x.given = map[string][]Match{}
	for rest := x.pairs[given:]; len(rest) > 0; {
		of := rest[0].Policy.Select.Upstreams
		n := 1
		for n < len(rest) && rest[n].Policy.Select.Upstreams == of {
			n++
		}
		x.given[of], rest = rest[:n:n], rest[n:]
	}
}
