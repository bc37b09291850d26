package catalog

import "time"

// EntryKind says what a journal entry holds.
type EntryKind uint8

// The entry kinds.
const (
	// EntryEvent is an OpenLineage event, byte for byte.
	EntryEvent EntryKind = 1
	// EntryOperator is a person's statement (OperatorFact as JSON).
	EntryOperator EntryKind = 2
	// EntryTool is a tool's own answer about a run (ToolAnswer as JSON).
	EntryTool EntryKind = 3
)

// Entry is one durable record of the journal.
type Entry struct {
	Position   Position
	Kind       EntryKind
	ReceivedAt time.Time
	// Flags are decided at append and stored, because they need the
	// receiver's clock: "future" for an event more than 24 h ahead.
	Flags []Flag
	Body  []byte
}

// ToolAnswer is what a connector's poll said of a run: it outranks the
// attempt's own events where they contradict.
type ToolAnswer struct {
	Job        Name      `json:"job"`
	RunID      string    `json:"runId"`
	State      RunState  `json:"state"`
	At         time.Time `json:"at"`
	Raw        string    `json:"raw,omitempty"`
	Connector  string    `json:"connector"`
	ExternalID string    `json:"externalId,omitempty"`
}

// Projected is one journal entry, interpreted: its facts, or why it has none.
type Projected struct {
	Position Position
	Facts    *Facts
	// ParkCode and ParkReason are set when the entry makes no facts.
	ParkCode, ParkReason string
}

// Touched says what a projected batch may have changed: a hint for those who
// decide, never the truth.
type Touched struct {
	Assets   []AssetID
	Runs     []RunKey
	Position Position
}

// Final is what a follower applies: the final rows of the assets that changed
// up to Position, and the ids that no asset has any more.
type Final struct {
	Position Position
	Rows     []Row
	Removed  []AssetID
}
