package catalog

import (
	"net/url"
	"strings"
)

// A nameRule brings the names of one kind of store to one form. The table can
// be read against the OpenLineage naming page (website/docs/spec/naming.md).
type nameRule struct {
	rule    string
	schemes []string // the first is canonical
	port    string   // the default port that the canonical form carries
	// table says that names are tables (they are preferred over paths).
	table bool
	// path says that names are object paths: slashes at the ends mean nothing.
	path bool
	// fold says that the store folds case, so that names compare in upper case.
	fold bool
	// host rewrites the lower-cased authority.
	host func(string) string
}

var nameRules = []nameRule{
	{rule: "postgres", schemes: []string{"postgres", "postgresql"}, port: "5432", table: true},
	{rule: "mysql", schemes: []string{"mysql", "mariadb"}, port: "3306", table: true},
	{rule: "mssql", schemes: []string{"mssql", "sqlserver"}, port: "1433", table: true},
	{rule: "oracle", schemes: []string{"oracle"}, port: "1521", table: true},
	{rule: "redshift", schemes: []string{"redshift"}, port: "5439", table: true},
	{rule: "snowflake", schemes: []string{"snowflake"}, table: true, fold: true, host: snowflakeHost},
	{rule: "trino", schemes: []string{"trino"}, table: true},
	{rule: "hive", schemes: []string{"hive"}, port: "9083", table: true},
	{rule: "awsathena", schemes: []string{"awsathena"}, table: true},
	{rule: "databricks", schemes: []string{"databricks"}, table: true},
	{rule: "unitycatalog", schemes: []string{"unitycatalog"}, table: true},
	{rule: "duckdb", schemes: []string{"duckdb"}, table: true},
	{rule: "s3", schemes: []string{"s3", "s3a", "s3n"}, path: true},
	{rule: "gcs", schemes: []string{"gs", "gcs"}, path: true},
	{rule: "abfss", schemes: []string{"abfss", "abfs"}, path: true},
	{rule: "wasbs", schemes: []string{"wasbs", "wasb"}, path: true},
	{rule: "kafka", schemes: []string{"kafka"}},
}

// Normalise gives the canonical form of a dataset name and the rule that made
// it. The form of a name that is canonical, or of a scheme without a rule, is
// the name itself. Job names have none.
func Normalise(n Name) (Name, string) {
	if n.Type != TypeDataset {
		return n, ""
	}
	scheme, authority, ok := strings.Cut(n.Namespace, "://")
	if !ok {
		return n, ""
	}
	scheme, _, _ = strings.Cut(strings.ToLower(scheme), "+") // postgresql+psycopg2
	rule := ruleOf(scheme)
	if rule == nil {
		return n, ""
	}
	return Name{n.Type, rule.namespace(authority), rule.name(n.Name)}, rule.rule
}

func ruleOf(scheme string) *nameRule {
	for i := range nameRules {
		for _, s := range nameRules[i].schemes {
			if s == scheme {
				return &nameRules[i]
			}
		}
	}
	return nil
}

func (r *nameRule) namespace(authority string) string {
	scheme := r.schemes[0]
	if r.rule == "duckdb" { // the authority is a file path, verbatim
		return scheme + "://" + authority
	}
	authority = strings.TrimRight(authority, "/")
	if r.path {
		return scheme + "://" + authority
	}
	host := strings.TrimSuffix(strings.ToLower(authority), ":none")
	if r.host != nil {
		host = r.host(host)
	}
	if r.port != "" && host != "" && !hasPort(host) {
		host += ":" + r.port
	}
	return scheme + "://" + host
}

func (r *nameRule) name(name string) string {
	if r.path {
		if t := strings.Trim(name, "/"); t != "" {
			return t
		}
		return name
	}
	if r.fold {
		return strings.ToUpper(strings.ReplaceAll(name, `"`, ""))
	}
	return name
}

func hasPort(host string) bool {
	u, err := url.Parse("//" + host)
	return err != nil || u.Port() != "" || strings.ContainsAny(host, "/,")
}

func snowflakeHost(h string) string {
	return strings.TrimSuffix(h, ".snowflakecomputing.com")
}

// TableLike reports whether the name is one of a table in a store that weir
// knows, rather than a path, a topic or a throw-away.
func TableLike(n Name) bool {
	if n.Type != TypeDataset {
		return false
	}
	if strings.HasPrefix(n.Namespace, "arn:aws:glue:") || n.Namespace == "bigquery" {
		return true
	}
	scheme, _, ok := strings.Cut(n.Namespace, "://")
	if !ok {
		return false
	}
	r := ruleOf(strings.ToLower(scheme))
	return r != nil && r.table
}

// Ephemeral reports whether the name is a throw-away: never merged on purpose,
// last choice as a preferred name.
func Ephemeral(n Name) bool {
	return strings.HasPrefix(n.Namespace, "inmemory:") || strings.HasPrefix(n.Namespace, "memory:") ||
		strings.HasPrefix(n.Name, "/tmp/") || strings.Contains(n.Name, ".spark-bigquery-")
}
