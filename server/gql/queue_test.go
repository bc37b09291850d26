package gql

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func priced(ctx context.Context, cost int) context.Context {
	oc := &graphql.OperationContext{}
	oc.Stats.SetExtension(priceKey, cost)
	return graphql.WithOperationContext(ctx, oc)
}

// TestLargeQuestionsWaitTheirTurn: the one place is taken, so a large question
// waits as long as it may and is told why; a small one does not wait.
func TestLargeQuestionsWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, goOn := newQueue(1), make(chan struct{})
		answer := func(context.Context) *graphql.Response { return &graphql.Response{} }
		go q.InterceptResponse(priced(t.Context(), largeCost), func(ctx context.Context) *graphql.Response {
			<-goOn
			return answer(ctx)
		})
		synctest.Wait()
		began := time.Now()
		late, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		got := q.InterceptResponse(priced(late, largeCost), answer)
		if took := time.Since(began); took != deadline || len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != CodeUnavailable {
			t.Errorf("the second large question, after %s: %v", took, got.Errors)
		}
		if got := q.InterceptResponse(priced(t.Context(), largeCost-1), answer); len(got.Errors) > 0 {
			t.Errorf("a small question: %v", got.Errors)
		}
		third := make(chan *graphql.Response, 1)
		go func() { third <- q.InterceptResponse(priced(t.Context(), largeCost), answer) }()
		synctest.Wait()
		close(goOn)
		if got := <-third; len(got.Errors) > 0 {
			t.Errorf("the place is not given back: %v", got.Errors)
		}
	})
}
