package catalog

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Read is what a run said of one input beside its name.
type Read struct {
	Dataset Name `json:"dataset"`
	// Partition is the part that was read (subset facet, or the path); "" is
	// the whole, or unknown.
	Partition string `json:"partition,omitempty"`
	// DataVersion is the store's own version that was read (Iceberg's snapshot
	// id, the version facet); "" unknown.
	DataVersion string `json:"dataVersion,omitempty"`
}

// Compare orders reads by (dataset, partition, version).
func (r Read) Compare(o Read) int {
	return cmp.Or(r.Dataset.Compare(o.Dataset), cmp.Compare(r.Partition, o.Partition), cmp.Compare(r.DataVersion, o.DataVersion))
}

// ReadsOf is what the run said of an input: at least its name.
func (r Run) ReadsOf(input Name) []Read {
	var out []Read
	for _, read := range r.Reads {
		if read.Dataset == input {
			out = append(out, read)
		}
	}
	if len(out) == 0 {
		return []Read{{Dataset: input}}
	}
	return out
}

// Pin finds the version of a dataset that the run read. The store's own
// version says it exactly; else it is the newest one that was committed before
// the run's START, of the partition read where its writes are known.
func (r Run) Pin(ctx context.Context, dataset AssetID, read Read, versions func(context.Context, VersionQuery) ([]Version, error)) (*Version, error) {
	for _, q := range read.questions(dataset, r.StartedAt) {
		list, err := versions(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read versions: %w", err)
		}
		for i := range list {
			if list[i].Run != r.Key { // what it wrote itself it did not read
				return &list[i], nil
			}
		}
	}
	return nil, nil
}

// questions are asked in turn: the first that has an answer decides. A version
// of the whole covers each partition.
func (r Read) questions(dataset AssetID, started time.Time) []VersionQuery {
	newest := VersionQuery{Dataset: dataset, Before: started, Untainted: true, Limit: 2}
	exact := VersionQuery{Dataset: dataset, DataVersion: r.DataVersion, Untainted: true, Limit: 2}
	out := []VersionQuery{newest}
	if r.DataVersion != "" {
		out = []VersionQuery{exact, newest}
	}
	if r.Partition == "" {
		return out
	}
	var all []VersionQuery
	for _, q := range out {
		part := q
		part.Partitions = []string{r.Partition, ""}
		all = append(all, part, q)
	}
	return all
}
