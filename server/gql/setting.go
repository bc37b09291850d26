package gql

import (
	"context"

	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/model"
)

// Configuration is for administrators: paths and hosts of a machine are no
// business of those who read data.
func (q query) Configuration(ctx context.Context) ([]*model.Setting, error) {
	if err := auth.From(ctx).RefuseEverywhere(auth.Admin); err != nil {
		return nil, err
	}
	out := []*model.Setting{}
	for _, s := range q.Options.Configuration(ctx) {
		out = append(out, &s)
	}
	return out, nil
}
