package catalog

import "regexp"

// A jobRule takes from a job's name what is different in each run. The name
// that is left is the job's stable key within its namespace.
type jobRule struct {
	rule string
	form *regexp.Regexp
	with string
}

// stamp is a date, a time of day behind it, or an instant, in the forms that
// people put behind the names of applications.
const stamp = `(?:[12][0-9]{12}|(?:19|20|21)[0-9]{2}[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12][0-9]|3[01])(?:[Tt_-]?[0-2][0-9][-_:]?[0-5][0-9](?:[-_:]?[0-5][0-9])?)?(?:_[0-9]{1,2})?)`

// jobRules hold for Spark, whose job names are made of what the user called
// the application and of the path or table that was written.
var jobRules = []jobRule{
	// The BigQuery connector's folder for data on its way names the application
	// of this run (compatibility-tests, spark_dataproc/bigquery, until 1.37).
	{"spark-bigquery", regexp.MustCompile(`\.?_?spark-bigquery-application_[0-9A-Za-z_-]+`), "._spark-bigquery"},
	// OpenLineage #715: "agg_hour=00_ds=2022_04_02_2.execute_...".
	{"partition", regexp.MustCompile(`(?:[_.-][A-Za-z][A-Za-z]*=[0-9]+(?:[_-][0-9]+)*)+(\.|$)`), "$1"},
	// OpenLineage #715: "app_20220429101500.execute_..."; and a path that ends
	// in an instant ("..._tmp_outputs_1729097570970").
	{"timestamp", regexp.MustCompile(`[_.-]` + stamp + `Z?(\.|$)`), "$1"},
}

// StableJob gives the stable name of a Spark job and the rules that made it;
// "" for a name that is stable already. It is idempotent.
func StableJob(n Name) (Name, string) {
	if n.Type != TypeJob {
		return n, ""
	}
	rules := ""
	for {
		before := n.Name
		for _, r := range jobRules {
			if s := r.form.ReplaceAllString(n.Name, r.with); s != n.Name && s != "" {
				n.Name, rules = s, r.rule
			}
		}
		if n.Name == before {
			return n, rules
		}
	}
}
