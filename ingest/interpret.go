package ingest

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// Interpret says what an event states, under the names it uses. It is pure:
// equal events give equal facts, whatever came before. An event without a
// usable time makes no facts (the second result is false), since nothing could
// say what it is newer than.
func Interpret(e openlineage.Event) (catalog.Facts, bool) { return interpret(e, reading{}) }

// reading is how events are read; zero remembers nothing and keeps nothing of
// an environment.
type reading struct {
	memo *memo // what was understood of equal facets before
	keep environment
}

func interpret(e openlineage.Event, how reading) (catalog.Facts, bool) {
	if e.EventTime.IsZero() {
		return catalog.Facts{Flags: flagsOf(e.Flags)}, false
	}
	in := interpreter{event: e, how: how, byName: map[catalog.Name]int{}, seenChecks: map[catalog.CheckFact]bool{}, facts: catalog.Facts{EventTime: e.EventTime, Producer: e.Producer, Flags: flagsOf(e.Flags)}}
	in.run()
	return in.facts, true
}

func flagsOf(flags []openlineage.Flag) []catalog.Flag {
	var out []catalog.Flag
	for _, f := range flags {
		out = append(out, catalog.Flag{Code: f.Code, Where: f.Where, Message: f.Message})
	}
	return out
}

type interpreter struct {
	how   reading
	event openlineage.Event
	facts catalog.Facts
	// checksOnly: the run tests data; it reads and writes nothing.
	checksOnly bool
	// byName and seenChecks keep a huge event linear.
	byName     map[catalog.Name]int
	seenChecks map[catalog.CheckFact]bool
}

func (in *interpreter) run() {
	e := &in.event
	if e.Job != nil {
		in.job()
	}
	if e.Run != nil {
		in.runFact()
	}
	if e.Dataset != nil {
		in.dataset(*e.Dataset)
		in.happened(*e.Dataset)
	}
	for _, d := range e.Inputs {
		in.dataset(d)
	}
	if !in.checksOnly { // a test reads data to judge it: no edge, no output
		for _, d := range e.Outputs {
			in.dataset(d)
			in.happened(d)
		}
		if e.Dataset == nil { // a dataset has no inputs and outputs
			in.io()
		}
		if !in.lineage() { // the explicit facet counts alone
			in.columns()
		}
		in.exposures()
	}
	in.checks()
}

// flag notes a facet of another shape, once a place, and as few as Decode.
func (in *interpreter) flag(err error, where string) {
	if err != nil {
		in.addFlag(catalog.Flag{Code: openlineage.FlagFacet, Where: where, Message: err.Error()})
	}
}

func (in *interpreter) addFlag(f catalog.Flag) {
	if len(in.facts.Flags) <= openlineage.MaxFlags && !slices.Contains(in.facts.Flags, f) {
		in.facts.Flags = append(in.facts.Flags, f)
	}
}

// facet reads a facet and flags one that has another shape.
func facet[T any](in *interpreter, f openlineage.Facets, key, where string) (T, bool) {
	v, ok, err := openlineage.Get[T](f, key)
	in.flag(err, where+"/"+key)
	return v, ok
}

// job files the job under its stable name (quirks.go) and its facets.
func (in *interpreter) job() {
	j := in.event.Job
	verbatim := catalog.JobName(j.Namespace, j.Name)
	id := identifyJob(in, verbatim)
	in.checksOnly = id.test
	if id.alias {
		in.facts.Aliases = append(in.facts.Aliases, catalog.AliasFact{From: verbatim, To: id.name, Origin: catalog.OriginNormalised, Detail: id.rule})
	}
	in.facts.Aliases = append(in.facts.Aliases, earlierNames(in, id.name)...)
	props := in.properties(j.Facets, "/job/facets", jobValues)
	in.facts.Job = &catalog.AssetFact{Name: id.name, Properties: props}
	in.dependencies()
	in.airflowTasks()
}

func jobRef(j openlineage.JobID) (catalog.Name, bool) {
	return catalog.JobName(string(j.Namespace), string(j.Name)), j.Namespace != "" && j.Name != ""
}

func (in *interpreter) runFact() {
	r := in.event.Run
	f := &catalog.RunFact{RunID: validationID(in), Type: catalog.EventType(in.event.EventType)}
	in.facts.Run = f
	if nt, ok := facet[openlineage.NominalTime](in, r.Facets, "nominalTime", "/run/facets"); ok {
		f.NominalStart, f.NominalEnd = optionalTime(nt.Start), optionalTime(nt.End)
	}
	if em, ok := facet[openlineage.ErrorMessage](in, r.Facets, "errorMessage", "/run/facets"); ok {
		f.Error = clipText(string(em.Message), 4096)
	}
	in.parent(f, r.Facets)
	f.ExternalID = externalID(in, r.Facets)
	if jt, ok := facet[openlineage.JobType](in, in.event.Job.Facets, "jobType", "/job/facets"); ok {
		f.Streaming = strings.EqualFold(string(jt.ProcessingType), "STREAMING") || strings.EqualFold(string(jt.ProcessingType), "SERVICE")
		f.Snapshot = strings.EqualFold(string(jt.EmissionPattern.EventContentMode), "COMPLETE_SNAPSHOT")
		if em := emission(jt); em != nil {
			f.WindowSeconds = em.WindowSeconds
		}
	}
	in.runDetails(f, r.Facets)
	f.Facets = in.rawFacets(r.Facets)
	if sc, ok := facet[openlineage.SourceCodeLocation](in, in.event.Job.Facets, "sourceCodeLocation", "/job/facets"); ok {
		f.CodeVersion = string(sc.Version)
	}
	f.CodeHash = in.codeHash()
}

func optionalTime(t openlineage.Text) *time.Time {
	v, _, err := openlineage.ParseTime(string(t))
	if err != nil {
		return nil
	}
	return &v
}

// parent reads the parent facet; an incomplete one is left out. It joins on
// the run id, and contains by the job.
func (in *interpreter) parent(f *catalog.RunFact, facets openlineage.Facets) {
	p, ok := facet[openlineage.Parent](in, facets, "parent", "/run/facets")
	if !ok {
		return
	}
	job, named := jobRef(p.Job)
	if p.Run.RunID == "" || !named {
		in.addFlag(catalog.Flag{Code: openlineage.FlagParent, Where: "/run/facets/parent", Message: "without run id, namespace or name"})
		return
	}
	if fromSpark(in) {
		job = sparkApplication(catalog.JobName(in.event.Job.Namespace, in.event.Job.Name), job)
	}
	f.Parent = &catalog.RunRef{RunID: string(p.Run.RunID), Job: job}
	if self := in.facts.Job.Name; job != self && !bareDBTParent(self, job) && !maskedJob(job) {
		in.facts.Parent = &job
	}
	if p.Root == nil {
		return
	}
	if root, named := jobRef(p.Root.Job); named && p.Root.Run.RunID != "" {
		if fromSpark(in) {
			root = sparkApplication(catalog.JobName(in.event.Job.Namespace, in.event.Job.Name), root)
		}
		f.Root = &catalog.RunRef{RunID: string(p.Root.Run.RunID), Job: root}
	}
}

// dataset files the properties of a dataset and its symlinks.
func (in *interpreter) dataset(d openlineage.Dataset) {
	name := catalog.DatasetName(d.Namespace, d.Name)
	props := in.properties(d.Facets, "/dataset/facets", datasetValues)
	in.addDataset(name, props)
	links, ok := facet[openlineage.Symlinks](in, d.Facets, "symlinks", "/dataset/facets")
	if !ok {
		return
	}
	for _, l := range links.Identifiers {
		to := catalog.DatasetName(string(l.Namespace), string(l.Name))
		if l.Namespace == "" || l.Name == "" || to == name {
			continue
		}
		in.facts.Aliases = append(in.facts.Aliases, catalog.AliasFact{From: name, To: to, Origin: catalog.OriginSymlink, Detail: string(l.Type)})
	}
}

func (in *interpreter) addDataset(name catalog.Name, props []catalog.Property) {
	if i, ok := in.byName[name]; ok {
		in.facts.Datasets[i].Properties = mergeProps(in.facts.Datasets[i].Properties, props)
		return
	}
	in.byName[name] = len(in.facts.Datasets)
	in.facts.Datasets = append(in.facts.Datasets, catalog.AssetFact{Name: name, Properties: props})
}

// mergeProps keeps the greater bytes of a key that one event states twice.
// Both lists are in the order of their keys.
func mergeProps(a, b []catalog.Property) []catalog.Property {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y catalog.Property) int {
		return cmp.Or(strings.Compare(x.Key, y.Key), bytes.Compare(y.Raw, x.Raw))
	})
	return slices.CompactFunc(all, func(x, y catalog.Property) bool { return x.Key == y.Key })
}

// lifecycle reads what happened to a dataset, and its name before a rename.
func (in *interpreter) lifecycle(d openlineage.Dataset) (catalog.Lifecycle, *catalog.Name) {
	lc, ok := facet[openlineage.LifecycleStateChange](in, d.Facets, "lifecycleStateChange", "/dataset/facets")
	if !ok {
		return "", nil
	}
	change := catalog.Lifecycle(strings.ToUpper(string(lc.Change)))
	p := lc.Previous
	if change != catalog.LifecycleRename || p == nil || p.Namespace == "" || p.Name == "" {
		return change, nil
	}
	previous := catalog.DatasetName(string(p.Namespace), string(p.Name))
	if previous == catalog.DatasetName(d.Namespace, d.Name) {
		return change, nil
	}
	return change, &previous
}

// happened files what a Job- or DatasetEvent says happened to a dataset.
func (in *interpreter) happened(d openlineage.Dataset) {
	if in.event.Run != nil {
		return
	}
	if change, previous := in.lifecycle(d); change != "" {
		in.facts.Lifecycles = append(in.facts.Lifecycles, catalog.LifecycleFact{Dataset: catalog.DatasetName(d.Namespace, d.Name), Change: change, Previous: previous})
	}
}

// valuer turns the facet of one key into its canonical value; nil when it has
// none.
type valuer func(in *interpreter, f openlineage.Facets, key, where string) any

func (in *interpreter) properties(f openlineage.Facets, where string, values map[string]valuer) []catalog.Property {
	keys := make([]string, 0, len(f))
	for k := range f {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out []catalog.Property
	for _, k := range keys {
		raw := in.how.keep.filter(k, f[k])
		if raw == nil || string(raw) == "null" {
			continue
		}
		p := catalog.Property{Key: k, Raw: raw, Deleted: openlineage.Deleted(f[k])}
		if fn := values[k]; fn != nil && !p.Deleted {
			p.Value = in.how.memo.value(p, func() any { return fn(in, f, k, where) })
		}
		out = append(out, p)
	}
	return out
}

func clipText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
