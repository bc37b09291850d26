package ingest

import (
	"regexp"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Habits of Spark's job names. What is different in each run is taken from a
// name (catalog.StableJob); what an upgrade renamed is told of as the name it
// had, which holds while it can mean one job only.

// fromSpark: the event was made by OpenLineage's Spark listener.
func fromSpark(in *interpreter) bool {
	jt, _ := facet[openlineage.JobType](in, in.event.Job.Facets, "jobType", "/job/facets")
	return strings.EqualFold(string(jt.Integration), "SPARK") || strings.Contains(in.event.Producer, "/integration/spark")
}

// sparkJob is the stable name of a Spark job.
func sparkJob(verbatim catalog.Name) jobIdentity {
	name, rule := catalog.StableJob(verbatim)
	return jobIdentity{name: name, rule: rule}
}

// sparkApplication: an action's parent is the application whose name its own
// begins with, and that is stable in the same way. Any other parent (a task of
// Airflow) keeps the name its own tool gave it.
func sparkApplication(child, parent catalog.Name) catalog.Name {
	if child.Namespace == parent.Namespace && strings.HasPrefix(child.Name, parent.Name+".") {
		parent, _ = catalog.StableJob(parent)
	}
	return parent
}

// earlierNames are the names that earlier listeners gave the job.
func earlierNames(in *interpreter, job catalog.Name) []catalog.AliasFact {
	if !fromSpark(in) {
		return nil
	}
	var out []catalog.AliasFact
	for _, rule := range []func(*interpreter, string) []string{bigQueryBefore138, databricksShell} {
		for _, name := range rule(in, job.Name) {
			out = append(out, catalog.AliasFact{From: catalog.JobName(job.Namespace, name), To: job, Origin: catalog.OriginNormalised, Detail: catalog.DetailShort})
		}
	}
	return out
}

var saveCommand = regexp.MustCompile(`^(.+)\.execute_save_into_data_source_command\.[^.]+$`)

// bigQueryBefore138: until 1.37 a write through the BigQuery connector was
// called by the connector's temporary folder, for a while (OpenLineage #3640)
// by the command alone, and from 1.38 on by the table (compatibility-tests,
// spark_dataproc/scenarios/bigquery). Only an application that writes one table
// can be told.
func bigQueryBefore138(in *interpreter, name string) []string {
	m := saveCommand.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	for _, d := range in.event.Outputs {
		if d.Namespace == "bigquery" {
			return []string{m[1] + ".adaptive_spark_plan._spark-bigquery", m[1] + ".execute_save_into_data_source_command"}
		}
	}
	return nil
}

var workspace = regexp.MustCompile(`^(?:dbc-[0-9a-f]+-[0-9a-f]+|adb-[0-9]+\.[0-9]+)(?:\.cloud\.databricks\.com|\.azuredatabricks\.net)?\.(.+)$`)

// databricksShell: on Databricks the name of an application without one was
// "databricks_shell", and is now the workspace (DatabricksUtils,
// prettifyDatabricksJobName). Only a namespace of one workspace can be told.
func databricksShell(_ *interpreter, name string) []string {
	if m := workspace.FindStringSubmatch(name); m != nil {
		return []string{"databricks_shell." + m[1]}
	}
	return nil
}
