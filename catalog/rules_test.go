package catalog

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/internal/corpus"
)

// TestRules has rows for every scheme of the table, with names as producers
// really wrote them, and what they are compared by.
func TestRules(t *testing.T) {
	for _, c := range [][4]string{
		{"postgres://WH.Example:5432", "db.s.T", "postgres://wh.example:5432", "db.s.T"},
		{"postgresql+psycopg2://wh", "db.s.t", "postgres://wh:5432", "db.s.t"},
		{"postgres://workshop-db:None", "db.s.t", "postgres://workshop-db:5432", "db.s.t"},
		{"postgres://me:secret@wh:5432/", "db.s.t", "postgres://wh:5432", "db.s.t"},
		{"jdbc:postgresql://wh", "db.s.t", "postgres://wh:5432", "db.s.t"},
		{"postgres://[::1]", "db.s.t", "postgres://[::1]:5432", "db.s.t"},
		{"mysql://h:3307", "db.t", "mysql://h:3307", "db.t"},
		{"mariadb://h", "db.t", "mysql://h:3306", "db.t"},
		{"sqlserver://h", "db.s.t", "mssql://h:1433", "db.s.t"},
		{"sqlserver://H/Sales", "db.s.t", "mssql://h/sales", "db.s.t"},
		{`mssql://h\sales`, "db.s.t", "mssql://h/sales", "db.s.t"},
		{"sqlserver://h;instanceName=Sales;encrypt=true", "db.s.t", "mssql://h/sales", "db.s.t"},
		{"sqlserver://h:1433;encrypt=true", "db.s.t", "mssql://h:1433", "db.s.t"},
		{"oracle://h", "orcl.hr.employees", "oracle://h:1521", "ORCL.HR.EMPLOYEES"},
		{"snowflake://X-Y.snowflakecomputing.com", `"poc"."s"."t"`, "snowflake://x-y", "POC.S.T"},
		{"snowflake://ASDF1234.eu-central-1.aws", "D.S.T", "snowflake://asdf1234.eu-central-1.aws", "D.S.T"},
		{"snowflake://asdf1234", "d.s.t", "snowflake://asdf1234.us-west-1.aws", "D.S.T"},
		{"snowflake://asdf1234.eu-west-1", "d.s.t", "snowflake://asdf1234.eu-west-1.aws", "D.S.T"},
		{"redshift://cluster.id.eu-west-1.redshift.amazonaws.com:5439", "d.s.T", "redshift://cluster.eu-west-1:5439", "d.s.t"},
		{"redshift://wg.123456789012.eu-west-1.redshift-serverless.amazonaws.com", "d.s.t", "redshift://wg.eu-west-1:5439", "d.s.t"},
		{"bigquery", "project.Set.t", "bigquery", "project.Set.t"},
		{"bigquery://", "project:set.t", "bigquery", "project.set.t"},
		{"bigquery", "example.com:project.set.t", "bigquery", "example.com:project.set.t"},
		{"awsathena://Athena.eu-west-1.amazonaws.com:443", "AwsDataCatalog.db.t", "awsathena://athena.eu-west-1.amazonaws.com", "awsdatacatalog.db.t"},
		{"arn:aws:glue:eu-west-1:123456789012", "table/db/T", "arn:aws:glue:eu-west-1:123456789012", "table/db/t"},
		{"arn:aws:glue:eu-west-1:123456789012", "db.t", "arn:aws:glue:eu-west-1:123456789012", "table/db/t"},
		{"arn:aws-cn:glue:cn-north-1:123456789012", "cat.db.t", "arn:aws-cn:glue:cn-north-1:123456789012", "table/db/t"},
		{"hive://meta", "Default.T1", "hive://meta:9083", "default.t1"},
		{"hive://b:9083,a:9083", "default.t1", "hive://a:9083", "default.t1"},
		{"trino:8080", "cat.s.t", "trino://trino:8080", "cat.s.t"},
		{"trino://T:8080", "Cat.S.T", "trino://t:8080", "cat.s.t"},
		{"databricks://adb-1.azuredatabricks.net:443", "Main.s.`T`", "databricks://adb-1.azuredatabricks.net", "main.s.t"},
		{"unitycatalog://h:8080", "Main.s.t", "unitycatalog://h:8080", "main.s.t"},
		{"duckdb:///srv/Shop.duckdb", "shop.main.T", "duckdb:///srv/Shop.duckdb", "shop.main.t"},
		{"s3a://Bucket", "/a//B/", "s3://Bucket", "a//B"},
		{"s3n://bucket/", "a", "s3://bucket", "a"},
		{"gcs://bucket", "a/", "gs://bucket", "a"},
		{"abfs://c@acc.dfs.core.windows.net", "/a", "abfss://c@acc.dfs.core.windows.net", "a"},
		{"wasb://c@acc.blob.core.windows.net", "a", "wasbs://c@acc.blob.core.windows.net", "a"},
		{"hdfs://NN", "/user/hive/warehouse/t1/", "hdfs://nn:8020", "/user/hive/warehouse/t1"},
		{"hdfs://nn/user/hive/warehouse", "default.t1", "hdfs://nn:8020/user/hive/warehouse", "default.t1"},
		{"dbfs://Workspace", "/mnt/x/", "dbfs://workspace", "/mnt/x"},
		{"kafka://Broker", "Orders", "kafka://broker:9092", "Orders"},
		{"kafka://b2:9092,b1:9092", "orders", "kafka://b1:9092", "orders"},
		{"pubsub", "projects/p/topics/t", "pubsub", "topic:p:t"},
		{"pubsub://", "subscription:p:s", "pubsub", "subscription:p:s"},
		{"file", "/tmp/X", "file", "/tmp/X"},
		{"file:", "/a/", "file", "/a"},
		{"file://Host", "/a", "file://host", "/a"},
		{"memory://pandas", "dataframe", "inmemory://pandas", "dataframe"},
		{"inmemory://", "t", "inmemory://", "t"},
		{"made-up", "T", "made-up", "T"},
		{"postgres://", "t", "postgres://", "t"},
	} {
		got, _ := Normalise(DatasetName(c[0], c[1]))
		if want := DatasetName(c[2], c[3]); got != want {
			t.Errorf("%s %s: %s, want %s", c[0], c[1], got, want)
		}
		if again, _ := Normalise(got); again != got {
			t.Errorf("%s: the canonical form has another canonical form %s", got, again)
		}
	}
}

// TestRulesAreRead: what the table says of itself is what it does.
func TestRulesAreRead(t *testing.T) {
	for _, r := range nameRules {
		if r.namespace == "" || r.name == "" || r.kind == 0 {
			t.Errorf("%s: no line of the naming page", r.rule)
		}
		if !strings.HasPrefix(r.namespace, r.schemes[0]) {
			t.Errorf("%s: %s does not begin with its scheme %s", r.rule, r.namespace, r.schemes[0])
		}
		if dots := strings.Count(r.name, "."); r.parts > 0 && dots != r.parts-1 {
			t.Errorf("%s: %s has not %d parts", r.rule, r.name, r.parts)
		}
		if strings.Contains(r.namespace, "{port}") && r.port == "" && r.rule != "trino" && r.rule != "unitycatalog" {
			t.Errorf("%s: no default port", r.rule)
		}
	}
}

// TestNamePairs: names that producers really gave one asset, and whether the
// names alone are enough to tell (openlineage.md 3.2).
func TestNamePairs(t *testing.T) {
	maps := NamingConfig{
		Namespaces: map[string]string{
			"snowflake://ASDF1234.eu-central-1.aws": "snowflake://org-acct",
			"snowflake://my-loc":                    "snowflake://my-loc.eu-west-1.aws",
			"kafka://broker-2:9092":                 "kafka://broker-1:9092",
			"coordinator:8080":                      "trino://coordinator:8080",
		},
		Hosts: map[string]string{"localhost:3307": "wh:5432"},
		Ports: map[string]int{"trino": 8443},
		Defaults: map[string]NameDefaults{
			"postgres://wh:5432":       {Database: "e2etest", Schema: "public"},
			"postgres://postgres:5432": {Database: "postgres", Schema: "public"},
		},
		Mounts: map[string]string{"/mnt/lake": "s3://lake/raw"},
	}
	for _, c := range []struct {
		what, ns1, n1, ns2, n2 string
		config                 NamingConfig
		one                    bool
	}{
		{"Postgres: scheme from SQLAlchemy", "postgresql+psycopg2://h:5432", "db.public.t", "postgres://h:5432", "db.public.t", NamingConfig{}, true},
		{"Postgres: port None", "postgres://workshop-db:None", "db.public.t", "postgres://workshop-db:5432", "db.public.t", NamingConfig{}, true},
		{"Postgres: no port", "postgres://h", "db.public.t", "postgres://h:5432", "db.public.t", NamingConfig{}, true},
		{"Postgres: Spark JDBC through a proxy port, without schema", "postgres://localhost:3307", "e2etest.jdbc_source1", "postgres://wh:5432", "e2etest.public.jdbc_source1", maps, true},
		{"Postgres: the same, untold", "postgres://localhost:3307", "e2etest.jdbc_source1", "postgres://wh:5432", "e2etest.public.jdbc_source1", NamingConfig{}, false},
		{"Postgres: Flink without schema", "postgres://postgres:5432", "postgres.source_event", "postgres://postgres:5432", "postgres.public.source_event", maps, true},
		{"Postgres: Great Expectations without port and database", "postgresql://wh", "public.orders", "postgres://wh:5432", "e2etest.public.orders", maps, true},
		{"Postgres: case counts", "postgres://h:5432", "db.public.Orders", "postgres://h:5432", "db.public.orders", NamingConfig{}, false},
		{"Snowflake: old Spark with domain and quotes", "snowflake://X-Y.snowflakecomputing.com", `"poc"."s"."t"`, "snowflake://x-y", "POC.S.T", NamingConfig{}, true},
		{"Snowflake: case by dbt and Airflow", "snowflake://org-acct", "REPORTING.TEST_GENERAL.orders", "snowflake://org-acct", "REPORTING.TEST_GENERAL.ORDERS", NamingConfig{}, true},
		{"Snowflake: locator and account", "snowflake://ASDF1234.eu-central-1.aws", "D.S.T", "snowflake://org-acct", "D.S.T", maps, true},
		{"Snowflake: locator and account, untold", "snowflake://ASDF1234.eu-central-1.aws", "D.S.T", "snowflake://org-acct", "D.S.T", NamingConfig{}, false},
		{"Snowflake: bare locator", "snowflake://abc123", "D.S.T", "snowflake://abc123.us-west-1.aws", "D.S.T", NamingConfig{}, true},
		{"Snowflake: what the Python and the Java client make of my-loc.eu-west-1", "snowflake://my-loc", "D.S.T", "snowflake://my-loc.eu-west-1.aws", "D.S.T", maps, true},
		{"Redshift: profile host", "redshift://c.abc.eu-west-1.redshift.amazonaws.com:5439", "d.s.t", "redshift://c.eu-west-1:5439", "d.s.t", NamingConfig{}, true},
		{"SQL Server: Java's scheme, no port", "sqlserver://h", "db.dbo.t", "mssql://h:1433", "db.dbo.t", NamingConfig{}, true},
		{"Trino: no scheme", "trino:8080", "c.s.t", "trino://trino:8080", "c.s.t", NamingConfig{}, true},
		{"Trino: no scheme, any host", "coordinator:8080", "c.s.t", "trino://coordinator:8080", "c.s.t", maps, true},
		{"Trino: Java adds the port", "trino://t", "c.s.t", "trino://t:8443", "c.s.t", maps, true},
		{"Trino: port untold", "trino://t", "c.s.t", "trino://t:443", "c.s.t", NamingConfig{}, false},
		{"Glue: dotted by dbt-glue", "arn:aws:glue:eu-west-1:1", "db.t", "arn:aws:glue:eu-west-1:1", "table/db/t", NamingConfig{}, true},
		{"Athena and Glue need a symlink", "awsathena://athena.eu-west-1.amazonaws.com", "awsdatacatalog.db.t", "arn:aws:glue:eu-west-1:1", "table/db/t", NamingConfig{}, false},
		{"HDFS: no port", "hdfs://nn", "/user/hive/warehouse/t1", "hdfs://nn:8020", "/user/hive/warehouse/t1/", NamingConfig{}, true},
		{"Hive and its location need a symlink", "hive://nn:9083", "default.t1", "hdfs://nn:8020", "/user/hive/warehouse/t1", NamingConfig{}, false},
		{"S3: leading slash", "s3://b", "/a/b", "s3://b", "a/b", NamingConfig{}, true},
		{"S3: trailing slash of Airflow's SageMaker operator", "s3://b", "a/b/", "s3://b", "a/b", NamingConfig{}, true},
		{"S3: Hadoop's schemes", "s3a://b", "a", "s3n://b", "a", NamingConfig{}, true},
		{"Azure: abfs", "abfs://c@a.dfs.core.windows.net", "x", "abfss://c@a.dfs.core.windows.net", "/x", NamingConfig{}, true},
		{"Azure: wasb", "wasb://c@a.blob.core.windows.net", "x", "wasbs://c@a.blob.core.windows.net", "x", NamingConfig{}, true},
		{"Databricks: case", "databricks://h", "Main.S.T", "databricks://h", "main.s.t", NamingConfig{}, true},
		{"Unity: no workspace", "unity-catalog", "main.s.t", "databricks://h", "main.s.t", NamingConfig{}, false},
		{"Kafka: another bootstrap server", "kafka://broker-2", "orders", "kafka://broker-1:9092", "orders", maps, true},
		{"Kafka: another bootstrap server, untold", "kafka://broker-2", "orders", "kafka://broker-1:9092", "orders", NamingConfig{}, false},
		{"Kafka: a list", "kafka://b2:9092,b1:9092", "orders", "kafka://b1:9092", "orders", NamingConfig{}, true},
		{"mount", "file", "/mnt/lake/orders", "s3://lake", "raw/orders", maps, true},
		{"mount of Databricks", "dbfs://ws", "/mnt/lake/orders", "s3a://lake", "/raw/orders/", maps, true},
		{"throw-away", "memory://pandas", "dataframe", "memory://pandas", "dataframe2", NamingConfig{}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			g, err := NewNaming(c.config)
			if err != nil {
				t.Fatal(err)
			}
			a, _ := g.Normalise(DatasetName(c.ns1, c.n1))
			b, _ := g.Normalise(DatasetName(c.ns2, c.n2))
			if (a == b) != c.one {
				t.Errorf("%s and %s: one is %v, want %v", a, b, a == b, c.one)
			}
		})
	}
}

// TestNeverThrough: no two datasets become one through a name that unrelated
// things share, whatever states it and however often.
func TestNeverThrough(t *testing.T) {
	for what, shared := range map[string]Name{
		"a Flink job's local table": DatasetName("kafka://b:9092", "default_catalog.default_database.orders"),
		"Unity without workspace":   DatasetName("unity-catalog", "main.s.t"),
		"a file of some machine":    DatasetName("file", "/data/x"),
		"the same, other spelling":  DatasetName("file://", "/data/x"),
		"a local warehouse":         DatasetName("file:/tmp/warehouse", "default.t"),
		"memory of a process":       DatasetName("inmemory://", "t"),
		"memory, pandas":            DatasetName("memory://pandas", "dataframe"),
		"no namespace":              DatasetName("", "t"),
		"claimed by two primaries":  DatasetName("arn:aws:glue:eu-west-1:1", "table/db/t"),
	} {
		t.Run(what, func(t *testing.T) {
			r := NewResolver()
			for range 2 {
				r.AddEvidence(Evidence{A: ds("d.s.a"), B: shared, Origin: OriginSymlink, Detail: "TABLE"})
				r.AddEvidence(Evidence{A: ds("d.s.b"), B: shared, Origin: OriginSymlink, Detail: "TABLE"})
				r.AddEvidence(Evidence{A: shared, B: ds("d.s.c"), Origin: OriginSymlink, Detail: "LOCATION"})
			}
			if together(r, "d.s.a", "d.s.b") || together(r, "d.s.a", "d.s.c") {
				t.Error("merged")
			}
		})
	}
}

func TestRenameIsNoMerge(t *testing.T) {
	r := NewResolver()
	r.AddEvidence(Evidence{A: ds("d.s.old"), B: ds("d.s.new"), Origin: OriginRename})
	if together(r, "d.s.old", "d.s.new") {
		t.Error("a rename merges")
	}
}

// FuzzNormalise: whatever the name and the maps, there is one canonical form.
func FuzzNormalise(f *testing.F) {
	for _, r := range nameRules {
		f.Add(r.namespace, r.name, "a", "b")
		f.Add(strings.ToUpper(r.schemes[0])+"://U:p@H:None/x;y,z", `"A".b."C"/`, "h:none", "[::1]:9")
	}
	f.Add("trino:8080", "projects/p/topics/t", "trino:8080", "hive://x,y")
	seen := map[string]bool{}
	err := corpus.Objects(func(o map[string]any) {
		if ns := corpus.Text(o, "namespace"); ns != "" && !seen[ns] { // one name a namespace
			seen[ns] = true
			f.Add(ns, corpus.Text(o, "name"), ns, "h:1")
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ns, name, from, to string) {
		checkCanonical(t, DefaultNaming(), DatasetName(ns, name))
		for _, c := range []NamingConfig{{Namespaces: map[string]string{from: to}}, {Hosts: map[string]string{from: to}}, {Mounts: map[string]string{from: to}},
			{Defaults: map[string]NameDefaults{from: {Schema: to}}}, {Ports: map[string]int{from: len(to)}}} {
			if g, err := NewNaming(c); err == nil {
				checkCanonical(t, g, DatasetName(ns, name))
			}
		}
	})
}

type tb interface {
	Helper()
	Errorf(string, ...any)
}

func checkCanonical(t tb, g *Naming, n Name) {
	t.Helper()
	once, _ := g.Normalise(n)
	if twice, _ := g.Normalise(once); twice != once {
		t.Errorf("%+v: the canonical form %+v has another, %+v", n, once, twice)
	}
	base, part := g.Partition(n)
	if again, more := g.Partition(base); again != base || more != "" {
		t.Errorf("%+v: dataset %+v of partition %q has partitions again: %+v %q", n, base, part, again, more)
	}
}

// genDatasetName makes names of all schemes, with the oddities of all.
func genDatasetName() *rapid.Generator[Name] {
	return rapid.Custom(func(t *rapid.T) Name {
		r := rapid.SampledFrom(nameRules).Draw(t, "rule")
		scheme := rapid.SampledFrom(r.schemes).Draw(t, "scheme")
		host := rapid.SampledFrom([]string{"h", "H", "h:5432", "h:None", "u@h", "h2", "a.b", "x-y.snowflakecomputing.com", "c.i.r.redshift.amazonaws.com:1", "b,a", ""}).Draw(t, "host")
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "B", `"c"`, "public", "dt=1", "2025-09-01", "table", "/", "*"}), 1, 4).Draw(t, "parts")
		return DatasetName(scheme+"://"+host, strings.Join(parts, rapid.SampledFrom([]string{".", "/"}).Draw(t, "between")))
	})
}

// genNaming makes operators' maps that hold.
func genNaming() *rapid.Generator[*Naming] {
	return rapid.Custom(func(t *rapid.T) *Naming {
		c := NamingConfig{Namespaces: map[string]string{}, Hosts: map[string]string{}}
		for i := range rapid.IntRange(0, 3).Draw(t, "maps") {
			c.Namespaces[genDatasetName().Draw(t, fmt.Sprint("from", i)).Namespace] = genDatasetName().Draw(t, fmt.Sprint("to", i)).Namespace
			host := rapid.SampledFrom([]string{"h", "h2", "h:5432", "a.b", "c.r", "xyz"})
			c.Hosts[host.Draw(t, fmt.Sprint("host", i))] = host.Draw(t, fmt.Sprint("other", i))
		}
		if g, err := NewNaming(c); err == nil {
			return g
		}
		return DefaultNaming()
	})
}

func TestNormaliseIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkCanonical(t, genNaming().Draw(t, "naming"), genDatasetName().Draw(t, "name"))
	})
}
