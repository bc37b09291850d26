package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// ChangeKind is how something is to change.
type ChangeKind string

// The kinds of change.
const (
	DropDataset   ChangeKind = "DROP_DATASET"
	RenameDataset ChangeKind = "RENAME_DATASET"
	DropField     ChangeKind = "DROP_FIELD"
	RenameField   ChangeKind = "RENAME_FIELD"
	RetypeField   ChangeKind = "RETYPE_FIELD"
	AddField      ChangeKind = "ADD_FIELD"
	StopJob       ChangeKind = "STOP_JOB"
)

// Severity is how badly something is affected. What is not known is UNKNOWN,
// never SAFE.
type Severity string

// The severities, worst first.
const (
	Breaking   Severity = "BREAKING"
	Degrading  Severity = "DEGRADING"
	Uncertain  Severity = "UNKNOWN"
	Safe       Severity = "SAFE"
	unaffected Severity = ""
)

var severityRank = map[Severity]int{Breaking: 4, Degrading: 3, Uncertain: 2, Safe: 1, unaffected: 0}

// fieldUse is how a field reaches another.
type fieldUse int

const (
	useIdentity fieldUse = iota
	useTransformed
	useIndirect
)

// fieldRules say how badly a use of a changed field is affected. A dropped or
// renamed field makes every query that names it fail; a filter or join that
// named it changes what comes out. A new type passes through where the value
// is copied and may be converted where it is computed with.
var fieldRules = map[ChangeKind]map[fieldUse]Severity{
	DropField:   {useIdentity: Breaking, useTransformed: Breaking, useIndirect: Degrading},
	RenameField: {useIdentity: Breaking, useTransformed: Breaking, useIndirect: Degrading},
	RetypeField: {useIdentity: Breaking, useTransformed: Degrading, useIndirect: Degrading},
}

var useWords = map[fieldUse]string{useIdentity: "copies", useTransformed: "computes with", useIndirect: "filters, joins or sorts by"}

// PlannedChange is one change somebody plans. Asset is a dataset, or for
// StopJob a job.
type PlannedChange struct {
	Asset catalog.AssetID
	Kind  ChangeKind
	Field string
}

// Impact is what changes break, worst first.
type Impact struct {
	Affected []Impacted
	Complete bool
	Cut      CutReason
}

// Impacted is something affected, with the sentence that says why.
type Impacted struct {
	Asset    catalog.AssetID
	Fields   []string
	Severity Severity
	Reason   string
	Distance int
}

// FindImpact follows the changes downstream over what is current. Several
// changes give the worst of each.
func FindImpact(ctx context.Context, src Neighbourer, changes []PlannedChange, depth, maxNodes int) (Impact, error) {
	out := Impact{Complete: true}
	worst := map[catalog.AssetID]Impacted{}
	for _, c := range changes {
		one, err := impactOf(ctx, src, c, depth, maxNodes)
		if err != nil {
			return Impact{}, fmt.Errorf("impact of %s: %w", c.Kind, err)
		}
		if !one.Complete {
			out.Complete, out.Cut = false, one.Cut
		}
		for _, i := range one.Affected {
			if old, ok := worst[i.Asset]; !ok || severityRank[i.Severity] > severityRank[old.Severity] {
				worst[i.Asset] = i
			}
		}
	}
	for _, i := range worst {
		out.Affected = append(out.Affected, i)
	}
	slices.SortFunc(out.Affected, func(a, b Impacted) int {
		return cmp.Or(cmp.Compare(severityRank[b.Severity], severityRank[a.Severity]), cmp.Compare(a.Distance, b.Distance), a.Asset.Compare(b.Asset))
	})
	return out, nil
}

func impactOf(ctx context.Context, src Neighbourer, c PlannedChange, depth, maxNodes int) (Impact, error) {
	l, err := Walk(ctx, src, Traversal{Roots: []catalog.AssetID{c.Asset}, Direction: Downstream, Depth: depth, MaxNodes: maxNodes})
	if err != nil {
		return Impact{}, err
	}
	out := Impact{Complete: l.Complete, Cut: l.Cut}
	if fieldRules[c.Kind] != nil {
		f := fieldImpact{ctx: ctx, src: src, change: c, hits: map[place]hit{}, jobs: map[catalog.AssetID]hit{}, opaque: map[catalog.AssetID]bool{}}
		out.Affected, err = f.run(l)
		return out, err
	}
	for _, n := range l.Nodes {
		if n.Asset != c.Asset {
			out.Affected = append(out.Affected, wholeImpact(c, n))
		}
	}
	return out, nil
}

// wholeImpact: who reads a dropped or renamed dataset fails, and what those
// jobs write is not written; beyond, data grows old. A new field and a stopped
// job break nothing by themselves.
func wholeImpact(c PlannedChange, n Node) Impacted {
	i := Impacted{Asset: n.Asset, Distance: n.Distance}
	switch {
	case c.Kind == AddField:
		i.Severity, i.Reason = Safe, "a new field breaks no query that names its fields"
	case c.Kind == StopJob:
		i.Severity, i.Reason = Degrading, "is fed by the job that stops: its data grows old"
	case n.Distance == 1:
		i.Severity, i.Reason = Breaking, "reads the dataset itself"
	case n.Distance == 2:
		i.Severity, i.Reason = Breaking, "is written by a job that reads the dataset"
	default:
		i.Severity, i.Reason = Degrading, "is fed by what breaks: its data grows old"
	}
	return i
}

// hit is how a place is reached by a changed field.
type hit struct {
	severity Severity
	reason   string
}

// fieldImpact follows one field.
type fieldImpact struct {
	ctx    context.Context
	src    Neighbourer
	change PlannedChange
	hits   map[place]hit
	jobs   map[catalog.AssetID]hit
	// opaque datasets are fed by the changed one without column lineage.
	opaque map[catalog.AssetID]bool
}

func (f *fieldImpact) run(l Lineage) ([]Impacted, error) {
	if err := f.follow(); err != nil {
		return nil, err
	}
	var out []Impacted
	for _, n := range l.Nodes { // by distance: what feeds comes before what is fed
		if n.Asset == f.change.Asset {
			continue
		}
		i, err := f.judge(n, l)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// follow walks field edges from the changed field.
func (f *fieldImpact) follow() error {
	frontier := []place{{f.change.Asset, f.change.Field}}
	seen := map[place]bool{frontier[0]: true}
	for len(frontier) > 0 {
		slices.SortFunc(frontier, comparePlaces)
		edges, _, err := f.src.Neighbours(f.ctx, NeighbourQuery{Frontier: assetsOf(frontier), Direction: Downstream, Fields: true, Limit: edgeBudget})
		if err != nil {
			return err
		}
		var next []place
		for _, e := range edges {
			if !seen[place{e.Source, e.SourceField}] {
				continue
			}
			f.hit(e)
			if to := (place{e.Target, e.TargetField}); e.TargetField != "" && !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
		frontier = next
	}
	return nil
}

func (f *fieldImpact) hit(e catalog.Edge) {
	use := useOf(e)
	h := hit{fieldRules[f.change.Kind][use], fmt.Sprintf("%s %s", useWords[use], e.SourceField)}
	to := place{e.Target, e.TargetField}
	if severityRank[h.severity] > severityRank[f.hits[to].severity] {
		f.hits[to] = h
	}
	if severityRank[h.severity] > severityRank[f.jobs[e.Job].severity] {
		f.jobs[e.Job] = h
	}
}

func useOf(e catalog.Edge) fieldUse {
	switch {
	case e.Transformation.Type == "INDIRECT" || e.TargetField == "":
		return useIndirect
	case e.Transformation.Subtype == "IDENTITY" || e.Transformation.Type == "" && e.Transformation.Subtype == "":
		return useIdentity
	}
	return useTransformed
}

// judge gives one asset its severity: by the fields reached, else UNKNOWN where
// no column lineage is known, else SAFE.
func (f *fieldImpact) judge(n Node, l Lineage) (Impacted, error) {
	i := Impacted{Asset: n.Asset, Distance: n.Distance}
	for p, h := range f.hits {
		if p.asset != n.Asset {
			continue
		}
		if p.field != "" {
			i.Fields = append(i.Fields, p.field)
		}
		if severityRank[h.severity] > severityRank[i.Severity] {
			i.Severity, i.Reason = h.severity, h.reason
		}
	}
	slices.Sort(i.Fields)
	if h, ok := f.jobs[n.Asset]; ok && i.Severity == unaffected {
		i.Severity, i.Reason = h.severity, h.reason
	}
	if i.Severity != unaffected {
		return i, nil
	}
	known, err := f.knows(n.Asset, l)
	if err != nil {
		return i, err
	}
	if !known {
		f.opaque[n.Asset] = true
		i.Severity, i.Reason = Uncertain, "no column lineage is known on the way here"
		return i, nil
	}
	i.Severity, i.Reason = Safe, "its column lineage does not name the field"
	return i, nil
}

// knows reports whether column lineage explains the asset: a dataset has field
// edges, none of them from an opaque one; a job feeds only such datasets.
func (f *fieldImpact) knows(id catalog.AssetID, l Lineage) (bool, error) {
	targets := []catalog.AssetID{id}
	for _, e := range l.Edges {
		if e.Type == catalog.EdgeWrites && e.Source == id {
			targets = append(targets, e.Target)
		}
	}
	edges, _, err := f.src.Neighbours(f.ctx, NeighbourQuery{Frontier: targets, Direction: Upstream, Fields: true, Limit: edgeBudget})
	if err != nil || len(edges) == 0 {
		return false, err
	}
	for _, e := range edges {
		if f.opaque[e.Source] {
			return false, nil
		}
	}
	return true, nil
}
