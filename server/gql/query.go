package gql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

type query struct{ *reads }

// Node finds the table by the id's prefix. What is not an id, or not one of
// ours, is null: a reader may hold ids of another installation.
func (q query) Node(ctx context.Context, id string) (model.Node, error) {
	prefix, rest := id, ""
	if i := strings.IndexByte(id, '_'); i >= 0 {
		prefix, rest = id[:i+1], id[i+1:]
	}
	switch prefix {
	case model.PrefixRun:
		return found(q.nodeRun(ctx, id))
	case model.PrefixVersion:
		return found(q.nodeVersion(ctx, id))
	case model.PrefixPolicy:
		return found(q.policy(rest), nil)
	case model.PrefixDecision:
		return found(q.decision(ctx, rest))
	case model.PrefixAction:
		return found(q.action(ctx, rest))
	case model.PrefixProposal:
		return found(q.nodeProposal(id))
	case model.PrefixStatement:
		return found(q.nodeStatement(ctx, id))
	case model.PrefixTool:
		return found(q.nodeTool(ctx, rest))
	}
	aid, err := model.ParseAssetID(id)
	if err != nil {
		return nil, nil
	}
	a, err := q.asset(ctx, aid)
	if a == nil {
		return nil, err
	}
	return a, err
}

// found keeps a nil pointer from becoming a node.
func found[T interface {
	comparable
	model.Node
}](x T, err error) (model.Node, error) {
	var none T
	if x == none {
		return nil, err
	}
	return x, err
}

func (q query) nodeRun(ctx context.Context, id string) (*model.Run, error) {
	k, err := model.ParseRunID(id)
	if err != nil {
		return nil, nil
	}
	return q.run(ctx, k)
}

func (q query) nodeVersion(ctx context.Context, id string) (*model.Version, error) {
	ref, err := model.ParseVersionID(id)
	if err != nil {
		return nil, nil
	}
	ds, _, err := q.History.Resolve(ctx, ref.Dataset)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", ref.Dataset, err)
	}
	vq := catalog.VersionQuery{Dataset: ds, Run: ref.Run, Limit: 500}
	if ref.Run.IsZero() {
		vq.After, vq.Before = ref.ProducedAt.Add(-time.Nanosecond), ref.ProducedAt.Add(time.Nanosecond)
	}
	list, err := q.History.Versions(ctx, vq)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	for _, v := range list {
		if ref.Is(v) {
			return &model.Version{V: v}, nil
		}
	}
	return nil, nil
}

func (q query) nodeProposal(id string) (*model.Action, error) {
	policy, asset, err := model.ParseProposalID(id)
	if err != nil {
		return nil, nil
	}
	for _, e := range q.Judge.EvaluationsOf(asset) {
		if e.Policy.Name == policy && e.Asset == asset {
			return proposal(e), nil
		}
	}
	return nil, nil
}

func (q query) nodeTool(ctx context.Context, instance string) (*model.Tool, error) {
	for _, t := range q.Options.Tools(ctx) {
		if t.Instance == instance {
			return &t, nil
		}
	}
	return nil, nil
}

func (q query) Dataset(ctx context.Context, namespace, name string) (*model.Dataset, error) {
	a, err := q.named(ctx, catalog.DatasetName(namespace, name))
	d, _ := a.(*model.Dataset)
	return d, err
}

func (q query) Job(ctx context.Context, namespace, name string) (*model.Job, error) {
	a, err := q.named(ctx, catalog.JobName(namespace, name))
	j, _ := a.(*model.Job)
	return j, err
}

func (q query) named(ctx context.Context, n catalog.Name) (model.Asset, error) {
	id, seen, err := q.History.Resolve(ctx, n)
	if err != nil || !seen {
		return nil, err
	}
	return q.asset(ctx, id)
}

// Assets asks the index, with and without words, on either backend: it knows
// what lists are filtered by, and answers while Neo4j does not.
func (q query) Assets(ctx context.Context, text *string, filter *gen.AssetFilter, order *search.Order, first *int, after *string) (*model.AssetConnection, error) {
	n, err := model.First(first, 50)
	if err != nil {
		return nil, err
	}
	sq := q.searchOf(filter)
	sq.Text, sq.Order, sq.First, sq.After = deref(text), deref(order), n, deref(after)
	if filter != nil && deref(filter.LastRunFailed) {
		failed, err := q.failed(ctx, filter)
		if err != nil {
			return nil, err
		}
		sq.Told = append(sq.Told, failed)
	}
	page, err := q.Search.Find(ctx, sq)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	ids := make([]catalog.AssetID, len(page.Hits))
	for i, h := range page.Hits {
		ids[i] = h.Asset
	}
	assets, err := q.assetsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	c := &model.AssetConnection{Position: &page.Position}
	seen := map[catalog.AssetID]bool{}
	for i, a := range assets {
		if a == nil || seen[a.Row().ID] {
			continue // merged since the index was told of it
		}
		row := a.Row()
		seen[row.ID] = true
		c.Edges = append(c.Edges, model.AssetEdge{Node: a, Cursor: page.Hits[i].Cursor, Matches: search.Matches(sq.Text, &row)})
	}
	c.PageInfo.HasNextPage = page.HasNext
	if n := len(page.Hits); n > 0 { // of the hits: the last asset may be left out here
		c.PageInfo.EndCursor = &page.Hits[n-1].Cursor
	}
	return c, nil
}

func (r *reads) searchOf(f *gen.AssetFilter) (q search.Query) {
	if f == nil {
		return q
	}
	if len(f.States)+len(f.Modes) > 0 {
		q.Told = r.judged(f)
	}
	q.Namespace, q.Kind, q.Tool, q.Owner, q.Tag = deref(f.Namespace), deref(f.Kind), deref(f.Tool), deref(f.Owner), deref(f.Tag)
	q.Removed, q.Ephemeral = deref(f.IncludeRemoved), deref(f.IncludeEphemeral)
	if f.Type != nil {
		q.Type = f.Type.Catalog()
	}
	return q
}

func (q query) Run(ctx context.Context, id string) (*model.Run, error) {
	return q.nodeRun(ctx, id)
}

func (q query) Runs(ctx context.Context, filter *gen.RunFilter, first *int, after *string) (*model.RunConnection, error) {
	if filter == nil {
		filter = &gen.RunFilter{}
	}
	rq := catalog.RunQuery{States: filter.States, ActiveAfter: deref(filter.ActiveAfter)}
	if filter.Job != nil {
		ids, err := q.canonical(ctx, []string{*filter.Job})
		if err != nil {
			return nil, err
		}
		rq.Jobs = ids
	}
	return q.runsPage(ctx, rq, filter.Since, filter.Until, first, 50, after)
}

func (q query) Tools(ctx context.Context) ([]*model.Tool, error) {
	out := []*model.Tool{}
	for _, t := range q.Options.Tools(ctx) {
		out = append(out, &t)
	}
	return out, nil
}

func (q query) System(ctx context.Context) (*model.System, error) {
	// First: what is not in the lag has then been passed by the position.
	in, err := q.Options.Intake(ctx)
	if err != nil {
		return nil, fmt.Errorf("read intake: %w", err)
	}
	st := q.Status(ctx)
	switches, on, err := q.switches(ctx)
	if err != nil {
		return nil, err
	}
	s := &model.System{
		Intake: in, Version: st.Version, Position: st.Position, ProjectorLag: int(st.End - min(st.Position, st.End)), GraphBackend: st.GraphBackend,
		Degraded: append(append([]string{}, st.Reasons...), st.Degraded...), KillSwitch: on, Switches: switches, Ready: st.Ready,
	}
	s.Stores = q.stores(ctx, st)
	s.GraphPosition, s.SearchPosition = s.Stores[2].Position, s.Stores[3].Position
	if short, err := q.Search.Short(ctx); err == nil {
		s.SearchShort = &short
	}
	if !st.StartedAt.IsZero() {
		s.StartedAt = &st.StartedAt
	}
	if s.Quarantined, err = q.Options.Quarantine.Count(ctx); err != nil {
		return nil, fmt.Errorf("count quarantine: %w", err)
	}
	if s.Drift, err = q.PolicyDesk.Drift(ctx); err != nil {
		return nil, fmt.Errorf("compare policies: %w", err)
	}
	return s, nil
}

// stores are the journal, and what follows it.
func (q query) stores(ctx context.Context, st Status) []model.StoreState {
	list := []model.StoreState{{Name: "journal", Kind: "sqlite", Position: &st.End}, {Name: "history", Kind: "sqlite", Position: &st.Position}, {Name: "graph", Kind: st.GraphBackend}, {Name: "search", Kind: "memory"}}
	for i, follower := range []interface {
		Position(ctx context.Context) (catalog.Position, error)
	}{q.Store, q.Search} {
		if pos, err := follower.Position(ctx); err == nil {
			list[2+i].Position = &pos
		}
	}
	for i := range list {
		list[i].End = st.End
		if err := st.Faults[list[i].Name]; err != nil {
			says := err.Error()
			list[i].Error = &says
		}
	}
	return list
}
