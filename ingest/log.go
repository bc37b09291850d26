package ingest

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// EntryKind says what a journal entry holds.
type EntryKind uint8

// The entry kinds.
const (
	// EntryEvent is an OpenLineage event, byte for byte.
	EntryEvent EntryKind = 1
	// EntryOperator is a person's statement (catalog.OperatorFact as JSON).
	EntryOperator EntryKind = 2
	// EntryTool is a tool's own answer about a run (ToolAnswer as JSON).
	EntryTool EntryKind = 3
)

// Entry is one durable record of the journal.
type Entry struct {
	Position   catalog.Position
	Kind       EntryKind
	ReceivedAt time.Time
	// Flags are decided at append and stored, because they need the
	// receiver's clock: "future" for an event more than 24 h ahead.
	Flags []catalog.Flag
	Body  []byte
}

// Log is the journal: the only system of record for what was observed.
type Log interface {
	// Append returns when the entry is on disk. An error that wraps
	// catalog.ErrUnavailable means that nothing was kept and the producer
	// should send again.
	Append(ctx context.Context, e Entry) (catalog.Position, error)
	// After returns at most limit entries behind the position, in order.
	After(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
	// End is the position of the last durable entry.
	End() catalog.Position
	// Changed is closed when End moves past pos.
	Changed(pos catalog.Position) <-chan struct{}
}

// ToolAnswer is what a connector's poll said of a run: it outranks the
// attempt's own events where they contradict.
type ToolAnswer struct {
	Job        catalog.Name     `json:"job"`
	RunID      string           `json:"runId"`
	State      catalog.RunState `json:"state"`
	At         time.Time        `json:"at"`
	Raw        string           `json:"raw,omitempty"`
	Connector  string           `json:"connector"`
	ExternalID string           `json:"externalId,omitempty"`
}
