package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// maxSteps bounds one critical path.
const maxSteps = 30

// CriticalPath walks from a run to the run that wrote the newest thing it read,
// and on: what each step waited for. Data that came during a run was not waited
// for.
func (q query) CriticalPath(ctx context.Context, id string, hops *int) (*gen.CriticalPath, error) {
	most, err := bounded("hops", hops, 10, maxSteps)
	if err != nil {
		return nil, err
	}
	run, version, err := q.lastRun(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &gen.CriticalPath{Steps: []*gen.CriticalStep{}, Complete: true}
	seen := map[catalog.RunKey]bool{}
	for run != nil && !seen[run.R.Key] {
		if len(out.Steps) == most {
			out.Complete = false
			break
		}
		seen[run.R.Key] = true
		newest, err := q.newestRead(ctx, run)
		if err != nil {
			return nil, err
		}
		out.Steps = append(out.Steps, q.step(run, version, newest))
		if run, version = nil, newest; newest != nil {
			if run, err = q.run(ctx, newest.V.Run); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// lastRun finds where the path ends.
func (q query) lastRun(ctx context.Context, id string) (*model.Run, *model.Version, error) {
	n, err := q.Node(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	switch x := n.(type) {
	case *model.Run:
		return x, nil, nil
	case *model.Version:
		run, err := q.run(ctx, x.V.Run)
		return run, x, err
	case *model.Dataset:
		list, err := q.History.Versions(ctx, catalog.VersionQuery{Dataset: x.A.ID, Limit: 1})
		if err != nil || len(list) == 0 {
			return nil, nil, err
		}
		run, err := q.run(ctx, list[0].Run)
		return run, &model.Version{V: list[0]}, err
	case *model.Job:
		list, err := q.History.Runs(ctx, catalog.RunQuery{Jobs: []catalog.AssetID{x.A.ID}, Limit: 1})
		if err != nil || len(list) == 0 {
			return nil, nil, err
		}
		return &model.Run{R: list[0]}, nil, nil
	}
	return nil, nil, fmt.Errorf("%q: %w", id, catalog.ErrNotFound)
}

// newestRead is what was there last of what a run read; nil when it read nothing
// that is known.
func (q query) newestRead(ctx context.Context, run *model.Run) (*model.Version, error) {
	reads, err := runs(q).Reads(ctx, run)
	if err != nil {
		return nil, err
	}
	var newest *model.Version
	for _, r := range reads {
		if v := r.Version; v != nil && !v.V.ProducedAt.After(run.R.StartedAt) && (newest == nil || newest.V.Before(v.V)) {
			newest = v
		}
	}
	return newest, nil
}

// step says what a run waited for.
func (q query) step(run *model.Run, version, newest *model.Version) *gen.CriticalStep {
	s := &gen.CriticalStep{Run: run, Version: version}
	if !run.R.StartKnown {
		s.Says = "when it started is not known"
		return s
	}
	end := q.Now()
	if run.R.EndedAt != nil {
		end = *run.R.EndedAt
	}
	took := end.Sub(run.R.StartedAt)
	s.Took = &took
	switch {
	case newest != nil:
		s.ReadyAt = &newest.V.ProducedAt
		s.Says = fmt.Sprintf("started %s after %s was there", spell(run.R.StartedAt.Sub(newest.V.ProducedAt)), newest.V.Dataset.Name)
	case run.R.NominalEnd != nil && run.R.NominalEnd.Before(run.R.StartedAt):
		s.ReadyAt = run.R.NominalEnd
		s.Says = fmt.Sprintf("started %s after the time it was scheduled for", spell(run.R.StartedAt.Sub(*run.R.NominalEnd)))
	default:
		s.Says = "nothing is known that it waited for"
		return s
	}
	waited := run.R.StartedAt.Sub(*s.ReadyAt)
	s.Waited = &waited
	return s
}

// spell is a length of time in a sentence.
func spell(d time.Duration) string { return d.Round(time.Second).String() }
