package gql

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/attention"
)

// silent are the connectors that do not answer.
func (q query) silent(ctx context.Context) (out []attention.Root) {
	for _, t := range q.Options.Tools(ctx) {
		if t.Reachable != catalog.False {
			continue
		}
		r := attention.Root{Kind: attention.KindConnector, Name: catalog.Name{Name: t.Instance}, Connector: t.Instance, Since: deref(t.HeartbeatAt)}
		if r.Says = "it does not answer"; t.Error != nil {
			r.Says += ": " + *t.Error
		}
		out = append(out, r)
	}
	return out
}

// blameSilent: what nothing else keeps waits for a connector that is silent.
func blameSilent(list []attention.Trouble, silent []attention.Root) {
	for i, t := range list {
		for _, r := range silent {
			if t.Root.Asset == t.Asset && t.Root.Connector == r.Connector {
				list[i].Root = r
			}
		}
	}
}

// makers put in the place of each cause the outermost job that makes it: one
// run that does not come keeps all that it makes.
func (q query) makers(ctx context.Context, list []attention.Trouble) error {
	known := map[catalog.AssetID]*attention.Root{}
	for i := range list {
		r := &list[i].Root
		if r.Asset.IsZero() {
			continue
		}
		m, ok := known[r.Asset]
		if !ok && len(known) < maxMakers {
			var err error
			if m, err = q.outermost(ctx, *r); err != nil {
				return err
			}
			known[r.Asset] = m
		}
		if m != nil {
			owner := r.Owner
			*r = *m
			r.Owner = cmp.Or(r.Owner, owner)
		}
	}
	return nil
}

// outermost finds the outermost job that last made an asset, or of a job the
// outermost that it last ran in; nil: none is known.
func (q query) outermost(ctx context.Context, of attention.Root) (*attention.Root, error) {
	run, err := q.runBehind(ctx, of)
	if run == nil {
		return nil, err
	}
	for range maxNested {
		if run.Parent == nil || run.Parent.Job.Namespace == catalog.InternalNamespace {
			break
		}
		outer, err := q.run(ctx, catalog.RunKey{Job: run.Parent.Job, RunID: run.Parent.RunID})
		if err != nil {
			return nil, err
		}
		if outer == nil {
			break
		}
		run = &outer.R
	}
	r := of
	r.Kind, r.Via, r.Asset, r.Name = attention.KindJob, of.Asset, run.Asset, run.Key.Job
	if r.Asset != of.Asset {
		if r.Owner = ""; !strings.HasPrefix(of.Says, of.Name.Name) {
			r.Says = of.Name.Name + ": " + of.Says
		}
	}
	job, err := q.asset(ctx, run.Asset)
	if err == nil && job != nil {
		r.Name = job.Row().Name
		if owners := job.Row().Owners; len(owners) > 0 {
			r.Owner = owners[0].Name
		}
	}
	return &r, err
}

func (q query) runBehind(ctx context.Context, of attention.Root) (*catalog.Run, error) {
	if of.Kind == attention.KindJob {
		id, err := q.History.Canonical(ctx, of.Asset)
		if err != nil {
			return nil, fmt.Errorf("resolve id: %w", err)
		}
		list, err := q.History.LatestRuns(ctx, []catalog.AssetID{id})
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return &list[0], nil
	}
	list, err := q.History.Versions(ctx, catalog.VersionQuery{Dataset: of.Asset, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	r, err := q.run(ctx, list[0].Run)
	if r == nil {
		return nil, err
	}
	return &r.R, err
}
