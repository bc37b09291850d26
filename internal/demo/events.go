package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

type object = map[string]any

const (
	producer   = "https://github.com/weirhq/weir/internal/demo"
	facets     = "https://openlineage.io/spec/facets/"
	runSchema  = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
	dbtVersion = "1.10.0"
)

// run is one run of a job.
type run struct {
	job        string
	id         string
	start, end time.Time
	parent     *run
	// external is the tool's own id.
	external string
}

// runID is the same for the same job and time, so that the past has one form.
func runID(job string, at time.Time) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(producer+"/"+job+"/"+at.UTC().Format(time.RFC3339Nano))).String()
}

func facet(schema string, fields object) object {
	fields["_producer"], fields["_schemaURL"] = producer, facets+schema
	return fields
}

// event is what the job's tool would send. Inputs and outputs come with the
// terminal event, as most tools do.
func (c *company) event(typ string, at time.Time, r *run) []byte {
	j := c.jobs[r.job]
	ev := object{
		"eventType": typ, "eventTime": at.UTC().Format(time.RFC3339Nano), "producer": producer, "schemaURL": runSchema,
		"run": object{"runId": r.id, "facets": c.runFacets(r)},
		"job": object{"namespace": j.namespace, "name": j.name, "facets": c.jobFacets(j)},
	}
	if typ != "START" {
		ev["inputs"], ev["outputs"] = c.inputs(j), c.outputs(j)
	}
	b, _ := json.Marshal(ev) // maps of plain values always marshal
	return b
}

func (c *company) runFacets(r *run) object {
	f := object{"processing_engine": facet("1-1-1/ProcessingEngineRunFacet.json", object{"version": "1", "name": strings.ToLower(c.jobs[r.job].tool)})}
	if r.parent != nil {
		p := c.jobs[r.parent.job]
		f["parent"] = facet("1-1-0/ParentRunFacet.json", object{"run": object{"runId": r.parent.id}, "job": object{"namespace": p.namespace, "name": p.name}})
	}
	if r.external != "" {
		f["airflowDagRun"] = facet("1-0-0/AirflowDagRunFacet.json", object{"dag": object{"dag_id": r.job}, "dagRun": object{"dag_id": r.job, "run_id": r.external}})
	}
	return f
}

func (c *company) jobFacets(j job) object {
	f := object{"jobType": facet("2-0-3/JobTypeJobFacet.json", object{"processingType": "BATCH", "integration": j.tool, "jobType": j.unit})}
	if j.owner != "" {
		f["ownership"] = facet("1-0-1/OwnershipJobFacet.json", object{"owners": []any{object{"name": j.owner, "type": "MAINTAINER"}}})
	}
	if j.about != "" {
		f["documentation"] = facet("1-1-0/DocumentationJobFacet.json", object{"description": j.about})
	}
	if j.dbt != "" {
		schema := "staging"
		if strings.HasPrefix(j.name, "shop.marts.") {
			schema = "marts"
		}
		f["dbt_node"] = facet("1-0-0/DbtNodeJobFacet.json", object{"unique_id": j.dbt, "database": "shop", "schema": schema, "alias": j.dbt[strings.LastIndexByte(j.dbt, '.')+1:], "original_file_path": "models/" + schema, "dbt_version": dbtVersion})
	}
	return f
}

func (c *company) inputs(j job) []any {
	out := []any{}
	for _, name := range j.in {
		d := c.data[name]
		in := object{"namespace": d.namespace, "name": d.name, "facets": c.datasetFacets(d)}
		if len(j.checks) > 0 {
			in["inputFacets"] = object{"dataQualityAssertions": facet("1-0-1/DataQualityAssertionsDatasetFacet.json", object{"assertions": assertions(j.checks)})}
		}
		out = append(out, in)
	}
	return out
}

func assertions(names []string) []any {
	out := []any{}
	for _, n := range names {
		out = append(out, object{"assertion": n, "success": true, "severity": "error"})
	}
	return out
}

func (c *company) outputs(j job) []any {
	out := []any{}
	for _, name := range j.out {
		d := c.data[name]
		f := c.datasetFacets(d)
		if l := c.columnLineage(d); len(l) > 0 {
			f["columnLineage"] = facet("1-2-0/ColumnLineageDatasetFacet.json", object{"fields": l})
		}
		out = append(out, object{"namespace": d.namespace, "name": d.name, "facets": f})
	}
	return out
}

func (c *company) datasetFacets(d dataset) object {
	f := object{"datasetType": facet("1-0-0/DatasetTypeDatasetFacet.json", object{"datasetType": d.kind})}
	if len(d.columns) > 0 {
		fields := []any{}
		for _, col := range d.columns {
			fields = append(fields, object{"name": col.name, "type": col.kind})
		}
		f["schema"] = facet("1-1-1/SchemaDatasetFacet.json", object{"fields": fields})
	}
	if d.owner != "" {
		f["ownership"] = facet("1-0-1/OwnershipDatasetFacet.json", object{"owners": []any{object{"name": d.owner, "type": "MAINTAINER"}}})
	}
	if d.about != "" {
		f["documentation"] = facet("1-1-0/DocumentationDatasetFacet.json", object{"description": d.about})
	}
	if len(d.tags) > 0 {
		list := []any{}
		for _, t := range d.tags {
			k, v, ok := strings.Cut(t, ":")
			if !ok {
				v = "true"
			}
			list = append(list, object{"key": k, "value": v, "source": "CONFIG"})
		}
		f["tags"] = facet("1-0-0/TagsDatasetFacet.json", object{"tags": list})
	}
	return f
}

func (c *company) columnLineage(d dataset) object {
	out := object{}
	for _, col := range d.columns {
		from := []any{}
		for _, s := range col.from {
			table, name, _ := strings.Cut(s, ".")
			src := c.data[table]
			from = append(from, object{"namespace": src.namespace, "name": src.name, "field": name, "transformations": []any{object{"type": "DIRECT", "subtype": "TRANSFORMATION"}}})
		}
		if len(from) > 0 {
			out[col.name] = object{"inputFields": from}
		}
	}
	return out
}

// past is what the shop's tools sent until now: every step of days before, and
// of this night only what comes before the nightly run.
func (c *company) past(nightly time.Time, days int) [][]byte {
	type stamped struct {
		at   time.Time
		body []byte
	}
	var all []stamped
	for day := -days; day <= 0; day++ {
		for _, r := range c.day(nightly.Add(time.Duration(day)*24*time.Hour), day == 0) {
			all = append(all, stamped{r.start, c.event("START", r.start, r)}, stamped{r.end, c.event("COMPLETE", r.end, r)})
		}
	}
	slices.SortStableFunc(all, func(a, b stamped) int { return a.at.Compare(b.at) })
	out := make([][]byte, len(all))
	for i, s := range all {
		out[i] = s.body
	}
	return out
}

// day are the runs of one night; of an unfinished one those before the nightly
// run.
func (c *company) day(nightly time.Time, unfinished bool) []*run {
	var out []*run
	by := map[string]*run{}
	for _, s := range c.order {
		if unfinished && s.start >= 0 {
			continue
		}
		at := nightly.Add(s.start)
		r := &run{job: s.job, id: runID(s.job, at), start: at, end: at.Add(s.take), parent: by[s.parent]}
		if c.jobs[s.job].unit == "DAG" {
			r.external = "scheduled__" + at.UTC().Format("2006-01-02T15:04:05+00:00")
		}
		by[s.job] = r
		out = append(out, r)
	}
	return out
}

// String names a dataset as the command line does.
func (d dataset) String() string { return fmt.Sprintf("dataset:%s/%s", d.namespace, d.name) }
