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

// FlagDamaged is the code of an entry that the disk did not keep as it was
// written: it has no body.
const FlagDamaged = "damaged"

// Entry is one durable record of the journal.
type Entry struct {
	Position   Position
	Kind       EntryKind
	ReceivedAt time.Time
	// Flags are decided at append and stored, because they need the
	// receiver's clock: "future" for an event more than 24 h ahead.
	Flags []Flag
	Body  []byte
	// Read is what the door read out of Body, as long as the journal has both in
	// memory; nil for an entry read from disk. It says nothing that Body does not
	// say, and nobody may change it.
	Read any
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
	Received time.Time
	Facts    *Facts
	// ParkCode and ParkReason are set when the entry makes no facts; About
	// then says what readers of the quarantine see of it.
	ParkCode, ParkReason string
	About                Parked
	// Entry is what is parked, as it came; nil where that cannot be told any more.
	Entry *Entry
	// Again is the parked entry that an operator's replay at Position reads
	// once more.
	Again *Projected
}

// Parked is an entry of the journal that made no facts: it is kept until it is
// replayed or dropped.
type Parked struct {
	Position   Position
	ReceivedAt time.Time
	// Code is stable: an openlineage flag, or panic, projection, decode, kind,
	// operator or tool. Where is a JSON pointer into the body.
	Code, Where, Reason string
	// Version is the weir that set it aside.
	Version  string
	Producer string
	// Job and Datasets are what the entry names, as far as it can be read; at
	// most MaxParkedNames datasets.
	Job      *Name
	Datasets []Name
	// Bytes is the size of the body.
	Bytes int
}

// MaxParkedNames is how many datasets of a parked entry are listed.
const MaxParkedNames = 20

// ParkedQuery asks for parked entries, newest first.
type ParkedQuery struct {
	// Before is a position to go on from; 0 from the newest.
	Before Position
	// At asks for one entry.
	At Position
	// NotBy leaves out what this version of weir set aside.
	NotBy string
	Limit int
}

// Touched says what a projected batch may have changed: a hint for those who
// decide, never the truth.
type Touched struct {
	Assets []AssetID
	Runs   []RunKey
	// Rows: rows of assets changed, so that there may be new assets, or others
	// may be called so or belong to somebody else.
	Rows bool
	// Regrouped: names belong to other assets now.
	Regrouped bool
	Position  Position
	// Received is when the oldest entry came in.
	Received time.Time
	// Written holds from when on the versions and looks of an asset changed, when
	// Sure: then those of an asset that is not in it are as they were.
	Written map[AssetID]time.Time
	Sure    bool
}

// Since is from when on the versions and looks of an asset may have changed: what
// was there before that still was. none: they are all as they were.
func (t Touched) Since(id AssetID) (at time.Time, none bool) {
	at, ok := t.Written[id]
	return at, t.Sure && !ok
}

// Projection names a projection of the journal. What follows the positions of
// one must not go on with those of another.
type Projection struct {
	ID int64
	// Anew: a rebuild or a restore made it. What does not say whose positions it
	// counts follows another one then.
	Anew bool
}

// Final is what a follower applies: the final rows of the assets that changed
// up to Position, and the ids that no asset has any more. Rows are shared among
// followers: nobody changes them.
type Final struct {
	Position Position
	Rows     []Row
	Removed  []AssetID
}
