package gql

import (
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// maxGateHold keeps a held question inside the deadline of a request; the REST
// route holds for longer.
const maxGateHold = 4 * time.Second

type mutation struct{ *reads }

func (m mutation) Gate(ctx context.Context, in gen.GateInput) (*gen.GatePayload, error) {
	wait := time.Duration(deref(in.WaitSeconds)) * time.Second
	if wait < 0 || wait > 30*time.Second {
		return nil, fmt.Errorf("%w: waitSeconds must be 0 to 30", catalog.ErrInvalid)
	}
	nominal := ""
	if in.NominalTime != nil {
		nominal = in.NominalTime.Format(time.RFC3339)
	}
	a, err := m.Options.Gate.Ask(ctx, policies.GateRequest{
		Job: in.Job.Catalog(catalog.TypeJob), Key: deref(in.Key), RunRef: deref(in.RunRef), Partition: deref(in.Partition), Nominal: nominal,
		MaxWait: deref(in.MaxWait), Wait: min(wait, maxGateHold),
	})
	if err != nil {
		return nil, err
	}
	p := &gen.GatePayload{Decision: a.Decision, DecisionID: model.PrefixDecision + a.DecisionID, Reasons: append([]string{}, a.Reasons...), Pins: pins(a.Pins)}
	if a.Partition != "" {
		p.Partition = &a.Partition
	}
	if a.WouldHave != "" {
		p.WouldHave = &a.WouldHave
	}
	if a.Decision == catalog.DecideWait {
		s := RetryAfterSeconds(a.RetryAfter)
		p.RetryAfterSeconds = &s
	}
	if !a.ExpectedReadyAt.IsZero() {
		p.ExpectedReadyAt = &a.ExpectedReadyAt
	}
	if a.Lease != nil {
		p.LeaseExpires = &a.Lease.Expires
	}
	p.Position, err = m.History.Position(ctx)
	return p, err
}

// RetryAfterSeconds rounds up, at least a second.
func RetryAfterSeconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}

func pins(list []catalog.Pin) []*model.Pin {
	out := []*model.Pin{}
	for _, p := range model.PinsOf(list) {
		out = append(out, &p)
	}
	return out
}
