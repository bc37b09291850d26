package dbt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/connectors"
)

// Naming says under which names a project reports: what dbt-ol takes from
// OPENLINEAGE_NAMESPACE and from the profile.
type Naming struct {
	// Instance is the connector's name; run ids are made from it.
	Instance string
	// Jobs is the namespace of jobs, Datasets that of tables, such as
	// postgres://wh:5432.
	Jobs, Datasets string
}

// Events makes the OpenLineage events of one invocation, in the order of
// time: equal artifacts give equal bytes.
func Events(a Artifacts, n Naming) [][]byte {
	w := writer{a: a, n: n}
	w.wrapper()
	for _, r := range a.Runs.Results {
		switch node := a.Manifest.Nodes[r.UniqueID]; node.ResourceType {
		case "model", "seed", "snapshot":
			w.model(node, r)
		case "test":
			w.test(node, r)
		}
	}
	w.freshness()
	slices.SortStableFunc(w.out, func(x, y dated) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.rank, y.rank)) })
	out := make([][]byte, len(w.out))
	for i, d := range w.out {
		out[i] = d.body
	}
	return out
}

type object = map[string]any

type dated struct {
	at   time.Time
	rank int
	body []byte
}

type writer struct {
	a   Artifacts
	n   Naming
	out []dated
}

const producer = "https://github.com/weirhq/weir/connectors/dbt"

func facet(fields object) object {
	fields["_producer"], fields["_schemaURL"] = producer, producer+"#facet"
	return fields
}

// run is one run to report: its ends are the two events.
type run struct {
	key, job        string
	jobFacets       object
	start, end      string
	failed          bool
	message         string
	inputs, outputs []object
	runFacets       object
}

func (w *writer) emit(r run) {
	facets := object{"dbt_run": facet(object{"invocation_id": w.a.Runs.Metadata.InvocationID})}
	maps.Copy(facets, r.runFacets)
	if r.failed && r.message != "" {
		facets["errorMessage"] = facet(object{"message": r.message, "programmingLanguage": "sql"})
	}
	typ := "COMPLETE"
	if r.failed {
		typ = "FAIL"
	}
	for rank, e := range []struct{ typ, at string }{{"START", r.start}, {typ, r.end}} {
		at, err := time.Parse(time.RFC3339Nano, e.at)
		if err != nil {
			continue // an end that did not come
		}
		w.add(at, rank, object{
			"eventType": e.typ, "eventTime": at.UTC().Format(time.RFC3339Nano), "producer": producer, "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run":    object{"runId": w.runID(r.key), "facets": facets},
			"job":    object{"namespace": w.n.Jobs, "name": r.job, "facets": r.jobFacets},
			"inputs": orEmpty(r.inputs), "outputs": orEmpty(r.outputs),
		})
	}
}

func (w *writer) add(at time.Time, rank int, event object) {
	b, err := json.Marshal(event)
	if err == nil { // maps of plain values always marshal
		w.out = append(w.out, dated{at, rank, b})
	}
}

func orEmpty(list []object) []object {
	if list == nil {
		return []object{}
	}
	return list
}

// runID is made of the invocation whose artifact tells of the run, so that a
// later look at the sources does not give a build a second run.
func (w *writer) runID(key string) string {
	invocation := w.a.Runs.Metadata.InvocationID
	if strings.HasPrefix(key, freshnessKey) {
		invocation = w.a.Sources.Metadata.InvocationID
	}
	return connectors.ObservedRunID(w.n.Instance, invocation, key)
}

const freshnessKey = "freshness:"

func (w *writer) wrapperName() string {
	return "dbt-run-" + w.a.Manifest.Metadata.ProjectName
}

func (w *writer) parent() object {
	return object{"parent": facet(object{"run": object{"runId": w.runID("wrapper")}, "job": object{"namespace": w.n.Jobs, "name": w.wrapperName()}})}
}

// wrapper is the invocation itself; it failed when any node did.
func (w *writer) wrapper() {
	if w.a.Runs.Metadata.InvocationID == "" {
		return
	}
	failed := slices.ContainsFunc(w.a.Runs.Results, func(r Result) bool { return bad(r.Status) })
	w.emit(run{key: "wrapper", job: w.wrapperName(), start: w.a.Runs.Metadata.StartedAt, end: w.a.Runs.Metadata.GeneratedAt, failed: failed,
		jobFacets: object{"jobType": jobType("JOB")}})
}

func bad(status string) bool {
	return status == "error" || status == "fail" || status == "runtime error"
}

func jobType(t string) object {
	return facet(object{"processingType": "BATCH", "integration": "DBT", "jobType": t})
}

// times are those of the execute step.
func (r Result) times() (start, end string, ok bool) {
	for _, t := range r.Timing {
		if t.Name == "execute" {
			return t.StartedAt, t.CompletedAt, true
		}
	}
	return "", "", false
}

// model reports a model, seed or snapshot that ran. A skipped one did nothing.
func (w *writer) model(n Node, r Result) {
	start, end, ok := r.times()
	if !ok || r.Status == "skipped" {
		return
	}
	kind := map[string]string{"model": "run", "seed": "seed", "snapshot": "snapshot"}[n.ResourceType]
	x := run{key: n.UniqueID, job: fmt.Sprintf("%s.%s.%s.%s.build.%s", n.Database, n.Schema, n.PackageName, n.Name, kind), start: start, end: end,
		failed: bad(r.Status), message: r.Message, runFacets: w.parent(),
		jobFacets: object{"jobType": jobType("MODEL"), "dbt_node": facet(object{"unique_id": n.UniqueID, "database": n.Database, "schema": n.Schema, "alias": n.Alias, "checksum": n.Checksum.Checksum})},
		outputs:   []object{w.dataset(n)}}
	if r.Compiled != "" {
		x.jobFacets["sql"] = facet(object{"query": r.Compiled})
	}
	for _, id := range n.DependsOn.Nodes {
		if in, ok := w.find(id); ok {
			x.inputs = append(x.inputs, w.dataset(in))
		}
	}
	w.emit(x)
}

// find gives a node that is a table: tests and macros are none.
func (w *writer) find(id string) (Node, bool) {
	if n, ok := w.a.Manifest.Sources[id]; ok {
		return n, true
	}
	n, ok := w.a.Manifest.Nodes[id]
	return n, ok && n.ResourceType != "test"
}

func (n Node) table() string {
	return fmt.Sprintf("%s.%s.%s", n.Database, n.Schema, cmp.Or(n.Identifier, n.Alias, n.Name))
}

func (w *writer) dataset(n Node) object {
	facets := object{}
	if f := w.fields(n); len(f) > 0 {
		facets["schema"] = facet(object{"fields": f})
	}
	if n.Description != "" {
		facets["documentation"] = facet(object{"description": n.Description})
	}
	if owner, ok := n.Config.Meta["owner"].(string); ok && owner != "" {
		facets["ownership"] = facet(object{"owners": []object{{"name": owner}}})
	}
	if len(n.Tags) > 0 {
		tags := []object{}
		for _, t := range n.Tags {
			tags = append(tags, object{"key": t, "value": "true", "source": "DBT"})
		}
		facets["tags"] = facet(object{"tags": tags})
	}
	if n.Config.Materialized != "" {
		facets["dbt_model"] = facet(object{"config": object{"materialized": n.Config.Materialized}})
	}
	return object{"namespace": w.n.Datasets, "name": n.table(), "facets": facets}
}

// fields are the warehouse's columns where the catalog has them, else the
// documented ones.
func (w *writer) fields(n Node) []object {
	known := w.a.Catalog.Nodes[n.UniqueID].Columns
	if n.ResourceType == "source" {
		known = w.a.Catalog.Sources[n.UniqueID].Columns
	}
	var out []object
	for _, k := range slices.SortedFunc(maps.Keys(known), func(a, b string) int { return known[a].Index - known[b].Index }) {
		out = append(out, object{"name": known[k].Name, "type": known[k].Type, "description": n.Columns[strings.ToLower(known[k].Name)].Description})
	}
	if out != nil {
		return out
	}
	for _, k := range slices.Sorted(maps.Keys(n.Columns)) {
		out = append(out, object{"name": n.Columns[k].Name, "type": n.Columns[k].DataType, "description": n.Columns[k].Description})
	}
	return out
}

// test reports a test as its own run with the result on what it tests. Its
// name ends in .test, so that it makes no lineage.
func (w *writer) test(n Node, r Result) {
	start, end, ok := r.times()
	if !ok || r.Status == "skipped" {
		return
	}
	tested := n.DependsOn.Nodes
	if n.Attached != "" {
		tested = []string{n.Attached}
	}
	severity := strings.ToLower(cmp.Or(n.Config.Severity, "error"))
	if r.Status == "warn" {
		severity = "warn"
	}
	x := run{key: n.UniqueID, job: n.UniqueID, start: start, end: end, failed: bad(r.Status), message: r.Message, runFacets: w.parent(),
		jobFacets: object{"jobType": jobType("TEST"), "dbt_node": facet(object{"unique_id": n.UniqueID, "database": n.Database, "schema": n.Schema})}}
	for _, id := range tested {
		if in, ok := w.find(id); ok {
			assertion := object{"assertion": n.Name, "name": n.Name, "success": r.Status == "pass", "severity": severity}
			if n.ColumnName != "" {
				assertion["column"] = n.ColumnName
			}
			x.inputs = append(x.inputs, object{"namespace": w.n.Datasets, "name": in.table(), "inputFacets": object{"dataQualityAssertions": facet(object{"assertions": []object{assertion}})}})
		}
	}
	w.emit(x)
}

// freshness reports each look at a source's data time.
func (w *writer) freshness() {
	for _, r := range w.a.Sources.Results {
		n, ok := w.a.Manifest.Sources[r.UniqueID]
		if !ok || r.MaxLoadedAt == "" {
			continue
		}
		w.emit(run{key: freshnessKey + n.UniqueID, job: fmt.Sprintf("%s.%s.%s.freshness.test", n.Database, n.Schema, n.UniqueID), start: r.SnapshottedAt, end: r.SnapshottedAt,
			failed:    r.Status == "error",
			jobFacets: object{"jobType": jobType("TEST"), "dbt_node": facet(object{"unique_id": n.UniqueID, "database": n.Database, "schema": n.Schema})},
			inputs:    []object{{"namespace": w.n.Datasets, "name": n.table(), "inputFacets": object{"weir_sourceFreshness": facet(object{"maxLoadedAt": r.MaxLoadedAt})}}}})
	}
}
