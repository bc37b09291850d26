package openlineage

import (
	"encoding/json"
	"time"
)

// Kind tells the three events apart, by their content and not by schemaURL:
// run before job before dataset.
type Kind string

// The kinds of event.
const (
	KindRun     Kind = "run"
	KindJob     Kind = "job"
	KindDataset Kind = "dataset"
)

// Event is one OpenLineage event.
type Event struct {
	Kind Kind
	// EventTime is the parsed time; EventTimeText what was sent.
	EventTime     time.Time
	EventTimeText string
	// EventType is START, RUNNING, COMPLETE, ABORT, FAIL, OTHER or "".
	EventType string
	Producer  string
	SchemaURL string

	Run     *Run
	Job     *Job
	Dataset *Dataset // of a DatasetEvent

	// Inputs and Outputs are nil when absent or null, empty when [] was sent.
	Inputs, Outputs []Dataset

	// Flags say what is odd.
	Flags []Flag
	// Raw is the body as it came.
	Raw []byte
}

// Flag marks something odd that was kept.
type Flag struct {
	Code, Where, Message string
}

// Facets are the facets of one element, each byte for byte.
type Facets map[string]json.RawMessage

// Run of a RunEvent. RunID is any string: real producers send more than UUIDs.
type Run struct {
	RunID  string
	Facets Facets
}

// Job names a job.
type Job struct {
	Namespace, Name string
	Facets          Facets
}

// Dataset names a dataset. InputFacets and OutputFacets hold for the run only.
type Dataset struct {
	Namespace, Name           string
	Facets                    Facets
	InputFacets, OutputFacets Facets
}

// Error is why a body was refused: what is wrong, where, and what to do.
type Error struct {
	// Where is a JSON pointer, "" for the whole body.
	Where string
	What  string
	Hint  string
}

// Error joins what and where.
func (e *Error) Error() string {
	if e.Where == "" {
		return e.What
	}
	return e.Where + ": " + e.What
}

// The flag codes.
const (
	FlagEventTime    = "event_time"    // missing or unreadable: the event makes no facts
	FlagTimeNaive    = "time_naive"    // no zone: taken as UTC
	FlagTimeForm     = "time_form"     // date only, or a bracketed zone
	FlagEventType    = "event_type"    // missing or unknown
	FlagRunID        = "run_id"        // not a UUID
	FlagProducer     = "producer"      // missing
	FlagSchemaURL    = "schema_url"    // missing
	FlagSeveralKinds = "several_kinds" // run, job and dataset in one event
	FlagNameLength   = "name_length"   // longer than MaxName
	FlagNameControl  = "name_control"  // control or direction characters
	FlagDatasetName  = "dataset_name"  // a dataset without namespace or name: left out
	FlagFacet        = "facet"         // a facet of another shape than its schema
	FlagShape        = "shape"         // an element of another JSON type: left out
	FlagShortName    = "short_name"    // a column lineage name with too few parts: no asset
	FlagParent       = "parent"        // an incomplete parent facet: left out
	FlagLineage      = "lineage"       // an end of an explicit lineage entry without its names: left out
	FlagTooOld       = "too_old"       // of a time whose runs retention removed: no facts
	FlagFuture       = "future"        // more than 24 h ahead of the receiver: no facts
	FlagAhead        = "clock_ahead"   // more than 5 minutes ahead of the receiver
	FlagTimeRange    = "time_range"    // outside the years weir keeps
	FlagMore         = "more_flags"    // MaxFlags reached
)

// MaxName is the length in bytes from which a name is flagged.
const MaxName = 2048
