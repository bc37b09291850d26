package server

import (
	"net/http"
	"strings"
)

// A door is a path under which producers of some backend send OpenLineage
// events. One that is set up for that backend needs only another host.
type door struct {
	// path is a pattern of http.ServeMux; batch says that an array is sent.
	path  string
	batch bool
	// backend is who invented the path; source says where it is written.
	backend, source string
}

// doors are all of them; the first two are weir's own.
var doors = []door{
	{"/api/v1/lineage", false, "OpenLineage clients, Marquez, Astro", "OpenLineage client/python transport/http.py, the default endpoint; MarquezProject/marquez OpenLineageResource.java; docs.astronomer.io, spark.openlineage.host astro-ORG.datakin.com"},
	{"/api/v1/lineage/batch", true, "OpenLineage", "OpenLineage spec/OpenLineage.yml, /lineage/batch"},
	{"/openapi/openlineage/api/v1/lineage", false, "DataHub", "datahub-project/datahub docs/lineage/openlineage.md; issue 11271"},
	{"/api/v1/openlineage/lineage", false, "OpenMetadata", "docs.open-metadata.org how-to-guides/data-lineage/openlineage; open-metadata/OpenMetadata pull 24686"},
	{"/api/v1/openlineage/lineage/batch", true, "OpenMetadata", "open-metadata/OpenMetadata pull 24686"},
	{"/events/openlineage/{connector}/api/v1/lineage", false, "Atlan", "docs.atlan.com, Integrate Generic OpenLineage: the endpoint /events/openlineage/CONNECTOR/api/v1/lineage"},
	{"/gov_lineage/v2/lineage_events/openlineage", false, "watsonx.data intelligence", "IBM gov_lineage v2 API, POST lineage_events/openlineage"},
	{"/gov_lineage/v2/lineage_events/openlineage/batch", true, "watsonx.data intelligence", "IBM gov_lineage v2 API, POST lineage_events/openlineage"},
	{"/v1/projects/{project}/locations/{method}", false, "Google Data Lineage", "cloud.google.com/dataplex/docs/reference/data-lineage/rest/v1/projects.locations/processOpenLineageRunEvent"},
}

// googleMethod is how Google's path ends; a pattern cannot say it.
const googleMethod = ":processOpenLineageRunEvent"

// handler gives the handler behind a door, nil when there is none.
func (d door) handler(o Options) http.Handler {
	h := o.Lineage
	if d.batch {
		h = o.LineageBatch
	}
	if h == nil || !strings.HasSuffix(d.path, "{method}") {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.PathValue("method"), googleMethod) {
			notARoute(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}
