package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// draftAcks writes down nobody.
type draftAcks struct {
	kept Acks
	d    *draft
}

// Acks are those that were written down.
func (k draftAcks) Acks(ctx context.Context, after time.Time) (map[string]catalog.Ack, error) {
	return k.kept.Acks(ctx, after)
}

// Acknowledge says what the word would mean.
func (k draftAcks) Acknowledge(_ context.Context, a catalog.Ack) error {
	many := fmt.Sprintf("%d assets that it keeps", len(a.Members))
	if len(a.Members) == 1 {
		many = "the one asset that it keeps"
	}
	k.d.says = fmt.Sprintf("writes down that %s looks after it and %s, until %s at most; notices go on", a.Actor, many, a.At.Add(catalog.AckHolds).Format("2006-01-02 15:04Z"))
	if a.Back {
		k.d.says = "writes down that nobody looks after it and " + many
	}
	return nil
}

// draftQuarantine refuses what is refused, and states nothing.
type draftQuarantine struct {
	Quarantine
	d *draft
}

// Replay says what would be read again.
func (l draftQuarantine) Replay(ctx context.Context, _ string, positions []catalog.Position) (catalog.Position, error) {
	l.d.says = fmt.Sprintf("reads %s again, whatever the clock said when they came; what makes no facts then stays set aside", events(len(positions)))
	return 0, l.Draft(ctx, catalog.OperatorReplay, positions)
}

// Drop says what would be laid aside.
func (l draftQuarantine) Drop(ctx context.Context, _ string, positions []catalog.Position) (catalog.Position, error) {
	l.d.says = fmt.Sprintf("lays %s aside for good: the journal keeps them, and no rebuild reads them again", events(len(positions)))
	return 0, l.Draft(ctx, catalog.OperatorDrop, positions)
}

func events(n int) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}
