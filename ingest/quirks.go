package ingest

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Habits of producers that need a rule of their own, one each. The evidence
// stands beside the rule; golden events of each lie in testdata.

// jobIdentity is the stable name of a job.
type jobIdentity struct {
	name catalog.Name
	rule string
	// alias: the name it came with is another name of the same job.
	alias bool
	// test: its runs only judge data.
	test bool
}

// identifyJob: dbt gives one model up to four job names by command and mode
// (db.schema.project.model with .build.run, .snapshot ...; in structured logs
// model.project.name), so its job is (namespace, database and schema of
// dbt_node, unique_id), equal in both modes, and dev and prod stay apart. Test
// runs are another job: they judge and make nothing.
func identifyJob(in *interpreter, verbatim catalog.Name) jobIdentity {
	node, ok := facet[openlineage.DBTNode](in, in.event.Job.Facets, "dbt_node", "/job/facets")
	switch {
	case ok && node.UniqueID != "":
	case fromSpark(in):
		return sparkJob(verbatim)
	default:
		return jobIdentity{name: verbatim}
	}
	id := jobIdentity{rule: "dbt_node", name: verbatim}
	parts := []string{}
	for _, p := range []openlineage.Text{node.Database, node.Schema, node.UniqueID} {
		if p != "" {
			parts = append(parts, string(p))
		}
	}
	id.name.Name = strings.Join(parts, ".")
	switch {
	case strings.HasPrefix(string(node.UniqueID), "test."), strings.HasPrefix(string(node.UniqueID), "unit_test."):
		id.test = true
	case strings.HasSuffix(verbatim.Name, ".test"):
		id.test = true
		id.name.Name += ".test"
	}
	// Structured logs use the unique_id alone as the name, which dev and prod
	// share: only a name that holds database and schema is an alias.
	id.alias = verbatim != id.name && verbatim.Name != string(node.UniqueID) && strings.HasPrefix(verbatim.Name, string(node.Database)+".")
	return id
}

var dbtQuery = regexp.MustCompile(`^\.sql\.[0-9]+$`)

// bareDBTParent: in structured logs each query of a dbt node is a job
// "<unique_id>.sql.N" whose parent facet names the node by its unique_id alone.
// Without the node's database and schema that name is nobody's (dev and prod
// share it): the run is joined by its id, and no job is made of the name.
func bareDBTParent(child, parent catalog.Name) bool {
	rest, ok := strings.CutPrefix(child.Name, parent.Name)
	return ok && child.Namespace == parent.Namespace && dbtQuery.MatchString(rest)
}

// ownerNames reads one owner. Airflow's secrets masker puts *** over any word
// that equals a secret ("airflow" often), which names nobody; its lists arrive
// as Python reprs ("['a', 'b']").
func ownerNames(s string) []string {
	return slices.DeleteFunc(openlineage.PythonList(s), func(name string) bool { return masked(name) })
}

// masked: Airflow's secrets masker puts *** over any word that equals a secret,
// wherever it stands ("airflow" is a password often): what is left says nothing.
func masked(s string) bool { return strings.Contains(s, "***") }

// maskedJob: facets pass through the masker, names of jobs in them too. Such a
// reference still joins runs by their id, and makes no job.
func maskedJob(n catalog.Name) bool { return masked(n.Namespace) || masked(n.Name) }

// validationID is the run id. Great Expectations makes one for each action
// object and sends a lone COMPLETE for each validation, days apart, with it
// (integration/common great_expectations action): every one is a run of its
// own, or the results of the one before would be lost.
func validationID(in *interpreter) string {
	id := in.event.Run.RunID
	if in.event.EventType != "COMPLETE" || !slices.ContainsFunc(in.event.Inputs, func(d openlineage.Dataset) bool {
		_, own := d.InputFacets["greatExpectations_assertions"]
		return own
	}) {
		return id
	}
	return id + "@" + in.event.EventTime.UTC().Format(time.RFC3339Nano)
}

// externalID is the tool's own id of a run that weir may have started: a DAG
// run (not its tasks, which carry the same one), a dbt invocation (not its
// nodes), a SageMaker execution.
func externalID(in *interpreter, f openlineage.Facets) string {
	if a, ok := facet[openlineage.AirflowDagRun](in, f, "airflowDagRun", "/run/facets"); ok {
		return string(a.DagRun.RunID)
	}
	if s, ok := facet[openlineage.SageMakerExecution](in, f, "weir_sagemaker", "/run/facets"); ok {
		return string(s.ExecutionARN)
	}
	_, node := in.event.Job.Facets["dbt_node"]
	jt, _ := facet[openlineage.JobType](in, in.event.Job.Facets, "jobType", "/job/facets")
	if d, ok := facet[openlineage.DBTRun](in, f, "dbt_run", "/run/facets"); ok && !node && !strings.EqualFold(string(jt.JobType), "SQL") {
		return string(d.InvocationID)
	}
	return ""
}
