package catalog

import (
	"cmp"
	"crypto/sha256"
	"strconv"
	"time"
)

// RunState is the state of a run in weir's words.
type RunState string

// The run states. PARTIAL is neither success nor failure; UNKNOWN is a value.
const (
	RunQueued    RunState = "QUEUED"
	RunRunning   RunState = "RUNNING"
	RunSucceeded RunState = "SUCCEEDED"
	RunFailed    RunState = "FAILED"
	RunCancelled RunState = "CANCELLED"
	RunSkipped   RunState = "SKIPPED"
	RunPartial   RunState = "PARTIAL"
	RunUnknown   RunState = "UNKNOWN"
)

// Terminal reports whether no further event is expected in this attempt.
func (s RunState) Terminal() bool {
	switch s {
	case RunSucceeded, RunFailed, RunCancelled, RunSkipped, RunPartial:
		return true
	}
	return false
}

// RunKey identifies a run: the job name it came with and the producer's runId.
type RunKey struct {
	Job   Name   `json:"job"`
	RunID string `json:"runId"`
}

// IsZero reports whether the key is unset.
func (k RunKey) IsZero() bool { return k.RunID == "" }

// ID is the opaque text id of the run, made from its key.
func (k RunKey) ID() string { return hashID("run", k.Job.Namespace, k.Job.Name, k.RunID) }

// Run is one run with its attempts folded (FoldRun).
type Run struct {
	Key RunKey `json:"key"`
	// Asset is the job's asset now.
	Asset   AssetID  `json:"asset"`
	State   RunState `json:"state"`
	Attempt int      `json:"attempt"`
	// StartedAt is the START of the last attempt; StartKnown is false when no
	// START came and the first event's time stands in.
	StartedAt    time.Time  `json:"startedAt"`
	StartKnown   bool       `json:"startKnown"`
	EndedAt      *time.Time `json:"endedAt,omitempty"`
	LastEventAt  time.Time  `json:"lastEventAt"`
	NominalStart *time.Time `json:"nominalStart,omitempty"`
	NominalEnd   *time.Time `json:"nominalEnd,omitempty"`
	Parent       *RunRef    `json:"parent,omitempty"`
	Root         *RunRef    `json:"root,omitempty"`
	ExternalID   string     `json:"externalId,omitempty"`
	CodeVersion  string     `json:"codeVersion,omitempty"`
	// CodeHash is what the code that ran means, comments and layout aside.
	CodeHash  string `json:"codeHash,omitempty"`
	Error     string `json:"error,omitempty"`
	Streaming bool   `json:"streaming,omitempty"`
	// Snapshot: each of its events is complete in itself.
	Snapshot bool `json:"snapshot,omitempty"`
	// Window lies between two events of a PERIODIC emitter; 0 unknown.
	Window time.Duration `json:"window,omitempty"`
	// Incomplete: its producer could not read all of the lineage.
	Incomplete bool           `json:"incomplete,omitempty"`
	Engine     *Engine        `json:"engine,omitempty"`
	Query      *ExternalQuery `json:"query,omitempty"`
	// Inputs and Outputs are the names the run used, sorted.
	Inputs  []Name `json:"inputs,omitempty"`
	Outputs []Name `json:"outputs,omitempty"`
	// Reads is what the run said of the parts and versions of its inputs, in
	// order; an input that it only named has none.
	Reads []Read `json:"reads,omitempty"`
	// Flags: "terminals" when several terminal events disagree, "tool" when
	// the tool's own answer outranks them, "facets" when not all facets are kept.
	Flags []string `json:"flags,omitempty"`
}

// Version is one write of a dataset (rule W), or a newer data time seen
// without a run. Sequence numbers, pins and watermarks are computed at read
// from the set of versions, so a late arrival corrects them.
type Version struct {
	// Dataset is the name it was written under; Asset what that is now.
	Dataset Name    `json:"dataset"`
	Asset   AssetID `json:"asset"`
	// Run is zero for a version without a run.
	Run       RunKey `json:"run"`
	Attempt   int    `json:"attempt"`
	Partition string `json:"partition,omitempty"`
	// ProducedAt is the event time of the COMPLETE, or the data time.
	ProducedAt time.Time `json:"producedAt"`
	// RunStartedAt bounds what the run can have read; zero without a run.
	RunStartedAt time.Time `json:"runStartedAt"`
	// DataTime is the source's own time of its newest data; zero unknown.
	DataTime    time.Time `json:"dataTime,omitzero"`
	DataVersion string    `json:"dataVersion,omitempty"`
	CodeVersion string    `json:"codeVersion,omitempty"`
	CodeHash    string    `json:"codeHash,omitempty"`
	// RowCount, Bytes and FileCount are what was written; nil unknown.
	RowCount  *int64 `json:"rowCount,omitempty"`
	Bytes     *int64 `json:"bytes,omitempty"`
	FileCount *int64 `json:"fileCount,omitempty"`
	// Tainted: the run failed after it wrote. Never pinned, never new.
	Tainted bool `json:"tainted,omitempty"`
}

// ID is the opaque text id of the version: (dataset name, runId, attempt,
// partition), without a run (dataset name, data time).
func (v Version) ID() string {
	if v.Run.IsZero() {
		return hashID("version", v.Dataset.Namespace, v.Dataset.Name, v.ProducedAt.UTC().Format(time.RFC3339Nano))
	}
	return hashID("version", v.Dataset.Namespace, v.Dataset.Name, v.Run.Job.Namespace, v.Run.Job.Name, v.Run.RunID, strconv.Itoa(v.Attempt), v.Partition)
}

// Before orders versions by (ProducedAt, runId, attempt, names, partition),
// never by arrival.
func (v Version) Before(o Version) bool {
	if !v.ProducedAt.Equal(o.ProducedAt) {
		return v.ProducedAt.Before(o.ProducedAt)
	}
	if v.Run.RunID != o.Run.RunID {
		return v.Run.RunID < o.Run.RunID
	}
	if v.Attempt != o.Attempt {
		return v.Attempt < o.Attempt
	}
	return cmp.Or(v.Dataset.Compare(o.Dataset), v.Run.Job.Compare(o.Run.Job), cmp.Compare(v.Partition, o.Partition)) < 0
}

// Check is one result of a check, as reported by a run.
type Check struct {
	Dataset  Name        `json:"dataset"`
	Asset    AssetID     `json:"asset"`
	Field    string      `json:"field,omitempty"`
	Name     string      `json:"name"`
	Outcome  CheckResult `json:"outcome"`
	Severity string      `json:"severity,omitempty"`
	Message  string      `json:"message,omitempty"`
	At       time.Time   `json:"at"`
	// Run reported it; Parent is that run's parent, by which a check finds
	// the version it belongs to.
	Run          RunKey    `json:"run"`
	RunStartedAt time.Time `json:"runStartedAt"`
	Parent       *RunRef   `json:"parent,omitempty"`
}

// Blocking reports whether the check may hold a consumer.
func (c Check) Blocking() bool { return c.Severity != "warn" }

func hashID(kind string, parts ...string) string {
	var room [512]byte
	text := append(room[:0], kind...)
	for _, p := range parts {
		text = append(text, 0)
		text = strconv.AppendInt(text, int64(len(p)), 10)
		text = append(text, ':')
		text = append(text, p...)
	}
	sum := sha256.Sum256(text)
	var id [16]byte
	copy(id[:], sum[:])
	return idText.EncodeToString(id[:])
}
