package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// delayImpact judges what lies downstream of a delay by its deadlines, and each
// job by the worst of what it makes. What is delayed itself is judged too, where
// it has a deadline.
func delayImpact(ctx context.Context, number int, parts, roots []catalog.AssetID, l Lineage, affected []Impacted, q ImpactQuery) ([]Impacted, error) {
	if q.Deadlines == nil {
		return affected, nil
	}
	changed := q.Changes[number].Asset
	ids := []catalog.AssetID{changed}
	for _, i := range affected {
		ids = append(ids, i.Asset)
	}
	verdicts, err := q.Deadlines(ctx, number, lateOnes(parts, roots, l), ids)
	if err != nil {
		return nil, fmt.Errorf("reckon deadlines: %w", err)
	}
	if _, ok := verdicts[changed]; ok {
		affected = append(affected, Impacted{Asset: changed, Path: pathOf([]place{{asset: changed}})})
	}
	at := map[catalog.AssetID]int{}
	for n := range affected {
		i := &affected[n]
		at[i.Asset] = n
		if v, ok := verdicts[i.Asset]; ok {
			i.Severity, i.Reason, i.Confidence = DelayData.severity(v.Use), v.Says, ByWeir
		}
	}
	byOutputs(l, affected, at)
	return affected, nil
}

// lateOnes are all whose next data comes later: what is delayed, and of a job
// all that its parts make or tell of.
func lateOnes(parts, roots []catalog.AssetID, l Lineage) []catalog.AssetID {
	late := map[catalog.AssetID]bool{}
	for _, id := range roots {
		late[id] = true
	}
	for _, e := range l.Edges {
		if e.Type == catalog.EdgeWrites && slices.Contains(parts, e.Source) {
			late[e.Target] = true
		}
	}
	return slices.SortedFunc(maps.Keys(late), catalog.AssetID.Compare)
}

// byOutputs gives each job the worst severity of what it makes; beyond a cut
// there may be more.
func byOutputs(l Lineage, affected []Impacted, at map[catalog.AssetID]int) {
	worst := map[catalog.AssetID]int{}
	for _, e := range l.Edges {
		n, known := at[e.Target]
		if e.Type != catalog.EdgeWrites || !known {
			continue
		}
		if m, ok := worst[e.Source]; !ok || affected[n].Severity.Worse(affected[m].Severity) {
			worst[e.Source] = n
		}
	}
	for job, n := range worst {
		j, known := at[job]
		if !known {
			continue
		}
		affected[j].Severity, affected[j].Reason, affected[j].Confidence = affected[n].Severity, "the worst of what it makes: "+affected[n].Reason, affected[n].Confidence
		if l.Cut != "" && affected[j].Severity == Safe {
			affected[j].Severity, affected[j].Reason = Uncertain, "may make more than was looked at"
		}
	}
}
