package catalog

// A nameRule brings the names of one kind of store to one form. The table can
// be read line by line against the OpenLineage naming page
// (website/docs/spec/naming.md): namespace and name repeat its two columns.
type nameRule struct {
	rule            string
	namespace, name string
	schemes         []string // the first is canonical
	// bare: the canonical namespace is the scheme's word alone ("bigquery").
	bare bool
	kind storeKind
	// parts is how many dotted parts a full table name has; 0: not dotted.
	parts int
	// schema is what most installations call the schema of a table whose name
	// leaves it out; "" when the store has no such habit.
	schema string
	// port is the default that the canonical form carries; "" when the store
	// has none that all producers agree on.
	port string
	// fold: the store compares names without case. Where it does not, or where
	// that depends on an installation's setting, names keep their case.
	fold caseFold
	// verbatim: the authority is a bucket or a path, and its case counts.
	verbatim bool
	// rooted paths keep their leading slash; keys of object stores have none.
	rooted bool
	// https: reached over HTTPS alone, whose port says nothing.
	https bool
	// list: the authority may name several servers of one cluster.
	list bool
	// host rewrites the lower-cased host, local the name. Both are idempotent.
	host  func(string) string
	local func(string) string
}

// storeKind is what the names of a rule are names of.
type storeKind uint8

const (
	storeTable  storeKind = iota + 1 // preferred over paths
	storePath                        // slashes at the ends mean nothing; partitions are folders
	storeTopic                       // streams of messages
	storeMemory                      // gone with its process: never one asset with anything
)

// caseFold says how a store that compares without case writes names itself.
type caseFold uint8

const (
	foldNone caseFold = iota
	foldLower
	foldUpper
)

// rulesVersion changes whenever a rule gives some name another form, so that a
// projection made by other rules is noticed (Naming.Fingerprint).
const rulesVersion = 2

var nameRules = []nameRule{
	{rule: "postgres", namespace: "postgres://{host}:{port}", name: "{database}.{schema}.{table}",
		schemes: []string{"postgres", "postgresql"}, kind: storeTable, parts: 3, schema: "public", port: "5432"},
	{rule: "mysql", namespace: "mysql://{host}:{port}", name: "{database}.{table}",
		schemes: []string{"mysql", "mariadb"}, kind: storeTable, parts: 2, port: "3306"},
	{rule: "mssql", namespace: "mssql://{host}:{port}", name: "{database}.{schema}.{table}",
		schemes: []string{"mssql", "sqlserver"}, kind: storeTable, parts: 3, schema: "dbo", port: "1433", host: mssqlHost},
	{rule: "oracle", namespace: "oracle://{host}:{port}", name: "{serviceName}.{schema}.{table}",
		schemes: []string{"oracle"}, kind: storeTable, parts: 3, port: "1521", fold: foldUpper, local: unquote},
	{rule: "snowflake", namespace: "snowflake://{organization name}-{account name}", name: "{database}.{schema}.{table}",
		schemes: []string{"snowflake"}, kind: storeTable, parts: 3, schema: "PUBLIC", fold: foldUpper, host: snowflakeHost, local: unquote},
	{rule: "redshift", namespace: "redshift://{cluster_identifier}.{region_name}:{port}", name: "{database}.{schema}.{table}",
		schemes: []string{"redshift"}, kind: storeTable, parts: 3, schema: "public", port: "5439", fold: foldLower, host: redshiftHost},
	{rule: "bigquery", namespace: "bigquery", name: "{project id}.{dataset name}.{table name}",
		schemes: []string{"bigquery"}, bare: true, kind: storeTable, parts: 3, local: bigqueryTable},
	{rule: "awsathena", namespace: "awsathena://athena.{region_name}.amazonaws.com", name: "{catalog}.{database}.{table}",
		schemes: []string{"awsathena"}, kind: storeTable, parts: 3, fold: foldLower, https: true},
	{rule: "glue", namespace: "arn:aws:glue:{region}:{account id}", name: "table/{database name}/{table name}",
		schemes: []string{"arn:aws:glue"}, kind: storeTable, fold: foldLower, local: glueTable},
	{rule: "hive", namespace: "hive://{host}:{port}", name: "{database}.{table}",
		schemes: []string{"hive"}, kind: storeTable, parts: 2, port: "9083", fold: foldLower, list: true},
	{rule: "trino", namespace: "trino://{host}:{port}", name: "{catalog}.{schema}.{table}",
		schemes: []string{"trino"}, kind: storeTable, parts: 3, fold: foldLower},
	{rule: "databricks", namespace: "databricks://{host}", name: "{catalog}.{schema}.{table}",
		schemes: []string{"databricks"}, kind: storeTable, parts: 3, schema: "default", fold: foldLower, https: true, local: unquote},
	{rule: "unitycatalog", namespace: "unitycatalog://{host}:{port}", name: "{catalog}.{schema}.{table}",
		schemes: []string{"unitycatalog"}, kind: storeTable, parts: 3, schema: "default", fold: foldLower, local: unquote},
	{rule: "duckdb", namespace: "duckdb://{path}", name: "{database}.{schema}.{table}",
		schemes: []string{"duckdb"}, kind: storeTable, parts: 3, schema: "main", fold: foldLower, verbatim: true},

	{rule: "s3", namespace: "s3://{bucket name}", name: "{object key}",
		schemes: []string{"s3", "s3a", "s3n"}, kind: storePath, verbatim: true},
	{rule: "gcs", namespace: "gs://{bucket name}", name: "{object key}",
		schemes: []string{"gs", "gcs"}, kind: storePath, verbatim: true},
	{rule: "abfss", namespace: "abfss://{container name}@{service name}.dfs.core.windows.net", name: "{path}",
		schemes: []string{"abfss", "abfs"}, kind: storePath, verbatim: true},
	{rule: "wasbs", namespace: "wasbs://{container name}@{service name}.dfs.core.windows.net", name: "{object key}",
		schemes: []string{"wasbs", "wasb"}, kind: storePath, verbatim: true},
	{rule: "hdfs", namespace: "hdfs://{namenode host}:{namenode port}", name: "{path}",
		schemes: []string{"hdfs"}, kind: storePath, port: "8020", rooted: true},
	{rule: "dbfs", namespace: "dbfs://{workspace name}", name: "{path}",
		schemes: []string{"dbfs"}, kind: storePath, rooted: true},
	{rule: "file", namespace: "file", name: "{path}",
		schemes: []string{"file"}, bare: true, kind: storePath, rooted: true},

	{rule: "kafka", namespace: "kafka://{bootstrap server host}:{port}", name: "{topic}",
		schemes: []string{"kafka"}, kind: storeTopic, port: "9092", list: true},
	{rule: "pubsub", namespace: "pubsub", name: "topic:{projectId}:{topicId}",
		schemes: []string{"pubsub"}, bare: true, kind: storeTopic, local: pubsubTopic},

	{rule: "inmemory", namespace: "inmemory://", name: "{name}",
		schemes: []string{"inmemory", "memory"}, kind: storeMemory, verbatim: true},
}

var rulesByScheme = func() map[string]*nameRule {
	out := map[string]*nameRule{}
	for i := range nameRules {
		for _, s := range nameRules[i].schemes {
			out[s] = &nameRules[i]
		}
	}
	return out
}()
