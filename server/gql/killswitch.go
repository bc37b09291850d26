package gql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

func (m mutation) SetKillSwitch(ctx context.Context, in gen.SetKillSwitchInput) (*gen.SetKillSwitchPayload, error) {
	s, err := m.switchOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if s, err = m.Ledger.SetSwitch(ctx, s); err != nil {
		return nil, fmt.Errorf("set kill switch: %w", err)
	}
	pos, err := m.History.Position(ctx)
	return &gen.SetKillSwitchPayload{ID: s.ID(), On: in.On, Covers: m.covered(s), Position: pos}, err
}

// switchOf is the switch that is asked for; nothing is switched yet.
func (m mutation) switchOf(ctx context.Context, in gen.SetKillSwitchInput) (catalog.Switch, error) {
	s := catalog.Switch{Scope: catalog.ScopeGlobal, Name: deref(in.Name), On: in.On, Actor: actorOf(ctx), Reason: in.Reason, At: m.Now().UTC()}
	if in.Scope != nil {
		s.Scope = *in.Scope
	}
	switch {
	case in.Reason == "" || len(in.Reason) > 500:
		return s, fmt.Errorf("%w: reason must be 1 to 500 bytes", catalog.ErrInvalid)
	case (s.Scope == catalog.ScopeGlobal) != (s.Name == ""), len(s.Name) > 500:
		return s, fmt.Errorf("%w: name what the switch is of, and nothing for everything", catalog.ErrInvalid)
	}
	return s, m.stoppable(ctx, s)
}

// stoppable refuses to turn on a switch of a tool or a policy that is not there:
// who mistypes a name in a hurry must not believe that something was stopped.
func (m mutation) stoppable(ctx context.Context, s catalog.Switch) error {
	var kind string
	var known []string
	switch {
	case s.On && s.Scope == catalog.ScopeTool:
		kind = "connector"
		for _, t := range m.Tools(ctx) {
			known = append(known, t.Instance)
		}
	case s.On && s.Scope == catalog.ScopePolicy:
		kind = "policy in force"
		for _, p := range m.reads.Policies.Get().Policies {
			known = append(known, p.Name)
		}
	default:
		return nil
	}
	if slices.Contains(known, s.Name) {
		return nil
	}
	err := fmt.Errorf("%w: no %s is named %q: nothing was stopped", catalog.ErrInvalid, kind, s.Name)
	return catalog.WithHint(err, named(known))
}

// Switched lists what was turned on and off.
func (q query) Switched(ctx context.Context, first *int, after *string) (*model.KillSwitchConnection, error) {
	p, err := newest(first, 50, after)
	if err != nil {
		return nil, err
	}
	list, err := q.Ledger.Switched(ctx, catalog.SwitchQuery{Before: p.before, Limit: p.limit()})
	if err != nil {
		return nil, fmt.Errorf("list what was switched: %w", err)
	}
	c := &model.KillSwitchConnection{}
	c.Edges, c.PageInfo = model.Edges(list, p.n, func(s catalog.Switch) model.KillSwitchEdge {
		return model.KillSwitchEdge{Node: &model.KillSwitch{S: s}, Cursor: seqCursor(s.Seq)}
	})
	return c, nil
}

// maxNamed bounds how many names a hint lists.
const maxNamed = 20

func named(list []string) string {
	slices.Sort(list)
	switch more := len(list) - maxNamed; {
	case len(list) == 0:
		return "there is none"
	case more > 0:
		return fmt.Sprintf("there are %s and %d more", strings.Join(list[:maxNamed], ", "), more)
	}
	return "there are: " + strings.Join(list, ", ")
}

// covered counts what a switch is about now.
func (m mutation) covered(s catalog.Switch) (n int) {
	for _, e := range m.Judge.Evaluations() {
		if s.Covers(e.Policy.Name, e.Snapshot.Resolved.Connector, e.Name.Namespace, e.Snapshot.Written.Namespace) {
			n++
		}
	}
	return n
}
