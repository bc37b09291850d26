package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/declared"
)

// loadAssets reads the declared assets; none when nothing is configured.
func loadAssets(path string) ([]declared.Asset, error) {
	if path == "" {
		return nil, nil
	}
	list, err := declared.Load(path)
	return list, withCode(exitUsage, err)
}

// keeper keeps the catalogue in step with the files of declared assets: it
// states what is new in them and takes back what is gone. A file that is wrong
// changes nothing.
type keeper struct {
	path string
	desk *ingest.Desk
	log  *slog.Logger
	// past lists what files stated before, once the state has seen all of it.
	past func(context.Context) ([]catalog.Statement, error)
	err  atomic.Pointer[error]
}

func (k *keeper) read(ctx context.Context) (again bool) {
	list, err := declared.Load(k.path)
	if err != nil {
		k.fail(err)
		k.log.Error("declared assets not read: what was stated stays", "error", err)
		return false
	}
	n, err := k.apply(ctx, list)
	if ctx.Err() != nil {
		return false
	}
	k.fail(err)
	if err != nil {
		k.log.Warn("declared assets not stated", "error", err)
		return errors.Is(err, catalog.ErrUnavailable) || errors.Is(err, catalog.ErrStale)
	}
	k.log.Info("declared assets read", "assets", len(list), "statements", n)
	return false
}

// apply states the difference and says how many statements it took.
func (k *keeper) apply(ctx context.Context, list []declared.Asset) (n int, err error) {
	past, err := k.past(ctx)
	if err != nil {
		return 0, err
	}
	for _, f := range declared.Difference(list, past) {
		_, stateErr := k.desk.State(ctx, func(context.Context) (catalog.OperatorFact, error) { return f, nil })
		if errors.Is(stateErr, catalog.ErrUnavailable) || ctx.Err() != nil {
			return n, stateErr
		}
		if stateErr == nil {
			n++
		}
		err = errors.Join(err, stateErr)
	}
	return n, err
}

func (k *keeper) fail(err error) {
	if err == nil {
		k.err.Store(nil)
		return
	}
	k.err.Store(&err)
}

// Err is why the files were not taken in, nil when they were.
func (k *keeper) Err() error {
	if k == nil {
		return nil
	}
	if e := k.err.Load(); e != nil {
		return *e
	}
	return nil
}
