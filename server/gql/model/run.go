package model

import (
	"maps"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Run is the view of a run.
type Run struct{ R catalog.Run }

// IsNode marks it.
func (*Run) IsNode() {}

// ID is the node id.
func (r *Run) ID() string { return RunID(r.R.Key) }

// RunID is the producer's.
func (r *Run) RunID() string { return r.R.Key.RunID }

// Attempt counts from 1.
func (r *Run) Attempt() int { return r.R.Attempt }

// NominalStart and the others are as catalog.Run has them.
func (r *Run) NominalStart() *time.Time { return r.R.NominalStart }

// NominalEnd ends the scheduled interval.
func (r *Run) NominalEnd() *time.Time { return r.R.NominalEnd }

// StartedAt is null when no START came.
func (r *Run) StartedAt() *time.Time {
	if !r.R.StartKnown {
		return nil
	}
	return at(r.R.StartedAt)
}

// EndedAt is null while it goes on.
func (r *Run) EndedAt() *time.Time { return r.R.EndedAt }

// ExternalID is the tool's own id.
func (r *Run) ExternalID() *string { return opt(r.R.ExternalID) }

// CodeHash is what the code that ran means.
func (r *Run) CodeHash() *string { return opt(r.R.CodeHash) }

// CodeVersion is that of the code that ran.
func (r *Run) CodeVersion() *string { return opt(r.R.CodeVersion) }

// Engine is what ran it.
func (r *Run) Engine() *Engine {
	e := r.R.Engine
	if e == nil {
		return nil
	}
	return &Engine{Name: e.Name, Version: opt(e.Version), Adapter: opt(e.Adapter)}
}

// Engine is what ran a run.
type Engine struct {
	Name             string
	Version, Adapter *string
}

// ExternalQuery is its key in a query history.
func (r *Run) ExternalQuery() *ExternalQuery {
	q := r.R.Query
	if q == nil {
		return nil
	}
	return &ExternalQuery{ID: q.ID, Source: opt(q.Source)}
}

// ExternalQuery is a key in a query history.
type ExternalQuery struct {
	ID     string
	Source *string
}

// LineageIncomplete says that not all lineage was read.
func (r *Run) LineageIncomplete() bool { return r.R.Incomplete }

// Flags say what is odd.
func (r *Run) Flags() []string { return append([]string{}, r.R.Flags...) }

// LastEventAt is the time of the latest event.
func (r *Run) LastEventAt() time.Time { return r.R.LastEventAt }

// Error is the tool's word.
func (r *Run) Error() *string { return opt(r.R.Error) }

// Read is what a run read of one input.
type Read struct {
	// Asset is what the input's name is now.
	Asset                  catalog.AssetID
	Partition, DataVersion *string
	// Version is nil when none is known.
	Version *Version
}

// NewRead shows a read.
func NewRead(r catalog.Read, asset catalog.AssetID, v *catalog.Version) *Read {
	out := &Read{Asset: asset, Partition: opt(r.Partition), DataVersion: opt(r.DataVersion)}
	if v != nil {
		out.Version = &Version{V: *v}
	}
	return out
}

// Version is the view of one write.
type Version struct{ V catalog.Version }

// IsNode marks it.
func (*Version) IsNode() {}

// ID is the node id.
func (v *Version) ID() string { return VersionID(v.V) }

// Partition is null for the whole.
func (v *Version) Partition() *string { return opt(v.V.Partition) }

// ProducedAt is when its run completed.
func (v *Version) ProducedAt() time.Time { return v.V.ProducedAt }

// DataTime is the source's own.
func (v *Version) DataTime() *time.Time { return at(v.V.DataTime) }

// DataVersion is the producer's own.
func (v *Version) DataVersion() *string { return opt(v.V.DataVersion) }

// CodeHash is what the code that wrote it means.
func (v *Version) CodeHash() *string { return opt(v.V.CodeHash) }

// CodeVersion is that of the code that wrote it.
func (v *Version) CodeVersion() *string { return opt(v.V.CodeVersion) }

// Tainted says that its run failed.
func (v *Version) Tainted() bool { return v.V.Tainted }

// RowCount and the others are what was written; null when not stated.
func (v *Version) RowCount() *float64 { return float(v.V.RowCount) }

// Bytes written.
func (v *Version) Bytes() *float64 { return float(v.V.Bytes) }

// FileCount written.
func (v *Version) FileCount() *float64 { return float(v.V.FileCount) }

// float is for counts that are too large for GraphQL's Int.
func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}

// Check is the view of a check result.
type Check struct{ C catalog.Check }

// Name of the check.
func (c *Check) Name() string { return c.C.Name }

// Field is the column.
func (c *Check) Field() *string { return opt(c.C.Field) }

// Outcome of the check.
func (c *Check) Outcome() catalog.CheckResult { return c.C.Outcome }

// Blocking says whether it may hold a consumer.
func (c *Check) Blocking() bool { return c.C.Blocking() }

// Message is the tool's.
func (c *Check) Message() *string { return opt(c.C.Message) }

// At is when it was reported.
func (c *Check) At() time.Time { return c.C.At }

// ReadCount is how many reads it named: each input, once for each partition.
func (r *Run) ReadCount() int {
	n, silent := 0, map[catalog.Name]bool{}
	for _, in := range r.R.Inputs {
		silent[in] = true
	}
	inputs := maps.Clone(silent)
	for _, read := range r.R.Reads {
		if inputs[read.Dataset] {
			n++
			delete(silent, read.Dataset)
		}
	}
	return n + len(silent)
}

// OutputCount is how many datasets it named as written.
func (r *Run) OutputCount() int { return len(r.R.Outputs) }
