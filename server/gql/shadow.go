package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/model"
)

// shadowTime is how far a report looks back that does not say.
const shadowTime = 7 * 24 * time.Hour

// ShadowReport compares policies in shadow with what happened.
func (q query) ShadowReport(ctx context.Context, policy *string, from, to *time.Time, first *int) (*model.ShadowReport, error) {
	n, err := model.First(first, 20)
	if err != nil {
		return nil, err
	}
	ask := policies.ShadowQuery{Policy: deref(policy), From: deref(from), To: deref(to), Cases: n}
	if ask.To.IsZero() {
		ask.To = q.Now()
	}
	if ask.From.IsZero() {
		ask.From = ask.To.Add(-shadowTime)
	}
	if !ask.From.Before(ask.To) {
		return nil, fmt.Errorf("%w: from is not before to", catalog.ErrInvalid)
	}
	report, err := q.Selector.Shadow(ctx, ask)
	if err != nil {
		return nil, err
	}
	return &model.ShadowReport{R: report}, nil
}
