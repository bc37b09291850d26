package gql

import (
	"context"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Quarantine keeps what made no facts (ingest.DeadLetters).
type Quarantine interface {
	List(ctx context.Context, q catalog.ParkedQuery) ([]catalog.Parked, error)
	Body(ctx context.Context, pos catalog.Position) ([]byte, error)
	Replay(ctx context.Context, actor string, positions []catalog.Position) (catalog.Position, error)
	Drop(ctx context.Context, actor string, positions []catalog.Position) (catalog.Position, error)
	// Draft refuses what Replay and Drop refuse, and states nothing.
	Draft(ctx context.Context, verb catalog.OperatorVerb, positions []catalog.Position) error
	Count(ctx context.Context) (int, error)
}

// maxBody is how much of a body one answer shows.
const maxBody = 64 << 10

func (q query) Quarantine(ctx context.Context, first *int, after *string, position *catalog.Position) (*model.QuarantinedEventConnection, error) {
	n, err := model.First(first, 50)
	if err != nil {
		return nil, err
	}
	pq := catalog.ParkedQuery{Limit: n + 1}
	if cursor, err := model.ParseCursor(after, 1); err != nil {
		return nil, err
	} else if cursor != nil {
		if pq.Before, err = catalog.ParsePosition(cursor[0]); err != nil || pq.Before == 0 {
			return nil, fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)
		}
	}
	if position != nil {
		pq.At = *position
	}
	list, err := q.Options.Quarantine.List(ctx, pq)
	if err != nil {
		return nil, fmt.Errorf("read quarantine: %w", err)
	}
	c := &model.QuarantinedEventConnection{}
	for _, p := range list[:min(n, len(list))] {
		c.Edges = append(c.Edges, model.QuarantinedEventEdge{Node: model.QuarantinedEvent{P: p}, Cursor: model.Cursor(p.Position.String())})
	}
	c.PageInfo = model.Info(c.Edges, len(list) > n)
	return c, nil
}

type letters struct{ *reads }

func (l letters) Body(ctx context.Context, e *model.QuarantinedEvent, maxBytes *int) (string, error) {
	n := 16 << 10
	if maxBytes != nil {
		n = *maxBytes
	}
	if n < 1 || n > maxBody {
		return "", fmt.Errorf("%w: maxBytes must be 1 to %d", catalog.ErrInvalid, maxBody)
	}
	body, err := l.Options.Quarantine.Body(ctx, e.P.Position)
	if err != nil {
		return "", fmt.Errorf("read entry: %w", err)
	}
	return strings.ToValidUTF8(string(body[:min(n, len(body))]), "\uFFFD"), nil
}

func (m mutation) ReplayQuarantined(ctx context.Context, in gen.ReplayQuarantinedInput) (*gen.ReplayQuarantinedPayload, error) {
	pos, err := m.Quarantine.Replay(ctx, actorOf(ctx), in.Positions)
	return &gen.ReplayQuarantinedPayload{Position: pos}, err
}

func (m mutation) DropQuarantined(ctx context.Context, in gen.DropQuarantinedInput) (*gen.DropQuarantinedPayload, error) {
	pos, err := m.Quarantine.Drop(ctx, actorOf(ctx), in.Positions)
	return &gen.DropQuarantinedPayload{Position: pos}, err
}
