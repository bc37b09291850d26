package policies

import (
	"context"
	"log/slog"

	"github.com/weirhq/weir/catalog"
)

// openActions are the actions that are not closed, as they were read last. Most
// rounds of a dispatcher come from an event that wrote nothing to the ledger: then
// they are those of the round before.
type openActions struct {
	all []catalog.Action
	// at is the ledger's write that they are as of; 0: they were not read.
	at int64
}

// Open actions are read in pages of openPage; maxOpen bounds how many are looked
// at in one round.
const (
	openPage = 500
	maxOpen  = 20_000
)

// list gives the open actions, the last written first. They are the caller's to
// read until the next call, not to change.
func (o *openActions) list(ctx context.Context, l Ledger, log *slog.Logger) ([]catalog.Action, error) {
	// Asked before they are read: a write in between is read again next time.
	at, err := l.Seq(ctx)
	if err != nil || at == o.at && at > 0 {
		return o.all, err
	}
	o.at = 0
	if o.all, err = o.read(ctx, l, log); err == nil {
		o.at = at
	}
	return o.all, err
}

func (o *openActions) read(ctx context.Context, l Ledger, log *slog.Logger) ([]catalog.Action, error) {
	all := o.all[:0]
	for q := (ActionQuery{Open: true, Limit: openPage}); len(all) < maxOpen; {
		page, err := l.Actions(ctx, q)
		if all = append(all, page...); err != nil || len(page) < openPage {
			clear(all[len(all):cap(all)]) // what closed is held no longer
			return all, err
		}
		q.Before = page[len(page)-1].Seq
	}
	log.Error("too many actions are open: the oldest wait", "looked at", len(all))
	return all, nil
}
