package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/attention"
)

// draftAcks writes down nobody.
type draftAcks struct{ kept Acks }

// Acks are those that were written down.
func (k draftAcks) Acks(ctx context.Context, after time.Time) (map[string]catalog.Ack, error) {
	return k.kept.Acks(ctx, after)
}

// Acknowledge keeps nothing; acked says what it would have meant.
func (draftAcks) Acknowledge(context.Context, catalog.Ack) error { return nil }

func (d *draft) acked(a catalog.Ack, g attention.Group) {
	too, nor := "", ""
	switch n := g.Keeps(); {
	case n == 1:
		too, nor = " and the one asset that is wrong because of it", ", nor after the one asset that is wrong because of it"
	case n > 1:
		too, nor = fmt.Sprintf(" and all %d assets that are wrong because of it", n), fmt.Sprintf(", nor after the %d assets that are wrong because of it", n)
	}
	d.says = fmt.Sprintf("writes down that %s looks after it%s, until %s at most; notices go on", a.Actor, too, a.At.Add(catalog.AckHolds).Format("2006-01-02 15:04Z"))
	if a.Back {
		d.says = "writes down that nobody looks after it" + nor
	}
}

// draftQuarantine refuses what is refused, and states nothing.
type draftQuarantine struct {
	Quarantine
	d *draft
}

// Replay says what would be read again.
func (l draftQuarantine) Replay(ctx context.Context, _ string, positions []catalog.Position) (catalog.Position, error) {
	l.d.says = fmt.Sprintf("reads %s again, whatever the clock said on arrival; what makes no facts then stays set aside", events(len(positions)))
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
