package gql

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/sync/semaphore"
)

// largeCost is the price from which a question is large: it may return that
// many objects, and answering it takes a processor for milliseconds.
const largeCost = 200

// queue lets few large questions run at once, in the order they came. Eight that
// share two processors all end when the last does; in turn each ends when its
// own work is done, and events and small questions are not held up by them.
type queue struct{ slots *semaphore.Weighted }

func newQueue(slots int) *queue { return &queue{semaphore.NewWeighted(int64(slots))} }

// ExtensionName names it for gqlgen.
func (*queue) ExtensionName() string { return "Queue" }

// Validate has nothing to check.
func (*queue) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse runs the question in its turn. Who waits until the deadline
// of the request gets an error that says so.
func (q *queue) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !large(ctx) {
		return next(ctx)
	}
	if q.slots.Acquire(ctx, 1) != nil {
		return &graphql.Response{Errors: gqlerror.List{refusal(ctx, CodeUnavailable, "the server is busy with other large questions; ask again, or for less at once")}}
	}
	defer q.slots.Release(1)
	return next(ctx)
}

// large reads the price that the limiter noted.
func large(ctx context.Context) bool {
	cost, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(priceKey).(int)
	return cost >= largeCost
}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
} = (*queue)(nil)
