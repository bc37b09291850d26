package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/attention"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Acks keeps who looks after what is wrong (state/sqlite.Ledger).
type Acks interface {
	Acknowledge(ctx context.Context, a catalog.Ack) error
	// Acks are the words said after a time that count, by their causes.
	Acks(ctx context.Context, after time.Time) (map[string]catalog.Ack, error)
}

// Bounds of one look at what is wrong.
const (
	maxWaits  = 500 // newest decisions that wait
	maxBad    = 100 // newest actions that ended badly or wait for a person
	maxGood   = 20  // newest actions of a partition that may have made one good
	maxMakers = 200 // causes whose job is looked for
	maxNested = 16  // jobs around a job
	maxBlast  = 500 // nodes downstream that are counted
)

// Attention lists what is wrong now by root cause.
func (q query) Attention(ctx context.Context, of *string, first *int, after *string) (*model.AttentionConnection, error) {
	all, err := q.troubles(ctx)
	if err != nil {
		return nil, err
	}
	groups := all.groups
	if of != nil {
		if groups, err = q.keeping(ctx, groups, *of); err != nil {
			return nil, err
		}
	}
	page, from, more, err := model.Slice(groups, first, after)
	if err != nil {
		return nil, err
	}
	acks, err := q.Acks.Acks(ctx, q.Now().Add(-catalog.AckHolds))
	if err != nil {
		return nil, err
	}
	told, err := q.told(ctx)
	if err != nil {
		return nil, err
	}
	c := &model.AttentionConnection{TotalCount: len(groups), Counts: troublesBy(all.list), Waiting: attention.WaitCount(all.list), Cut: all.cut}
	for i, g := range page {
		v := &model.Attention{G: g, Told: toldOf(g, told)}
		if a, ok := acks[g.ID]; ok {
			v.Ack = &a
		}
		c.Edges = append(c.Edges, model.AttentionEdge{Node: v, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

// keeping are the causes that one asset is kept by, under any of its ids.
func (q query) keeping(ctx context.Context, groups []attention.Group, of string) ([]attention.Group, error) {
	id, err := model.ParseAssetID(of)
	if err != nil {
		return nil, err
	}
	a, err := q.asset(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	kept := func(t attention.Trouble) bool { return t.Asset == a.Row().ID }
	return slices.DeleteFunc(groups, func(g attention.Group) bool { return !slices.ContainsFunc(g.Members, kept) }), nil
}

// troubles are all that is wrong, one by one and by cause.
type troubles struct {
	list   []attention.Trouble
	groups []attention.Group
	// cut says what was not looked at; nil: everything was.
	cut *string
}

// troubles gathers what is wrong, follows it to its causes and groups it.
func (q query) troubles(ctx context.Context) (*troubles, error) {
	words, cut, err := q.words(ctx)
	if err != nil {
		return nil, err
	}
	var list []attention.Trouble
	for _, e := range q.Judge.Evaluations() {
		list = append(list, attention.Of(e, wordsOf(words, e))...)
	}
	attention.Chain(list)
	silent := q.silent(ctx)
	blameSilent(list, silent)
	if err := q.makers(ctx, list); err != nil {
		return nil, err
	}
	return &troubles{list: list, groups: attention.Groups(list, silent), cut: cut}, nil
}

// troublesBy counts by state, the worst first; states that nothing is in are left
// out.
func troublesBy(list []attention.Trouble) (counts []model.AttentionCount) {
	in := attention.Counts(list)
	for _, s := range attention.States {
		if in[s] > 0 {
			counts = append(counts, model.AttentionCount{State: s, Count: in[s]})
		}
	}
	return counts
}

// about is a policy on an asset, by an id that the asset had.
type about struct {
	policy string
	asset  catalog.AssetID
}

// words reads what was written down lately, what waits and which actions ended
// badly, and who waits at the gate.
func (q query) words(ctx context.Context) (out map[about]attention.Words, cut *string, err error) {
	out = map[about]attention.Words{}
	list, err := q.Ledger.Decisions(ctx, catalog.DecisionQuery{Limit: maxWaits})
	if err != nil {
		return nil, nil, fmt.Errorf("list decisions: %w", err)
	}
	seen := map[about]bool{}
	for _, d := range list {
		key := about{d.Policy, d.Target}
		if d.Gate != nil || seen[key] {
			continue
		}
		if seen[key] = true; d.Outcome == catalog.DecideWait || d.Outcome == catalog.DecideHold {
			out[key] = attention.Words{Decided: d.At}
		}
	}
	for _, g := range q.Waiting() {
		if w := out[about{g.Policy, g.Job}]; w.Asked.IsZero() { // who waits longest speaks
			w.Asked, w.Told = g.Since, g.Told()
			out[about{g.Policy, g.Job}] = w
		}
	}
	bad, more, err := q.bad(ctx)
	for k, a := range bad {
		w := out[k]
		w.Bad = a
		out[k] = w
	}
	if more || len(list) == maxWaits {
		says := fmt.Sprintf("since when things wait is known of the last %d decisions, and of actions that ended badly the last %d are looked at", maxWaits, maxBad)
		cut = &says
	}
	return out, cut, err
}

// badStates are those of an action that somebody should know of.
var badStates = []catalog.ActionState{catalog.ActionFailed, catalog.ActionRefused, catalog.ActionExpired, catalog.ActionLost, catalog.ActionAwaitingApproval}

// goodStates are those of an action that makes an older failure good: one that was
// cancelled or superseded has made nothing.
var goodStates = []catalog.ActionState{catalog.ActionSucceeded, catalog.ActionSkipped}

// spot is what a failure is about. Another partition is another thing.
type spot struct {
	about
	partition string
}

// bad finds the actions that ended badly, or wait for a person, and that no
// later one made good: of each partition the newest, the newest first.
func (q query) bad(ctx context.Context) (out map[about][]catalog.Action, more bool, err error) {
	list, err := q.Ledger.Actions(ctx, catalog.ActionQuery{States: badStates, Limit: maxBad})
	if err != nil {
		return nil, false, fmt.Errorf("list actions: %w", err)
	}
	out, seen := map[about][]catalog.Action{}, map[spot]bool{}
	for _, a := range list {
		for _, p := range a.Policies {
			k := about{p, a.Target}
			if seen[spot{k, a.Partition}] {
				continue
			}
			seen[spot{k, a.Partition}] = true
			mended, err := q.mended(ctx, a, p)
			if err != nil {
				return nil, false, err
			}
			if !mended {
				out[k] = append(out[k], a)
			}
		}
	}
	return out, len(list) == maxBad, nil
}

// mended reports whether a later action of a policy made good what one failed at.
func (q query) mended(ctx context.Context, failed catalog.Action, policy string) (bool, error) {
	good, err := q.Ledger.Actions(ctx, catalog.ActionQuery{Asset: failed.Target, Partition: &failed.Partition, After: failed.Seq, States: goodStates, Limit: maxGood})
	if err != nil {
		return false, fmt.Errorf("list actions: %w", err)
	}
	return slices.ContainsFunc(good, func(o catalog.Action) bool { return slices.Contains(o.Policies, policy) }), nil
}

// wordsOf are the words about an asset under any of its ids.
func wordsOf(words map[about]attention.Words, e policies.Evaluated) (w attention.Words) {
	for _, id := range append([]catalog.AssetID{e.Asset}, e.Snapshot.IDs...) {
		o := words[about{e.Policy.Name, id}]
		if o.Decided.After(w.Decided) {
			w.Decided = o.Decided
		}
		if w.Asked.IsZero() {
			w.Asked, w.Told = o.Asked, o.Told
		}
		w.Bad = append(w.Bad, o.Bad...)
	}
	slices.SortFunc(w.Bad, func(a, b catalog.Action) int { return cmp.Compare(b.Seq, a.Seq) })
	return w
}

// told maps policies to who was told of what is wrong by them.
func (q query) told(ctx context.Context) (map[about][]string, error) {
	open, err := q.Outbox.Incidents(ctx)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	out := map[about][]string{}
	for _, i := range open {
		for _, s := range i.Subjects {
			out[about{i.Policy, s.ID}] = append(out[about{i.Policy, s.ID}], i.Destinations...)
		}
	}
	return out, nil
}

func toldOf(g attention.Group, told map[about][]string) []string {
	out := []string{}
	for _, t := range g.Members {
		out = append(out, told[about{t.Policy, t.Asset}]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attentions resolve what of a cause takes a walk or a store.
type attentions struct{ *reads }

// Blast counts the data downstream of a cause and of what it keeps.
func (a attentions) Blast(ctx context.Context, obj *model.Attention) (*model.Blast, error) {
	t := graph.Traversal{Direction: graph.Downstream, Depth: maxDepth, MaxNodes: maxBlast, Granularity: graph.ByDataset}
	if id := obj.G.Root.Asset; !id.IsZero() {
		t.Roots = append(t.Roots, id)
	}
	for _, m := range obj.G.Members {
		for _, id := range []catalog.AssetID{m.Root.Via, m.Asset} {
			if len(t.Roots) < maxRoots && !id.IsZero() && !slices.Contains(t.Roots, id) {
				t.Roots = append(t.Roots, id)
			}
		}
	}
	if len(t.Roots) == 0 {
		return &model.Blast{Complete: true}, nil
	}
	l, err := graph.Walk(ctx, a.present(), t)
	if err != nil {
		return nil, fmt.Errorf("walk: %w", err)
	}
	ids := make([]catalog.AssetID, len(l.Nodes))
	for i, n := range l.Nodes {
		ids[i] = n.Asset
	}
	rows, err := a.assetsOf(ctx, ids)
	out := &model.Blast{Complete: l.Complete && len(t.Roots) < maxRoots}
	for _, r := range rows {
		if r == nil || r.Row().Type != catalog.TypeDataset {
			continue
		}
		out.Assets++
		if r.Row().Kind == catalog.KindDashboard {
			out.Dashboards++
		}
	}
	return out, err
}

type causes struct{ *reads }

func (c causes) Asset(ctx context.Context, objs []*model.RootCause) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.R.Asset
	}
	return c.placesOf(ctx, ids)
}

type affecteds struct{ *reads }

func (a affecteds) Asset(ctx context.Context, objs []*model.Affected) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.T.Asset
	}
	return a.placesOf(ctx, ids)
}

// Acknowledge writes down who looks after a cause that is there now.
func (m mutation) Acknowledge(ctx context.Context, in gen.AcknowledgeInput) (*gen.AcknowledgePayload, error) {
	who := m.ask(ctx, in.Reason, nil)
	if in.Reason == "" || len(in.Reason) > 500 {
		return nil, fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	}
	id, ok := strings.CutPrefix(in.Attention, model.PrefixAttention)
	if !ok {
		return nil, fmt.Errorf("%w: %q is not the id of a root cause", catalog.ErrInvalid, in.Attention)
	}
	all, err := query(m).troubles(ctx)
	if err != nil {
		return nil, err
	}
	groups := all.groups
	i := slices.IndexFunc(groups, func(g attention.Group) bool { return g.ID == id })
	if i < 0 {
		return nil, catalog.WithHint(fmt.Errorf("root cause %s: %w", in.Attention, catalog.ErrNotFound), "nothing is wrong because of it any more; attention lists what is")
	}
	for _, t := range groups[i].Members {
		if err := auth.From(ctx).Refuse(auth.Annotate, t.Name.Namespace); err != nil {
			return nil, err
		}
	}
	a := catalog.Ack{Cause: id, Actor: who.Actor, Reason: in.Reason, At: m.Now().UTC(), Members: groups[i].Keys(), Back: deref(in.TakeBack)}
	if err := m.Acks.Acknowledge(ctx, a); err != nil {
		return nil, err
	}
	m.Acked(a, groups[i])
	p := &gen.AcknowledgePayload{Attention: in.Attention}
	if !a.Back {
		p.Acknowledgement = &model.Acknowledgement{A: a}
	}
	p.Position, err = m.History.Position(ctx)
	return p, err
}
