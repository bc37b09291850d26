package graphtest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// at lists every edge that holds at a time; what leads to weir's own jobs is
// hidden.
func (m model) at(asOf time.Time) (assets, fields []catalog.Edge) {
	for _, r := range m {
		for _, e := range r.Edges {
			switch {
			case !e.At(asOf):
			case e.FieldLevel():
				fields = append(fields, e)
			case !m[e.Target].Asset.Internal:
				assets = append(assets, e)
			}
		}
	}
	return assets, fields
}

// closure is what edges of some types lead to, the start included.
func closure(start []catalog.AssetID, edges []catalog.Edge, types ...catalog.EdgeType) map[catalog.AssetID]bool {
	out := map[catalog.AssetID]bool{}
	for _, id := range start {
		out[id] = true
	}
	for grown := true; grown; {
		grown = false
		for _, e := range edges {
			if out[e.Source] && !out[e.Target] && slices.Contains(types, e.Type) {
				out[e.Target], grown = true, true
			}
		}
	}
	return out
}

var dataTypes = []catalog.EdgeType{catalog.EdgeReads, catalog.EdgeWrites, catalog.EdgeDerives}

func rank(s graph.Severity) int {
	return slices.Index([]graph.Severity{"", graph.Safe, graph.Uncertain, graph.Degrading, graph.Breaking}, s)
}

func ruled(k graph.ChangeKind, u graph.Use) graph.Severity {
	for _, r := range graph.SeverityRules() {
		if r.Use == u && slices.Contains(r.Kinds, k) {
			return r.Severity
		}
	}
	return ""
}

// judged is the severity of an asset and of its fields.
type judged struct {
	severity graph.Severity
	fields   map[string]graph.Severity
}

// impact judges all that a change reaches, without bounds.
func (m model) impact(c graph.PlannedChange, asOf time.Time) map[catalog.AssetID]judged {
	assets, fields := m.at(asOf)
	if ruled(c.Kind, graph.UseNone) != "" {
		return m.fieldImpact(c, assets, fields)
	}
	parts := map[catalog.AssetID]bool{}
	roots := []catalog.AssetID{c.Asset}
	if c.Kind == graph.StopJob {
		parts = closure(roots, assets, catalog.EdgeContains)
		for id := range parts {
			roots = append(roots, id)
		}
		for _, r := range m {
			for _, e := range r.Edges {
				if e.At(asOf) && !e.FieldLevel() && parts[e.Job] && slices.Contains(dataTypes, e.Type) {
					roots = append(roots, e.Target)
				}
			}
		}
	}
	out := map[catalog.AssetID]judged{}
	for id := range closure(roots, assets, dataTypes...) {
		use := graph.UseFed
		next := func(from catalog.AssetID, typ catalog.EdgeType, to catalog.AssetID) bool {
			return slices.ContainsFunc(assets, func(e catalog.Edge) bool { return e.Source == from && e.Type == typ && e.Target == to })
		}
		switch {
		case parts[id]:
			use = graph.UsePart
		case c.Kind == graph.StopJob:
		case next(c.Asset, catalog.EdgeDerives, id):
			use = graph.UseDerived
		case next(c.Asset, catalog.EdgeReads, id):
			use = graph.UseReader
		case slices.ContainsFunc(assets, func(e catalog.Edge) bool {
			return e.Type == catalog.EdgeWrites && e.Target == id && next(c.Asset, catalog.EdgeReads, e.Source) && !next(c.Asset, catalog.EdgeDerives, e.Source)
		}):
			use = graph.UseOutput
		}
		out[id] = judged{severity: ruled(c.Kind, use)}
	}
	delete(out, c.Asset)
	return out
}

// fieldImpact relaxes severities over all column edges, then darkness over all
// flows, until nothing changes.
func (m model) fieldImpact(c graph.PlannedChange, assets, fields []catalog.Edge) map[catalog.AssetID]judged {
	reached := closure([]catalog.AssetID{c.Asset}, assets, dataTypes...)
	var flows []catalog.Edge
	for _, e := range fields {
		if reached[e.Target] {
			flows = append(flows, e)
		}
	}
	best, jobs := map[spot]graph.Severity{{c.Asset, c.Field}: graph.Breaking}, map[catalog.AssetID]graph.Severity{}
	for grown := true; grown; {
		grown = false
		for _, e := range flows {
			for at, s := range best {
				if at.id != e.Source || at.field != "" && e.SourceField != "" && at.field != e.SourceField {
					continue
				}
				if r := ruled(c.Kind, useOf(e)); rank(r) < rank(s) {
					s = r
				}
				if to := (spot{e.Target, e.TargetField}); rank(s) > rank(best[to]) {
					best[to], grown = s, true
				}
				if !e.Job.IsZero() && rank(s) > rank(jobs[e.Job]) {
					jobs[e.Job], grown = s, true
				}
			}
		}
	}
	dark, old := m.dark(c, assets, flows, best, reached), ageing(c, assets, best, jobs, reached)
	out := map[catalog.AssetID]judged{}
	for id := range reached {
		j := judged{jobs[id], map[string]graph.Severity{}}
		for at, s := range best {
			if at.id == id && rank(s) > rank(j.severity) {
				j.severity = s
			}
			if at.id == id && at.field != "" {
				j.fields[at.field] = s
			}
		}
		doubt := ruled(c.Kind, graph.UseNone)
		if dark[id] {
			doubt = ruled(c.Kind, graph.UseOpaque)
		}
		if rank(doubt) > rank(j.severity) {
			j.severity = doubt
		}
		if s := ruled(c.Kind, graph.UseOutput); unwritten(id, assets, jobs) && rank(s) > rank(j.severity) {
			j.severity = s
		}
		if s := ruled(c.Kind, graph.UseFed); old[id] && rank(s) > rank(j.severity) {
			j.severity = s
		}
		out[id] = j
	}
	delete(out, c.Asset)
	return out
}

// ageing is what any edges lead to from what breaks, not through what changes.
func ageing(c graph.PlannedChange, assets []catalog.Edge, best map[spot]graph.Severity, jobs map[catalog.AssetID]graph.Severity, reached map[catalog.AssetID]bool) map[catalog.AssetID]bool {
	var broken []catalog.AssetID
	for at, s := range best {
		if s == graph.Breaking && at.id != c.Asset && reached[at.id] {
			broken = append(broken, at.id)
		}
	}
	for job, s := range jobs {
		if s == graph.Breaking && reached[job] {
			broken = append(broken, job)
		}
	}
	for id := range reached {
		if id != c.Asset && unwritten(id, assets, jobs) {
			broken = append(broken, id)
		}
	}
	return closure(broken, slices.DeleteFunc(slices.Clone(assets), func(e catalog.Edge) bool { return e.Target == c.Asset }), dataTypes...)
}

// unwritten: what makes it, by its own word or a job's, breaks. What a job says to
// be made of its own output is not its output.
func unwritten(id catalog.AssetID, assets []catalog.Edge, jobs map[catalog.AssetID]graph.Severity) bool {
	writes := func(job, dataset catalog.AssetID) bool {
		return slices.ContainsFunc(assets, func(e catalog.Edge) bool {
			return e.Type == catalog.EdgeWrites && e.Source == job && e.Target == dataset
		})
	}
	return slices.ContainsFunc(assets, func(e catalog.Edge) bool {
		return e.Target == id && (e.Type == catalog.EdgeWrites && jobs[e.Source] == graph.Breaking ||
			e.Type == catalog.EdgeDerives && !e.Jobs && jobs[e.Job] == graph.Breaking && !writes(e.Job, e.Source))
	})
}

func useOf(e catalog.Edge) graph.Use {
	switch {
	case e.SourceField == "":
		return graph.UseUnnamed
	case e.TargetField == "":
		return graph.UseWhole
	case e.Transformation.Type == "INDIRECT":
		return graph.UseIndirect
	case e.Transformation.Subtype == "IDENTITY":
		return graph.UseIdentity
	case e.Transformation.Type == "":
		return graph.UseUnsaid
	}
	return graph.UseTransformed
}

// states reports whether a column edge is of what a job, or nobody known (zero),
// says of one dataset made of another: a job says all there is to say of what it
// makes, nobody known speaks of the two.
func states(e catalog.Edge, job, from, to catalog.AssetID) bool {
	return e.FieldLevel() && e.Job == job && e.Target == to && (!job.IsZero() || e.Source == from)
}

// dark are the assets whose content is not known not to depend on the change.
func (m model) dark(c graph.PlannedChange, assets, flows []catalog.Edge, best map[spot]graph.Severity, reached map[catalog.AssetID]bool) map[catalog.AssetID]bool {
	dark, lit := map[catalog.AssetID]bool{}, map[catalog.AssetID]bool{c.Asset: true}
	for at := range best {
		lit[at.id] = lit[at.id] || reached[at.id]
	}
	unexplained := func(from, job, target catalog.AssetID) bool {
		any, ofFrom := false, false
		for _, e := range flows {
			if states(e, job, from, target) {
				any, ofFrom = true, ofFrom || e.Source == from
			}
		}
		return !any || dark[from] && ofFrom
	}
	for grown := true; grown; {
		grown = false
		mark := func(id catalog.AssetID) {
			if !dark[id] {
				dark[id], grown = true, true
			}
		}
		for _, e := range assets {
			if !lit[e.Source] && !dark[e.Source] {
				continue
			}
			switch e.Type {
			case catalog.EdgeDerives:
				// A job hands on what it takes in the dark.
				if !e.Jobs && unexplained(e.Source, e.Job, e.Target) || e.Jobs && dark[e.Source] {
					mark(e.Target)
				}
			case catalog.EdgeWrites:
				if dark[e.Source] && unexplained(e.Source, e.Source, e.Target) {
					mark(e.Target)
				}
			case catalog.EdgeReads:
				writes := false
				for _, w := range assets {
					if w.Jobs && w.Source == e.Target {
						mark(e.Target)
					}
					if w.Type != catalog.EdgeWrites || w.Source != e.Target {
						continue
					}
					writes = true
					if unexplained(e.Source, e.Target, w.Target) {
						mark(e.Target)
						mark(w.Target)
					}
				}
				if !writes {
					mark(e.Target)
				}
			}
		}
	}
	return dark
}

// checkImpact compares an answer with the model, change by change the worst.
func (m model) checkImpact(q graph.ImpactQuery, im graph.Impact) error {
	want := map[catalog.AssetID]judged{}
	for _, c := range q.Changes {
		for id, j := range m.impact(c, q.AsOf) {
			old, ok := want[id]
			if !ok {
				old.fields = map[string]graph.Severity{}
			}
			if rank(j.severity) > rank(old.severity) {
				old.severity = j.severity
			}
			for f, s := range j.fields {
				if rank(s) > rank(old.fields[f]) {
					old.fields[f] = s
				}
			}
			want[id] = old
		}
	}
	if len(im.Affected) != len(want) || !im.Complete {
		return fmt.Errorf("%d affected, complete %v; want %d", len(im.Affected), im.Complete, len(want))
	}
	for _, i := range im.Affected {
		w := want[i.Asset]
		if i.Severity != w.severity || len(i.Fields) != len(w.fields) {
			return fmt.Errorf("%s is %s with fields %v, want %v", i.Asset, i.Severity, i.Fields, w)
		}
		if err := m.checkEffects(q, i); err != nil {
			return err
		}
		if err := m.checkWay(q, i.Asset, i.Change, i.Path); err != nil {
			return fmt.Errorf("%s: %w", i.Asset, err)
		}
		if err := m.checkConfidence(q, i); err != nil {
			return fmt.Errorf("%s: %w", i.Asset, err)
		}
		for _, f := range i.Fields {
			if f.Severity != w.fields[f.Name] {
				return fmt.Errorf("%s#%s is %s, want %s", i.Asset, f.Name, f.Severity, w.fields[f.Name])
			}
			if last := f.Path[len(f.Path)-1]; last.Asset != i.Asset || last.Field != f.Name {
				return fmt.Errorf("%s#%s is explained by %v", i.Asset, f.Name, f.Path)
			}
		}
	}
	return nil
}

// checkEffects: each change is listed with what it does by itself.
func (m model) checkEffects(q graph.ImpactQuery, i graph.Impacted) error {
	var want []graph.Severity
	for _, c := range q.Changes {
		if s := m.impact(c, q.AsOf)[i.Asset].severity; s != "" && s != graph.Safe {
			want = append(want, s)
		}
	}
	var got []graph.Severity
	for _, e := range i.Effects {
		got = append(got, e.Severity)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("effects on %s are %v, want %v", i.Asset, got, want)
	}
	return nil
}

// checkWay: a path begins at the change, ends at the asset, and each step of it
// is an edge or a half of what a job states.
func (m model) checkWay(q graph.ImpactQuery, id catalog.AssetID, change int, path []graph.Node) error {
	if path[0].Asset != q.Changes[change].Asset || path[len(path)-1].Asset != id {
		return fmt.Errorf("path %v of change %d", path, change)
	}
	for n := 1; n < len(path); n++ {
		from, to := path[n-1].Asset, path[n].Asset
		if !slices.ContainsFunc(m.edges(q.AsOf), func(e catalog.Edge) bool {
			return e.Source == from && e.Target == to || e.Source == from && e.Job == to || e.Job == from && e.Target == to || m.contains(q.AsOf, from, to)
		}) {
			return fmt.Errorf("no edge for step %d of %v", n, path)
		}
	}
	return nil
}

// checkConfidence: nothing stands behind what is UNKNOWN and behind nothing else;
// runs did each step of what is OBSERVED, and not each of what is DECLARED; what
// is INFERRED is safe by column lineage, or a type that is passed on. Who leaves it
// in the dark lies on the path.
func (m model) checkConfidence(q graph.ImpactQuery, i graph.Impacted) error {
	seen, stated := true, false
	for n := 1; n < len(i.Path); n++ {
		a, b := m.step(q.AsOf, i.Path[n-1].Asset, i.Path[n].Asset)
		seen, stated = seen && a, stated || b
	}
	ok := false
	switch i.Confidence {
	case graph.ByNothing:
		ok = i.Severity == graph.Uncertain
	case graph.ByRuns:
		ok = seen && i.Severity != graph.Uncertain
	case graph.ByWord:
		ok = stated && i.Severity != graph.Uncertain
	case graph.ByWeir:
		ok = i.Severity == graph.Safe || i.Severity != graph.Uncertain && q.Changes[i.Change].Kind == graph.RetypeField
	}
	if on := slices.ContainsFunc(i.Path, func(n graph.Node) bool { return n.Asset == i.Unlit }); !i.Unlit.IsZero() && (!on || i.Severity != graph.Uncertain) {
		return fmt.Errorf("%s is left in the dark by %s, on %v", i.Severity, i.Unlit, i.Path)
	}
	if !ok {
		return fmt.Errorf("%s is said with confidence %q, on %v", i.Severity, i.Confidence, i.Path)
	}
	return nil
}

// step reports whether runs did a step of a path, and whether it is only stated.
// What a stopped job tells of may lie several edges away: either may be.
func (m model) step(asOf time.Time, from, to catalog.AssetID) (seen, stated bool) {
	if m.contains(asOf, from, to) {
		return true, true
	}
	for _, e := range m.edges(asOf) {
		if e.Source == from && e.Target == to || e.Source == from && e.Job == to || e.Job == from && e.Target == to {
			seen, stated = seen || e.Origin == catalog.EdgeObserved, stated || e.Origin != catalog.EdgeObserved
		}
	}
	return seen, stated
}

func (m model) edges(asOf time.Time) (out []catalog.Edge) {
	for _, r := range m {
		for _, e := range r.Edges {
			if e.At(asOf) {
				out = append(out, e)
			}
		}
	}
	return out
}

// contains: a stopped job stands next to all that it contains, and to what
// these tell of.
func (m model) contains(asOf time.Time, job, id catalog.AssetID) bool {
	assets, _ := m.at(asOf)
	parts := closure([]catalog.AssetID{job}, assets, catalog.EdgeContains)
	return parts[id] || slices.ContainsFunc(m.edges(asOf), func(e catalog.Edge) bool { return parts[e.Job] && e.Target == id })
}

func genChanges(rt *rapid.T) graph.ImpactQuery {
	q := graph.ImpactQuery{Depth: 50, MaxNodes: 1000, AsOf: rapid.SampledFrom([]time.Time{{}, T0, T0.Add(90 * time.Minute)}).Draw(rt, "impact at")}
	for range rapid.IntRange(1, 2).Draw(rt, "changed") {
		c := graph.PlannedChange{Asset: genDataset(rt).ID, Kind: rapid.SampledFrom([]graph.ChangeKind{
			graph.DropDataset, graph.RenameDataset, graph.DropField, graph.RenameField, graph.RetypeField, graph.AddField, graph.StopJob}).Draw(rt, "change")}
		if c.Kind == graph.StopJob {
			c.Asset = genJob(rt).ID
		}
		if ruled(c.Kind, graph.UseNone) != "" {
			c.Field = rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "changed field")
		}
		q.Changes = append(q.Changes, c)
	}
	return q
}

func compareImpacts(rt *rapid.T, s graph.Store, topo graph.Neighbourer, m model) {
	q := genChanges(rt)
	im, err := graph.FindImpact(rt.Context(), s, q)
	if err != nil {
		rt.Fatal(err)
	}
	if err := m.checkImpact(q, im); err != nil {
		rt.Fatalf("%+v: the store answers %+v: %v", q, im, err)
	}
	if !q.AsOf.IsZero() {
		return
	}
	mem, err := graph.FindImpact(rt.Context(), topo, q)
	if err != nil || fmt.Sprint(mem) != fmt.Sprint(im) {
		rt.Fatalf("%+v: the topology answers\n%v\nthe store\n%v\n%v", q, mem, im, err)
	}
}
