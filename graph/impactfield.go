package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// hit is how a place is reached by a changed field.
type hit struct {
	severity Severity
	reason   string
}

// worse reports whether h has to replace o.
func (h hit) worse(o hit) bool { return severityRank[h.severity] > severityRank[o.severity] }

// fieldImpact follows one field along column lineage, and what column lineage
// does not explain along the rest: a dataset that a job writes from affected
// inputs without column lineage may hold anything, so that it is UNKNOWN, and
// so is what is made of it.
type fieldImpact struct {
	src    Neighbourer
	change PlannedChange
	l      Lineage
	// reached are the fields that column lineage leads to, by asset, and jobs
	// are those on the way.
	reached map[catalog.AssetID]map[string]hit
	jobs    map[catalog.AssetID]hit
	// opaque assets are fed by an affected one in a way that is not known.
	opaque map[catalog.AssetID]bool
	// flows are the field edges into the datasets of l, by job and target.
	flows map[flow][]catalog.Edge
	// readers of a dataset, outputs of a job, derived of a dataset; of l.
	readers, outputs, derived map[catalog.AssetID][]catalog.AssetID
	border                    map[catalog.AssetID]bool
	cut                       bool
}

// flow is what a job makes of a dataset; the job is zero when none is known.
type flow struct{ job, target catalog.AssetID }

func newFieldImpact(src Neighbourer, c PlannedChange, l Lineage) *fieldImpact {
	f := &fieldImpact{src: src, change: c, l: l, reached: map[catalog.AssetID]map[string]hit{}, jobs: map[catalog.AssetID]hit{}, opaque: map[catalog.AssetID]bool{},
		flows: map[flow][]catalog.Edge{}, border: map[catalog.AssetID]bool{},
		readers: map[catalog.AssetID][]catalog.AssetID{}, outputs: map[catalog.AssetID][]catalog.AssetID{}, derived: map[catalog.AssetID][]catalog.AssetID{}}
	for _, e := range l.Edges {
		switch e.Type {
		case catalog.EdgeReads:
			f.readers[e.Source] = append(f.readers[e.Source], e.Target)
		case catalog.EdgeWrites:
			f.outputs[e.Source] = append(f.outputs[e.Source], e.Target)
		case catalog.EdgeDerives:
			f.derived[e.Source] = append(f.derived[e.Source], e.Target)
		}
	}
	for _, n := range l.Nodes {
		f.border[n.Asset] = n.HiddenDownstream > 0
	}
	return f
}

func (f *fieldImpact) run(ctx context.Context) ([]Impacted, error) {
	if err := f.loadFlows(ctx); err != nil {
		return nil, err
	}
	f.follow()
	f.spread()
	var out []Impacted
	for _, n := range f.l.Nodes {
		if n.Asset != f.change.Asset {
			out = append(out, f.judge(n))
		}
	}
	return out, nil
}

// loadFlows reads the column lineage of all datasets that the walk reached.
func (f *fieldImpact) loadFlows(ctx context.Context) error {
	ids := make([]catalog.AssetID, len(f.l.Nodes))
	for i, n := range f.l.Nodes {
		ids[i] = n.Asset
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	for part := range slices.Chunk(ids, chunk) {
		edges, more, err := f.src.Neighbours(ctx, NeighbourQuery{Frontier: part, Direction: Upstream, Fields: true, Limit: edgeBudget})
		if err != nil {
			return fmt.Errorf("read column lineage: %w", err)
		}
		f.cut = f.cut || more // what is missing then counts as not known
		for _, e := range edges {
			f.flows[flow{e.Job, e.Target}] = append(f.flows[flow{e.Job, e.Target}], e)
		}
	}
	return nil
}

// follow spreads the change over fields; a field is followed again when it is
// found to be affected worse.
func (f *fieldImpact) follow() {
	from := f.bySource()
	start := place{f.change.Asset, f.change.Field}
	queue := []place{start}
	best := map[place]hit{start: {severity: Breaking}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range from[at.asset] {
			// An edge or a place without a field means the whole dataset.
			if at.field != "" && e.SourceField != "" && e.SourceField != at.field {
				continue
			}
			h := f.use(e, best[at])
			f.hit(e, h)
			if to := (place{e.Target, e.TargetField}); h.worse(best[to]) {
				best[to] = h
				queue = append(queue, to)
			}
		}
	}
}

func (f *fieldImpact) bySource() map[catalog.AssetID][]catalog.Edge {
	from := map[catalog.AssetID][]catalog.Edge{}
	for _, list := range f.flows {
		for _, e := range list {
			from[e.Source] = append(from[e.Source], e)
		}
	}
	for _, list := range from {
		slices.SortFunc(list, CompareBySource)
	}
	return from
}

func (f *fieldImpact) hit(e catalog.Edge, h hit) {
	if h.worse(f.jobs[e.Job]) && !e.Job.IsZero() {
		f.jobs[e.Job] = h
	}
	fields := f.reached[e.Target]
	if fields == nil {
		fields = map[string]hit{}
		f.reached[e.Target] = fields
	}
	if h.worse(fields[e.TargetField]) {
		fields[e.TargetField] = h
	}
}

// use is what one edge does with a field that is affected as badly as before.
func (f *fieldImpact) use(e catalog.Edge, before hit) hit {
	use := useOf(e)
	h := hit{fieldRules[f.change.Kind][use], fmt.Sprintf("%s %s", useWords[use], e.SourceField)}
	if before.worse(h) || h.severity == before.severity {
		return h
	}
	return hit{before.severity, h.reason + ", which is " + words[before.severity]}
}

var words = map[Severity]string{Breaking: "broken", Degrading: "degraded", Safe: "safe"}

func useOf(e catalog.Edge) fieldUse {
	switch {
	case e.Transformation.Type == "INDIRECT" || e.TargetField == "":
		return useIndirect
	case e.Transformation.Subtype == "IDENTITY" || e.Transformation.Type == "" && e.Transformation.Subtype == "":
		return useIdentity
	}
	return useTransformed
}

// spread finds what may be affected without column lineage saying so, until
// nothing new is found.
func (f *fieldImpact) spread() {
	queue := []catalog.AssetID{f.change.Asset}
	for id := range f.reached {
		queue = append(queue, id)
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, found := range f.unexplained(at) {
			if !f.opaque[found] {
				f.opaque[found] = true
				queue = append(queue, found)
			}
		}
	}
}

// unexplained are the assets next after an affected dataset whose content is
// not known to depend on it, or not to.
func (f *fieldImpact) unexplained(at catalog.AssetID) (out []catalog.AssetID) {
	for _, target := range f.derived[at] {
		if f.dark(at, flow{target: target}) {
			out = append(out, target)
		}
	}
	for _, job := range f.readers[at] {
		if len(f.outputs[job]) == 0 || f.border[job] {
			out = append(out, job) // a report, or its outputs were cut
		}
		for _, target := range f.outputs[job] {
			if f.dark(at, flow{job, target}) {
				out = append(out, job, target)
			}
		}
	}
	return out
}

// dark reports whether column lineage leaves open what the flow takes from a
// dataset: there is none, or it takes fields of one that is opaque itself.
func (f *fieldImpact) dark(from catalog.AssetID, fl flow) bool {
	list := f.flows[fl]
	if len(list) == 0 {
		return true
	}
	return f.opaque[from] && slices.ContainsFunc(list, func(e catalog.Edge) bool { return e.Source == from })
}

// judge gives one asset its severity: by the fields reached, else UNKNOWN where
// column lineage ends or the answer was cut, else SAFE.
func (f *fieldImpact) judge(n Node) Impacted {
	i := Impacted{Asset: n.Asset, Distance: n.Distance}
	best := f.jobs[n.Asset]
	for field, h := range f.reached[n.Asset] {
		if field != "" {
			i.Fields = append(i.Fields, field)
		}
		if h.worse(best) || h.severity == best.severity && h.reason < best.reason {
			best = h
		}
	}
	slices.Sort(i.Fields)
	for _, h := range []hit{f.doubt(n), {Safe, "its column lineage does not name the field"}} {
		if h.worse(best) {
			best = h
		}
	}
	i.Severity, i.Reason = best.severity, best.reason
	return i
}

// doubt is why an asset that no field edge reaches may be affected all the same.
func (f *fieldImpact) doubt(n Node) hit {
	switch {
	case f.opaque[n.Asset]:
		return hit{Uncertain, "no column lineage is known on the way here"}
	case f.cut || !f.l.Complete:
		return hit{Uncertain, "the answer was cut before all ways here were followed"}
	}
	return hit{}
}
