package model

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/messenger"
)

// maxSubjects bounds the assets that an incident lists; all are counted.
const maxSubjects = 50

// Incident is the view of something that is wrong now.
type Incident struct{ I catalog.Incident }

// ID of this incident.
func (i *Incident) ID() string { return i.I.ID }

// Kind as policies name it.
func (i *Incident) Kind() string { return string(i.I.Kind) }

// Policy is null for a kill switch.
func (i *Incident) Policy() *string { return opt(i.I.Policy) }

// Owner of the policy.
func (i *Incident) Owner() *string { return opt(i.I.Owner) }

// CausedBy is who was told because a step of theirs causes it.
func (i *Incident) CausedBy() *string { return opt(i.I.CausedBy) }

// OpenedAt is when it was told.
func (i *Incident) OpenedAt() time.Time { return i.I.OpenedAt }

// Destinations that were told.
func (i *Incident) Destinations() []string { return i.I.Destinations }

// Total counts the assets.
func (i *Incident) Total() int { return len(i.I.Subjects) }

// Subjects are the first of them.
func (i *Incident) Subjects() []IncidentSubject {
	list := i.I.Subjects[:min(len(i.I.Subjects), maxSubjects)]
	return each(list, func(s catalog.IncidentSubject) IncidentSubject { return IncidentSubject{s} })
}

// IncidentSubject is the view of one asset of an incident.
type IncidentSubject struct{ S catalog.IncidentSubject }

// Target is null for a kill switch.
func (s IncidentSubject) Target() *string {
	if s.S.ID.IsZero() {
		return nil
	}
	id := AssetID(s.S.ID)
	return &id
}

// Name as policies write it.
func (s IncidentSubject) Name() string { return s.S.Asset }

// Action of weir, where one failed or waits.
func (s IncidentSubject) Action() *string {
	if s.S.Action == "" {
		return nil
	}
	return opt(PrefixAction + s.S.Action)
}

// Says is a sentence.
func (s IncidentSubject) Says() string { return s.S.Says }

// Since is when it went wrong.
func (s IncidentSubject) Since() time.Time { return s.S.Since }

// Notice is the view of one message to one destination.
type Notice struct {
	n    catalog.Notice
	told messenger.Notice
}

// NewNotice reads what the outbox keeps.
func NewNotice(n catalog.Notice) (*Notice, error) {
	v := &Notice{n: n}
	if err := json.Unmarshal(n.Body, &v.told); err != nil {
		return nil, fmt.Errorf("read notice %s: %w", n.ID, err)
	}
	return v, nil
}

// ID is the same at each attempt.
func (n *Notice) ID() string { return n.n.ID }

// Incident it is about.
func (n *Notice) Incident() string { return n.n.Incident }

// Destination it is for.
func (n *Notice) Destination() string { return n.n.Destination }

// State of its delivery.
func (n *Notice) State() catalog.NoticeState { return n.n.State }

// At is when there was something to tell.
func (n *Notice) At() time.Time { return n.n.At }

// Due is when it is tried next; null once it is not.
func (n *Notice) Due() *time.Time {
	if n.n.State != catalog.NoticePending {
		return nil
	}
	return at(n.n.Due)
}

// Attempts that were made.
func (n *Notice) Attempts() int { return n.n.Attempts }

// Error of the last attempt.
func (n *Notice) Error() *string { return opt(n.n.Error) }

// Tells is opened, spread or resolved.
func (n *Notice) Tells() string { return string(n.told.State) }

// Kind as policies name it.
func (n *Notice) Kind() string { return n.told.Kind }

// Policy is null for a kill switch.
func (n *Notice) Policy() *string { return opt(n.told.Policy) }

// Owner of the policy.
func (n *Notice) Owner() *string { return opt(n.told.Owner) }

// CausedBy is who is told because a step of theirs causes it.
func (n *Notice) CausedBy() *string { return opt(n.told.CausedBy) }

// Says is the notice in one line.
func (n *Notice) Says() string { return n.told.Headline() }

// IncidentEdge is one of a page.
type IncidentEdge struct {
	Node   *Incident
	Cursor string
}

func (e IncidentEdge) cursor() string { return e.Cursor }

// IncidentConnection is a page.
type IncidentConnection struct {
	Edges      []IncidentEdge
	PageInfo   PageInfo
	TotalCount int
}

// Nodes are the page without cursors.
func (c *IncidentConnection) Nodes() []*Incident {
	return nodesOf(c.Edges, func(e IncidentEdge) *Incident { return e.Node })
}

// NoticeEdge is one of a page.
type NoticeEdge struct {
	Node   *Notice
	Cursor string
}

func (e NoticeEdge) cursor() string { return e.Cursor }

// NoticeConnection is a page.
type NoticeConnection struct {
	Edges    []NoticeEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *NoticeConnection) Nodes() []*Notice {
	return nodesOf(c.Edges, func(e NoticeEdge) *Notice { return e.Node })
}
