package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/model"
)

// maxPartVersions bounds how many versions of a dataset say which partitions it
// has, where no policy wants them.
const maxPartVersions = 2000

// Partitions of a dataset, as its policies see them, else as far as its versions
// name them.
func (d datasets) Partitions(ctx context.Context, obj *model.Dataset, states []policies.PartitionState, first *int, after *string) (*model.AssetPartitionConnection, error) {
	all, complete, any := d.wanted(obj.A.ID)
	if !any {
		list, err := d.History.Versions(ctx, catalog.VersionQuery{Dataset: obj.A.ID, Limit: maxPartVersions + 1})
		if err != nil {
			return nil, fmt.Errorf("list partitions: %w", err)
		}
		complete = len(list) <= maxPartVersions
		all = policies.ObservedPartitions(list[:min(len(list), maxPartVersions)])
	}
	return partitionPage(all, complete, states, first, after)
}

// Partitions of a job, as its policies see them.
func (j jobs) Partitions(_ context.Context, obj *model.Job, states []policies.PartitionState, first *int, after *string) (*model.AssetPartitionConnection, error) {
	all, complete, _ := j.wanted(obj.A.ID)
	return partitionPage(all, complete, states, first, after)
}

// wanted are the partitions that policies look at; any says that there is such a
// policy.
func (r *reads) wanted(id catalog.AssetID) (all []policies.PartStanding, complete, any bool) {
	complete = true
	for _, e := range r.Judge.EvaluationsOf(id) {
		if e.Policy.Partition == nil {
			continue
		}
		all, any, complete = append(all, policies.PartitionsOf(e)...), true, complete && !e.Snapshot.PartsCut
	}
	return all, complete, any
}

func partitionPage(all []policies.PartStanding, complete bool, states []policies.PartitionState, first *int, after *string) (*model.AssetPartitionConnection, error) {
	if states != nil {
		all = slices.DeleteFunc(all, func(p policies.PartStanding) bool { return !slices.Contains(states, p.State) })
	}
	page, from, more, err := model.Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	total := len(all)
	c := &model.AssetPartitionConnection{TotalCount: &total, Complete: complete}
	for i, p := range page {
		c.Edges = append(c.Edges, model.AssetPartitionEdge{Node: &model.AssetPartition{P: p}, Cursor: model.OffsetCursor(from + i + 1)})
	}
	c.PageInfo = model.Info(c.Edges, more)
	return c, nil
}
