package ingest

import (
	"cmp"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest/openlineage"
)

// exposureKinds are dbt's types of exposure.
var exposureKinds = map[string]catalog.DatasetKind{"dashboard": catalog.KindDashboard, "ml": catalog.KindModel}

// exposures: dbt puts on a model what uses it. Each becomes a dataset
// downstream, named by its unique_id in the namespace of the dbt job (dbt gives
// it none), and derived from the model.
func (in *interpreter) exposures() {
	if in.event.Job == nil {
		return
	}
	for _, d := range in.event.Outputs {
		x, _ := facet[openlineage.DBTExposures](in, d.Facets, "dbt_exposures", "/outputs/facets")
		for _, e := range x.Exposures {
			in.exposure(catalog.DatasetName(d.Namespace, d.Name), e)
		}
	}
}

func (in *interpreter) exposure(model catalog.Name, e openlineage.DBTExposure) {
	id := cmp.Or(string(e.UniqueID), string(e.Name))
	if id == "" {
		return
	}
	name := catalog.DatasetName(in.event.Job.Namespace, id)
	in.addDataset(name, exposureProps(e))
	flow := catalog.ColumnFact{Source: model, Target: name}
	if in.facts.Explicit {
		in.facts.Flows = append(in.facts.Flows, flow)
	} else {
		in.facts.Columns = append(in.facts.Columns, flow)
	}
}

// exposureProps are the facets that the exposure would have as a dataset, in
// the order of their keys.
func exposureProps(e openlineage.DBTExposure) []catalog.Property {
	kind := cmp.Or(exposureKinds[strings.ToLower(string(e.Type))], catalog.KindOther)
	var out []catalog.Property
	put := func(key string, raw, value any) {
		out = append(out, catalog.Property{Key: key, Raw: marshalValue(raw), Value: marshalValue(value)})
	}
	put(catalog.PropDatasetType, map[string]string{"datasetType": string(kind), "subType": string(e.Type)}, catalog.DatasetTypeValue{Kind: kind, SubKind: string(e.Type)})
	if text := cmp.Or(e.Description, e.Label); text != "" {
		put(catalog.PropDocumentation, map[string]string{"description": string(text)}, string(text))
	}
	if owner := cmp.Or(string(e.Owner.Name), string(e.Owner.Email)); owner != "" {
		owners := []catalog.Owner{{Name: owner}}
		put(catalog.PropOwnership, map[string][]catalog.Owner{"owners": owners}, owners)
	}
	return out
}
