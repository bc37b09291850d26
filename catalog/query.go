package catalog

import (
	"cmp"
	"encoding/json"
	"time"
)

// Facet is an OpenLineage facet as it came.
type Facet struct {
	Key string
	// Side and Dataset are set for a facet of a run's input or output.
	Side    FacetSide
	Dataset Name
	// At is the event time of the latest statement.
	At time.Time
	// Raw is the facet byte for byte; nil for one too large to keep, of which
	// Bytes is the size.
	Raw   json.RawMessage
	Bytes int
}

// FacetSide says whether a run's facet is about an input or an output.
type FacetSide string

// The sides; a facet of the run or the asset itself has none.
const (
	FacetInput  FacetSide = "INPUT"
	FacetOutput FacetSide = "OUTPUT"
)

// Compare orders facets by (side, dataset, key).
func (f Facet) Compare(o Facet) int {
	return cmp.Or(cmp.Compare(f.Side, o.Side), f.Dataset.Compare(o.Dataset), cmp.Compare(f.Key, o.Key))
}

// VersionQuery selects versions of one dataset.
type VersionQuery struct {
	Dataset AssetID
	// Before bounds ProducedAt (exclusive); zero: no bound.
	Before time.Time
	// After bounds ProducedAt (exclusive); zero: no bound.
	After time.Time
	// Untainted leaves out versions of failed runs.
	Untainted bool
	// Run selects the versions one run made.
	Run RunKey
	// DataVersion selects by the store's own version; "" any.
	DataVersion string
	// Partitions selects versions of these parts, "" being the whole; none: any.
	Partitions []string
	Limit      int // 0: 20
}

// RunQuery selects runs; given fields all must hold.
type RunQuery struct {
	Jobs []AssetID
	// Keys or RunIDs select by identity.
	Keys   []RunKey
	RunIDs []string
	// ParentRunIDs match the run's parent or root run id.
	ParentRunIDs []string
	// DirectParentRunIDs match the run's parent run id only.
	DirectParentRunIDs []string
	ExternalIDs        []string
	States             []RunState
	StartedBefore      time.Time
	StartedAfter       time.Time
	// ActiveAfter leaves out runs that had ended by then: with StartedBefore
	// it selects what overlaps a window, also what goes on.
	ActiveAfter time.Time
	Limit       int // 0: 20
}

// CheckQuery selects check results of one dataset.
type CheckQuery struct {
	Dataset AssetID
	Since   time.Time
	Limit   int // 0: 200
}

// Look is a verified observation of data time without a run.
type Look struct {
	// DataTime is the newest data time seen, At the event time of the look.
	DataTime time.Time
	At       time.Time
}

// DecisionQuery selects decisions; given fields all must hold.
type DecisionQuery struct {
	ID    string
	Asset AssetID
	// Assets are all ids the asset ever had: rows keep the id they were
	// written with.
	Assets []AssetID
	Policy string
	// Partition selects decisions about one; "" any.
	Partition string
	// Gated selects answers of the gate to runs that named their partition.
	Gated bool
	// Outcomes and Modes select by any of them; none: all.
	Outcomes     []DecisionOutcome
	Modes        []Mode
	Since, Until time.Time // Until is exclusive
	Before       int64     // Seq, exclusive; 0: newest
	Limit        int       // 0: 50
}

// GateQuery selects final gate answers; given fields all must hold.
type GateQuery struct {
	// Jobs are the names the askers used.
	Jobs []Name
	// RunRefs are the askers' run ids.
	RunRefs []string
	// LeasedAt selects answers whose lease has not lapsed at that time.
	LeasedAt time.Time
	Limit    int // 0: 50
}

// ActionQuery selects actions; given fields all must hold.
type ActionQuery struct {
	ID    string
	Asset AssetID
	// Assets are all ids the asset ever had: rows keep the id they were
	// written with.
	Assets    []AssetID
	Connector string
	ToolJob   string
	Kinds     []ActionKind
	// Parent selects the parts of a backfill.
	Parent string
	// Undated leaves out runs for a past time.
	Undated bool
	// Partition selects those for a partition, of "" those for none; nil: all.
	Partition *string
	// AskKey selects what was asked for under a key.
	AskKey string
	States []ActionState
	// Open selects actions that are not closed, Closed the others.
	Open, Closed bool
	// Standing selects holds that no later release ended, both given under the
	// same id, and pauses that were followed and no later resume of the job ended.
	Standing bool
	// Policy is the deciding policy; Root the change that led to the action.
	Policy, Root string
	// Pool is where it takes slots.
	Pool string
	// ParentRunIDs are weir's own runs, the parents of the tool's.
	ParentRunIDs []string
	// Sent selects actions that were sent, the last sent first; SentAfter
	// those sent after a time.
	Sent      bool
	SentAfter time.Time
	// Before and After bound Seq; exclusive, 0: they do not.
	Before, After int64
	Limit         int
}
