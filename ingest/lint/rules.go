package lint

import (
	"fmt"
	"strings"

	"github.com/weirhq/weir/ingest/openlineage"
)

// Severity says how much a finding costs.
type Severity int

// The severities, mildest first.
const (
	// Info: weir knows less than it could.
	Info Severity = iota + 1
	// Warn: weir makes the best of it, another consumer may not.
	Warn
	// Error: something is lost, or the event breaks the specification.
	Error
)

// String is the word of the command line.
func (s Severity) String() string { return [...]string{"never", "info", "warn", "error"}[s] }

// ParseSeverity reads info, warn or error; never is 0.
func ParseSeverity(s string) (Severity, error) {
	for v := range Error + 1 {
		if v.String() == s {
			return v, nil
		}
	}
	return 0, fmt.Errorf("severity %q: want error, warn, info or never", s)
}

// The codes beside those of openlineage's flags.
const (
	CodeJSON            = "json"
	CodeNotAnEvent      = "not_an_event"
	CodeSchema          = "schema"
	CodeSchemaFacet     = "schema_facet"
	CodeMissingParent   = "missing_parent"
	CodeUnknownScheme   = "unknown_scheme"
	CodeMasked          = "masked"
	CodeNotSerializable = "not_serializable"
	CodeLargeFacet      = "large_facet"
)

// Rule is what a code means; the list of docs/producers.md is made of these.
type Rule struct {
	Code     string
	Severity Severity
	Says     string
}

// Rules are all codes, the dearest first.
var Rules = []Rule{
	{CodeJSON, Error, "not JSON: the rest of the file cannot be read"},
	{CodeNotAnEvent, Error, "refused: no strict JSON, or no run, job or dataset with its ids"},
	{CodeSchema, Error, "differs from the published OpenLineage.json (needs --schemas)"},
	{openlineage.FlagEventTime, Error, "no usable eventTime: the event makes no facts"},
	{openlineage.FlagTimeRange, Error, "an eventTime outside the years that are kept"},
	{openlineage.FlagShape, Error, "an element of another JSON type is left out"},
	{openlineage.FlagDatasetName, Error, "a dataset without namespace or name is left out"},
	{openlineage.FlagSeveralKinds, Error, "run, job and dataset in one event"},
	{CodeSchemaFacet, Warn, "a facet differs from its published schema (needs --schemas)"},
	{openlineage.FlagFacet, Warn, "a facet that cannot be understood"},
	{openlineage.FlagTimeNaive, Warn, "a time without zone, taken as UTC"},
	{openlineage.FlagTimeForm, Warn, "a date only, or a zone in brackets"},
	{openlineage.FlagEventType, Warn, "no eventType, or an unknown one"},
	{openlineage.FlagRunID, Warn, "a run id that is no UUID"},
	{openlineage.FlagProducer, Warn, "no producer"},
	{openlineage.FlagSchemaURL, Warn, "no schemaURL"},
	{openlineage.FlagParent, Warn, "a parent facet without run id, namespace or name is left out"},
	{openlineage.FlagLineage, Warn, "an end of an explicit lineage entry without namespace or name is left out"},
	{openlineage.FlagShortName, Warn, "a column lineage name with too few parts makes no asset"},
	{openlineage.FlagNameLength, Warn, "a very long name"},
	{openlineage.FlagNameControl, Warn, "control or direction characters in a name"},
	{openlineage.FlagMore, Warn, "too many oddities to list"},
	{CodeUnknownScheme, Warn, "a dataset namespace of no scheme that OpenLineage names: it is never joined with another spelling"},
	{CodeMasked, Warn, "a secrets masker has replaced a part of a value with ***"},
	{CodeNotSerializable, Info, "a value that the producer could not write"},
	{CodeMissingParent, Info, "a run without parent: nothing says which run it belongs to"},
	{CodeLargeFacet, Info, "a facet of more than 1 MB"},
}

var severities = func() map[string]Severity {
	m := map[string]Severity{}
	for _, r := range Rules {
		m[r.Code] = r.Severity
	}
	return m
}()

// schemes are the namespaces of OpenLineage's naming page (docs/spec/naming)
// and the spellings that producers use for them.
var schemes = strings.Fields(`
	athena awsathena arn azurecosmos azuresynapse bigquery cassandra couchbase cratedb crate db2 databricks unity-catalog dremio duckdb
	glue hive hdfs impala informix iceberg kafka mongodb mysql mssql sqlserver nessie oracle oceanbase postgres postgresql presto
	pubsub redshift sap saphana snowflake spanner sqlite sagemaker starrocks teradata trino vertica clickhouse doris
	s3 s3a s3n gs gcs abfs abfss wasb wasbs adl dbfs file oss cosn obs inmemory memory http https ftp sftp weir`)
