package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Since is when it became late; null unless it is.
func (f *Freshness) Since() *time.Time {
	if f.F.State != policies.Late {
		return nil
	}
	return at(f.F.Deadline)
}

// ExpectedAt is when the data will be there.
func (f *Freshness) ExpectedAt() *time.Time { return at(f.F.ExpectedAt) }

// Chance is that of meeting the deadline; null when nobody knows, or it was
// missed.
func (f *Freshness) Chance() *float64 {
	if !f.F.MeetKnown || f.F.State == policies.Late {
		return nil
	}
	return &f.F.Meet
}

// Cause is the step that keeps it.
func (f *Freshness) Cause() *Cause {
	if f.F.Cause == nil {
		return nil
	}
	return &Cause{*f.F.Cause}
}

// Cause is the view of the step that keeps an asset from being in time.
type Cause struct{ C policies.Cause }

// Asset is its id.
func (c *Cause) Asset() string { return AssetID(c.C.Asset) }

// Name it has.
func (c *Cause) Name() AssetName { return nameOf(c.C.Name) }

// PolicyName is the policy about it.
func (c *Cause) PolicyName() *string { return opt(c.C.Policy) }

// Owner is whom to ask.
func (c *Cause) Owner() *string { return opt(c.C.Owner) }

// Since is when it began to.
func (c *Cause) Since() *time.Time { return at(c.C.Since) }

// Says is a sentence.
func (c *Cause) Says() string { return c.C.Says }

// Sla is how an asset stands by one policy.
type Sla struct {
	E policies.Evaluated
	B policies.Budget
}

// ID is that of the asset.
func (s *Sla) ID() string { return AssetID(s.E.Asset) }

// Name of the asset.
func (s *Sla) Name() AssetName { return nameOf(s.E.Name) }

// Policy it is about.
func (s *Sla) Policy() *Policy { return &Policy{s.E.Policy} }

// Owner of the policy.
func (s *Sla) Owner() *string { return opt(s.E.Policy.Owner) }

// Freshness of the asset.
func (s *Sla) Freshness() *Freshness { return NewFreshness(s.E) }

// Budget of the month; null where the want has no bound in time.
func (s *Sla) Budget() *Budget {
	if !s.E.Policy.Bounded() {
		return nil
	}
	return &Budget{s.B}
}

// Budget is the view of a month's.
type Budget struct{ B policies.Budget }

// From is the beginning of the month.
func (b *Budget) From() time.Time { return b.B.From }

// To is its end.
func (b *Budget) To() time.Time { return b.B.To }

// Objective is the share to be in time.
func (b *Budget) Objective() *float64 {
	if b.B.Objective == 0 {
		return nil
	}
	return &b.B.Objective
}

// Allowed is how long it may be late.
func (b *Budget) Allowed() *time.Duration { return b.declared(b.B.Allowed) }

// Spent is how long it was.
func (b *Budget) Spent() time.Duration { return b.B.Spent.Round(time.Second) }

// Left is the rest.
func (b *Budget) Left() *time.Duration { return b.declared(b.B.Left) }

// Breaches is how many there were.
func (b *Budget) Breaches() int { return b.B.Breaches }

func (b *Budget) declared(d time.Duration) *time.Duration {
	if b.B.Objective == 0 {
		return nil
	}
	d = d.Round(time.Second)
	return &d
}

// Breach is the view of a time during which an asset was late.
type Breach struct {
	B   catalog.Breach
	now time.Time
}

// NewBreach shows a breach as of a time.
func NewBreach(b catalog.Breach, now time.Time) *Breach { return &Breach{b, now} }

// Target is the id of the asset.
func (b *Breach) Target() string { return AssetID(b.B.Target) }

// Name the asset had.
func (b *Breach) Name() AssetName { return nameOf(b.B.Name) }

// PolicyName is by whose deadline.
func (b *Breach) PolicyName() string { return b.B.Policy }

// Owner of the policy.
func (b *Breach) Owner() *string { return opt(b.B.Owner) }

// Since is when it became late.
func (b *Breach) Since() time.Time { return b.B.Since }

// Until is null while it is.
func (b *Breach) Until() *time.Time { return b.B.Until }

// Lasted so long, or so far.
func (b *Breach) Lasted() time.Duration {
	end := b.now
	if b.B.Until != nil {
		end = *b.B.Until
	}
	return b.B.Within(b.B.Since, end, b.now).Round(time.Second)
}

// CauseName is the asset that kept it.
func (b *Breach) CauseName() *AssetName {
	if b.B.Cause.IsZero() {
		return nil
	}
	n := nameOf(b.B.Cause)
	return &n
}

// CauseOwner answers for that.
func (b *Breach) CauseOwner() *string { return opt(b.B.CauseOwner) }

// Says is a sentence.
func (b *Breach) Says() string { return b.B.Says }

// SlaEdge is one of a page.
type SlaEdge struct {
	Node   *Sla
	Cursor string
}

func (e SlaEdge) cursor() string { return e.Cursor }

// SlaConnection is a page.
type SlaConnection struct {
	Edges      []SlaEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *SlaConnection) Nodes() []*Sla {
	return nodesOf(c.Edges, func(e SlaEdge) *Sla { return e.Node })
}

// BreachEdge is one of a page.
type BreachEdge struct {
	Node   *Breach
	Cursor string
}

func (e BreachEdge) cursor() string { return e.Cursor }

// BreachConnection is a page.
type BreachConnection struct {
	Edges    []BreachEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *BreachConnection) Nodes() []*Breach {
	return nodesOf(c.Edges, func(e BreachEdge) *Breach { return e.Node })
}
