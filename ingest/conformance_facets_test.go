package ingest_test

// facetScope is where a facet stands.
type facetScope string

const (
	runFacets     facetScope = "Run facets"
	jobFacets     facetScope = "Job facets"
	datasetFacets facetScope = "Dataset facets"
	inputFacets   facetScope = "Input facets"
	outputFacets  facetScope = "Output facets"
	staticFacets  facetScope = "Facets of DatasetEvents alone"
)

// specFacet is a facet as the page lists it: the published ones, and those of
// producers that say something about the graph.
type specFacet struct {
	scope       facetScope
	key, schema string // schema: the version or the owner
	sample      string
	limits      string
}

// factWords say what a path of the facts means; "-" for one that says nothing
// by itself. A path that is not listed is shown as it is.
var factWords = map[string]string{
	"run.runId": "a run for each validation", "run.parent.runId": "parent run", "run.parent.job.namespace": "-", "run.parent.job.name": "-", "run.parent.job.type": "-",
	"run.root.runId": "root run", "run.root.job.namespace": "-", "run.root.job.name": "-", "run.root.job.type": "-",
	"parent.name": "containment", "parent.namespace": "-", "parent.type": "-",
	"controls.upstream.name": "order between jobs", "controls.upstream.namespace": "-", "controls.upstream.type": "-",
	"controls.downstream.name": "-", "controls.downstream.namespace": "-", "controls.downstream.type": "-",
	"run.nominalStart": "nominal time", "run.nominalEnd": "nominal time", "run.error": "error text", "run.streaming": "streaming", "run.windowSeconds": "how long a run may be silent",
	"run.externalId": "the tool's own run id", "run.codeVersion": "code version", "run.codeHash": "what the code means", "job.name.name": "the job's identity",
	"columns.sourceField": "column edges", "columns.targetField": "column edges", "columnsStated.name": "-", "columnsStated.namespace": "-", "columnsStated.type": "-",
	"columns.source.name": "-", "columns.source.namespace": "-", "columns.source.type": "-", "columns.target.name": "-", "columns.target.namespace": "-", "columns.target.type": "-",
	"columns.transformation.type": "transformations", "columns.transformation.subtype": "transformations", "columns.transformation.masking": "masking", "columns.transformation.description": "-",
	"aliases.to.name": "evidence of a name", "aliases.to.namespace": "-", "aliases.to.type": "-", "aliases.from.name": "-", "aliases.from.namespace": "-", "aliases.from.type": "-",
	"aliases.origin": "-", "aliases.detail": "-",
	"checks.check": "check results", "checks.outcome": "check results", "checks.severity": "-", "checks.message": "what was expected and found", "checks.field": "check results", "checks.dataset.name": "-", "checks.dataset.namespace": "-", "checks.dataset.type": "-",
	"looks.dataTime": "data time without a run", "looks.by": "-", "looks.dataset.name": "-", "looks.dataset.namespace": "-", "looks.dataset.type": "-",
	"inputs.rowCount": "statistics of the run", "inputs.bytes": "statistics of the run", "inputs.fileCount": "statistics of the run",
	"outputs.rowCount": "statistics of the run", "outputs.bytes": "statistics of the run", "outputs.fileCount": "statistics of the run", "outputs.statistics": "proof that a failed run wrote",
	"outputs.lifecycle": "whether a run wrote", "outputs.dataVersion": "data version",
	"outputs.previous.name": "where a renamed dataset came from", "outputs.previous.namespace": "-", "outputs.previous.type": "-",
	"inputs.dataset.name": "inputs", "inputs.dataset.namespace": "-", "inputs.dataset.type": "-", "inputs.inferred": "-",
	"datasets.name.name": "-", "datasets.name.namespace": "-", "datasets.name.type": "-",
	"explicit": "edges from the facet alone", "flows.source.name": "edges from dataset or job to dataset or job", "flows.source.namespace": "-", "flows.source.type": "-",
	"flows.target.name": "-", "flows.target.namespace": "-", "flows.target.type": "-",
	"job.properties.key": "-", "datasets.properties.key": "-", "job.properties.value": "a property of the job", "datasets.properties.value": "a property of the dataset",
	"run.query.id": "the query's id in its store", "run.query.source": "-", "run.incomplete": "that lineage is incomplete",
	"run.engine.name": "the engine and its version", "run.engine.version": "-", "run.engine.adapter": "-",
	"inputs.partition": "the partition read", "outputs.partition": "the partition written", "inputs.dataVersion": "data version",
	"controls.rule": "trigger rules", "controls.type": "kinds of dependency",
	"flags.code": "-", "flags.where": "-", "flags.message": "-",
}

const (
	ownersSample = `{"owners":[{"name":"team:data","type":"OWNER"}]}`
	tagsSample   = `{"tags":[{"key":"pii","value":"true","source":"x"}]}`
	docSample    = `{"description":"text","contentType":"text/markdown"}`
	checksSample = `{"assertions":[{"assertion":"not_null","success":true,"column":"c","severity":"error","expected":"0","actual":"0"}]}`
	geSample     = `{"assertions":[{"expectationType":"expect_column_values_to_not_be_null","success":true,"column":"c"}]}`
	metricSample = `{"rowCount":3,"bytes":4,"columnMetrics":{"c":{"nullCount":0}}}`
	subsetSample = `{"inputCondition":{"type":"partition","partitions":[{"dimensions":{"dt":"2026-01-02"}}]}}`
	jobRefSample = `"job":{"namespace":"n","name":"other"},"run":{"runId":"0198c0de-0000-7000-8000-000000000002"}`
)

var facets = []specFacet{
	{runFacets, "parent", "1-2-0", `{` + jobRefSample + `,"root":{"job":{"namespace":"n","name":"top"},"run":{"runId":"0198c0de-0000-7000-8000-000000000003"}}}`, "copies of the parent's facets are not read"},
	{runFacets, "jobDependencies", "1-0-1", `{"upstream":[{` + jobRefSample + `,"dependency_type":"DIRECT_INVOCATION"}],"trigger_rule":"ALL_SUCCESS"}`, "trigger rules are shown on the edge and decide nothing"},
	{runFacets, "nominalTime", "1-0-1", `{"nominalStartTime":"2026-01-02T00:00:00Z","nominalEndTime":"2026-01-03T00:00:00Z"}`, ""},
	{runFacets, "errorMessage", "1-0-1", `{"message":"it broke","programmingLanguage":"JAVA","stackTrace":"at x"}`, "4 kB"},
	{runFacets, "externalQuery", "1-0-2", `{"externalQueryId":"q1","source":"snowflake://org-acct"}`, ""},
	{runFacets, "extractionError", "1-1-2", `{"totalTasks":2,"failedTasks":1,"errors":[{"errorMessage":"x","task":"t"}]}`, ""},
	{runFacets, "processing_engine", "1-1-1", `{"name":"spark","version":"4.0","openlineageAdapterVersion":"1.53.0"}`, ""},
	{runFacets, "test", "1-0-1", `{"tests":[{"name":"t","status":"pass","severity":"error","type":"x"}]}`, "of the inputs, without any of the outputs, else kept with the run alone; expected and actual values stand in the message"},
	{runFacets, "executionParameters", "1-0-0", `{"parameters":[{"key":"a","value":"b"}]}`, ""},
	{runFacets, "environmentVariables", "1-0-0", `{"environmentVariables":[{"name":"A","value":"b"}]}`, "may hold secrets: the raw event alone has them, but for those that `--keep-environment` names"},
	{runFacets, "tags", "1-0-0", tagsSample, ""},
	{runFacets, "airflow", "Airflow", `{"dag":{"dag_id":"d"},"dagRun":{"run_id":"manual__1"},"task":{"task_id":"t"}}`, ""},
	{runFacets, "airflowDagRun", "Airflow", `{"dag":{"dag_id":"d"},"dagRun":{"run_id":"manual__1","conf":{}}}`, ""},
	{runFacets, "airflowState", "Airflow", `{"dagRunState":"success","tasksState":{"t":"success"}}`, ""},
	{runFacets, "dbt_run", "dbt", `{"invocation_id":"i1"}`, "of the wrapper's run alone"},
	{runFacets, "dbt_version", "dbt", `{"version":"1.11.16"}`, ""},
	{runFacets, "spark_properties", "Spark", `{"properties":{"spark.master":"local"}}`, ""},
	{runFacets, "flink_job", "Flink", `{"jobId":"j"}`, ""},
	{runFacets, "checkpoints", "Flink", `{"completed":1,"failed":0,"in_progress":0,"restored":0,"total":1}`, ""},
	{runFacets, "hive_query", "Hive", `{"queryId":"q","operationName":"QUERY"}`, ""},
	{runFacets, "gcp_dataproc", "1-0-0", `{"appId":"a","appName":"n"}`, ""},
	{runFacets, "gcp_composer_run", "1-0-0", `{"dagRunId":"manual__1"}`, ""},
	{runFacets, "weir_sagemaker", "weir", `{"executionArn":"arn:aws:sagemaker:eu-west-1:1:pipeline/p/execution/e"}`, "made by weir's connector"},
	{runFacets, "custom", "any", `{"x":1}`, ""},

	{jobFacets, "jobType", "2-0-4", `{"processingType":"STREAMING","integration":"FLINK","jobType":"JOB","emissionPattern":{"eventContentMode":"ACCUMULATIVE","eventTrigger":"PERIODIC","windowDuration":300}}`, ""},
	{jobFacets, "ownership", "1-0-1", ownersSample, "`***` names nobody"},
	{jobFacets, "tags", "1-0-0", tagsSample, ""},
	{jobFacets, "documentation", "1-1-0", docSample, "the content type is not read"},
	{jobFacets, "sql", "1-1-0", `{"query":"select 1","dialect":"postgres"}`, ""},
	{jobFacets, "sourceCode", "1-0-1", `{"language":"python","sourceCode":"print()"}`, ""},
	{jobFacets, "sourceCodeLocation", "1-1-0", `{"type":"git","url":"https://example.com/x","version":"abc","path":"p"}`, ""},
	{jobFacets, "lineage", "1-0-0", `{"entries":[{"type":"DATASET","namespace":"postgres://h:5432","name":"d.s.b","inputs":[{"type":"DATASET","namespace":"postgres://h:5432","name":"d.s.x"}]}]}`, ""},
	{jobFacets, "airflow", "Airflow", `{"tasks":{"t":{"downstream_task_ids":"['u']"},"u":{"downstream_task_ids":[]}}}`, "order leads through tasks that send no events"},
	{jobFacets, "dbt_node", "dbt", `{"unique_id":"model.shop.orders","database":"shop","schema":"public","alias":"orders"}`, "tests judge: no edges"},
	{jobFacets, "gcp_composer_job", "1-0-0", `{"dagId":"d","taskId":"t"}`, ""},
	{jobFacets, "gcp_lineage", "1-0-0", `{"displayName":"x"}`, ""},
	{jobFacets, "custom", "any", `{"x":1}`, ""},

	{datasetFacets, "schema", "1-2-0", `{"fields":[{"name":"a","type":"struct","ordinal_position":1,"fields":[{"name":"b","type":"int"}]}]}`, "10,000 columns"},
	{datasetFacets, "columnLineage", "1-2-0", `{"fields":{"c":{"inputFields":[{"namespace":"postgres://h:5432","name":"d.s.a","field":"x","transformations":[{"type":"DIRECT","subtype":"AGGREGATION","masking":true}]}]}},"dataset":[{"namespace":"postgres://h:5432","name":"d.s.a","field":"y"}]}`, "of outputs; a source with too few name parts makes no asset"},
	{datasetFacets, "symlinks", "1-0-1", `{"identifiers":[{"namespace":"hive://m:9083","name":"d.b","type":"TABLE"}]}`, "evidence, not equality"},
	{datasetFacets, "lifecycleStateChange", "1-0-1", `{"lifecycleStateChange":"RENAME","previousIdentifier":{"namespace":"postgres://h:5432","name":"d.s.old"}}`, ""},
	{datasetFacets, "version", "1-0-1", `{"datasetVersion":"7"}`, ""},
	{datasetFacets, "datasetType", "1-0-1", `{"datasetType":"VIEW","subType":"MATERIALIZED"}`, ""},
	{datasetFacets, "hierarchy", "1-0-0", `{"hierarchy":[{"type":"DATABASE","name":"d"},{"type":"SCHEMA","name":"s"}]}`, ""},
	{datasetFacets, "catalog", "1-1-0", `{"framework":"iceberg","type":"rest","name":"c","warehouseUri":"s3://w"}`, ""},
	{datasetFacets, "storage", "1-0-1", `{"storageLayer":"iceberg","fileFormat":"parquet"}`, ""},
	{datasetFacets, "dataSource", "1-0-1", `{"name":"s","uri":"postgres://h"}`, "no identity: its uri is often the host alone"},
	{datasetFacets, "documentation", "1-1-0", docSample, "the content type is not read"},
	{datasetFacets, "ownership", "1-0-1", ownersSample, "`***` names nobody"},
	{datasetFacets, "tags", "1-0-0", tagsSample, ""},
	{datasetFacets, "dataQualityMetrics", "1-0-0", metricSample, ""},
	{datasetFacets, "dataQualityAssertions", "1-1-0", checksSample, "expected and actual values stand in the message"},
	{datasetFacets, "dbt_model", "dbt", `{"config":{"materialized":"view"}}`, ""},
	{datasetFacets, "dbt_exposures", "dbt", `{"exposures":[{"name":"board","type":"dashboard"}]}`, ""},
	{datasetFacets, "custom", "any", `{"x":1}`, ""},

	{inputFacets, "dataQualityAssertions", "1-1-0", checksSample, "expected and actual values stand in the message"},
	{inputFacets, "dataQualityMetrics", "1-0-3", metricSample, ""},
	{inputFacets, "inputStatistics", "1-0-0", `{"rowCount":1,"size":2,"fileCount":3}`, ""},
	{inputFacets, "subset", "1-0-0", subsetSample, "shown with the run; 1,000 of an input"},
	{inputFacets, "icebergScanReport", "1-0-1", `{"snapshotId":1234567890123456789,"filterDescription":"true","schemaId":1,"scanMetrics":{}}`, "the version it names is what the run read"},
	{inputFacets, "greatExpectations_assertions", "Great Expectations", geSample, ""},
	{inputFacets, "dataQuality", "Great Expectations", metricSample, ""},
	{inputFacets, "weir_sourceFreshness", "weir", `{"maxLoadedAt":"2026-01-02T00:00:00Z"}`, "made by weir's dbt connector"},
	{inputFacets, "custom", "any", `{"x":1}`, ""},

	{outputFacets, "outputStatistics", "1-0-2", `{"rowCount":1,"size":2,"fileCount":3}`, ""},
	{outputFacets, "subset", "1-0-0", `{"outputCondition":{"type":"partition","partitions":[{"dimensions":{"dt":"2026-01-02"}}]}}`, ""},
	{outputFacets, "icebergCommitReport", "1-0-2", `{"snapshotId":1234567890123456789,"sequenceNumber":1,"operation":"append","commitMetrics":{}}`, "goes before the `version` facet"},
	{outputFacets, "dataQualityAssertions", "Airflow", checksSample, "expected and actual values stand in the message"},
	{outputFacets, "custom", "any", `{"x":1}`, ""},

	{staticFacets, "lineage", "1-0-0", `{"inputs":[{"type":"DATASET","namespace":"postgres://h:5432","name":"d.s.a"}]}`, ""},
	{staticFacets, "symlinks", "1-0-1", `{"identifiers":[{"namespace":"hive://m:9083","name":"d.b","type":"TABLE"}]}`, "the way to declare another name by an event"},
}

// producers are those whose events the tests hold.
var producers = []struct {
	name, golden, real, limits string
	folders                    []string
}{
	{"Airflow, provider 2", "airflow*", "`make e2e`, `make producers`", "a run that was cancelled before its START is known by its FAIL alone", []string{"captured/airflow"}},
	{"dbt-ol, from artifacts", "dbt-model-artifact dbt-command dbt-test", "`make e2e`, `make producers`", "all events come after the end; seeds are known from column lineage", []string{
		"captured/dbt/build-after-docs-duck.ndjson", "captured/dbt/build-duck-context.ndjson", "captured/dbt/build-duck-fail.ndjson", "captured/dbt/build-duck-select-vars-parent.ndjson",
		"captured/dbt/build-duck.ndjson", "captured/dbt/build-pg.ndjson", "captured/dbt/model-error-retry.ndjson", "captured/dbt/model-error.ndjson", "captured/dbt/run-duck.ndjson", "captured/dbt/seed-duck.ndjson",
		"captured/dbt/snapshot-duck.ndjson", "captured/dbt/test-duck.ndjson", "openlineage/dbt/catalog", "openlineage/dbt/duckdb", "openlineage/dbt/fail", "openlineage/dbt/postgres", "openlineage/dbt/small", "openlineage/dbt/snapshot"}},
	{"dbt-ol, from structured logs", "dbt-*logs*", "`make e2e`, `make producers`", "each query is a job of its own, under its model's run", []string{"captured/dbt/logs-duck.ndjson", "captured/dbt/kill-term-logs.ndjson",
		"openlineage/dbt-structured-logs/run/results", "openlineage/dbt-structured-logs/test/results"}},
	{"Spark", "spark*", "`make producers`", "", []string{"captured/spark", "compatibility-tests/CLL/events", "compatibility-tests/spark_dataproc_simple_producer_test/events"}},
	{"Flink", "flink*", "", "job-local table names are never merged", []string{"openlineage/flink1", "openlineage/flink2"}},
	{"Hive", "hive*", "", "", []string{"openlineage/hive"}},
	{"Great Expectations", "ge* great*", "`make producers`", "its action's run id is made once for each action", nil},
	{"Marquez' and the clients' own samples", "", "", "", []string{"marquez", "marquez/listener", "openlineage/fluentd", "openlineage/python", "compatibility-tests/simple_run_event/events"}},
}
