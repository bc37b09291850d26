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
// is copied and may be converted where it is computed with. A new field is
// used by nobody yet. On a way of several uses the mildest holds: what is
// computed from a field that is only degraded does not break.
var fieldRules = map[ChangeKind]map[fieldUse]Severity{
	DropField:   {useIdentity: Breaking, useTransformed: Breaking, useIndirect: Degrading},
	RenameField: {useIdentity: Breaking, useTransformed: Breaking, useIndirect: Degrading},
	RetypeField: {useIdentity: Breaking, useTransformed: Degrading, useIndirect: Degrading},
	AddField:    {useIdentity: Safe, useTransformed: Safe, useIndirect: Safe},
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
	// Path is one shortest way from what changes to Asset, both included.
	Path []catalog.AssetID
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
	l, err := Walk(ctx, src, Traversal{Roots: changedAt(src, c), Direction: Downstream, Depth: depth, MaxNodes: maxNodes})
	if err != nil {
		return Impact{}, err
	}
	out := Impact{Complete: l.Complete, Cut: l.Cut}
	if fieldRules[c.Kind] != nil {
		f := newFieldImpact(src, c, l)
		if out.Affected, err = f.run(ctx); err != nil {
			return Impact{}, err
		}
		if f.cut {
			out.Complete, out.Cut = false, CutMemory
		}
	} else {
		out.Affected = wholeImpact(c, l)
	}
	addPaths(c.Asset, out.Affected, l)
	return out, nil
}

// stater knows what flows between others by a job's word (Topology).
type stater interface {
	Stated(job catalog.AssetID) []catalog.Edge
}

// changedAt is where a change begins: a job that stops also makes nothing flow
// any more between the datasets that it only tells of.
func changedAt(src Neighbourer, c PlannedChange) []catalog.AssetID {
	roots := []catalog.AssetID{c.Asset}
	if s, ok := src.(stater); ok && c.Kind == StopJob {
		for _, e := range s.Stated(c.Asset) {
			roots = append(roots, e.Target)
		}
	}
	return roots
}

// wholeImpact: who reads a dropped or renamed dataset fails, and what those
// jobs write is not written; beyond, data grows old. A stopped job breaks
// nothing by itself.
func wholeImpact(c PlannedChange, l Lineage) []Impacted {
	derived := map[catalog.AssetID]bool{}
	for _, e := range l.Edges {
		if e.Type == catalog.EdgeDerives && e.Source == c.Asset {
			derived[e.Target] = true
		}
	}
	var out []Impacted
	for _, n := range l.Nodes {
		if n.Asset == c.Asset {
			continue
		}
		i := Impacted{Asset: n.Asset, Distance: n.Distance}
		switch {
		case c.Kind == StopJob:
			i.Severity, i.Reason = Degrading, "is fed by the job that stops: its data grows old"
		case n.Distance == 1 && derived[n.Asset]:
			i.Severity, i.Reason = Breaking, "is derived from the dataset itself"
		case n.Distance == 1:
			i.Severity, i.Reason = Breaking, "reads the dataset itself"
		case n.Distance == 2:
			i.Severity, i.Reason = Breaking, "is written by a job that reads the dataset"
		default:
			i.Severity, i.Reason = Degrading, "is fed by what breaks: its data grows old"
		}
		out = append(out, i)
	}
	return out
}

// addPaths gives each affected asset one shortest path; of several the one
// over the smallest ids.
func addPaths(changed catalog.AssetID, list []Impacted, l Lineage) {
	distance := make(map[catalog.AssetID]int, len(l.Nodes))
	for _, n := range l.Nodes {
		distance[n.Asset] = n.Distance
	}
	before := make(map[catalog.AssetID]catalog.AssetID, len(l.Nodes))
	for _, e := range l.Edges { // sorted by source
		if _, known := before[e.Target]; !known && distance[e.Target] == distance[e.Source]+1 {
			before[e.Target] = e.Source
		}
	}
	for i := range list {
		at := list[i].Asset
		list[i].Path = []catalog.AssetID{at}
		for distance[at] > 0 {
			prev, ok := before[at]
			if !ok {
				break
			}
			at = prev
			list[i].Path = append(list[i].Path, at)
		}
		if at != changed {
			list[i].Path = append(list[i].Path, changed) // a job that only tells of what flows
		}
		slices.Reverse(list[i].Path)
	}
}
