package model

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// QuarantinedEvent is the view of an entry that made no facts.
type QuarantinedEvent struct{ P catalog.Parked }

// Position is its place in the journal.
func (e QuarantinedEvent) Position() catalog.Position { return e.P.Position }

// ReceivedAt is when it came.
func (e QuarantinedEvent) ReceivedAt() time.Time { return e.P.ReceivedAt }

// Code is why it was set aside.
func (e QuarantinedEvent) Code() string { return e.P.Code }

// Where is the place in the body; nil for the whole of it.
func (e QuarantinedEvent) Where() *string { return opt(e.P.Where) }

// Message is what is wrong.
func (e QuarantinedEvent) Message() string { return e.P.Reason }

// Version is the weir that set it aside.
func (e QuarantinedEvent) Version() string { return e.P.Version }

// Producer is who made it.
func (e QuarantinedEvent) Producer() *string { return opt(e.P.Producer) }

// Job is the job it names.
func (e QuarantinedEvent) Job() *AssetName {
	if e.P.Job == nil {
		return nil
	}
	n := nameOf(*e.P.Job)
	return &n
}

// Datasets are the first datasets it names.
func (e QuarantinedEvent) Datasets() []AssetName {
	out := []AssetName{}
	for _, n := range e.P.Datasets {
		out = append(out, nameOf(n))
	}
	return out
}

// Bytes is the size of the body.
func (e QuarantinedEvent) Bytes() int { return e.P.Bytes }
