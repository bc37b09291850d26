package ingest

import (
	"context"

	"github.com/weirhq/weir/catalog"
)

// Entry is one durable record of the journal.
type Entry = catalog.Entry

// EntryKind says what a journal entry holds.
type EntryKind = catalog.EntryKind

// The entry kinds.
const (
	EntryEvent    = catalog.EntryEvent
	EntryOperator = catalog.EntryOperator
	EntryTool     = catalog.EntryTool
)

// ToolAnswer is what a connector's poll said of a run.
type ToolAnswer = catalog.ToolAnswer

// Log is the journal: the only system of record for what was observed.
type Log interface {
	// Append returns when the entry is on disk. An error that wraps
	// catalog.ErrUnavailable means that the producer should send again.
	Append(ctx context.Context, e Entry) (catalog.Position, error)
	// After returns at most limit entries behind the position, in order, and
	// fewer of large ones: what is read at once is bounded. None are there only
	// at the end.
	After(ctx context.Context, pos catalog.Position, limit int) ([]Entry, error)
	// End is the position of the last durable entry.
	End() catalog.Position
	// Changed returns a channel that is closed once End is past pos.
	Changed(pos catalog.Position) <-chan struct{}
}
