package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/messenger"
)

// Outbox is the durable store of incidents and notices: a part of the ledger.
type Outbox interface {
	// Incidents lists what is open.
	Incidents(ctx context.Context) ([]catalog.Incident, error)
	// SettleIncidents keeps and removes incidents and adds notices: all or
	// nothing. A notice that is there already is not added.
	SettleIncidents(ctx context.Context, open, closed []catalog.Incident, notices []catalog.Notice, now time.Time) error
	// DueNotices lists what is to be tried by a time; of one incident and
	// destination only the first.
	DueNotices(ctx context.Context, by time.Time, limit int) ([]catalog.Notice, error)
	// Notices lists them, newest first.
	Notices(ctx context.Context, q catalog.NoticeQuery) ([]catalog.Notice, error)
	// KeepNotice keeps what an attempt made of a notice.
	KeepNotice(ctx context.Context, n catalog.Notice) error
}

// The patience of a courier: 12 attempts take about a day.
const (
	maxAttempts = 12
	firstPause  = 5 * time.Second
	longPause   = 4 * time.Hour
	courierRest = 5 * time.Second
	batch       = 50
)

// Courier empties the outbox.
type Courier struct {
	Outbox Outbox
	// To finds the messenger of a destination.
	To  func(destination string) (messenger.Messenger, bool)
	Now func() time.Time
	Log *slog.Logger

	wake chan struct{}
	dead atomic.Int64
}

// NewCourier returns a courier; Run delivers.
func NewCourier(o Outbox, to func(string) (messenger.Messenger, bool), log *slog.Logger) *Courier {
	return &Courier{Outbox: o, To: to, Now: time.Now, Log: log.With("component", "courier"), wake: make(chan struct{}, 1)}
}

// Wake says that the outbox may hold something. It never blocks.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Dead is how many notices were given up, of those that are kept.
func (c *Courier) Dead() int { return int(c.dead.Load()) }

// Run delivers until ctx ends.
func (c *Courier) Run(ctx context.Context) error {
	t := time.NewTicker(courierRest)
	defer t.Stop()
	for {
		if err := c.Deliver(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("the outbox cannot be served", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-t.C:
		}
	}
}

// Deliver tries everything that is due once.
func (c *Courier) Deliver(ctx context.Context) error {
	for {
		due, err := c.Outbox.DueNotices(ctx, c.Now(), batch)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return c.count(ctx)
		}
		for _, n := range due {
			if err := c.deliver(ctx, n); err != nil {
				return err
			}
		}
	}
}

// maxDead bounds the count.
const maxDead = 1000

func (c *Courier) count(ctx context.Context) error {
	dead, err := c.Outbox.Notices(ctx, catalog.NoticeQuery{State: catalog.NoticeDead, Limit: maxDead})
	c.dead.Store(int64(len(dead)))
	return err
}

// deliver tries one notice and keeps what became of it. Between the two this
// process may die: the notice is sent again with the same id.
func (c *Courier) deliver(ctx context.Context, n catalog.Notice) error {
	m, err := read(n)
	if err == nil && n.Unheard && m.State == messenger.Resolved {
		n.State = catalog.NoticeMoot // an end without a beginning says nothing
		return c.Outbox.KeepNotice(ctx, n)
	}
	var thread string
	if err == nil {
		thread, err = c.send(ctx, n, m)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	n.Attempts++
	switch r := refusal(err); {
	case err == nil:
		n.State, n.Thread, n.Error = catalog.NoticeSent, thread, ""
	case r.Final || n.Attempts >= maxAttempts:
		n.State, n.Error = catalog.NoticeDead, err.Error()
		c.Log.Error("a notice was given up", "notice", n.ID, "destination", n.Destination, "attempts", n.Attempts, "error", err)
	default:
		n.Due, n.Error = c.Now().Add(max(pause(n.Attempts), r.RetryAfter)), err.Error()
		c.Log.Warn("a notice was not delivered", "notice", n.ID, "destination", n.Destination, "again", n.Due, "error", err)
	}
	return c.Outbox.KeepNotice(ctx, n)
}

func read(n catalog.Notice) (m messenger.Notice, err error) {
	if err := json.Unmarshal(n.Body, &m); err != nil {
		return m, &messenger.Refusal{Final: true, What: "unreadable notice", Cause: err}
	}
	return m, nil
}

func (c *Courier) send(ctx context.Context, n catalog.Notice, m messenger.Notice) (string, error) {
	to, ok := c.To(n.Destination)
	if !ok {
		return "", &messenger.Refusal{Final: true, What: fmt.Sprintf("no destination %s is configured any more", n.Destination)}
	}
	return to.Send(ctx, m, n.Thread)
}

func refusal(err error) messenger.Refusal {
	var r *messenger.Refusal
	if errors.As(err, &r) {
		return *r
	}
	return messenger.Refusal{}
}

// pause doubles with each attempt, with half of it by chance: many that were
// refused together do not come again together.
func pause(attempts int) time.Duration {
	d := min(firstPause<<min(attempts-1, 20), longPause)
	return d/2 + rand.N(d/2+1)
}
