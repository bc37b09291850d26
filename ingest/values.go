package ingest

import (
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// The facets that make canonical values, by key. Every other facet is kept
// raw only.
var (
	jobValues = map[string]valuer{
		catalog.PropDocumentation: documentation,
		catalog.PropOwnership:     ownership,
		catalog.PropTags:          tags,
		catalog.PropJobType:       jobType,
		catalog.PropSourceCode:    sourceCode,
		catalog.PropSQL:           sqlCode,
		catalog.PropSource:        sourceText,
		catalog.PropDBTNode:       nodeCode,
	}
	datasetValues = map[string]valuer{
		catalog.PropDocumentation: documentation,
		catalog.PropOwnership:     ownership,
		catalog.PropTags:          tags,
		catalog.PropSchema:        schema,
		catalog.PropDatasetType:   datasetType,
		catalog.PropDBTModel:      dbtModel,
		catalog.PropHierarchy:     hierarchy,
		catalog.PropCatalog:       catalogFacet,
	}
)

func documentation(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Documentation](in, f, key, where)
	if !ok {
		return nil
	}
	return string(v.Description)
}

func ownership(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Ownership](in, f, key, where)
	if !ok {
		return nil
	}
	out := []catalog.Owner{}
	for _, o := range v.Owners {
		for _, name := range ownerNames(string(o.Name)) {
			out = append(out, catalog.Owner{Name: name, Type: string(o.Type)})
		}
	}
	return out
}

func tags(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Tags](in, f, key, where)
	if !ok {
		return nil
	}
	out := []catalog.Tag{}
	for _, t := range v.Tags {
		if t.Key != "" && !masked(string(t.Key)) {
			out = append(out, catalog.Tag{Key: string(t.Key), Value: string(t.Value), Source: string(t.Source), Field: string(t.Field)})
		}
	}
	return out
}

// maxFields bounds the columns kept of one dataset.
const maxFields = 10_000

func schema(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Schema](in, f, key, where)
	if !ok {
		return nil
	}
	out := []catalog.Field{}
	flattenFields("", v.Fields, &out)
	return out
}

func flattenFields(parent string, fields []openlineage.SchemaField, out *[]catalog.Field) {
	for _, sf := range fields {
		if sf.Name == "" || len(*out) >= maxFields {
			continue
		}
		path := string(sf.Name)
		if parent != "" {
			path = parent + "." + path
		}
		if len(path) > openlineage.MaxName { // nested names multiply
			continue
		}
		f := catalog.Field{Name: path, Type: string(sf.Type), Description: string(sf.Description), Ordinal: len(*out) + 1, Parent: parent}
		if sf.Ordinal != nil && *sf.Ordinal > 0 && *sf.Ordinal <= maxFields {
			f.Ordinal = int(*sf.Ordinal)
		}
		*out = append(*out, f)
		flattenFields(path, sf.Fields, out)
	}
}

var datasetKinds = map[string]catalog.DatasetKind{
	"TABLE": catalog.KindTable, "VIEW": catalog.KindView, "FILE": catalog.KindFile, "TOPIC": catalog.KindTopic,
	"STREAM": catalog.KindStream, "MODEL": catalog.KindModel, "DASHBOARD": catalog.KindDashboard, "JOB_OUTPUT": catalog.KindJobOutput,
}

func datasetType(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.DatasetType](in, f, key, where)
	if !ok {
		return nil
	}
	kind, known := datasetKinds[strings.ToUpper(string(v.DatasetType))]
	if !known {
		kind = catalog.KindOther
	}
	return catalog.DatasetTypeValue{Kind: kind, SubKind: string(v.SubType)}
}

func dbtModel(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.DBTModel](in, f, key, where)
	if !ok {
		return nil
	}
	m := v.Config.Materialized
	if m == "" {
		m = v.Materialized
	}
	return catalog.DBTModelValue{Materialized: string(m)}
}

func jobType(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.JobType](in, f, key, where)
	if !ok {
		return nil
	}
	p := catalog.Processing(strings.ToUpper(string(v.ProcessingType)))
	switch p {
	case catalog.ProcessingBatch, catalog.ProcessingStreaming, catalog.ProcessingService:
	default:
		p = catalog.ProcessingUnknown
	}
	return catalog.JobTypeValue{Processing: p, Integration: string(v.Integration), JobType: string(v.JobType), Emission: emission(v)}
}

// maxWindow bounds a window in seconds: of a longer one nobody waits.
const maxWindow = 366 * 24 * 60 * 60

// emission is how the runs of a job send events; nil when it is not said. A
// window means something for PERIODIC emitters alone.
func emission(v openlineage.JobType) *catalog.Emission {
	p := v.EmissionPattern
	out := catalog.Emission{Trigger: strings.ToUpper(string(p.EventTrigger)), ContentMode: strings.ToUpper(string(p.EventContentMode))}
	if w := p.WindowDuration; out.Trigger == "PERIODIC" && w != nil && *w > 0 && *w <= maxWindow {
		out.WindowSeconds = int64(*w)
	}
	if out == (catalog.Emission{}) {
		return nil
	}
	return &out
}

func sourceCode(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.SourceCodeLocation](in, f, key, where)
	if !ok {
		return nil
	}
	return catalog.SourceCodeValue{Type: string(v.Type), URL: string(v.URL), RepoURL: string(v.RepoURL), Version: string(v.Version),
		Tag: string(v.Tag), Branch: string(v.Branch), Path: string(v.Path)}
}

func hierarchy(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Hierarchy](in, f, key, where)
	if !ok {
		return nil
	}
	out := []catalog.Container{}
	for _, l := range v.Levels {
		if l.Name != "" {
			out = append(out, catalog.Container{Type: string(l.Type), Name: string(l.Name)})
		}
	}
	return out
}

func catalogFacet(in *interpreter, f openlineage.Facets, key, where string) any {
	v, ok := facet[openlineage.Catalog](in, f, key, where)
	if !ok {
		return nil
	}
	return catalog.CatalogValue{Framework: string(v.Framework), Type: string(v.Type), Name: string(v.Name),
		MetadataURI: string(v.MetadataURI), WarehouseURI: string(v.WarehouseURI), Source: string(v.Source)}
}
