package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/attention"
)

// PrefixAttention is that of the ids of root causes.
const PrefixAttention = "attention_"

// Attention is the view of a root cause and what is wrong because of it.
type Attention struct {
	G attention.Group
	// Ack is somebody's word about it; nil: nobody's.
	Ack *catalog.Ack
	// Told are the destinations of open incidents about its members.
	Told []string
}

// ID of the cause.
func (a *Attention) ID() string { return PrefixAttention + a.G.ID }

// State is the worst.
func (a *Attention) State() attention.State { return a.G.State }

// Cause that keeps the members.
func (a *Attention) Cause() *RootCause { return &RootCause{a.G.Root} }

// Since when.
func (a *Attention) Since() *time.Time { return at(a.G.Since) }

// LateBy is null unless something is late.
func (a *Attention) LateBy() *time.Duration { return late(a.G.LateBy) }

func late(d time.Duration) *time.Duration {
	if d <= 0 {
		return nil
	}
	d = d.Round(time.Second)
	return &d
}

// Members are a page of what is wrong.
func (a *Attention) Members(first *int, after *string) (*AffectedConnection, error) {
	page, from, more, err := Slice(a.G.Members, first, after)
	if err != nil {
		return nil, err
	}
	c := &AffectedConnection{TotalCount: len(a.G.Members)}
	for i, t := range page {
		c.Edges = append(c.Edges, AffectedEdge{Node: &Affected{t}, Cursor: OffsetCursor(from + i + 1)})
	}
	c.PageInfo = Info(c.Edges, more)
	return c, nil
}

// Acknowledgement is null when nobody's word is about what is wrong now.
func (a *Attention) Acknowledgement() *Acknowledgement {
	if a.Ack == nil {
		return nil
	}
	news, ok := a.G.News(*a.Ack)
	if !ok {
		return nil
	}
	return &Acknowledgement{A: *a.Ack, NewSince: news}
}

// Acknowledgement is the view of somebody's word.
type Acknowledgement struct {
	A        catalog.Ack
	NewSince int
}

// Actor said so.
func (a *Acknowledgement) Actor() string { return a.A.Actor }

// At that time.
func (a *Acknowledgement) At() time.Time { return a.A.At }

// Reason they gave.
func (a *Acknowledgement) Reason() string { return a.A.Reason }

// Until it holds.
func (a *Acknowledgement) Until() time.Time { return a.A.At.Add(catalog.AckHolds) }

// RootCause is the view of a root.
type RootCause struct{ R attention.Root }

// Kind of the cause.
func (r *RootCause) Kind() attention.Kind { return r.R.Kind }

// Name of it.
func (r *RootCause) Name() AssetName { return nameOf(r.R.Name) }

// Connector of its tool.
func (r *RootCause) Connector() *string { return opt(r.R.Connector) }

// Owner is whom to ask.
func (r *RootCause) Owner() *string { return opt(r.R.Owner) }

// Since when it keeps others.
func (r *RootCause) Since() *time.Time { return at(r.R.Since) }

// Says how.
func (r *RootCause) Says() string { return r.R.Says }

// Affected is the view of one thing that is wrong.
type Affected struct{ T attention.Trouble }

// ID of it.
func (a *Affected) ID() string { return "affected_" + pack(a.T.Key()) }

// Name of the asset.
func (a *Affected) Name() AssetName { return nameOf(a.T.Name) }

// PolicyName it is wrong by.
func (a *Affected) PolicyName() string { return a.T.Policy }

// Mode of the policy.
func (a *Affected) Mode() catalog.Mode { return a.T.Mode }

// Owner of the policy.
func (a *Affected) Owner() *string { return opt(a.T.Owner) }

// State it is in.
func (a *Affected) State() attention.State { return a.T.State }

// Also is what else is wrong of it.
func (a *Affected) Also() []attention.State {
	if a.T.Also == nil {
		return []attention.State{}
	}
	return a.T.Also
}

// Says why.
func (a *Affected) Says() string { return a.T.Says }

// Since when.
func (a *Affected) Since() *time.Time { return at(a.T.Since) }

// LateBy is null unless it is late.
func (a *Affected) LateBy() *time.Duration { return late(a.T.LateBy) }

// Gate was asked.
func (a *Affected) Gate() bool { return a.T.Gate }

// Action that went wrong.
func (a *Affected) Action() *string {
	if a.T.Action == "" {
		return nil
	}
	id := PrefixAction + a.T.Action
	return &id
}

// Blast counts what lies downstream.
type Blast struct {
	Assets, Dashboards int
	Complete           bool
}

// AffectedEdge is one of a page.
type AffectedEdge struct {
	Node   *Affected
	Cursor string
}

func (e AffectedEdge) cursor() string { return e.Cursor }

// AffectedConnection is a page.
type AffectedConnection struct {
	Edges      []AffectedEdge
	PageInfo   PageInfo
	TotalCount int
}

// Nodes are the page without cursors.
func (c *AffectedConnection) Nodes() []*Affected {
	return nodesOf(c.Edges, func(e AffectedEdge) *Affected { return e.Node })
}

// AttentionCount is how many are in one state.
type AttentionCount struct {
	State attention.State
	Count int
}

// AttentionEdge is one of a page.
type AttentionEdge struct {
	Node   *Attention
	Cursor string
}

func (e AttentionEdge) cursor() string { return e.Cursor }

// AttentionConnection is a page.
type AttentionConnection struct {
	Edges      []AttentionEdge
	PageInfo   PageInfo
	TotalCount int
	Counts     []AttentionCount
	Waiting    int
	Cut        *string
}

// Nodes are the page without cursors.
func (c *AttentionConnection) Nodes() []*Attention {
	return nodesOf(c.Edges, func(e AttentionEdge) *Attention { return e.Node })
}
