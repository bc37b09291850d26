package openlineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Get reads one facet. ok is false when the facet is absent, null or deleted;
// err says that it has another shape than its schema, which is worth a flag
// and nothing more.
func Get[T any](f Facets, key string) (v T, ok bool, err error) {
	raw, present := f[key]
	if !present || string(raw) == "null" || Deleted(raw) {
		return v, false, nil
	}
	if err := jsonx.Unmarshal(raw, &v, checked); err != nil {
		var zero T
		return zero, false, fmt.Errorf("facet %s: %s", key, reason(err))
	}
	return v, true, nil
}

// deletedKey is looked for first: it is in hardly any facet.
var deletedKey = []byte("_deleted")

// Deleted reports whether a facet says {"_deleted": true}.
func Deleted(raw json.RawMessage) bool {
	if !bytes.Contains(raw, deletedKey) {
		return false
	}
	var d struct {
		Deleted bool `json:"_deleted"`
	}
	return jsonx.Unmarshal(raw, &d) == nil && d.Deleted
}

// Text is a string that some producers send as a number, boolean or null.
type Text string

// UnmarshalJSONFrom takes any scalar; objects and arrays are refused.
func (t *Text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '{', '[':
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return fmt.Errorf("want text")
	case 'n':
		*t = ""
		return dec.SkipValue()
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	*t = Text(tok.String())
	return nil
}

// TextList is a list of texts that Airflow often sends as the Python repr of
// one, in a string: "['a', 'b']".
type TextList []string

// UnmarshalJSONFrom takes both.
func (l *TextList) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '[' {
		var list []Text
		err := jsonx.UnmarshalDecode(dec, &list)
		for _, t := range list {
			*l = append(*l, string(t))
		}
		return err
	}
	var t Text
	if err := t.UnmarshalJSONFrom(dec); err != nil {
		return err
	}
	*l = PythonList(string(t))
	return nil
}

// PythonList reads the Python repr of a list of texts; a text that is none
// gives itself.
func PythonList(s string) []string {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var out []string
	for _, part := range strings.Split(s[1:len(s)-1], ",") {
		if part = strings.Trim(strings.TrimSpace(part), `'"`); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Int is an integer that some producers send as a string or a float.
type Int int64

// UnmarshalJSON takes 12, 12.0 and "12".
func (i *Int) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		*i = Int(n)
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 1<<62 || f < -(1<<62) {
		return fmt.Errorf("want a number, have %s", clip(s, 32))
	}
	*i = Int(f)
	return nil
}

// Bool is a boolean that some producers send as a string or a number.
type Bool bool

// UnmarshalJSON takes true, "true", 1 and their opposites in any case.
func (v *Bool) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*v = true
	case "false", "0", "null", "":
		*v = false
	default:
		return fmt.Errorf("want true or false, have %s", clip(string(b), 32))
	}
	return nil
}

// The facets that weir reads. Field names are the spec's; what weir does not
// use is not listed and stays in the raw bytes.
type (
	// Parent is the parent run facet 1-2-0.
	Parent struct {
		Run  RunID   `json:"run"`
		Job  JobID   `json:"job"`
		Root *Parent `json:"root"`
	}
	// RunID and JobID are references.
	RunID struct {
		RunID Text `json:"runId"`
	}
	JobID struct {
		Namespace Text `json:"namespace"`
		Name      Text `json:"name"`
	}
	// NominalTime is the run's logical interval.
	NominalTime struct {
		Start Text `json:"nominalStartTime"`
		End   Text `json:"nominalEndTime"`
	}
	// ErrorMessage is why a run failed.
	ErrorMessage struct {
		Message Text `json:"message"`
	}
	// JobType says how a job runs.
	JobType struct {
		ProcessingType  Text `json:"processingType"`
		Integration     Text `json:"integration"`
		JobType         Text `json:"jobType"`
		EmissionPattern struct {
			EventContentMode Text `json:"eventContentMode"`
			EventTrigger     Text `json:"eventTrigger"`
			WindowDuration   *Int `json:"windowDuration"` // seconds
		} `json:"emissionPattern"`
	}
	// Ownership lists owners.
	Ownership struct {
		Owners []struct {
			Name Text `json:"name"`
			Type Text `json:"type"`
		} `json:"owners"`
	}
	// Tags lists tags of an element or of a field.
	Tags struct {
		Tags []struct {
			Key    Text `json:"key"`
			Value  Text `json:"value"`
			Source Text `json:"source"`
			Field  Text `json:"field"`
		} `json:"tags"`
	}
	// Documentation describes an element.
	Documentation struct {
		Description Text `json:"description"`
	}
	// SQL is a job's query.
	SQL struct {
		Query   Text `json:"query"`
		Dialect Text `json:"dialect"`
	}
	// SourceCode is a job's program.
	SourceCode struct {
		Language Text `json:"language"`
		Source   Text `json:"sourceCode"`
	}
	// SourceCodeLocation is where a job's code lives.
	SourceCodeLocation struct {
		Type    Text `json:"type"`
		URL     Text `json:"url"`
		RepoURL Text `json:"repoUrl"`
		Path    Text `json:"path"`
		Version Text `json:"version"`
		Tag     Text `json:"tag"`
		Branch  Text `json:"branch"`
	}
	// ExtractionError says that a producer could not read all lineage.
	ExtractionError struct {
		TotalTasks  Int `json:"totalTasks"`
		FailedTasks Int `json:"failedTasks"`
	}
	// ExternalQuery is a run's key in a warehouse's query history.
	ExternalQuery struct {
		ID     Text `json:"externalQueryId"`
		Source Text `json:"source"`
	}
	// ProcessingEngine ran a run.
	ProcessingEngine struct {
		Name    Text `json:"name"`
		Version Text `json:"version"`
		Adapter Text `json:"openlineageAdapterVersion"`
	}
	// Hierarchy lists what holds a dataset, outermost first.
	Hierarchy struct {
		Levels []struct {
			Type Text `json:"type"`
			Name Text `json:"name"`
		} `json:"hierarchy"`
	}
	// Catalog manages a dataset.
	Catalog struct {
		Framework    Text `json:"framework"`
		Type         Text `json:"type"`
		Name         Text `json:"name"`
		MetadataURI  Text `json:"metadataUri"`
		WarehouseURI Text `json:"warehouseUri"`
		Source       Text `json:"source"`
	}
	// Subset is the part of a dataset that was read or written.
	Subset struct {
		Input  *SubsetCondition `json:"inputCondition"`
		Output *SubsetCondition `json:"outputCondition"`
	}
	// SubsetCondition is one of its forms: location, partition, compare (of a
	// field with a literal) or binary (AND, OR of two).
	SubsetCondition struct {
		Type       Text   `json:"type"`
		Locations  []Text `json:"locations"`
		Partitions []struct {
			Identifier Text            `json:"identifier"`
			Dimensions map[string]Text `json:"dimensions"`
		} `json:"partitions"`
		Field      Text             `json:"field"`
		Value      Text             `json:"value"`
		Left       *SubsetCondition `json:"left"`
		Right      *SubsetCondition `json:"right"`
		Comparison Text             `json:"comparison"`
		Operator   Text             `json:"operator"`
	}
	// IcebergReport is the scan or commit report of Iceberg: the snapshot read
	// or made. The schema says number; a 64-bit id needs its text.
	IcebergReport struct {
		SnapshotID Text `json:"snapshotId"`
	}
	// DBTExposures are what uses a dbt model: dashboards, notebooks.
	DBTExposures struct {
		Exposures []DBTExposure `json:"exposures"`
	}
	// DBTExposure is one of them.
	DBTExposure struct {
		UniqueID    Text `json:"unique_id"`
		Name        Text `json:"name"`
		Label       Text `json:"label"`
		Type        Text `json:"type"`
		Description Text `json:"description"`
		Owner       struct {
			Name  Text `json:"name"`
			Email Text `json:"email"`
		} `json:"owner"`
	}
	// AirflowJob is Airflow's job facet: the tasks of a DAG.
	AirflowJob struct {
		Tasks map[string]AirflowTask `json:"tasks"`
	}
	// AirflowTask is one of them. EmitsEvents is absent in older providers.
	AirflowTask struct {
		Downstream  TextList `json:"downstream_task_ids"`
		EmitsEvents *Bool    `json:"emits_ol_events"`
	}
	// Schema lists the columns of a dataset.
	Schema struct {
		Fields []SchemaField `json:"fields"`
	}
	// SchemaField is one column; structs nest.
	SchemaField struct {
		Name        Text          `json:"name"`
		Type        Text          `json:"type"`
		Description Text          `json:"description"`
		Ordinal     *Int          `json:"ordinal_position"`
		Fields      []SchemaField `json:"fields"`
	}
	// ColumnLineage says which columns make which (1-2-0). Dataset holds the
	// inputs that affect every column: filters, joins, sorts.
	ColumnLineage struct {
		Fields map[string]struct {
			InputFields        []InputField `json:"inputFields"`
			TransformationType Text         `json:"transformationType"`
		} `json:"fields"`
		Dataset []InputField `json:"dataset"`
	}
	// InputField is a source column.
	InputField struct {
		Namespace       Text             `json:"namespace"`
		Name            Text             `json:"name"`
		Field           Text             `json:"field"`
		Transformations []Transformation `json:"transformations"`
	}
	// Transformation of a column.
	Transformation struct {
		Type        Text `json:"type"`
		Subtype     Text `json:"subtype"`
		Description Text `json:"description"`
		Masking     Bool `json:"masking"`
	}
	// Lineage is the explicit lineage facet 1-0-0: Entries on a job, Inputs and
	// Fields on the dataset of a DatasetEvent.
	Lineage struct {
		Entries []LineageEntry `json:"entries"`
		LineageSources
	}
	// LineageEntry is a target and what feeds it.
	LineageEntry struct {
		LineageEnd
		LineageSources
	}
	// LineageEnd is a dataset or a job; a JOB without names is the event's own.
	LineageEnd struct {
		Type      Text `json:"type"`
		Namespace Text `json:"namespace"`
		Name      Text `json:"name"`
	}
	// LineageSources feed a target as a whole (Inputs) or one of its fields.
	LineageSources struct {
		Inputs []LineageInput `json:"inputs"`
		Fields map[string]struct {
			Inputs []LineageInput `json:"inputs"`
		} `json:"fields"`
	}
	// LineageInput is one source.
	LineageInput struct {
		LineageEnd
		Field           Text             `json:"field"`
		Transformations []Transformation `json:"transformations"`
	}
	// Symlinks are other names of a dataset.
	Symlinks struct {
		Identifiers []struct {
			Namespace Text `json:"namespace"`
			Name      Text `json:"name"`
			Type      Text `json:"type"`
		} `json:"identifiers"`
	}
	// LifecycleStateChange is what happened to a dataset.
	LifecycleStateChange struct {
		Change   Text `json:"lifecycleStateChange"`
		Previous *struct {
			Namespace Text `json:"namespace"`
			Name      Text `json:"name"`
		} `json:"previousIdentifier"`
	}
	// DatasetVersion is the store's own version of a dataset.
	DatasetVersion struct {
		Version Text `json:"datasetVersion"`
	}
	// DatasetType is what sort of thing a dataset is.
	DatasetType struct {
		DatasetType Text `json:"datasetType"`
		SubType     Text `json:"subType"`
	}
	// Assertions are check results (dataQualityAssertions).
	Assertions struct {
		Assertions []struct {
			Assertion Text  `json:"assertion"`
			Name      Text  `json:"name"`
			Success   *Bool `json:"success"`
			Column    Text  `json:"column"`
			Severity  Text  `json:"severity"`
			Expected  Text  `json:"expected"`
			Actual    Text  `json:"actual"`
		} `json:"assertions"`
	}
	// GreatExpectations are its own assertions facet.
	GreatExpectations struct {
		Assertions []struct {
			ExpectationType Text  `json:"expectationType"`
			Success         *Bool `json:"success"`
			Column          Text  `json:"column"`
		} `json:"assertions"`
	}
	// Test is the test run facet 1-0-1.
	Test struct {
		Tests []struct {
			Name     Text `json:"name"`
			Status   Text `json:"status"`
			Severity Text `json:"severity"`
			Type     Text `json:"type"`
			Expected Text `json:"expected"`
			Actual   Text `json:"actual"`
		} `json:"tests"`
	}
	// Statistics of an input or output.
	Statistics struct {
		RowCount  *Int `json:"rowCount"`
		Size      *Int `json:"size"`
		FileCount *Int `json:"fileCount"`
	}
	// JobDependencies are orders between jobs.
	JobDependencies struct {
		Upstream   []JobDependency `json:"upstream"`
		Downstream []JobDependency `json:"downstream"`
		Rule       Text            `json:"trigger_rule"`
	}
	// JobDependency is one of them. The spec's field is dependency_type; its
	// documentation writes type.
	JobDependency struct {
		Job          JobID `json:"job"`
		Type         Text  `json:"dependency_type"`
		OldType      Text  `json:"type"`
		SequenceRule Text  `json:"sequence_trigger_rule"`
		StatusRule   Text  `json:"status_trigger_rule"`
	}
	// AirflowDagRun and AirflowTask carry the dag run's own id.
	AirflowDagRun struct {
		DagRun struct {
			RunID Text `json:"run_id"`
		} `json:"dagRun"`
	}
	// DBTNode names a node of a dbt project.
	DBTNode struct {
		UniqueID Text `json:"unique_id"`
		Database Text `json:"database"`
		Schema   Text `json:"schema"`
		Alias    Text `json:"alias"`
		// Checksum is of the node's file, where the producer has it.
		Checksum Text `json:"checksum"`
	}
	// DBTRun names a dbt invocation.
	DBTRun struct {
		InvocationID Text `json:"invocation_id"`
	}
	// DBTModel is dbt's dataset facet.
	DBTModel struct {
		Config struct {
			Materialized Text `json:"materialized"`
		} `json:"config"`
		Materialized Text `json:"materialized"`
	}
	// SourceFreshness is weir's own input facet for a verified look at the
	// data time of a source (dbt source freshness).
	SourceFreshness struct {
		MaxLoadedAt Text `json:"maxLoadedAt"`
	}
	// SageMakerExecution is weir's own run facet for a pipeline execution.
	SageMakerExecution struct {
		ExecutionARN Text `json:"executionArn"`
	}
)
