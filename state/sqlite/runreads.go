package sqlite

import (
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// inputBody is what a run said of an input: the store's own version (the
// latest wins) and the parts it read, sorted.
type inputBody struct {
	DataVersionAt int64    `json:"da,omitempty"`
	DataVersion   string   `json:"d,omitempty"`
	Partitions    []string `json:"p,omitempty"`
	// Whole: there were more parts than are kept.
	Whole bool `json:"w,omitempty"`
}

// maxReadParts bounds the parts kept of one input of a run; a run that read
// more of them means the dataset.
const maxReadParts = 1000

// input files what an event says of an input.
func (r *runRec) input(pk int64, f catalog.IOFact, at time.Time) {
	if f.DataVersion == "" && f.Partition == "" {
		return
	}
	if r.body.Inputs == nil {
		r.body.Inputs = map[int64]inputBody{}
	}
	in := r.body.Inputs[pk]
	if f.DataVersion != "" && newer(at.UnixNano(), f.DataVersion, in.DataVersionAt, in.DataVersion) {
		in.DataVersionAt, in.DataVersion = at.UnixNano(), f.DataVersion
	}
	if !in.Whole {
		in.Partitions = withPartition(in.Partitions, f.Partition)
	}
	if len(in.Partitions) > maxReadParts {
		in.Partitions, in.Whole = nil, true
	}
	r.body.Inputs[pk] = in
}

// reads are the run's inputs of which it said more than the name, in order.
func (h *History) reads(r *runRec) []catalog.Read {
	var out []catalog.Read
	for pk, in := range r.body.Inputs {
		read := catalog.Read{Dataset: h.named(pk), DataVersion: in.DataVersion}
		for _, read.Partition = range in.Partitions {
			out = append(out, read)
		}
		if len(in.Partitions) == 0 && read.DataVersion != "" {
			out = append(out, read)
		}
	}
	slices.SortFunc(out, catalog.Read.Compare)
	return out
}
