package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// lineage reads the explicit lineage facet and reports whether it was there:
// of the job on Run- and JobEvents, of the dataset on DatasetEvents (the facet
// on the other element means nothing: OpenLineage, LineageFacet 1-0-0). Every
// entry states a flow between whole assets as well, however little of it is
// known: a source that only a field names feeds the dataset too.
func (in *interpreter) lineage() bool {
	facets, where := in.lineageFacets()
	if in.event.Run == nil && openlineage.Deleted(facets["lineage"]) {
		in.facts.ExplicitDeleted = true
		return false
	}
	l, ok := facet[openlineage.Lineage](in, facets, "lineage", where)
	if !ok {
		return false
	}
	in.facts.Explicit = true
	r := lineageReader{in: in, where: where + "/lineage", seen: map[catalog.ColumnFact]bool{}, whole: map[[2]catalog.Name]bool{}}
	if in.event.Dataset != nil {
		r.sources(catalog.DatasetName(in.event.Dataset.Namespace, in.event.Dataset.Name), l.LineageSources)
	} else {
		for _, e := range l.Entries {
			if target, ok := r.end(e.LineageEnd); ok {
				r.sources(target, e.LineageSources)
			}
		}
	}
	r.inputs()
	return true
}

func (in *interpreter) lineageFacets() (openlineage.Facets, string) {
	if d := in.event.Dataset; d != nil {
		return d.Facets, "/dataset/facets"
	}
	return in.event.Job.Facets, "/job/facets"
}

type lineageReader struct {
	in    *interpreter
	where string
	seen  map[catalog.ColumnFact]bool
	// whole are the pairs that have a flow between whole assets.
	whole map[[2]catalog.Name]bool
}

// end names the end of a flow; one that cannot be named is left out.
func (r *lineageReader) end(e openlineage.LineageEnd) (catalog.Name, bool) {
	ns, name := string(e.Namespace), string(e.Name)
	switch t := strings.ToUpper(string(e.Type)); {
	case t == "JOB" && ns == "" && name == "" && r.in.facts.Job != nil:
		return r.in.facts.Job.Name, true
	case ns == "" || name == "":
	case t == "JOB":
		return catalog.JobName(ns, name), true
	case t == "DATASET" || t == "":
		return catalog.DatasetName(ns, name), true
	}
	r.in.addFlag(catalog.Flag{Code: openlineage.FlagLineage, Where: r.where,
		Message: fmt.Sprintf("%q %q %q is neither a dataset nor a job with namespace and name: left out", clipText(string(e.Type), 20), clipText(ns, 100), clipText(name, 100))})
	return catalog.Name{}, false
}

// sources files what feeds a target: first as a whole, then by field.
func (r *lineageReader) sources(target catalog.Name, s openlineage.LineageSources) {
	r.known(target)
	for _, src := range s.Inputs {
		r.flow(src, target, "")
	}
	fields := slices.Sorted(maps.Keys(s.Fields))
	for _, f := range fields {
		for _, src := range s.Fields[f].Inputs {
			r.flow(src, target, f)
		}
	}
	for _, src := range s.Inputs {
		r.implied(src, target)
	}
	for _, f := range fields {
		for _, src := range s.Fields[f].Inputs {
			r.implied(src, target)
		}
	}
}

// flow files one source with its transformations.
func (r *lineageReader) flow(src openlineage.LineageInput, target catalog.Name, field string) {
	source, ok := r.end(src.LineageEnd)
	if !ok {
		return
	}
	r.known(source)
	for _, f := range transformed(catalog.ColumnFact{Source: source, SourceField: string(src.Field), Target: target, TargetField: field}, src.Transformations) {
		r.add(f)
	}
}

// implied files the flow between the whole assets where none was stated.
func (r *lineageReader) implied(src openlineage.LineageInput, target catalog.Name) {
	source, ok := r.end(src.LineageEnd)
	if ok && !r.whole[[2]catalog.Name{source, target}] {
		r.add(catalog.ColumnFact{Source: source, Target: target})
	}
}

func (r *lineageReader) add(f catalog.ColumnFact) {
	whole := f.SourceField == "" && f.TargetField == ""
	if r.seen[f] || whole && f.Source == f.Target {
		return
	}
	r.seen[f] = true
	if whole {
		r.whole[[2]catalog.Name{f.Source, f.Target}] = true
	}
	r.in.facts.Flows = append(r.in.facts.Flows, f)
}

// known makes a dataset that only the facet names an asset.
func (r *lineageReader) known(n catalog.Name) {
	if n.Type == catalog.TypeDataset {
		r.in.addDataset(n, nil)
	}
}

// inputs adds the sources of what the job makes that the event forgot to list:
// they were read.
func (r *lineageReader) inputs() {
	if r.in.facts.Job == nil {
		return
	}
	listed, own := map[catalog.Name]bool{}, map[catalog.Name]bool{r.in.facts.Job.Name: true}
	for _, io := range r.in.facts.Inputs {
		listed[io.Dataset] = true
	}
	for _, io := range r.in.facts.Outputs {
		listed[io.Dataset], own[io.Dataset] = true, true
	}
	for _, f := range r.in.facts.Flows {
		if f.Source.Type == catalog.TypeDataset && own[f.Target] && !listed[f.Source] {
			listed[f.Source] = true
			r.in.facts.Inputs = append(r.in.facts.Inputs, catalog.IOFact{Dataset: f.Source, Inferred: true})
		}
	}
}
