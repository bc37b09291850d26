package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// assetWords are the types that an asset in a selection may be.
var assetWords = []string{"Node", "Asset", "Dataset", "Job"}

// onlyNames reports whether the field that is being resolved asks of its assets
// for nothing but who they are: id, type and name. A picture of lineage does,
// for hundreds at once, and names are held in memory.
func onlyNames(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) || graphql.GetFieldContext(ctx) == nil {
		return false
	}
	return !slices.ContainsFunc(graphql.CollectFieldsCtx(ctx, assetWords), func(f graphql.CollectedField) bool {
		return !slices.Contains([]string{"__typename", "id", "type", "name"}, f.Name)
	})
}

// placesOf is assetsOf for a field that may ask for names only.
func (r *reads) placesOf(ctx context.Context, ids []catalog.AssetID) ([]model.Asset, error) {
	if !onlyNames(ctx) {
		return r.assetsOf(ctx, ids)
	}
	named, err := r.History.Named(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	out := make([]model.Asset, len(ids))
	for i, n := range named {
		if !n.ID.IsZero() {
			out[i] = model.NewAsset(catalog.Asset{ID: n.ID, Type: n.Name.Type, Name: n.Name})
		}
	}
	return out, nil
}
