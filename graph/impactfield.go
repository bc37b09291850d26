package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/weirhq/weir/catalog"
)

// hit is how a place is reached by a changed field: over the place before, by
// the word of a job.
type hit struct {
	severity Severity
	reason   string
	from     place
	job      catalog.AssetID
	// sure is what stands behind this step alone.
	sure Confidence
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
	ways   ways
	// reached are the fields that column lineage leads to, by asset, and jobs
	// are those on the way.
	reached map[catalog.AssetID]map[string]hit
	jobs    map[catalog.AssetID]hit
	best    map[place]hit
	// opaque assets are fed by an affected one in a way that is not known.
	opaque map[catalog.AssetID]step
	// flows are the field edges into the datasets of l.
	flows map[flow][]catalog.Edge
	// readers of a dataset, outputs of a job, and the jobs it hands data to; of l.
	readers, outputs, handed map[catalog.AssetID][]catalog.AssetID
	// derived are what is stated to be made of a dataset; of l.
	derived map[catalog.AssetID][]flow
	border  map[catalog.AssetID]bool
	// broken are the assets that break, ageing what they feed, by what feeds it.
	broken map[catalog.AssetID]bool
	ageing map[catalog.AssetID]catalog.AssetID
	// unwritten are what jobs that break would write.
	unwritten map[catalog.AssetID]bool
	// aside are what jobs that break write and no way leads over: those that state
	// columns and are not said to read.
	aside []catalog.Edge
	// steps is what fed found, once it is asked for.
	steps map[[2]catalog.AssetID]Confidence
	cut   bool
	// absent: the dataset is known not to have the column. respelt: the column is
	// meant by a name that differs in case.
	absent, respelt bool
}

// flow is what column lineage speaks of as a whole: all that a job makes a dataset
// of. Where no job is known (job zero) it is one source of the dataset alone: who
// declares another source, or renames, is somebody else.
type flow struct{ job, source, target catalog.AssetID }

func flowOf(job, source, target catalog.AssetID) flow {
	if !job.IsZero() {
		source = catalog.AssetID{}
	}
	return flow{job, source, target}
}

func newFieldImpact(src Neighbourer, c PlannedChange, l Lineage) *fieldImpact {
	f := &fieldImpact{src: src, change: c, l: l, ways: waysIn(c.Asset, l), reached: map[catalog.AssetID]map[string]hit{}, jobs: map[catalog.AssetID]hit{}, opaque: map[catalog.AssetID]step{},
		flows: map[flow][]catalog.Edge{}, border: map[catalog.AssetID]bool{},
		readers: map[catalog.AssetID][]catalog.AssetID{}, outputs: map[catalog.AssetID][]catalog.AssetID{}, handed: map[catalog.AssetID][]catalog.AssetID{}, derived: map[catalog.AssetID][]flow{}}
	for _, e := range l.Edges {
		switch {
		case e.Type == catalog.EdgeReads:
			f.readers[e.Source] = append(f.readers[e.Source], e.Target)
		case e.Type == catalog.EdgeWrites:
			f.outputs[e.Source] = append(f.outputs[e.Source], e.Target)
		case e.Jobs:
			f.handed[e.Source] = append(f.handed[e.Source], e.Target)
		case e.Type == catalog.EdgeDerives:
			f.derived[e.Source] = append(f.derived[e.Source], flowOf(e.Job, e.Source, e.Target))
		}
	}
	for _, n := range l.Nodes {
		f.border[n.Asset] = n.HiddenDownstream > 0
	}
	return f
}

func (f *fieldImpact) run(ctx context.Context, asOf time.Time) ([]Impacted, error) {
	if err := f.loadFlows(ctx, asOf); err != nil {
		return nil, err
	}
	f.spell()
	f.follow()
	if err := f.loadOutputs(ctx, asOf); err != nil {
		return nil, err
	}
	f.spread()
	f.age()
	var out []Impacted
	for _, n := range f.l.Nodes {
		if n.Asset != f.change.Asset {
			out = append(out, f.judge(n))
		}
	}
	return out, nil
}

// loadFlows reads the column lineage of all datasets that the walk reached.
func (f *fieldImpact) loadFlows(ctx context.Context, asOf time.Time) error {
	ids := make([]catalog.AssetID, len(f.l.Nodes))
	for i, n := range f.l.Nodes {
		ids[i] = n.Asset
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	for part := range slices.Chunk(ids, chunk) {
		edges, more, err := f.src.Neighbours(ctx, NeighbourQuery{Frontier: part, Direction: Upstream, Fields: true, AsOf: asOf, Limit: edgeBudget})
		if err != nil {
			return fmt.Errorf("read column lineage: %w", err)
		}
		f.cut = f.cut || more // what is missing then counts as not known
		for _, e := range edges {
			fl := flowOf(e.Job, e.Source, e.Target)
			f.flows[fl] = append(f.flows[fl], e)
		}
	}
	return nil
}

func (f *fieldImpact) start() place { return place{f.change.Asset, f.change.Field} }

// follow spreads the change over fields; a field is followed again when it is
// found to be affected worse.
func (f *fieldImpact) follow() {
	from := f.bySource()
	begins, arriving := f.spellings()
	queue := []place{f.start()}
	f.best = map[place]hit{f.start(): {severity: Breaking}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		name := at.field
		if at != f.start() { // spell has settled that
			name = begins[at.asset].meant(name, arriving[at.asset])
		}
		for _, e := range from[at.asset] {
			// An edge or a place without a field means the whole dataset.
			if name != "" && e.SourceField != "" && e.SourceField != name {
				continue
			}
			h := f.use(e, at, f.best[at])
			h.sure = f.sure(e, e.SourceField != "" && name != at.field || f.respelt && at == f.start())
			f.hit(e, h)
			if to := (place{e.Target, e.TargetField}); h.worse(f.best[to]) {
				f.best[to] = h
				queue = append(queue, to)
			}
		}
	}
}

// spellings are the names of columns that edges begin at, and that they end at.
func (f *fieldImpact) spellings() (begins, arriving columnsOf) {
	begins, arriving = columnsOf{}, columnsOf{}
	for _, list := range f.flows {
		for _, e := range list {
			begins.add(e.Source, e.SourceField)
			arriving.add(e.Target, e.TargetField)
		}
	}
	return begins, arriving
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

// use is what one edge does with a place that is affected as badly as before.
func (f *fieldImpact) use(e catalog.Edge, at place, before hit) hit {
	use := useOf(e)
	h := hit{severity: f.change.Kind.severity(use), reason: fieldWords(use, e.SourceField), from: at, job: e.Job}
	if before.worse(h) || h.severity == before.severity {
		return h
	}
	h.severity, h.reason = before.severity, h.reason+", which is "+words[before.severity]
	return h
}

var words = map[Severity]string{Breaking: "broken", Degrading: "degraded", Uncertain: "perhaps affected", Safe: "safe"}

// fieldWords is a use of a column as a sentence about who uses it.
func fieldWords(u Use, field string) string {
	switch u {
	case UseIdentity:
		return "copies " + field
	case UseUnsaid:
		return "is made of " + field
	case UseTransformed:
		return "computes with " + field
	case UseWhole:
		return "filters, joins or sorts all of it by " + field
	case UseUnnamed:
		return string(u)
	}
	return "filters, joins or sorts by " + field
}

func useOf(e catalog.Edge) Use {
	switch {
	case e.SourceField == "":
		return UseUnnamed
	case e.TargetField == "":
		return UseWhole
	case e.Transformation.Type == "INDIRECT":
		return UseIndirect
	case e.Transformation.Type == "" && e.Transformation.Subtype == "":
		return UseUnsaid
	case e.Transformation.Subtype == "IDENTITY":
		return UseIdentity
	}
	return UseTransformed
}

// spread finds what may be affected without column lineage saying so, until
// nothing new is found.
func (f *fieldImpact) spread() {
	queue := []catalog.AssetID{f.change.Asset}
	for _, n := range f.l.Nodes { // the nearest explain what they feed
		if f.reached[n.Asset] != nil && n.Asset != f.change.Asset {
			queue = append(queue, n.Asset)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, found := range f.unexplained(at) {
			if _, known := f.opaque[found.asset]; !known {
				f.opaque[found.asset] = found
				queue = append(queue, found.asset)
			}
		}
	}
}

// step leads from one asset to the next, through a job or (zero) without.
type step struct{ asset, from, job catalog.AssetID }

// unexplained are the assets next after an affected dataset, or after a job that
// takes of one in the dark, whose content is not known to depend on it, or not to.
func (f *fieldImpact) unexplained(at catalog.AssetID) (out []step) {
	for _, fl := range f.derived[at] {
		if f.dark(at, fl) {
			out = append(out, step{asset: fl.target, from: at})
		}
	}
	for _, job := range f.readers[at] {
		if len(f.outputs[job]) == 0 || len(f.handed[job]) > 0 || f.border[job] {
			out = append(out, step{asset: job, from: at}) // a report, it hands data on, or its outputs were cut
		}
		for _, target := range f.outputs[job] {
			if f.dark(at, flow{job: job, target: target}) {
				out = append(out, step{asset: job, from: at}, step{target, at, job})
			}
		}
	}
	for _, job := range f.handed[at] { // nobody states columns of what jobs hand on
		out = append(out, step{asset: job, from: at})
	}
	for _, target := range f.outputs[at] {
		if f.dark(at, flow{job: at, target: target}) {
			out = append(out, step{asset: target, from: at})
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
	_, opaque := f.opaque[from]
	return opaque && slices.ContainsFunc(list, func(e catalog.Edge) bool { return e.Source == from })
}

// judge gives one asset its severity: the worst of the fields reached, of what
// feeds it and is broken, and of UNKNOWN where column lineage ends or the answer
// was cut; else SAFE.
func (f *fieldImpact) judge(n Node) Impacted {
	i := Impacted{Asset: n.Asset}
	best, name, how := f.jobs[n.Asset], "", f.overFields
	fields := f.reached[n.Asset]
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		h := fields[field]
		if field != "" {
			way, _ := f.overFields(h, place{n.Asset, field})
			i.Fields = append(i.Fields, ImpactedField{field, h.severity, h.reason, pathOf(way)})
		}
		if h.worse(best) {
			best, name = h, field
		}
	}
	if h := f.doubt(n); h.worse(best) {
		best, name, how = h, "", f.overAssets
		i.Unlit = f.unlitBy(n.Asset)
	}
	if h := f.aged(n); h.worse(best) {
		if best.severity == Uncertain && h.severity != Breaking { // what it is fed with is no answer to that
			h.reason += "; " + best.reason
		}
		best, name, how = h, "", f.overBroken
		i.Unlit = catalog.AssetID{}
	}
	i.Severity, i.Reason = best.severity, best.reason
	way, sure := how(best, place{n.Asset, name})
	i.Path, i.Confidence = pathOf(way), sure
	return i
}

// doubt is what holds for an asset that no field edge reaches.
func (f *fieldImpact) doubt(n Node) hit {
	kind := f.change.Kind
	if f.absent {
		return hit{severity: kind.severity(UseAbsent), reason: "no column of what changes is known by the name " + strconv.Quote(f.change.Field) + ": is it spelt right?"}
	}
	if _, opaque := f.opaque[n.Asset]; opaque {
		return hit{severity: kind.severity(UseOpaque), reason: "no column lineage is known on the way here"}
	}
	if f.cut || !f.l.Complete {
		return hit{severity: kind.severity(UseCut), reason: "the answer was cut before all ways here were followed"}
	}
	return hit{severity: kind.severity(UseNone), reason: "no column lineage leads here from it"}
}

// overFields is the way on which a hit reaches a place, and what stands behind
// its weakest step.
func (f *fieldImpact) overFields(h hit, at place) ([]place, Confidence) {
	out, sure := []place{at}, ByRuns
	for at != f.start() {
		if !h.job.IsZero() && h.job != at.asset && h.job != h.from.asset {
			out = append(out, place{asset: h.job})
		}
		out, sure = append(out, h.from), sure.Weaker(h.sure)
		at, h = h.from, f.best[h.from]
	}
	slices.Reverse(out)
	return out, sure
}

// overAssets is how a place is fed that no field edge explains: over what is
// not explained from what is, else the shortest way. That nothing leads there is
// what weir concludes.
func (f *fieldImpact) overAssets(_ hit, to place) ([]place, Confidence) {
	s, opaque := f.opaque[to.asset]
	if !opaque {
		way, _ := f.ways.over(to.asset)
		return way, ByWeir
	}
	var out []place
	for at := to.asset; ; at = s.from {
		out = append(out, place{asset: at})
		if s = f.opaque[at]; !s.job.IsZero() {
			out = append(out, place{asset: s.job})
		}
		if s.from == f.change.Asset || f.reached[s.from] != nil {
			break
		}
	}
	slices.Reverse(out)
	way, _ := f.explained(s.from)
	return append(way, out...), ByNothing
}

// unlitBy is where on the way to an opaque asset column lineage ends: the job that
// states none, or what no job makes; zero for any other asset.
func (f *fieldImpact) unlitBy(at catalog.AssetID) catalog.AssetID {
	s, opaque := f.opaque[at]
	for opaque && s.from != f.change.Asset && f.reached[s.from] == nil {
		at = s.from
		s, opaque = f.opaque[at]
	}
	switch {
	case !opaque || f.absent:
		return catalog.AssetID{}
	case !s.job.IsZero():
		return s.job
	}
	return at
}

// explained is the way to the worst column of a dataset that is reached, or to a
// job on the way.
func (f *fieldImpact) explained(id catalog.AssetID) ([]place, Confidence) {
	if id == f.change.Asset {
		return []place{f.start()}, ByRuns
	}
	best, at := f.jobs[id], place{asset: id}
	for _, name := range slices.Sorted(maps.Keys(f.reached[id])) {
		if h := f.reached[id][name]; h.worse(best) {
			best, at = h, place{id, name}
		}
	}
	return f.overFields(best, at)
}
