package ingest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

func (in *interpreter) io() {
	e := &in.event
	in.facts.InputsStated, in.facts.OutputsStated = e.Inputs != nil, e.Outputs != nil
	for _, d := range e.Inputs {
		in.facts.Inputs = append(in.facts.Inputs, in.input(d)...)
	}
	for _, d := range e.Outputs {
		in.facts.Outputs = append(in.facts.Outputs, in.output(d)...)
	}
}

// input is what a run read of a dataset: once for each partition.
func (in *interpreter) input(d openlineage.Dataset) []catalog.IOFact {
	f := in.ioFact(d, d.InputFacets)
	if s, ok := facet[openlineage.Statistics](in, d.InputFacets, "inputStatistics", "/inputFacets"); ok {
		f.RowCount, f.Bytes, f.FileCount = (*int64)(s.RowCount), (*int64)(s.Size), (*int64)(s.FileCount)
	}
	if s, ok := facet[openlineage.SourceFreshness](in, d.InputFacets, "weir_sourceFreshness", "/inputFacets"); ok {
		if t, _, err := openlineage.ParseTime(string(s.MaxLoadedAt)); err == nil && openlineage.InRange(t) {
			in.facts.Looks = append(in.facts.Looks, catalog.LookFact{Dataset: f.Dataset, DataTime: t, By: in.event.Producer})
		}
	}
	in.snapshot(&f, d.InputFacets, "icebergScanReport")
	sub, _ := facet[openlineage.Subset](in, d.InputFacets, "subset", "/inputFacets")
	return parts(f, sub.Input)
}

// output is what a run wrote of a dataset: once for each partition.
func (in *interpreter) output(d openlineage.Dataset) []catalog.IOFact {
	f := in.ioFact(d, d.OutputFacets)
	if s, ok := facet[openlineage.Statistics](in, d.OutputFacets, "outputStatistics", "/outputFacets"); ok {
		f.RowCount, f.Bytes, f.FileCount = (*int64)(s.RowCount), (*int64)(s.Size), (*int64)(s.FileCount)
		f.Statistics = s.RowCount != nil || s.Size != nil || s.FileCount != nil
	}
	in.snapshot(&f, d.OutputFacets, "icebergCommitReport")
	sub, _ := facet[openlineage.Subset](in, d.OutputFacets, "subset", "/outputFacets")
	return parts(f, sub.Output)
}

func (in *interpreter) ioFact(d openlineage.Dataset, scoped openlineage.Facets) catalog.IOFact {
	f := catalog.IOFact{Dataset: catalog.DatasetName(d.Namespace, d.Name), Facets: in.rawFacets(scoped)}
	f.Lifecycle, f.Previous = in.lifecycle(d)
	if v, ok := facet[openlineage.DatasetVersion](in, d.Facets, "version", "/dataset/facets"); ok {
		f.DataVersion = string(v.Version)
	}
	return f
}

// snapshot: Iceberg's own report is of what was read or committed, while the
// version facet may be of the table as it was when the query was planned.
func (in *interpreter) snapshot(f *catalog.IOFact, facets openlineage.Facets, key string) {
	if r, ok := facet[openlineage.IcebergReport](in, facets, key, "/ioFacets"); ok && r.SnapshotID != "" {
		f.DataVersion = string(r.SnapshotID)
	}
}

// maxPartitions bounds the partitions of one dataset that one event names; an
// event with more means the dataset.
const maxPartitions = 1000

func parts(f catalog.IOFact, c *openlineage.SubsetCondition) []catalog.IOFact {
	list := partitionsOf(f.Dataset, c)
	if len(list) == 0 || len(list) > maxPartitions {
		return []catalog.IOFact{f}
	}
	out := make([]catalog.IOFact, len(list))
	for i, p := range list {
		if out[i] = f; i > 0 {
			out[i].Facets = nil
		}
		out[i].Partition = p
		if len(list) > 1 { // counted for all together
			out[i].RowCount, out[i].Bytes, out[i].FileCount = nil, nil, nil
		}
	}
	return out
}

// partitionsOf reads a subset condition as partitions, written k=v/k=v as paths
// write them: listed ones, equalities joined by AND, alternatives by OR, and
// locations inside the dataset. Any other condition is no partition.
func partitionsOf(ds catalog.Name, c *openlineage.SubsetCondition) []string {
	if c == nil {
		return nil
	}
	var out []string
	switch strings.ToLower(string(c.Type)) {
	case "partition":
		for _, p := range c.Partitions {
			if text := cmp.Or(dimensions(p.Dimensions), string(p.Identifier)); text != "" {
				out = append(out, text)
			}
		}
	case "location":
		for _, l := range c.Locations {
			if p := inside(ds, string(l)); p != "" {
				out = append(out, p)
			}
		}
	case "compare":
		out = equality(c)
	case "binary":
		out = combined(strings.ToUpper(string(c.Operator)), partitionsOf(ds, c.Left), partitionsOf(ds, c.Right))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func dimensions(m map[string]openlineage.Text) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+string(m[k]))
	}
	return strings.Join(out, "/")
}

// inside is a location's path below its dataset; "" when it lies elsewhere.
func inside(ds catalog.Name, location string) string {
	base := strings.TrimRight(ds.Namespace, "/") + "/" + strings.Trim(ds.Name, "/")
	rest, ok := strings.CutPrefix(location, base+"/")
	if !ok {
		return ""
	}
	return strings.Trim(rest, "/")
}

func equality(c *openlineage.SubsetCondition) []string {
	l, r := c.Left, c.Right
	if l == nil || r == nil || !strings.EqualFold(string(c.Comparison), "EQUAL") {
		return nil
	}
	if l.Field == "" {
		l, r = r, l
	}
	if l.Field == "" || r.Value == "" {
		return nil
	}
	return []string{string(l.Field) + "=" + string(r.Value)}
}

func combined(operator string, a, b []string) []string {
	switch {
	case len(a) == 0 || len(b) == 0 || len(a)*len(b) > maxPartitions:
		return nil
	case operator == "OR":
		return slices.Concat(a, b)
	case operator != "AND":
		return nil
	}
	var out []string
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+"/"+y)
		}
	}
	return out
}

// maxRawFacet is the largest facet of a run that is kept; of a larger one the
// size is, and the journal has it all.
const maxRawFacet = 1 << 20

// rawFacets are facets as they came, for readers.
func (in *interpreter) rawFacets(f openlineage.Facets) []catalog.Property {
	var out []catalog.Property
	for _, k := range slices.Sorted(maps.Keys(f)) {
		switch raw := in.how.keep.filter(k, f[k]); {
		case raw == nil || string(raw) == "null":
		case len(raw) > maxRawFacet:
			out = append(out, catalog.Property{Key: k, Value: json.RawMessage(fmt.Sprintf(`{"bytes":%d}`, len(raw)))})
		default:
			out = append(out, catalog.Property{Key: k, Raw: raw})
		}
	}
	return out
}

// runDetails reads what else a run's facets say of it.
func (in *interpreter) runDetails(f *catalog.RunFact, facets openlineage.Facets) {
	if e, ok := facet[openlineage.ExtractionError](in, facets, "extractionError", "/run/facets"); ok {
		f.Incomplete = e.FailedTasks > 0 || e.TotalTasks == 0
	}
	if e, ok := facet[openlineage.ProcessingEngine](in, facets, "processing_engine", "/run/facets"); ok && e.Name != "" {
		f.Engine = &catalog.Engine{Name: string(e.Name), Version: string(e.Version), Adapter: string(e.Adapter)}
	}
	// Airflow's secrets masker may hide part of the id: then it joins nothing.
	if q, ok := facet[openlineage.ExternalQuery](in, facets, "externalQuery", "/run/facets"); ok && q.ID != "" && !masked(string(q.ID)) {
		f.Query = &catalog.ExternalQuery{ID: string(q.ID), Source: string(q.Source)}
	}
}
