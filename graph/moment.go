package graph

import "context"

// Still is a Neighbourer that can stand still: what ask is given answers as of
// one moment, whatever is written meanwhile. Between two hops of a walk two
// assets may become one, and a way would end at an id that is no more.
type Still interface {
	Moment(ctx context.Context, ask func(Neighbourer) error) error
}

// atOnce asks a source as of one moment, where it can stand still.
func atOnce[T any](ctx context.Context, src Neighbourer, ask func(Neighbourer) (T, error)) (out T, err error) {
	s, ok := src.(Still)
	if !ok {
		return ask(src)
	}
	err = s.Moment(ctx, func(at Neighbourer) (err error) {
		out, err = ask(at)
		return err
	})
	return out, err
}
