package ingest

import (
	"fmt"
	"slices"
	"sort"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// columns reads the columnLineage facet of the outputs, or of the dataset of a
// DatasetEvent. A well-formed dataset
// that occurs only there counts as an input (dbt's artifact mode drops seeds);
// a name with too few parts is a SQL alias: flagged, and no asset.
func (in *interpreter) columns() {
	known := map[catalog.Name]bool{}
	for _, io := range slices.Concat(in.facts.Inputs, in.facts.Outputs) {
		known[io.Dataset] = true
	}
	c := columnReader{in: in, known: known, inferred: map[catalog.Name]bool{}}
	targets := in.event.Outputs
	if in.event.Dataset != nil {
		targets = []openlineage.Dataset{*in.event.Dataset}
	}
	for _, d := range targets {
		c.output(d)
	}
	c.addInferred()
}

type columnReader struct {
	in              *interpreter
	known, inferred map[catalog.Name]bool
}

func (c *columnReader) output(d openlineage.Dataset) {
	target := catalog.DatasetName(d.Namespace, d.Name)
	cl, ok := facet[openlineage.ColumnLineage](c.in, d.Facets, "columnLineage", "/outputs/facets")
	if !ok && !(c.in.event.Run == nil && openlineage.Deleted(d.Facets["columnLineage"])) {
		return
	}
	c.in.facts.ColumnsStated = append(c.in.facts.ColumnsStated, target)
	fields := make([]string, 0, len(cl.Fields))
	for f := range cl.Fields {
		fields = append(fields, f)
	}
	sort.Strings(fields)
	for _, f := range fields {
		for _, src := range cl.Fields[f].InputFields {
			c.edge(src, target, f, string(cl.Fields[f].TransformationType))
		}
	}
	for _, src := range cl.Dataset {
		c.edge(src, target, "", "")
	}
}

func (c *columnReader) edge(src openlineage.InputField, target catalog.Name, field, oldType string) {
	source := catalog.DatasetName(string(src.Namespace), string(src.Name))
	if !c.usable(source) {
		return
	}
	if field == "" && src.Field == "" {
		return
	}
	edge := catalog.ColumnFact{Source: source, SourceField: string(src.Field), Target: target, TargetField: field}
	edge.Transformation.Subtype = oldType
	c.in.facts.Columns = append(c.in.facts.Columns, transformed(edge, src.Transformations)...)
}

// transformed is the edge once for each transformation, or once without.
func transformed(edge catalog.ColumnFact, list []openlineage.Transformation) []catalog.ColumnFact {
	if len(list) == 0 {
		return []catalog.ColumnFact{edge}
	}
	out := make([]catalog.ColumnFact, len(list))
	for i, t := range list {
		out[i] = edge
		out[i].Transformation = catalog.Transformation{Type: string(t.Type), Subtype: string(t.Subtype), Description: clipText(string(t.Description), 512), Masking: bool(t.Masking)}
	}
	return out
}

func (c *columnReader) usable(n catalog.Name) bool {
	switch {
	case n.Namespace == "" || n.Name == "":
		return false
	case c.known[n] || c.inferred[n]:
		return true
	case catalog.ShortTable(n):
		c.in.addFlag(catalog.Flag{Code: openlineage.FlagShortName, Where: "/outputs/facets/columnLineage",
			Message: fmt.Sprintf("%q has too few parts for its namespace and is no input: no asset", clipText(n.Name, 100))})
		return false
	}
	c.inferred[n] = true
	return true
}

func (c *columnReader) addInferred() {
	names := make([]catalog.Name, 0, len(c.inferred))
	for n := range c.inferred {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool { return names[i].Compare(names[j]) < 0 })
	for _, n := range names {
		if c.in.event.Dataset == nil { // a DatasetEvent has no inputs
			c.in.facts.Inputs = append(c.in.facts.Inputs, catalog.IOFact{Dataset: n, Inferred: true})
		}
		c.in.addDataset(n, nil)
	}
}
