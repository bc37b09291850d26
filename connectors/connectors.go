package connectors

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Connector is one configured instance of a tool.
type Connector interface {
	// Kind is the tool ("airflow"), Instance the configured name; the
	// instance is part of the identity of every job the tool runs.
	Kind() string
	Instance() string
	// Probe looks at the tool: is it there, which version, as whom.
	Probe(ctx context.Context) (Probe, error)
	// Claims reports whether this instance can start the job, and under
	// which of the tool's own names.
	Claims(ctx context.Context, job catalog.Name) (toolJob string, ok bool)
}

// Probe is what a look at the tool found.
type Probe struct {
	Version string
	// ClockOffset is the tool's clock minus ours, to a second or so; nil when it
	// does not tell its time.
	ClockOffset  *time.Duration
	Capabilities []Capability
}

// Capability is one thing a connector can do.
type Capability struct {
	Name string // "start", "start.key", "find.by_key", "stop", "pause", "watch.fleet" ...
	// Level is native, emulated or none; Reason says why it is not native.
	Level, Reason string
}

// StartRequest is the whole intent. The engine freezes it in the ledger before
// the first send, so that every resend is byte-equal.
type StartRequest struct {
	// Target is the tool's own job name.
	Target string
	// Key is the action's key; connectors derive the tool's key from it.
	Key       string
	RunAfter  time.Time
	Params    map[string]any
	Partition string
	// Nominal is the time that the run is for; zero: for now.
	Nominal time.Time
	// From and To are the time that the partition stands for; zero: none.
	From, To time.Time
	// Parent is weir's own run, given to the tool as the OpenLineage parent.
	Parent catalog.RunRef
}

// StartResult is what the tool said.
type StartResult struct {
	ExternalID string
	URL        string
	// Duplicate: the tool had this key already and gave the same run.
	Duplicate bool
	State     catalog.RunState
}

// RunState is what the tool knows of a run.
type RunState struct {
	ExternalID string
	Target     string
	State      catalog.RunState
	// Raw is the tool's own word: unknown words are UNKNOWN, which is not
	// terminal, and the word is kept.
	Raw       string
	StartedAt time.Time
	EndedAt   time.Time
	URL       string
	Message   string
	// Stopping: the tool was asked to end it.
	Stopping bool
}

// Starter starts jobs.
type Starter interface {
	// Start sends the intent once. A *Error says whether it was applied. The
	// caller has looked at the tool's pause switch (Pauser): Start need not.
	Start(ctx context.Context, r StartRequest) (StartResult, error)
	// Keyed: the tool itself gives one run for one key, so that sending the
	// same intent again is safe.
	Keyed() bool
	// ExternalID is the tool's id of the run the request would make, when it
	// can be known beforehand, else "".
	ExternalID(r StartRequest) string
	// PredictedRunIDs are the OpenLineage run ids that the tool will report,
	// when they can be computed beforehand.
	PredictedRunIDs(r StartRequest) []string
}

// Finder looks for a run by the key it was started with: none, one, or, where
// the tool does not keep keys apart, several.
type Finder interface {
	Find(ctx context.Context, r StartRequest) ([]RunState, error)
}

// Getter asks for one run.
type Getter interface {
	Get(ctx context.Context, target, externalID string) (RunState, error)
}

// Poller lists what changed since a cursor, over all jobs at once.
type Poller interface {
	// Poll returns what changed and the next cursor; "" is the beginning.
	// It may repeat what it said before. Batch.Events are OpenLineage events
	// of a tool that sends none itself: equal bytes at every look.
	Poll(ctx context.Context, cursor string) (Batch, string, error)
}

// Batch is what a poll found.
type Batch struct {
	Runs   []RunState
	Events [][]byte
}

// Stopper asks a run to end. Requested is not stopped: the tool's events say
// when.
type Stopper interface {
	Stop(ctx context.Context, target, externalID string) error
}

// Dater is a Starter whose runs can be for a past time (StartRequest.Nominal).
type Dater interface{ Dates() bool }

// Rerunner runs an ended run once more, in its place: the tasks that failed,
// or all.
type Rerunner interface {
	// LookBefore reads how the run stands, before and after a rerun.
	LookBefore(ctx context.Context, r RerunRequest) (Try, error)
	// Rerun asks once. A *Error says whether it was applied.
	Rerun(ctx context.Context, r RerunRequest) error
	// KeyedRerun: the tool makes one rerun of one key, so that asking again is
	// safe. Elsewhere the mark of the try tells.
	KeyedRerun() bool
}

// RerunRequest is the whole intent of a rerun.
type RerunRequest struct {
	Target, ExternalID string
	Key                string
	// Whole asks for all tasks, not only for those that failed.
	Whole bool
	// Known are the OpenLineage run ids of the tries that were heard of.
	Known []string
}

// Try is how a run stands that may be run again.
type Try struct {
	RunState
	// Mark changes with each try: equal marks are the same try.
	Mark string
	// NextRunIDs are the OpenLineage run ids that the next try will have,
	// when they can be computed.
	NextRunIDs []string
}

// Pauser looks at and changes the tool's own pause switch.
type Pauser interface {
	Paused(ctx context.Context, target string) (bool, error)
	SetPaused(ctx context.Context, target string, paused bool) error
}

// EventMaker marks a connector that makes the tool's OpenLineage events, so
// that a terminal state it polled needs no grace for late events.
type EventMaker interface{ MakesEvents() bool }
