package attention

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Group is all that is wrong because of one root cause.
type Group struct {
	// ID follows from the cause alone: the same cause is the same row.
	ID     string
	State  State
	Root   Root
	Since  time.Time
	LateBy time.Duration
	// Members are worst first.
	Members []Trouble
}

// maxLinks bounds how far a cause is followed.
const maxLinks = 32

// Chain follows causes to the root: what waits for an asset that is in trouble
// itself, waits for what keeps that one.
func Chain(list []Trouble) {
	of := map[catalog.AssetID]Root{}
	for _, t := range list {
		if _, ok := of[t.Asset]; !ok && !t.Gate {
			of[t.Asset] = t.Root
		}
	}
	for i := range list {
		r := &list[i].Root
		for range maxLinks {
			next, ok := of[r.Asset]
			if !ok || next.Asset == r.Asset || next.Asset == list[i].Asset {
				break
			}
			*r = next
		}
	}
}

// Groups sorts troubles by their causes, the worst cause first. A connector
// that does not answer is one with members or without.
func Groups(list []Trouble, silent []Root) []Group {
	by := map[string]*Group{}
	for _, r := range silent {
		by[idOf(r)] = &Group{ID: idOf(r), Root: r, State: Unreachable, Since: r.Since}
	}
	for _, t := range list {
		g := by[idOf(t.Root)]
		if g == nil {
			g = &Group{ID: idOf(t.Root), Root: t.Root, State: t.State}
			by[g.ID] = g
		}
		g.add(t)
	}
	out := make([]Group, 0, len(by))
	for _, g := range by {
		slices.SortStableFunc(g.Members, worse)
		if len(g.Members) > 0 && g.Root.Kind != KindConnector {
			g.Root.Says = g.Members[0].Root.Says
		}
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Counts says of how many each state is true: what is at risk and waits counts as
// both.
func Counts(list []Trouble) map[State]int {
	in := map[State]int{}
	for _, t := range list {
		in[t.State]++
		for _, s := range t.Also {
			in[s]++
		}
	}
	return in
}

// WaitCount says how many assets wait by how many policies, once each: one whose
// run waits and that somebody asked the gate for, too, is one.
func WaitCount(list []Trouble) int {
	seen := map[string]bool{}
	for _, t := range list {
		if t.Waits() {
			t.Gate = false
			seen[t.Key()] = true
		}
	}
	return len(seen)
}

// idOf is made of what the cause is, not of how it stands.
func idOf(r Root) string {
	h := sha256.Sum256([]byte(strings.Join([]string{string(r.Kind), r.Asset.String(), r.Name.Namespace, r.Name.Name, r.connectorOf()}, "\x00")))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h[:15]))
}

// connectorOf tells jobs apart that only their tools know.
func (r Root) connectorOf() string {
	if r.Asset.IsZero() {
		return r.Connector
	}
	return ""
}

func (g *Group) add(t Trouble) {
	if g.Members = append(g.Members, t); rank(t.State) < rank(g.State) {
		g.State = t.State
	}
	r := t.Root
	g.Root.Owner = first(g.Root.Owner, r.Owner)
	if g.Root.Since.IsZero() || !r.Since.IsZero() && r.Since.Before(g.Root.Since) {
		g.Root.Since = r.Since
	}
	if g.Since.IsZero() || !t.Since.IsZero() && t.Since.Before(g.Since) {
		g.Since = t.Since
	}
	g.LateBy = max(g.LateBy, t.LateBy)
}

func worse(a, b Trouble) int {
	return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), a.Since.Compare(b.Since), a.Name.Compare(b.Name), cmp.Compare(a.Policy, b.Policy))
}

func rank(s State) int { return slices.Index(States, s) }

// dated: it is known when it went wrong. What waits may wait on for another
// reason, and be the same wait.
func (t Trouble) dated() bool { return t.State == Late || t.State == Failed || t.State == Lost }

// Keeps counts the assets that are wrong because of it, once each and without the
// cause itself.
func (g *Group) Keeps() int {
	seen := map[catalog.AssetID]bool{g.Root.Asset: true}
	for _, t := range g.Members {
		seen[t.Asset] = true
	}
	return len(seen) - 1
}

// Keys name the members, for an acknowledgement.
func (g *Group) Keys() []string {
	out := make([]string, len(g.Members))
	for i, t := range g.Members {
		out[i] = t.Key()
	}
	return out
}

// News counts the members that an acknowledgement does not cover: they joined
// since, or went wrong again. ok is false when it covers nothing that is here:
// what it was about is over.
func (g *Group) News(a catalog.Ack) (news int, ok bool) {
	known := map[string]bool{}
	for _, k := range a.Members {
		known[k] = true
	}
	for _, t := range g.Members {
		if !known[t.Key()] || t.dated() && t.Since.After(a.At) {
			news++
		}
	}
	return news, news < len(g.Members) || len(g.Members) == 0 && len(a.Members) == 0
}
