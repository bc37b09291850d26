package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// asked is what a caller wants to see at least, and until when to wait for it.
type asked struct {
	min   catalog.Position
	until time.Time
}

type askedKey struct{}

// WithMinPosition tells resolvers what the caller wants to see at least
// (Weir-Min-Position). What every question reads was awaited already; a store
// that only some read is awaited by these.
func WithMinPosition(ctx context.Context, min catalog.Position, until time.Time) context.Context {
	return context.WithValue(ctx, askedKey{}, asked{min, until})
}

// storeReached waits until the store has what the caller wants to see.
func (o Options) storeReached(ctx context.Context) error {
	a, _ := ctx.Value(askedKey{}).(asked)
	if a.min == 0 || o.StoreWait == nil {
		return nil
	}
	waiting, cancel := context.WithDeadline(ctx, a.until)
	defer cancel()
	if o.StoreWait(waiting, a.min) == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	pos, err := o.Store.Position(ctx)
	if err != nil {
		return err
	}
	return catalog.WithHint(fmt.Errorf("%w: the graph store, which answers as of a time, reached position %s, asked for %s", catalog.ErrStale, pos, a.min), "ask again, or with a longer Weir-Wait")
}
