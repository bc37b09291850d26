package catalog

import (
	"encoding/json"
	"time"
)

// Facts is what one event states, under the names it used (never under ids:
// which names are one asset is decided later and may change). ingest.Interpret
// makes it; the state store files it. Everything in it is independent of the
// arrival order and of the receiver's clock.
type Facts struct {
	EventTime time.Time `json:"eventTime"`
	Producer  string    `json:"producer,omitempty"`

	// Job is nil for a DatasetEvent.
	Job *AssetFact `json:"job,omitempty"`
	// Run is nil for Job- and DatasetEvents. Run implies Job.
	Run *RunFact `json:"run,omitempty"`

	// Inputs and Outputs are what the event names on each side. The Stated
	// flags keep an absent array apart from an empty one; neither retracts.
	Inputs        []IOFact `json:"inputs,omitempty"`
	Outputs       []IOFact `json:"outputs,omitempty"`
	InputsStated  bool     `json:"inputsStated,omitempty"`
	OutputsStated bool     `json:"outputsStated,omitempty"`

	// Datasets carries dataset-scoped properties, one entry a name: those of
	// inputs and outputs and those of a DatasetEvent.
	Datasets []AssetFact `json:"datasets,omitempty"`

	// Columns are field-level edges of the run, the declared job, or the dataset
	// of a DatasetEvent.
	Columns []ColumnFact `json:"columns,omitempty"`
	// ColumnsStated lists the outputs whose column lineage was carried, so
	// that an event without the facet retracts nothing.
	ColumnsStated []Name `json:"columnsStated,omitempty"`

	// Explicit: the event carried OpenLineage's lineage facet. Its edges then
	// follow from Flows, and from those inputs and outputs that no flow names;
	// Columns do not count. ExplicitDeleted: a Job- or DatasetEvent took it back.
	Explicit        bool         `json:"explicit,omitempty"`
	ExplicitDeleted bool         `json:"explicitDeleted,omitempty"`
	Flows           []ColumnFact `json:"flows,omitempty"`

	// Parent is the containing job (CONTAINS edge), Controls are job-order edges.
	Parent   *Name         `json:"parent,omitempty"`
	Controls []ControlFact `json:"controls,omitempty"`

	// Lifecycles are what a Job- or DatasetEvent says happened to datasets; a
	// run's are on its Outputs, and happened when it succeeded.
	Lifecycles []LifecycleFact `json:"lifecycles,omitempty"`

	Aliases []AliasFact `json:"aliases,omitempty"`
	Checks  []CheckFact `json:"checks,omitempty"`
	// Looks are verified observations of a dataset's data time without a run
	// (dbt source freshness, a connector's look).
	Looks []LookFact `json:"looks,omitempty"`

	// Operator is set for an entry a person made, and then nothing else is.
	Operator *OperatorFact `json:"operator,omitempty"`

	Flags []Flag `json:"flags,omitempty"`
}

// Flag marks something odd in an event that was kept. Code is stable.
type Flag struct {
	Code    string `json:"code"`
	Where   string `json:"where,omitempty"` // JSON pointer-like path
	Message string `json:"message,omitempty"`
}

// AssetFact states properties of a name: the job's, or a dataset's.
type AssetFact struct {
	Name       Name       `json:"name"`
	Properties []Property `json:"properties,omitempty"`
}

// Property is one facet. The latest one per (name, key) wins, by (event time,
// raw bytes); a facet is replaced as a whole (OpenLineage proposal 1837).
type Property struct {
	// Key is the facet key as sent, e.g. "schema".
	Key string `json:"key"`
	// Raw is the facet byte for byte.
	Raw json.RawMessage `json:"raw,omitempty"`
	// Value is what weir understood: canonical JSON of the type that the key
	// has in props.go; nil for a facet kept raw only.
	Value json.RawMessage `json:"value,omitempty"`
	// Deleted is true for {"_deleted": true}.
	Deleted bool `json:"deleted,omitempty"`
}

// EventType is OpenLineage's eventType of a RunEvent; "" when it was absent.
type EventType string

// The OpenLineage run event types.
const (
	EventStart    EventType = "START"
	EventRunning  EventType = "RUNNING"
	EventComplete EventType = "COMPLETE"
	EventAbort    EventType = "ABORT"
	EventFail     EventType = "FAIL"
	EventOther    EventType = "OTHER"
	// EventTool is not OpenLineage's: a tool's own answer about a run, as
	// read by a connector's poll (toolState).
	EventTool EventType = "TOOL"
)

// RunRef points at a run by its OpenLineage names.
type RunRef struct {
	RunID string `json:"runId"`
	Job   Name   `json:"job"`
}

// RunFact states something of a run.
type RunFact struct {
	RunID        string     `json:"runId"`
	Type         EventType  `json:"type,omitempty"`
	NominalStart *time.Time `json:"nominalStart,omitempty"`
	NominalEnd   *time.Time `json:"nominalEnd,omitempty"`
	Parent       *RunRef    `json:"parent,omitempty"`
	Root         *RunRef    `json:"root,omitempty"`
	Error        string     `json:"error,omitempty"`
	// ExternalID is the tool's own id (Airflow dag_run_id, SageMaker
	// execution ARN, dbt invocation id).
	ExternalID  string `json:"externalId,omitempty"`
	CodeVersion string `json:"codeVersion,omitempty"`
	// CodeHash is what the code that ran means (CodeOfSQL).
	CodeHash string `json:"codeHash,omitempty"`
	// Streaming: no terminal event is promised; lineage holds from START and
	// a snapshot or running event is a write (rule W).
	Streaming bool `json:"streaming,omitempty"`
	// Snapshot: each event is complete in itself (emissionPattern
	// COMPLETE_SNAPSHOT), so one that is not the last is a write, too.
	Snapshot bool `json:"snapshot,omitempty"`
	// WindowSeconds lie between two events of a PERIODIC emitter; 0 unknown.
	WindowSeconds int64 `json:"windowSeconds,omitempty"`
	// Incomplete: the producer could not read all of the lineage
	// (extractionError); what is missing is not gone.
	Incomplete bool `json:"incomplete,omitempty"`
	// Engine ran it; Query is its statement in a warehouse's own history.
	Engine *Engine        `json:"engine,omitempty"`
	Query  *ExternalQuery `json:"query,omitempty"`
	// ToolState is the tool's own word, with Type EventTool only.
	ToolState RunState `json:"toolState,omitempty"`
	// Facets are the run facets byte for byte, for readers; one that is too
	// large to keep has its size as Value ({"bytes":N}) instead.
	Facets []Property `json:"facets,omitempty"`
}

// Engine is the processing_engine facet.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Adapter is the version of the OpenLineage integration.
	Adapter string `json:"adapter,omitempty"`
}

// ExternalQuery is the externalQuery facet: the key of a run in another
// system's query history, and that system (in dbt the dataset namespace).
type ExternalQuery struct {
	ID     string `json:"id"`
	Source string `json:"source,omitempty"`
}

// Lifecycle is the lifecycleStateChange facet's word; "" when absent.
type Lifecycle string

// The lifecycle words of OpenLineage.
const (
	LifecycleAlter     Lifecycle = "ALTER"
	LifecycleCreate    Lifecycle = "CREATE"
	LifecycleDrop      Lifecycle = "DROP"
	LifecycleOverwrite Lifecycle = "OVERWRITE"
	LifecycleRename    Lifecycle = "RENAME"
	LifecycleTruncate  Lifecycle = "TRUNCATE"
)

// Writes reports whether a successful output with this lifecycle is a write
// (rule W): none, CREATE, OVERWRITE or TRUNCATE.
func (l Lifecycle) Writes() bool {
	switch l {
	case "", LifecycleCreate, LifecycleOverwrite, LifecycleTruncate:
		return true
	}
	return false
}

// LifecycleFact says that something happened to a dataset.
type LifecycleFact struct {
	Dataset Name      `json:"dataset"`
	Change  Lifecycle `json:"change"`
	// Previous is the name before a RENAME.
	Previous *Name `json:"previous,omitempty"`
}

// IOFact is a dataset named as an input or output.
type IOFact struct {
	Dataset Name `json:"dataset"`
	// Partition is the part of the dataset that was read or written, as its
	// producer wrote it ("dt=2025-09-01", "year=2025/month=09"); "" is all of
	// it, or unknown.
	Partition string `json:"partition,omitempty"`
	// Inferred marks an input known only from column lineage.
	Inferred  bool      `json:"inferred,omitempty"`
	Lifecycle Lifecycle `json:"lifecycle,omitempty"`
	// Previous is the name before a RENAME.
	Previous    *Name  `json:"previous,omitempty"`
	DataVersion string `json:"dataVersion,omitempty"`
	// RowCount, Bytes and FileCount come from statistics facets; nil unknown.
	RowCount  *int64 `json:"rowCount,omitempty"`
	Bytes     *int64 `json:"bytes,omitempty"`
	FileCount *int64 `json:"fileCount,omitempty"`
	// Statistics is true when an outputStatistics facet came: evidence of a
	// write even for a run that failed.
	Statistics bool       `json:"statistics,omitempty"`
	Facets     []Property `json:"facets,omitempty"`
}

// Transformation says how a column makes another (columnLineage 1-2-0).
type Transformation struct {
	Type        string `json:"type,omitempty"`    // DIRECT or INDIRECT
	Subtype     string `json:"subtype,omitempty"` // IDENTITY, AGGREGATION, FILTER, ...
	Description string `json:"description,omitempty"`
	Masking     bool   `json:"masking,omitempty"`
}

// ColumnFact is a field-level edge. An empty TargetField is a whole-dataset
// effect (a filter, join or sort); an empty SourceField is a source known only
// as a dataset. Among Flows both may be empty (data flows from the one to the
// other, no column is known), and either end may be a job.
type ColumnFact struct {
	Source         Name           `json:"source"`
	SourceField    string         `json:"sourceField,omitempty"`
	Target         Name           `json:"target"`
	TargetField    string         `json:"targetField,omitempty"`
	Transformation Transformation `json:"transformation"`
}

// ControlFact is an order between jobs without data (jobDependencies facet,
// Airflow's task graph). Type is its dependency type, Rule its trigger rules.
type ControlFact struct {
	Upstream   Name   `json:"upstream"`
	Downstream Name   `json:"downstream"`
	Type       string `json:"type,omitempty"`
	Rule       string `json:"rule,omitempty"`
}

// NameOrigin says where a name of an asset comes from.
type NameOrigin string

// The origins, in the order in which the preferred name is chosen.
const (
	OriginOperator   NameOrigin = "OPERATOR"
	OriginObserved   NameOrigin = "OBSERVED"
	OriginNormalised NameOrigin = "NORMALISED"
	OriginSymlink    NameOrigin = "SYMLINK"
	OriginRename     NameOrigin = "RENAME"
)

// AliasFact is evidence that two names mean one asset. It is a fact about
// names; whether it merges them is the resolver's answer.
type AliasFact struct {
	From   Name       `json:"from"`
	To     Name       `json:"to"`
	Origin NameOrigin `json:"origin"`
	// Detail names the rule or the symlink type (TABLE, LOCATION).
	Detail string `json:"detail,omitempty"`
}

// CheckFact is one test result about a dataset.
type CheckFact struct {
	Dataset Name   `json:"dataset"`
	Field   string `json:"field,omitempty"`
	// Check is the assertion's name; stable for the same test.
	Check   string      `json:"check"`
	Outcome CheckResult `json:"outcome"`
	// Severity is "error" (default) or "warn".
	Severity string `json:"severity,omitempty"`
	Message  string `json:"message,omitempty"`
}

// CheckResult is the outcome of a check.
type CheckResult string

// The outcomes.
const (
	CheckPass CheckResult = "PASS"
	CheckFail CheckResult = "FAIL"
	CheckSkip CheckResult = "SKIP"
)

// LookFact says that somebody looked at a dataset's data time.
type LookFact struct {
	Dataset Name `json:"dataset"`
	// DataTime is the newest data seen; an equal one advances the watermark,
	// a newer one is a version without a run.
	DataTime time.Time `json:"dataTime"`
	By       string    `json:"by,omitempty"`
}
