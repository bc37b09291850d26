package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/attention"
	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
)

// face is what the server serves.
func (w *plant) face() server.Options {
	approvals := &policies.Approvals{Ledger: w.ledger, Now: time.Now, OnMove: w.answeredAction}
	o := gql.Options{
		History: w.history, Graph: w.current, Lineage: graph.Overlaid{Current: w.current}, Store: w.graph, StoreWait: w.toGraph.WaitFor, Search: w.search, Ledger: switchboard{w.ledger, w.switched}, Judge: w.evaluator, Selector: w.gatherer, Policies: w.live,
		Gate: w.gate, Waiting: w.gate.Waiting, Requests: w.requests, Approvals: approvals, Outbox: w.ledger, Acks: w.ledger, Acked: func(catalog.Ack, attention.Group) { w.feed.System("acknowledged") }, Desk: w.desk, PolicyDesk: w.policies, Quarantine: w.letters, Tools: w.prober.Tools, Status: w.status, Configuration: w.cfg.shown, Doctor: (&insider{look: w.examine}).report, Intake: w.meter.Intake, Logger: w.log,
		Drafts:         func(told func(catalog.Decision, catalog.Action)) gql.Requests { return w.requests.Drafts(told) },
		DraftApprovals: func(told func(catalog.Action)) gql.Approvals { return approvals.Drafts(told) },
		Liveness:       catalog.Liveness{Silence: w.cfg.RunSilence, Grace: w.cfg.RunGrace},
	}
	return server.Options{
		GraphQL: gql.NewHandler(o, gql.Limits{}),
		As: func(p auth.Principal) (gql.Gate, server.Namer) {
			mine := o.For(p)
			return mine.Gate, mine.History
		},
		Gate: w.gate, Names: w.history, Named: w.history.Named,
		Lineage: http.HandlerFunc(w.receiver.ServeEvent), LineageBatch: http.HandlerFunc(w.receiver.ServeBatch),
		Export: w.export, Feed: w.feed, UI: webUI(w.cfg.base), Base: w.cfg.base,
		Status: w.status, Position: w.projector.Position, Waiter: waiter{w.projector, w}, Reads: w.toSearch,
		Version: buildInfo(), Registry: w.registry, Logger: w.log, Drain: w.cfg.ShutdownTimeout / 2,
	}
}

// waiter waits for all that readers see.
type waiter []interface {
	WaitFor(ctx context.Context, pos catalog.Position) error
}

// WaitFor returns when all have passed pos.
func (list waiter) WaitFor(ctx context.Context, pos catalog.Position) error {
	for _, x := range list {
		if err := x.WaitFor(ctx, pos); err != nil {
			return err
		}
	}
	return nil
}

// status says how weir is, from memory only.
func (w *plant) status(context.Context) gql.Status {
	s := gql.Status{Version: version, Ready: w.evaluator.IsOpen(), Position: w.projector.Position(), End: w.journal.End(), GraphBackend: w.cfg.Graph, StartedAt: w.started}
	s.Faults = map[string]error{"journal": w.journal.Err(), "history": w.projector.Err(), "graph": w.toGraph.Err(), "search": w.toSearch.Err()}
	if !s.Ready {
		s.Reasons = []string{fmt.Sprintf("the journal is being read: %s of %s", s.Position, s.End)}
	}
	var filesErr error
	if w.files != nil {
		filesErr = w.files.Err()
	}
	if size, dropped := w.topology.Size(); dropped {
		s.Degraded = append(s.Degraded, fmt.Sprintf("the graph takes %s, graph_memory_limit is %s: the %s graph store answers in its place, slower",
			humanize.Bytes(uint64(size)), humanize.Bytes(uint64(w.topology.Limit)), w.cfg.Graph))
	}
	for _, name := range w.evaluator.CutSelections() {
		s.Degraded = append(s.Degraded, fmt.Sprintf("policy %s matches more assets than it decides: the others are left out (W206)", name))
	}
	if n := w.courier.Dead(); n > 0 {
		s.Degraded = append(s.Degraded, fmt.Sprintf("%s could not be delivered and will not be tried again; the log says why", count(n, "notice", "notices")))
	}
	for _, part := range []struct {
		what string
		err  error
	}{{"the journal", w.journal.Err()}, {"the state store", w.projector.Err()}, {"the graph store", w.toGraph.Err()}, {"the search index", w.toSearch.Err()}, {"the last reload of policies", w.live.Err()}, {"declared assets", w.keeper.Err()}, {"the event files", filesErr}, {"retention", w.retainer.Err()}} {
		if part.err != nil {
			s.Degraded = append(s.Degraded, fmt.Sprintf("%s: %s", part.what, withHint(part.err)))
		}
	}
	return s
}

// withHint is an error with what to do about it, for who reads a status alone.
func withHint(err error) string {
	if hint := catalog.HintOf(err); hint != "" {
		return fmt.Sprintf("%v; %s", err, hint)
	}
	return err.Error()
}
