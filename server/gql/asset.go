package gql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/model"
)

// neighbourLimit bounds the plain lists of neighbours.
const neighbourLimit = 200

type datasets struct{ *reads }

func (d datasets) LastSeen(ctx context.Context, obj *model.Dataset) (*time.Time, error) {
	return d.lastSeen(ctx, obj.A.ID)
}

func (d datasets) Policies(ctx context.Context, objs []*model.Dataset) ([][]*model.Policy, error) {
	return policiesOf(ctx, d.reads, objs)
}

// Freshness reads the newest evaluations; of several policies the one that is
// worst off speaks.
func (d datasets) Freshness(_ context.Context, objs []*model.Dataset) ([]*model.Freshness, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.A.ID
	}
	return d.freshnessOf(ids), nil
}

func (r *reads) freshnessOf(ids []catalog.AssetID) []*model.Freshness {
	worst := worstOf(r.Judge.EvaluationsOf(ids...))
	out := make([]*model.Freshness, len(ids))
	for i, id := range ids {
		if out[i] = worst[id]; out[i] == nil {
			out[i] = model.NoFreshness()
		}
	}
	return out
}

// standings is the worst standing of each asset.
func (r *reads) standings() map[catalog.AssetID]*model.Freshness {
	return worstOf(r.Judge.Evaluations())
}

func worstOf(list []policies.Evaluated) map[catalog.AssetID]*model.Freshness {
	out := map[catalog.AssetID]*model.Freshness{}
	for _, e := range list {
		f := model.NewFreshness(e)
		if old := out[e.Asset]; old == nil || rank(f) < rank(old) {
			out[e.Asset] = f
		}
	}
	return out
}

// rank orders standings, worst first.
func rank(f *model.Freshness) int { return slices.Index(model.WorstFirst, f.F.State) }

func (d datasets) Versions(ctx context.Context, obj *model.Dataset, first *int, after, partition *string) (*model.VersionConnection, error) {
	n, err := model.First(first, 20)
	if err != nil {
		return nil, err
	}
	k, err := parseKeyset(after)
	if err != nil {
		return nil, err
	}
	q := catalog.VersionQuery{Dataset: obj.A.ID, Before: k.before()}
	key := func(v catalog.Version) (time.Time, string) { return v.ProducedAt, v.ID() }
	keep := func(v catalog.Version) bool { return partition == nil || v.Partition == *partition }
	page, more, err := scan(ctx, n, k, key, keep, func(ctx context.Context, before time.Time, limit int) ([]catalog.Version, error) {
		q.Before, q.Limit = before, limit
		return d.History.Versions(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	c := &model.VersionConnection{}
	for _, v := range page {
		c.Edges = append(c.Edges, model.VersionEdge{Node: &model.Version{V: v}, Cursor: keysetCursor(key(v))})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

func (d datasets) Checks(ctx context.Context, obj *model.Dataset, first *int, after *string) (*model.CheckConnection, error) {
	const most = 2000 // a dataset's recent past; older ones are not paged to
	all, err := d.History.Checks(ctx, catalog.CheckQuery{Dataset: obj.A.ID, Limit: most})
	if err != nil {
		return nil, fmt.Errorf("list checks: %w", err)
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	c := &model.CheckConnection{}
	for i, x := range page {
		c.Edges = append(c.Edges, model.CheckEdge{Node: &model.Check{C: x}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}

func (d datasets) Producers(ctx context.Context, obj *model.Dataset, first *int, after *string) (*model.JobConnection, error) {
	in, err := d.makers(ctx, obj.A.ID, graph.Upstream, catalog.EdgeWrites)
	if err != nil {
		return nil, err
	}
	return d.jobPage(ctx, in, first, after)
}

func (d datasets) Consumers(ctx context.Context, obj *model.Dataset, first *int, after *string) (*model.JobConnection, error) {
	in, err := d.makers(ctx, obj.A.ID, graph.Downstream, catalog.EdgeReads)
	if err != nil {
		return nil, err
	}
	return d.jobPage(ctx, in, first, after)
}

// lastSeen is null when it is not known.
func (r *reads) lastSeen(ctx context.Context, id catalog.AssetID) (*time.Time, error) {
	t, err := r.History.LastSeen(ctx, id)
	if err != nil || t.IsZero() {
		return nil, err
	}
	return &t, nil
}

func policiesOf[T model.Asset](ctx context.Context, r *reads, objs []T) ([][]*model.Policy, error) {
	by, err := r.selections(ctx)
	out := make([][]*model.Policy, len(objs))
	for i, o := range objs {
		out[i] = by[o.Row().ID]
	}
	return out, err
}

type jobs struct{ *reads }

func (j jobs) LastSeen(ctx context.Context, obj *model.Job) (*time.Time, error) {
	return j.lastSeen(ctx, obj.A.ID)
}

func (j jobs) Policies(ctx context.Context, objs []*model.Job) ([][]*model.Policy, error) {
	return policiesOf(ctx, j.reads, objs)
}

func (j jobs) Parent(ctx context.Context, obj *model.Job) (*model.Job, error) {
	in, err := j.around(ctx, obj.A.ID, graph.Upstream, catalog.EdgeContains)
	if err != nil {
		return nil, err
	}
	one := 1
	c, err := j.jobPage(ctx, in, &one, nil)
	if err != nil || len(c.Edges) == 0 {
		return nil, err
	}
	return c.Edges[0].Node, nil
}

func (j jobs) Children(ctx context.Context, obj *model.Job, first *int, after *string) (*model.JobConnection, error) {
	in, err := j.around(ctx, obj.A.ID, graph.Downstream, catalog.EdgeContains)
	if err != nil {
		return nil, err
	}
	return j.jobPage(ctx, in, first, after)
}

func (j jobs) Inputs(ctx context.Context, obj *model.Job, first *int, after *string) (*model.DatasetConnection, error) {
	in, err := j.told(ctx, obj.A.ID, graph.Upstream, catalog.EdgeReads)
	if err != nil {
		return nil, err
	}
	return j.datasetPage(ctx, in, first, after)
}

func (j jobs) Outputs(ctx context.Context, obj *model.Job, first *int, after *string) (*model.DatasetConnection, error) {
	in, err := j.told(ctx, obj.A.ID, graph.Downstream, catalog.EdgeWrites)
	if err != nil {
		return nil, err
	}
	return j.datasetPage(ctx, in, first, after)
}

// Freshness of a job is what its policies say of it.
func (j jobs) Freshness(_ context.Context, objs []*model.Job) ([]*model.Freshness, error) {
	ids := make([]catalog.AssetID, len(objs))
	for i, o := range objs {
		ids[i] = o.A.ID
	}
	return j.freshnessOf(ids), nil
}

func (j jobs) LatestRun(ctx context.Context, obj *model.Job) (*model.Run, error) {
	list, err := j.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{obj.A.ID}, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &model.Run{R: list[0]}, nil
}

func (j jobs) Runs(ctx context.Context, obj *model.Job, state []catalog.RunState, since, until *time.Time, first *int, after *string) (*model.RunConnection, error) {
	q := catalog.RunQuery{Jobs: []catalog.AssetID{obj.A.ID}, States: state}
	return j.runsPage(ctx, q, since, until, first, 20, after)
}

func (j jobs) Durations(ctx context.Context, obj *model.Job, last *int) (*model.DurationStats, error) {
	n, err := model.First(last, 100)
	if err != nil {
		return nil, err
	}
	list, err := j.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{obj.A.ID}, States: []catalog.RunState{catalog.RunSucceeded}, Limit: n})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var took []time.Duration
	for _, r := range list {
		if r.StartKnown && r.EndedAt != nil {
			took = append(took, r.EndedAt.Sub(r.StartedAt))
		}
	}
	if len(list) == n {
		return durations(took), nil
	}
	// Fewer are left than asked for: retention may have summed the others up.
	days, err := j.History.RunDays(ctx, obj.A.ID, n)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		took = append(took, d.Took.Sample(n-len(took))...)
	}
	return durations(took), nil
}

// durations are nearest-rank percentiles.
func durations(took []time.Duration) *model.DurationStats {
	s := &model.DurationStats{Count: len(took)}
	if len(took) == 0 {
		return s
	}
	slices.Sort(took)
	at := func(share float64) *time.Duration { return &took[int(share*float64(len(took)-1)+0.5)] }
	s.P50, s.P90, s.Max = at(0.5), at(0.9), at(1)
	return s
}

// keyset is a place in a list that is sorted by time, newest first, then id.
type keyset struct {
	at time.Time
	id string
}

func keysetCursor(at time.Time, id string) string {
	return model.Cursor(strconv.FormatInt(at.UnixNano(), 10), id)
}

func parseKeyset(after *string) (keyset, error) {
	p, err := model.ParseCursor(after, 2)
	if err != nil || p == nil {
		return keyset{}, err
	}
	n, err := strconv.ParseInt(p[0], 10, 64)
	if err != nil {
		return keyset{}, fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)
	}
	return keyset{time.Unix(0, n).UTC(), p[1]}, nil
}

// before is the exclusive bound that still includes the place itself, since
// others may share its time.
func (k keyset) before() time.Time {
	if k.at.IsZero() {
		return k.at
	}
	return k.at.Add(time.Nanosecond)
}

// scan reads a page of n elements after the place k. It reads on past those
// that keep refuses, in a bounded number of steps.
func scan[T any](ctx context.Context, n int, k keyset, key func(T) (time.Time, string), keep func(T) bool,
	read func(ctx context.Context, before time.Time, limit int) ([]T, error)) (page []T, more bool, err error) {
	passed := k.at.IsZero()
	before := k.before()
	limit := n + 50
	for range 20 {
		mark, was := len(page), passed
		list, err := read(ctx, before, limit)
		if err != nil {
			return nil, false, err
		}
		for _, x := range list {
			at, id := key(x)
			switch {
			case !passed && at.Equal(k.at):
				passed = id == k.id
			case keep(x):
				if passed = true; len(page) == n {
					return page, true, nil
				}
				page = append(page, x)
			}
		}
		if len(list) < limit {
			return page, false, nil
		}
		// Go on behind the last; when a whole read shares one time, read more.
		last, _ := key(list[len(list)-1])
		if head, _ := key(list[0]); head.Equal(last) {
			limit *= 4
			page, passed = page[:mark], was
			continue
		}
		k, before, passed = keysetOf(key, list), last.Add(time.Nanosecond), false
	}
	return page, true, nil
}

func keysetOf[T any](key func(T) (time.Time, string), list []T) keyset {
	at, id := key(list[len(list)-1])
	return keyset{at, id}
}
