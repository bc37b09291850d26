package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// maxFacetKeys bounds the keys that one question names.
const maxFacetKeys = 100

func (d datasets) Facets(ctx context.Context, obj *model.Dataset, keys []string) ([]*model.Facet, error) {
	return d.assetFacets(ctx, obj.A.ID, keys)
}

func (j jobs) Facets(ctx context.Context, obj *model.Job, keys []string) ([]*model.Facet, error) {
	return j.assetFacets(ctx, obj.A.ID, keys)
}

func (r *reads) assetFacets(ctx context.Context, id catalog.AssetID, keys []string) ([]*model.Facet, error) {
	return facetsOf(keys, func() ([]catalog.Facet, error) { return r.History.AssetFacets(ctx, id, keys) })
}

func (r runs) Facets(ctx context.Context, obj *model.Run, keys []string) ([]*model.Facet, error) {
	return facetsOf(keys, func() ([]catalog.Facet, error) { return r.History.RunFacets(ctx, obj.R.Key, keys) })
}

// facetsOf answers an empty list of keys with nothing, and none with all.
func facetsOf(keys []string, read func() ([]catalog.Facet, error)) ([]*model.Facet, error) {
	if len(keys) > maxFacetKeys {
		return nil, fmt.Errorf("%w: keys names %d facets, at most %d are allowed", catalog.ErrInvalid, len(keys), maxFacetKeys)
	}
	if keys != nil && len(keys) == 0 {
		return []*model.Facet{}, nil
	}
	list, err := read()
	if err != nil {
		return nil, err
	}
	return model.Facets(list), nil
}

// State is UNKNOWN for runs whose end is not waited for any more.
func (r runs) State(ctx context.Context, objs []*model.Run) ([]catalog.RunState, error) {
	out := make([]catalog.RunState, len(objs))
	err := r.judge(ctx, objs, func(i int, s catalog.RunState, _ catalog.RunExpiry) { out[i] = s })
	return out, err
}

// Expired says why.
func (r runs) Expired(ctx context.Context, objs []*model.Run) ([]*catalog.RunExpiry, error) {
	out := make([]*catalog.RunExpiry, len(objs))
	err := r.judge(ctx, objs, func(i int, _ catalog.RunState, why catalog.RunExpiry) {
		if why != "" {
			out[i] = &why
		}
	})
	return out, err
}

// judge looks at the runs as of now. It reads the runs that contain those that
// go on, once for all.
func (r runs) judge(ctx context.Context, objs []*model.Run, put func(int, catalog.RunState, catalog.RunExpiry)) error {
	var parents []string
	for _, o := range objs {
		for _, id := range []string{runID(o.R.Parent), runID(o.R.Root)} {
			if id != "" && !o.R.State.Terminal() && !slices.Contains(parents, id) {
				parents = append(parents, id)
			}
		}
	}
	ends, err := r.ends(ctx, parents)
	if err != nil {
		return err
	}
	for i, o := range objs {
		end := ends[runID(o.R.Parent)]
		if end.IsZero() {
			end = ends[runID(o.R.Root)]
		}
		state, why := r.Liveness.StateAt(o.R, end, r.Now())
		put(i, state, why)
	}
	return nil
}

// inStates selects runs by the state that readers see: one that is stored as
// going on may be UNKNOWN by now.
func (r *reads) inStates(ctx context.Context, q *catalog.RunQuery) func(catalog.Run) bool {
	want := q.States
	open := []catalog.RunState{catalog.RunRunning, catalog.RunQueued}
	if !slices.ContainsFunc(want, func(s catalog.RunState) bool { return !s.Terminal() }) {
		return func(catalog.Run) bool { return true }
	}
	if slices.Contains(want, catalog.RunUnknown) {
		q.States = slices.Concat(want, open)
	}
	return func(x catalog.Run) bool {
		keep := true // a parent that cannot be read hides nothing
		_ = runs{r}.judge(ctx, []*model.Run{{R: x}}, func(_ int, s catalog.RunState, _ catalog.RunExpiry) { keep = slices.Contains(want, s) })
		return keep
	}
}

func runID(ref *catalog.RunRef) string {
	if ref == nil {
		return ""
	}
	return ref.RunID
}

// ends are the ends of runs that ended, by run id; a parent facet joins on
// that alone (Spark writes the names of jobs in several ways).
func (r runs) ends(ctx context.Context, ids []string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	for part := range slices.Chunk(ids, model.MaxFirst) {
		list, err := r.History.Runs(ctx, catalog.RunQuery{RunIDs: part, Limit: 5 * len(part)})
		if err != nil {
			return nil, fmt.Errorf("read parents: %w", err)
		}
		for _, x := range list {
			if x.State.Terminal() && x.EndedAt != nil && x.EndedAt.After(out[x.Key.RunID]) {
				out[x.Key.RunID] = *x.EndedAt
			}
		}
	}
	return out, nil
}
