package graph

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// PlannedChange is one change somebody plans. Asset is a dataset, or for
// StopJob a job.
type PlannedChange struct {
	Asset catalog.AssetID
	Kind  ChangeKind
	Field string
	// Columns are those that the dataset is known to have; none: not known. A
	// change of a column that it does not have is UNKNOWN to all who read it.
	Columns []string
}

// ImpactQuery asks what changes would do, or at AsOf would have done, to what
// lies downstream. Depth and MaxNodes bound the walk of each change, as in a
// Traversal.
type ImpactQuery struct {
	Changes         []PlannedChange
	Depth, MaxNodes int
	AsOf            time.Time
	// Deadlines says of datasets and jobs that wait for what is delayed how their
	// deadlines fare; what it leaves out has none. Needed for DelayData alone.
	Deadlines func(ctx context.Context, change int, late, affected []catalog.AssetID) (map[catalog.AssetID]Verdict, error)
}

// Verdict is how the deadlines of one asset fare, and why: UseMissed, UseUnclear
// or UseMet.
type Verdict struct {
	Use  Use
	Says string
}

// Impact is what changes break, worst first, then by distance and id.
type Impact struct {
	Affected []Impacted
	Complete bool
	Cut      CutReason
}

// Impacted is something affected, with the sentence that says why. Several
// changes give the worst of each; Change is the index of the one that does.
type Impacted struct {
	Asset    catalog.AssetID
	Fields   []ImpactedField
	Severity Severity
	Reason   string
	Change   int
	// Effects are what each of the changes does to it that is not SAFE.
	Effects []Effect
	// Path explains the severity: from what changes to Asset, both included,
	// over columns where column lineage explains it. Distance is its hops.
	Path     []Node
	Distance int
	// Confidence is what stands behind the severity on this path; ByNothing for
	// UNKNOWN, and for nothing else.
	Confidence Confidence
	// Unlit is who leaves in the dark what becomes of a column, where that makes it
	// UNKNOWN: a job of Path that states no column lineage, or what no job makes.
	Unlit catalog.AssetID
}

// Effect is what one change, by its index, does to an asset.
type Effect struct {
	Change   int
	Severity Severity
	Reason   string
}

// ImpactedField is one affected column of an asset, with its own way there.
type ImpactedField struct {
	Name     string
	Severity Severity
	Reason   string
	Path     []Node
}

// FindImpact follows the changes downstream. A source that has a Lineage
// method of its own is asked by it for what is current, see Walk.
func FindImpact(ctx context.Context, src Neighbourer, q ImpactQuery) (Impact, error) {
	return atOnce(ctx, src, func(at Neighbourer) (Impact, error) { return findImpact(ctx, at, q) })
}

func findImpact(ctx context.Context, src Neighbourer, q ImpactQuery) (Impact, error) {
	var out Impact
	worst := map[catalog.AssetID]Impacted{}
	for n, c := range q.Changes {
		one, err := impactOf(ctx, src, n, c, q)
		if err != nil {
			return Impact{}, fmt.Errorf("impact of %s: %w", c.Kind, err)
		}
		out.Cut.add(one.Cut)
		for _, i := range one.Affected {
			i.Change, i.Distance = n, len(i.Path)-1
			if i.Severity == Uncertain {
				i.Confidence = ByNothing
			}
			if i.Severity != Safe {
				i.Effects = []Effect{{n, i.Severity, i.Reason}}
			}
			worst[i.Asset] = i.with(worst[i.Asset])
		}
	}
	out.Complete = out.Cut == ""
	for _, i := range worst {
		out.Affected = append(out.Affected, i)
	}
	slices.SortFunc(out.Affected, func(a, b Impacted) int {
		return cmp.Or(cmp.Compare(severityRank[b.Severity], severityRank[a.Severity]), cmp.Compare(a.Distance, b.Distance), a.Asset.Compare(b.Asset))
	})
	return out, nil
}

// with adds what an earlier change does to the same asset.
func (i Impacted) with(old Impacted) Impacted {
	fields := slices.Clone(old.Fields)
	for _, f := range i.Fields {
		at, known := slices.BinarySearchFunc(fields, f.Name, func(o ImpactedField, n string) int { return cmp.Compare(o.Name, n) })
		switch {
		case !known:
			fields = slices.Insert(fields, at, f)
		case severityRank[f.Severity] > severityRank[fields[at].Severity]:
			fields[at] = f
		}
	}
	effects := slices.Concat(old.Effects, i.Effects)
	if old.Severity != unaffected && severityRank[old.Severity] >= severityRank[i.Severity] {
		i = old
	}
	i.Fields, i.Effects = fields, effects
	return i
}

func impactOf(ctx context.Context, src Neighbourer, number int, c PlannedChange, q ImpactQuery) (Impact, error) {
	t := Traversal{Roots: []catalog.AssetID{c.Asset}, Direction: Downstream, Depth: q.Depth, MaxNodes: q.MaxNodes, AsOf: q.AsOf}
	var parts []catalog.AssetID
	var roots map[catalog.AssetID]Confidence
	var cut CutReason
	if c.Kind == StopJob || c.Kind == DelayData {
		var err error
		if parts, roots, cut, err = stopped(ctx, src, t); err != nil {
			return Impact{}, err
		}
		t.Roots = slices.SortedFunc(maps.Keys(roots), catalog.AssetID.Compare)
	}
	l, err := Walk(ctx, src, t)
	if err != nil {
		return Impact{}, err
	}
	out := Impact{Cut: l.Cut}
	out.Cut.add(cut)
	out.Complete = out.Cut == ""
	if !c.Kind.ofField() {
		out.Affected = wholeImpact(c, parts, roots, l)
		if c.Kind == DelayData {
			out.Affected, err = delayImpact(ctx, number, parts, t.Roots, l, out.Affected, q)
		}
		return out, err
	}
	f := newFieldImpact(src, c, l)
	if out.Affected, err = f.run(ctx, q.AsOf); err != nil {
		return Impact{}, err
	}
	if f.cut {
		out.Complete, out.Cut = false, CutMemory
	}
	return out, nil
}

// stopped is where it begins that a job stops: the parts are the job and all
// that it contains; the roots are these and what nobody makes any more of what
// they only tell of, with what stands behind each being one. A cut says that the
// job has more parts, or tells of more.
func stopped(ctx context.Context, src Neighbourer, t Traversal) (parts []catalog.AssetID, roots map[catalog.AssetID]Confidence, cut CutReason, err error) {
	t.Types = []catalog.EdgeType{catalog.EdgeContains}
	l, err := Walk(ctx, src, t)
	if err != nil {
		return nil, nil, "", err
	}
	within := waysIn(t.Roots[0], l)
	roots = map[catalog.AssetID]Confidence{}
	for _, n := range l.Nodes {
		parts = append(parts, n.Asset)
		_, roots[n.Asset] = within.over(n.Asset)
	}
	slices.SortFunc(parts, catalog.AssetID.Compare)
	told, more, err := src.Neighbours(ctx, NeighbourQuery{Frontier: parts, Stated: true, AsOf: t.AsOf, Limit: edgeBudget})
	if err != nil {
		return nil, nil, "", fmt.Errorf("read what the job states: %w", err)
	}
	if cut = l.Cut; more {
		cut.add(CutMemory)
	}
	for _, e := range told {
		if e.Type != catalog.EdgeContains && e.Type != catalog.EdgeControls {
			roots[e.Target] = roots[e.Target].stronger(roots[e.Job].Weaker(sureOf(e)))
		}
	}
	return parts, roots, cut, nil
}

// wholeImpact judges a change of a whole dataset or job by where things stand.
func wholeImpact(c PlannedChange, parts []catalog.AssetID, roots map[catalog.AssetID]Confidence, l Lineage) []Impacted {
	uses := usesOf(c, parts, l.Edges)
	ways := waysIn(c.Asset, l)
	ways.roots = roots
	var out []Impacted
	for _, n := range l.Nodes {
		if n.Asset == c.Asset {
			continue
		}
		u := cmp.Or(uses[n.Asset], UseFed)
		places, sure := ways.over(n.Asset)
		out = append(out, Impacted{Asset: n.Asset, Severity: c.Kind.severity(u), Reason: wholeWords(c.Kind, u), Path: pathOf(places), Confidence: sure})
	}
	return out
}

func wholeWords(k ChangeKind, u Use) string {
	switch {
	case k == DelayData:
		return "may come later with what is delayed; no policy says by when it has to be there"
	case k == StopJob && u == UseFed:
		return "is fed by the job that stops: its data grows old"
	case u == UseFed:
		return "is fed by what breaks: its data grows old"
	case u == UsePart:
		return "is a part of the job that stops"
	}
	return string(u)
}

// usesOf says what stands next to a change; the rest is fed further on.
func usesOf(c PlannedChange, parts []catalog.AssetID, edges []catalog.Edge) map[catalog.AssetID]Use {
	out := map[catalog.AssetID]Use{}
	for _, id := range parts {
		out[id] = UsePart
	}
	for _, e := range edges {
		if e.Source == c.Asset && e.Type == catalog.EdgeReads && c.Kind != DelayData {
			out[e.Target] = UseReader
		}
	}
	for _, e := range edges {
		switch {
		case c.Kind == StopJob || c.Kind == DelayData:
		case e.Source == c.Asset && e.Type == catalog.EdgeDerives:
			out[e.Target] = UseDerived
		case e.Type == catalog.EdgeWrites && out[e.Source] == UseReader && out[e.Target] == "":
			out[e.Target] = UseOutput
		}
	}
	return out
}

// ways are shortest ways from what changes; of several the one over the
// smallest ids.
type ways struct {
	changed  catalog.AssetID
	distance map[catalog.AssetID]int
	before   map[catalog.AssetID]arrival
	// roots are where else a way may begin, with what stands behind that.
	roots map[catalog.AssetID]Confidence
}

// arrival is the last step of a way.
type arrival struct {
	from catalog.AssetID
	sure Confidence
}

func waysIn(changed catalog.AssetID, l Lineage) ways {
	w := ways{changed: changed, distance: make(map[catalog.AssetID]int, len(l.Nodes)), before: make(map[catalog.AssetID]arrival, len(l.Nodes))}
	for _, n := range l.Nodes {
		w.distance[n.Asset] = n.Distance
	}
	for _, e := range l.Edges { // sorted by source
		if w.distance[e.Target] != w.distance[e.Source]+1 {
			continue
		}
		switch a, known := w.before[e.Target]; {
		case !known:
			w.before[e.Target] = arrival{e.Source, sureOf(e)}
		case a.from == e.Source:
			w.before[e.Target] = arrival{e.Source, a.sure.stronger(sureOf(e))}
		}
	}
	return w
}

// over is the way to an asset, and what stands behind its weakest step.
func (w ways) over(at catalog.AssetID) ([]place, Confidence) {
	places, sure := []place{{asset: at}}, ByRuns
	for w.distance[at] > 0 {
		prev, ok := w.before[at]
		if !ok {
			break
		}
		at, sure = prev.from, sure.Weaker(prev.sure)
		places = append(places, place{asset: at})
	}
	if at != w.changed {
		places = append(places, place{asset: w.changed}) // a part of a job, or what it only tells of
		sure = sure.Weaker(w.roots[at])
	}
	slices.Reverse(places)
	return places, sure
}

// pathOf numbers the places of a way.
func pathOf(places []place) []Node {
	out := make([]Node, len(places))
	for i, p := range places {
		out[i] = Node{Asset: p.asset, Field: p.field, Distance: i}
	}
	return out
}
