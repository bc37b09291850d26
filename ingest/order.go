package ingest

import (
	"maps"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// dependencies reads the jobDependencies facet: of the run, or as some send it
// of the job.
func (in *interpreter) dependencies() {
	facets, where := in.event.Job.Facets, "/job/facets"
	if in.event.Run != nil {
		facets, where = in.event.Run.Facets, "/run/facets"
	}
	deps, ok := facet[openlineage.JobDependencies](in, facets, "jobDependencies", where)
	if !ok {
		return
	}
	self := in.facts.Job.Name
	for _, d := range deps.Upstream {
		if n, ok := jobRef(d.Job); ok && !maskedJob(n) {
			in.control(d, deps.Rule, catalog.ControlFact{Upstream: n, Downstream: self})
		}
	}
	for _, d := range deps.Downstream {
		if n, ok := jobRef(d.Job); ok && !maskedJob(n) {
			in.control(d, "", catalog.ControlFact{Upstream: self, Downstream: n})
		}
	}
}

// control adds the type and the rules of a dependency: its own, and that of the
// job that waits.
func (in *interpreter) control(d openlineage.JobDependency, rule openlineage.Text, f catalog.ControlFact) {
	if f.Type = string(d.Type); f.Type == "" {
		f.Type = string(d.OldType)
	}
	f.Type = clipText(f.Type, 128)
	f.Rule = clipText(strings.Join(strings.Fields(strings.Join([]string{string(d.SequenceRule), string(d.StatusRule), string(rule)}, " ")), " "), 256)
	in.facts.Controls = append(in.facts.Controls, f)
}

// airflowTasks: Airflow's job facet of a DAG holds its tasks in order. Jobs are
// named dag.task. A task that sends no events (EmptyOperator) is no job of
// anybody's: the order leads through it.
func (in *interpreter) airflowTasks() {
	dag, ok := facet[openlineage.AirflowJob](in, in.event.Job.Facets, "airflow", "/job/facets")
	if !ok {
		return
	}
	g := taskGraph{tasks: dag.Tasks}
	self := in.facts.Job.Name
	task := func(id string) catalog.Name { return catalog.JobName(self.Namespace, self.Name+"."+id) }
	for _, id := range slices.Sorted(maps.Keys(dag.Tasks)) {
		if g.silent(id) {
			continue
		}
		for _, next := range g.after(id) {
			in.facts.Controls = append(in.facts.Controls, catalog.ControlFact{Upstream: task(id), Downstream: task(next)})
		}
	}
}

type taskGraph struct {
	tasks map[string]openlineage.AirflowTask
}

func (g taskGraph) silent(id string) bool {
	t := g.tasks[id]
	return t.EmitsEvents != nil && !bool(*t.EmitsEvents)
}

// after lists the next tasks that send events, over silent ones.
func (g taskGraph) after(id string) []string {
	seen, out := map[string]bool{id: true}, []string{}
	queue := slices.Clone(g.tasks[id].Downstream)
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if _, known := g.tasks[next]; !known || seen[next] {
			continue
		}
		if seen[next] = true; g.silent(next) {
			queue = append(queue, g.tasks[next].Downstream...)
			continue
		}
		out = append(out, next)
	}
	slices.Sort(out)
	return out
}
