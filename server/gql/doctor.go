package gql

import (
	"context"

	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/model"
)

// Doctor is for those who run weir: it says where things lie on the machine, and
// asks tools.
func (q query) Doctor(ctx context.Context) (*model.DoctorReport, error) {
	if err := auth.From(ctx).RefuseEverywhere(auth.Act); err != nil {
		return nil, err
	}
	r, err := q.Options.Doctor(ctx)
	return &r, err
}
