package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// AssetPartition is the view of one partition.
type AssetPartition struct{ P policies.PartStanding }

// Key is the canonical name.
func (p *AssetPartition) Key() string { return p.P.Key }

// PolicyName is whose it is; null where none wants it.
func (p *AssetPartition) PolicyName() *string { return opt(p.P.Policy) }

// State of the partition.
func (p *AssetPartition) State() policies.PartitionState { return p.P.State }

// Says is the sentence.
func (p *AssetPartition) Says() string { return p.P.Says }

// From is where the period begins.
func (p *AssetPartition) From() *time.Time { return at(p.P.From) }

// To is where the period ends.
func (p *AssetPartition) To() *time.Time { return at(p.P.To) }

// Deadline is when it should be there.
func (p *AssetPartition) Deadline() *time.Time { return at(p.P.Due) }

// MadeAt is when it was made last, by a run that did not fail.
func (p *AssetPartition) MadeAt() *time.Time {
	if p.P.Made == nil {
		return nil
	}
	return at(p.P.Made.ProducedAt)
}

// Versions are the newest.
func (p *AssetPartition) Versions() []*Version {
	return each(p.P.Last, func(v catalog.Version) *Version { return &Version{V: v} })
}

// Inputs are what it is made of.
func (p *AssetPartition) Inputs() []*PartitionInput {
	return each(p.P.Inputs, func(in policies.PartInput) *PartitionInput { return &PartitionInput{in} })
}

// PartitionInput is what an input has for a partition.
type PartitionInput struct{ P policies.PartInput }

// Input is the policy's word for it.
func (p *PartitionInput) Input() string { return p.P.Input }

// Wanted is how many of its partitions belong to this one.
func (p *PartitionInput) Wanted() int { return p.P.Mapped }

// There is how many of them there are.
func (p *PartitionInput) There() int { return p.P.There }

// Missing are the first of the others.
func (p *PartitionInput) Missing() []string { return append([]string{}, p.P.Missing...) }

// Newest is when the newest of them was made.
func (p *PartitionInput) Newest() *time.Time {
	if p.P.Newest == nil {
		return nil
	}
	return at(p.P.Newest.ProducedAt)
}

// AssetPartitionEdge is one of a page.
type AssetPartitionEdge struct {
	Node   *AssetPartition
	Cursor string
}

func (e AssetPartitionEdge) cursor() string { return e.Cursor }

// AssetPartitionConnection is a page.
type AssetPartitionConnection struct {
	Edges      []AssetPartitionEdge
	PageInfo   PageInfo
	TotalCount *int
	// Complete: no partition was left out.
	Complete bool
}

// Nodes are the page without cursors.
func (c *AssetPartitionConnection) Nodes() []*AssetPartition {
	return nodesOf(c.Edges, func(e AssetPartitionEdge) *AssetPartition { return e.Node })
}
