package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/model"
)

// Bounds of what is looked through for the evidence of one decision.
const (
	maxEvidence     = 50
	evidenceAssets  = 40
	evidenceHistory = 50
)

// Evidence finds again what the reasons name. Reasons hold ids of versions and
// runs as hashes: they are looked for among what the decision was about, as it
// was then.
func (d decisions) Evidence(ctx context.Context, obj *model.Decision) ([]*model.Evidence, error) {
	ids := evidenceOf(nil, obj.D.Tree)
	out := []*model.Evidence{}
	if len(ids) == 0 {
		return out, nil
	}
	known, err := d.known(ctx, obj.D)
	if err != nil {
		return nil, err
	}
	for _, id := range ids[:min(len(ids), maxEvidence)] {
		e, ok := known[id]
		if !ok {
			if e, err = d.written(ctx, id); err != nil {
				return nil, err
			}
		}
		e.ID = id
		out = append(out, &e)
	}
	return out, nil
}

// evidenceOf lists the ids of a tree, each once, in the order of its nodes.
func evidenceOf(out []string, r catalog.Reason) []string {
	for _, id := range r.Evidence {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, c := range r.Children {
		out = evidenceOf(out, c)
	}
	return out
}

// written finds what the ledger has under an id.
func (d decisions) written(ctx context.Context, id string) (model.Evidence, error) {
	a, err := d.action(ctx, id)
	if err != nil {
		return model.Evidence{}, fmt.Errorf("read evidence: %w", err)
	}
	if a != nil {
		return model.Evidence{Node: a, Says: fmt.Sprintf("action on %s, decided at %s", a.A.Name.Name, rfc(a.A.CreatedAt))}, nil
	}
	x, err := d.decision(ctx, id)
	if err != nil {
		return model.Evidence{}, fmt.Errorf("read evidence: %w", err)
	}
	if x != nil {
		return model.Evidence{Node: x, Says: fmt.Sprintf("decision on %s of %s", x.D.Name.Name, rfc(x.D.At))}, nil
	}
	return model.Evidence{Says: "not kept any more, or not something weir keeps"}, nil
}

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// known are the versions and runs around a decision when it was made, by the
// ids that reasons use.
func (d decisions) known(ctx context.Context, x catalog.Decision) (map[string]model.Evidence, error) {
	out := map[string]model.Evidence{}
	a, err := d.action(ctx, x.Action)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	about, jobs := d.aboutWhat(ctx, x, a)
	for _, id := range about {
		list, err := d.History.Versions(ctx, catalog.VersionQuery{Dataset: id, Before: x.At.Add(time.Nanosecond), Limit: evidenceHistory})
		if err != nil {
			return nil, fmt.Errorf("read evidence: %w", err)
		}
		for _, v := range list {
			out[v.ID()] = model.Evidence{Node: &model.Version{V: v}, Says: fmt.Sprintf("version of %s, written at %s", v.Dataset.Name, rfc(v.ProducedAt))}
		}
	}
	if len(jobs) == 0 {
		return out, nil
	}
	runs, err := d.History.Runs(ctx, catalog.RunQuery{Jobs: jobs, StartedBefore: x.At.Add(time.Nanosecond), Limit: evidenceHistory})
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	for _, r := range runs {
		out[r.Key.ID()] = model.Evidence{Node: &model.Run{R: r}, Says: fmt.Sprintf("run of %s, started at %s", r.Key.Job.Name, rfc(r.StartedAt))}
	}
	return out, nil
}

// aboutWhat lists the datasets that a decision looked at, and the jobs that
// write them: its target, what it was pinned to, and what the policy reads now.
func (d decisions) aboutWhat(ctx context.Context, x catalog.Decision, a *model.Action) (about, jobs []catalog.AssetID) {
	about = []catalog.AssetID{x.Target}
	if a != nil {
		for _, p := range a.A.Pins {
			about = append(about, p.Input)
		}
	}
	for _, e := range d.Judge.EvaluationsOf(x.Target) {
		if e.Policy.Name == x.Policy {
			for _, in := range e.Snapshot.Inputs {
				about = append(about, in.Asset)
			}
		}
	}
	slices.SortFunc(about, catalog.AssetID.Compare)
	about = slices.Compact(about)
	about = about[:min(len(about), evidenceAssets)]
	edges, _, err := d.Graph.Neighbours(ctx, graph.NeighbourQuery{Frontier: about, Direction: graph.Upstream, Types: []catalog.EdgeType{catalog.EdgeWrites}, Limit: neighbourLimit})
	if err != nil {
		return about, []catalog.AssetID{x.Target}
	}
	jobs = append(jobs, x.Target)
	for _, e := range edges {
		jobs = append(jobs, far(graph.Upstream, e))
	}
	return about, jobs
}
