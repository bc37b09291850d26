package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

func (q query) Impact(ctx context.Context, changes []*gen.ChangeInput, depth, nodes *int, asOf *time.Time) (*model.Impact, error) {
	if len(changes) == 0 || len(changes) > maxChanges {
		return nil, fmt.Errorf("%w: changes must be 1 to %d, not %d", catalog.ErrInvalid, maxChanges, len(changes))
	}
	hops, err := bounded("depth", depth, 50, maxDepth)
	if err != nil {
		return nil, err
	}
	most, err := bounded("maxNodes", nodes, maxNodes, maxNodes)
	if err != nil {
		return nil, err
	}
	iq := graph.ImpactQuery{Depth: hops, MaxNodes: most}
	if iq.Changes, err = q.changes(ctx, changes); err != nil {
		return nil, err
	}
	if asOf == nil { // no history is kept of which columns there were
		if err := q.columnsOf(ctx, iq.Changes); err != nil {
			return nil, err
		}
	}
	strains, err := q.strainsOf(changes, asOf)
	if err != nil {
		return nil, err
	}
	iq.Deadlines = strains.judge
	src, err := q.source(ctx, asOf, &iq.AsOf)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	pos, err := src.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	im, err := graph.FindImpact(ctx, src, iq)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	if err := strains.stopped(ctx, iq.Changes, im); err != nil {
		return nil, err
	}
	out := model.NewImpact(im, q.usesOf(ctx, im, asOf != nil))
	strains.show(out)
	out.AsOf, out.Position = q.timeOf(iq.AsOf), pos
	var ids []catalog.AssetID
	for _, i := range im.Affected {
		ids = append(ids, i.Asset)
	}
	if out.DeniedByRole, err = q.veil.count(ctx, ids); err != nil {
		return nil, err
	}
	if out.Owners, err = q.ownersOf(ctx, im); err != nil {
		return nil, err
	}
	hurt := hurtBy(iq.Changes, im)
	if out.Policies, err = q.policiesOn(ctx, hurt); err != nil {
		return nil, err
	}
	return out, q.nextOn(ctx, out, hurt)
}

// hurtBy is all that changes or is not known to be safe.
func hurtBy(changes []graph.PlannedChange, im graph.Impact) map[catalog.AssetID]bool {
	out := map[catalog.AssetID]bool{}
	for _, c := range changes {
		out[c.Asset] = true
	}
	for _, i := range im.Affected {
		out[i.Asset] = out[i.Asset] || i.Severity != graph.Safe
	}
	return out
}

// policiesOn lists the policies that select or want one of the assets. It asks
// for names, not for evaluations: these follow a little later.
func (q query) policiesOn(ctx context.Context, hurt map[catalog.AssetID]bool) ([]*model.Policy, error) {
	out := []*model.Policy{}
	for _, p := range q.Options.Policies.Get().Policies {
		about := []policies.Selector{p.Select}
		for _, in := range p.Inputs {
			about = append(about, in.Selector)
		}
		for _, s := range about {
			ids, err := q.Selector.Selected(ctx, &policies.Policy{Select: s})
			if err != nil {
				return nil, fmt.Errorf("policy %s: %w", p.Name, err)
			}
			if slices.ContainsFunc(ids, func(id catalog.AssetID) bool { return hurt[id] }) {
				out = append(out, &model.Policy{P: p})
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b *model.Policy) int { return strings.Compare(a.P.Name, b.P.Name) })
	return out, nil
}

// nextOn lists what is to run within a day on one of the assets.
func (q query) nextOn(ctx context.Context, out *model.Impact, hurt map[catalog.AssetID]bool) error {
	all, cut, err := q.planned(ctx, q.Now().Add(24*time.Hour))
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(all, func(a *model.Action) bool { return !hurt[a.A.Target] && !hurt[a.A.Job] })
	out.NextRuns = list[:min(len(list), model.MaxFirst)]
	if (cut != nil || len(list) > model.MaxFirst) && out.Complete {
		reason := graph.CutNodes
		out.Complete, out.Cut = false, &reason
	}
	return nil
}

// changes finds what is to change: an exact name, which must be known.
func (q query) changes(ctx context.Context, in []*gen.ChangeInput) ([]graph.PlannedChange, error) {
	out := make([]graph.PlannedChange, len(in))
	for i, c := range in {
		t := catalog.TypeDataset
		if c.Kind == graph.StopJob {
			t = catalog.TypeJob
		}
		if c.Kind == graph.DelayData && c.Type != nil {
			t = c.Type.Catalog()
		}
		n := c.Dataset.Catalog(t)
		id, seen, err := q.History.Resolve(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", n, err)
		}
		if !seen {
			return nil, fmt.Errorf("%s: %w", n, catalog.ErrNotFound)
		}
		out[i] = graph.PlannedChange{Asset: id, Kind: c.Kind, Field: deref(c.Field)}
		switch ofField := strings.HasSuffix(string(c.Kind), "_FIELD"); {
		case ofField && out[i].Field == "":
			return nil, fmt.Errorf("%w: %s needs a field", catalog.ErrInvalid, c.Kind)
		case !ofField && out[i].Field != "":
			return nil, fmt.Errorf("%w: %s is about all of %s: leave the field %q out, or name a change of a field", catalog.ErrInvalid, c.Kind, n, out[i].Field)
		}
	}
	return out, nil
}

// columnsOf tells the changes of columns which ones their datasets have.
func (q query) columnsOf(ctx context.Context, changes []graph.PlannedChange) error {
	var ids []catalog.AssetID
	for _, c := range changes {
		if c.Field != "" {
			ids = append(ids, c.Asset)
		}
	}
	rows, err := q.History.Assets(ctx, ids)
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	columns := map[catalog.AssetID][]string{}
	for _, a := range rows {
		for _, f := range a.Fields {
			columns[a.ID] = append(columns[a.ID], f.Name)
		}
	}
	for i, c := range changes {
		changes[i].Columns = columns[c.Asset]
	}
	return nil
}

// ownersOf gathers who has to be told: the owners of all that is not safe.
func (q query) ownersOf(ctx context.Context, im graph.Impact) ([]model.Owner, error) {
	var ids []catalog.AssetID
	for _, i := range im.Affected {
		if i.Severity != graph.Safe {
			ids = append(ids, i.Asset)
		}
	}
	assets, err := q.assetsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var list []catalog.Owner
	for _, a := range assets {
		if a != nil {
			list = append(list, a.Row().Owners...)
		}
	}
	slices.SortFunc(list, func(a, b catalog.Owner) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type))
	})
	return model.OwnersOf(slices.CompactFunc(list, func(a, b catalog.Owner) bool { return a.Name == b.Name && a.Type == b.Type })), nil
}

type impacted struct{ *reads }

func (i impacted) Asset(ctx context.Context, objs []*model.ImpactedAsset) ([]model.Asset, error) {
	ids := make([]catalog.AssetID, len(objs))
	for n, o := range objs {
		ids[n] = o.I.Asset
	}
	return i.placesOf(ctx, ids)
}
