package gql

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
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
	for _, e := range q.Judge.Evaluations() {
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

func (q query) Assets(ctx context.Context, search *string, filter *gen.AssetFilter, first *int, after *string) (*model.AssetConnection, error) {
	n, err := model.First(first, 50)
	if err != nil {
		return nil, err
	}
	gq := graph.Query{Search: deref(search)}
	var skip int
	if gq.After, skip, err = parsePlace(after); err != nil {
		return nil, err
	}
	gq.First = n + skip
	if len(gq.Search) > 500 {
		return nil, fmt.Errorf("%w: search is longer than 500 bytes", catalog.ErrInvalid)
	}
	if filter != nil {
		gq.Namespace, gq.Owner, gq.Tag, gq.Removed = deref(filter.Namespace), deref(filter.Owner), deref(filter.Tag), deref(filter.IncludeRemoved)
		gq.Ephemeral = deref(filter.IncludeEphemeral)
		if filter.Type != nil {
			gq.Types = []catalog.AssetType{filter.Type.Catalog()}
		}
	}
	page, err := q.Store.Find(ctx, gq)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	c := &model.AssetConnection{}
	for i, a := range page.Assets {
		if i < skip {
			continue
		}
		cursor := placeCursor(gq.After, i+1)
		if i == len(page.Assets)-1 && page.End != "" {
			cursor = placeCursor(page.End, 0)
		}
		c.Edges = append(c.Edges, model.AssetEdge{Node: model.NewAsset(a), Cursor: cursor})
	}
	c.PageInfo = model.Info(c.Edges, page.HasNext)
	return c, nil
}

// A place in a search is the store's own page end and how many lie between:
// the store gives an end for whole pages only.
func placeCursor(end string, skip int) string { return model.Cursor(end, strconv.Itoa(skip)) }

func parsePlace(after *string) (end string, skip int, err error) {
	p, err := model.ParseCursor(after, 2)
	if err != nil || p == nil {
		return "", 0, err
	}
	if skip, err = strconv.Atoi(p[1]); err != nil || skip < 0 || skip > model.MaxFirst {
		return "", 0, fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)
	}
	return p[0], skip, nil
}

func (q query) Run(ctx context.Context, id string) (*model.Run, error) {
	return q.nodeRun(ctx, id)
}

func (q query) Runs(ctx context.Context, filter *gen.RunFilter, first *int, after *string) (*model.RunConnection, error) {
	if filter == nil {
		filter = &gen.RunFilter{}
	}
	rq := catalog.RunQuery{States: filter.States}
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
	st := q.Status(ctx)
	on, err := q.Ledger.KillSwitch(ctx)
	if err != nil {
		return nil, fmt.Errorf("read kill switch: %w", err)
	}
	s := &model.System{
		Version: st.Version, Position: st.Position, ProjectorLag: int(st.End - min(st.Position, st.End)), GraphBackend: st.GraphBackend,
		Degraded: append(append([]string{}, st.Reasons...), st.Degraded...), KillSwitch: on, Ready: st.Ready,
	}
	if pos, err := q.Store.Position(ctx); err == nil {
		s.GraphPosition = &pos
	}
	return s, nil
}
