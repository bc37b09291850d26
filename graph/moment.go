package graph

import (
	"context"

	"github.com/weirhq/weir/catalog"
)

// Still is a Neighbourer that can stand still: what ask is given answers as of
// one moment, whatever is written meanwhile. Between two hops of a walk two
// assets may become one, and a way would end at an id that is no more. A source
// without snapshots asks again when something was written meanwhile, so that ask
// begins anew each time.
type Still interface {
	Moment(ctx context.Context, ask func(Behind) error) error
}

// atOnce asks a source as of one moment, where it can stand still.
func atOnce[T any](ctx context.Context, src Neighbourer, ask func(Neighbourer) (T, error)) (out T, err error) {
	s, ok := src.(Still)
	if !ok {
		return ask(src)
	}
	err = s.Moment(ctx, func(at Behind) (err error) {
		out, err = ask(at)
		return err
	})
	return out, err
}

// stood is atOnce with the position of that moment.
func stood[T any](ctx context.Context, src Behind, ask func(Neighbourer) (T, error)) (out T, pos catalog.Position, err error) {
	err = moment(ctx, src, func(at Behind) (err error) {
		if pos, err = at.Position(ctx); err != nil {
			return err
		}
		out, err = ask(at)
		return err
	})
	return out, pos, err
}

// moment lets a source stand still that can.
func moment(ctx context.Context, src Behind, ask func(Behind) error) error {
	if s, ok := src.(Still); ok {
		return s.Moment(ctx, ask)
	}
	return ask(src)
}
