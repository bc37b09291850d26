package catalog

// Keys of the facets weir understands on jobs and datasets. Each key's Value
// in a Property is canonical JSON of the type named beside it.
const (
	PropSchema        = "schema"             // []Field
	PropDocumentation = "documentation"      // string
	PropOwnership     = "ownership"          // []Owner
	PropTags          = "tags"               // []Tag
	PropDatasetType   = "datasetType"        // DatasetTypeValue
	PropDBTModel      = "dbt_model"          // DBTModelValue
	PropJobType       = "jobType"            // JobTypeValue
	PropSourceCode    = "sourceCodeLocation" // SourceCodeValue
	PropSQL           = "sql"                // CodeValue
	PropSource        = "sourceCode"         // CodeValue
	PropDBTNode       = "dbt_node"           // CodeValue
	PropHierarchy     = "hierarchy"          // []Container
	PropCatalog       = "catalog"            // CatalogValue
)

// Owner of an asset (ownership facet).
type Owner struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	// Curated says who added the owner, when no producer states it alone.
	Curated Curated `json:"curated,omitzero"`
}

// Tag of an asset or of one field (tags facet).
type Tag struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Source string `json:"source,omitempty"`
	Field  string `json:"field,omitempty"`
	// Curated says who set the value.
	Curated Curated `json:"curated,omitzero"`
}

// Field is a column of a dataset. Nested columns carry their Parent's path;
// Name is the full dotted path.
type Field struct {
	Name        string `json:"name"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	// Ordinal is the place that the producer states, else it counts from 1 in
	// the order of the schema facet.
	Ordinal int    `json:"ordinal"`
	Parent  string `json:"parent,omitempty"`
	// Curated says who wrote the description in the producer's place.
	Curated Curated `json:"curated,omitzero"`
}

// DatasetKind is what sort of thing a dataset is.
type DatasetKind string

// The dataset kinds.
const (
	KindTable     DatasetKind = "TABLE"
	KindView      DatasetKind = "VIEW"
	KindFile      DatasetKind = "FILE"
	KindTopic     DatasetKind = "TOPIC"
	KindStream    DatasetKind = "STREAM"
	KindModel     DatasetKind = "MODEL"
	KindDashboard DatasetKind = "DASHBOARD"
	KindJobOutput DatasetKind = "JOB_OUTPUT"
	KindOther     DatasetKind = "OTHER"
)

// DatasetTypeValue is the datasetType facet.
type DatasetTypeValue struct {
	Kind    DatasetKind `json:"kind"`
	SubKind string      `json:"subKind,omitempty"`
}

// DBTModelValue is what weir uses of dbt's dataset facet.
type DBTModelValue struct {
	Materialized string `json:"materialized,omitempty"`
}

// Processing is how a job runs.
type Processing string

// The processing types (jobType facet).
const (
	ProcessingBatch     Processing = "BATCH"
	ProcessingStreaming Processing = "STREAMING"
	ProcessingService   Processing = "SERVICE"
	ProcessingUnknown   Processing = "UNKNOWN"
)

// JobTypeValue is the jobType facet.
type JobTypeValue struct {
	Processing  Processing `json:"processing"`
	Integration string     `json:"integration,omitempty"`
	JobType     string     `json:"jobType,omitempty"`
	Emission    *Emission  `json:"emission,omitempty"`
}

// Emission is the emissionPattern of the jobType facet: how a job's runs send
// events.
type Emission struct {
	// Trigger is EVENT_BASED or PERIODIC, ContentMode ACCUMULATIVE or
	// COMPLETE_SNAPSHOT.
	Trigger     string `json:"trigger,omitempty"`
	ContentMode string `json:"contentMode,omitempty"`
	// WindowSeconds lie between two events of a PERIODIC emitter; 0 unknown.
	WindowSeconds int64 `json:"windowSeconds,omitempty"`
}

// CodeValue is what a facet says of a job's code.
type CodeValue struct {
	// Hash is a code hash (CodeOfSQL).
	Hash string `json:"hash"`
}

// SourceCodeValue is the sourceCodeLocation facet.
type SourceCodeValue struct {
	Type    string `json:"type,omitempty"`
	URL     string `json:"url,omitempty"`
	RepoURL string `json:"repoUrl,omitempty"`
	Version string `json:"version,omitempty"`
	Tag     string `json:"tag,omitempty"`
	Branch  string `json:"branch,omitempty"`
	Path    string `json:"path,omitempty"`
}

// Container is one level of what holds a dataset, outermost first (hierarchy
// facet): no splitting of names at dots.
type Container struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name"`
}

// CatalogValue is the catalog facet: which catalog manages a dataset.
type CatalogValue struct {
	Framework    string `json:"framework,omitempty"`
	Type         string `json:"type,omitempty"`
	Name         string `json:"name,omitempty"`
	MetadataURI  string `json:"metadataUri,omitempty"`
	WarehouseURI string `json:"warehouseUri,omitempty"`
	Source       string `json:"source,omitempty"`
}
