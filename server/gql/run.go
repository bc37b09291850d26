package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

type runs struct{ *reads }

func (r runs) Job(ctx context.Context, objs []*model.Run) ([]*model.Job, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.R.Asset
	}
	assets, err := r.assetsOf(ctx, ids)
	out := make([]*model.Job, len(objs))
	for i, a := range assets {
		out[i], _ = a.(*model.Job)
	}
	return out, err
}

func (r runs) Parent(ctx context.Context, obj *model.Run) (*model.Run, error) {
	return r.ref(ctx, obj.R.Parent)
}

func (r runs) Root(ctx context.Context, obj *model.Run) (*model.Run, error) {
	return r.ref(ctx, obj.R.Root)
}

// Children are the runs that name it as their parent, by its run id.
func (r runs) Children(ctx context.Context, obj *model.Run, first *int, after *string) (*model.RunConnection, error) {
	return r.runsPage(ctx, catalog.RunQuery{DirectParentRunIDs: []string{obj.R.Key.RunID}}, nil, nil, first, 50, after)
}

func (r runs) ref(ctx context.Context, ref *catalog.RunRef) (*model.Run, error) {
	if ref == nil {
		return nil, nil
	}
	return r.run(ctx, catalog.RunKey{Job: ref.Job, RunID: ref.RunID})
}

// Inputs are the versions that it read, each once.
func (r runs) Inputs(ctx context.Context, obj *model.Run) ([]*model.Version, error) {
	reads, err := r.Reads(ctx, obj)
	out := []*model.Version{}
	seen := map[string]bool{}
	for _, read := range reads {
		if v := read.Version; v != nil && !seen[v.ID()] {
			seen[v.ID()] = true
			out = append(out, v)
		}
	}
	return out, err
}

// Reads are its inputs, with the part and the version that it read of each.
func (r runs) Reads(ctx context.Context, obj *model.Run) ([]*model.Read, error) {
	out := []*model.Read{}
	for _, n := range obj.R.Inputs {
		id, _, err := r.History.Resolve(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", n, err)
		}
		for _, read := range obj.R.ReadsOf(n) {
			if len(out) == neighbourLimit {
				return out, nil
			}
			v, err := obj.R.Pin(ctx, id, read, r.History.Versions)
			if err != nil {
				return nil, err
			}
			out = append(out, model.NewRead(read, id, v))
		}
	}
	return out, nil
}

// Outputs are the versions the run wrote.
func (r runs) Outputs(ctx context.Context, obj *model.Run) ([]*model.Version, error) {
	out := []*model.Version{}
	for _, n := range obj.R.Outputs[:min(len(obj.R.Outputs), neighbourLimit)] {
		id, _, err := r.History.Resolve(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", n, err)
		}
		list, err := r.History.Versions(ctx, catalog.VersionQuery{Dataset: id, Run: obj.R.Key, Limit: neighbourLimit})
		if err != nil {
			return nil, fmt.Errorf("read versions: %w", err)
		}
		for _, v := range list {
			out = append(out, &model.Version{V: v})
		}
	}
	return out, nil
}

// actionPages bounds how far back a run's action is looked for.
const actionPages = 10

// Action finds those that became the runs. The ledger is read from its newest
// end, once for all of them.
func (r runs) Action(ctx context.Context, objs []*model.Run) ([]*model.Action, error) {
	at := map[catalog.RunKey][]int{}
	for i, o := range objs {
		at[o.R.Key] = append(at[o.R.Key], i)
	}
	out := make([]*model.Action, len(objs))
	q := catalog.ActionQuery{Limit: model.MaxFirst}
	for range actionPages {
		list, err := r.Ledger.Actions(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read actions: %w", err)
		}
		for _, a := range list {
			for _, i := range at[a.Run] {
				out[i] = &model.Action{A: a}
			}
			delete(at, a.Run)
			q.Before = a.Seq
		}
		if len(list) < q.Limit || len(at) == 0 {
			break
		}
	}
	return out, nil
}

type versions struct{ *reads }

func (v versions) Dataset(ctx context.Context, obj *model.Version) (*model.Dataset, error) {
	a, err := v.asset(ctx, obj.V.Asset)
	d, _ := a.(*model.Dataset)
	return d, err
}

func (v versions) Run(ctx context.Context, obj *model.Version) (*model.Run, error) {
	return v.run(ctx, obj.V.Run)
}

type reading struct{ *reads }

func (r reading) Dataset(ctx context.Context, obj *model.Read) (*model.Dataset, error) {
	a, err := r.asset(ctx, obj.Asset)
	d, _ := a.(*model.Dataset)
	return d, err
}

type checks struct{ *reads }

func (c checks) Run(ctx context.Context, obj *model.Check) (*model.Run, error) {
	return c.run(ctx, obj.C.Run)
}

// runsPage is one page of runs, newest first.
func (r *reads) runsPage(ctx context.Context, q catalog.RunQuery, since, until *time.Time, first *int, def int, after *string) (*model.RunConnection, error) {
	n, err := model.First(first, def)
	if err != nil {
		return nil, err
	}
	k, err := parseKeyset(after)
	if err != nil {
		return nil, err
	}
	if since != nil {
		q.StartedAfter = *since
	}
	key := func(x catalog.Run) (time.Time, string) { return x.StartedAt, x.Key.ID() }
	page, more, err := scan(ctx, n, k, key, r.inStates(ctx, &q), func(ctx context.Context, before time.Time, limit int) ([]catalog.Run, error) {
		if q.StartedBefore = before; until != nil && (before.IsZero() || until.Before(before)) {
			q.StartedBefore = *until
		}
		q.Limit = limit
		return r.History.Runs(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	c := &model.RunConnection{}
	for _, x := range page {
		c.Edges = append(c.Edges, model.RunEdge{Node: &model.Run{R: x}, Cursor: keysetCursor(key(x))})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}
