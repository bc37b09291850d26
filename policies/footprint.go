package policies

import (
	"context"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// thing is what an evaluation can depend on: an asset (its versions, runs, checks
// and looks), one side of an asset (what it is, what was done about it), or a word
// for what is no asset.
type thing struct {
	asset catalog.AssetID
	word  string
}

// The sides of an asset. What it is, its row, names and edges, hardly ever
// changes, and what is done about it often changes nothing for its readers.
const (
	theRow     = "row"
	theActions = "actions of it"
)

// The words.
const (
	oneRun    = "run "    // before a run's id
	anyRun    = "runs"    // which runs there are, of no job named
	anyName   = "names"   // which assets there are
	anyAction = "actions" // actions not of one asset or target
	anyGate   = "gates"
	theSwitch = "switch"
)

// target is the word for a job of a tool.
func target(connector, toolJob string) thing {
	return thing{word: "target\x00" + connector + "\x00" + toolJob}
}

// actionsOf is the word for the actions of a policy, actionsFrom for those that
// a change led to.
func actionsOf(policy string) string { return "policy\x00" + policy }
func actionsFrom(root string) string { return "root\x00" + root }

// footprint gathers what a snapshot has looked at, found or not. Whatever else
// changes cannot change the snapshot.
type footprint map[thing]struct{}

func (f footprint) word(w string)      { f[thing{word: w}] = struct{}{} }
func (f footprint) target(c, j string) { f[target(c, j)] = struct{}{} }

func (f footprint) assets(ids ...catalog.AssetID) { f.sides("", ids...) }

func (f footprint) sides(of string, ids ...catalog.AssetID) {
	for _, id := range ids {
		f[thing{id, of}] = struct{}{}
	}
}

// seen returns a gatherer that notes what it reads. It shares what g remembers.
func (g *Gatherer) seen(f footprint) *Gatherer {
	return &Gatherer{History: seenHistory{g.history(), f}, Graph: seenGraph{g.Graph, f}, Ledger: seenLedger{g.Ledger, f},
		Connectors: g.Connectors, Policies: g.Policies, of: g.root()}
}

// history is what is asked.
func (g *Gatherer) history() History {
	if g.Recall != nil {
		return g.Recall
	}
	return g.History
}

// seenHistory names every method of History, so that one which is added later
// cannot be forgotten here.
type seenHistory struct {
	h History
	f footprint
}

var _ History = seenHistory{}

// ids notes ids as asked and as they are now: news come under the latter.
func (s seenHistory) ids(ctx context.Context, ids ...catalog.AssetID) {
	s.f.assets(ids...)
	s.rows(ctx, ids...)
	for _, id := range ids {
		if now, err := s.h.Canonical(ctx, id); err == nil {
			s.f.assets(now)
		}
	}
}

// rows notes what ids are.
func (s seenHistory) rows(ctx context.Context, ids ...catalog.AssetID) {
	s.f.sides(theRow, ids...)
	for _, id := range ids {
		if now, err := s.h.Canonical(ctx, id); err == nil {
			s.f.sides(theRow, now)
		}
	}
}

func (s seenHistory) Position(ctx context.Context) (catalog.Position, error) {
	return s.h.Position(ctx)
}

func (s seenHistory) Resolve(ctx context.Context, n catalog.Name) (catalog.AssetID, bool, error) {
	id, seen, err := s.h.Resolve(ctx, n)
	s.f.sides(theRow, catalog.AssetID(n.ID()), id)
	return id, seen, err
}

func (s seenHistory) Follow(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	now, err := s.h.Follow(ctx, id)
	s.ids(ctx, id, now) // a rename ends when the old name is written again
	return now, err
}

func (s seenHistory) Canonical(ctx context.Context, id catalog.AssetID) (catalog.AssetID, error) {
	now, err := s.h.Canonical(ctx, id)
	s.f.sides(theRow, id, now)
	return now, err
}

func (s seenHistory) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	s.rows(ctx, ids...)
	return s.h.Assets(ctx, ids)
}

func (s seenHistory) Select(ctx context.Context, t catalog.AssetType, glob string, limit int) ([]catalog.Asset, error) {
	s.f.word(anyName)
	return s.h.Select(ctx, t, glob, limit)
}

func (s seenHistory) Tagged(ctx context.Context, t catalog.AssetType, key string, limit int) ([]catalog.Asset, error) {
	s.f.word(anyName)
	return s.h.Tagged(ctx, t, key, limit)
}

func (s seenHistory) OfTool(ctx context.Context, tool string, limit int) ([]catalog.Asset, error) {
	s.f.word(anyName)
	return s.h.OfTool(ctx, tool, limit)
}

func (s seenHistory) Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error) {
	s.ids(ctx, q.Dataset)
	return s.h.Versions(ctx, q)
}

func (s seenHistory) Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error) {
	s.ids(ctx, q.Jobs...)
	for _, k := range q.Keys {
		s.f.word(oneRun + k.RunID)
	}
	for _, id := range q.RunIDs {
		s.f.word(oneRun + id)
	}
	if len(q.Jobs) == 0 && len(q.Keys) == 0 && len(q.RunIDs) == 0 {
		s.f.word(anyRun)
	}
	return s.h.Runs(ctx, q)
}

func (s seenHistory) Checks(ctx context.Context, q CheckQuery) ([]catalog.Check, error) {
	s.ids(ctx, q.Dataset)
	return s.h.Checks(ctx, q)
}

func (s seenHistory) LastLook(ctx context.Context, dataset catalog.AssetID, upTo time.Time) (Look, error) {
	s.ids(ctx, dataset)
	return s.h.LastLook(ctx, dataset, upTo)
}

type seenGraph struct {
	g Graph
	f footprint
}

func (s seenGraph) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	edges, more, err := s.g.Neighbours(ctx, q)
	s.f.sides(theRow, q.Frontier...)
	for _, e := range edges {
		s.f.sides(theRow, e.Source, e.Target)
	}
	return edges, more, err
}

// seenLedger notes reads. What writes is for others: a snapshot only reads.
type seenLedger struct {
	Ledger
	f footprint
}

func (s seenLedger) Actions(ctx context.Context, q ActionQuery) ([]catalog.Action, error) {
	switch {
	case len(q.Assets) > 0:
		s.f.sides(theActions, q.Assets...)
	case !q.Asset.IsZero():
		s.f.sides(theActions, q.Asset)
	case q.Connector != "" && q.ToolJob != "":
		s.f.target(q.Connector, q.ToolJob)
	case len(q.ParentRunIDs) > 0, q.Pool != "":
		// What led to an action never changes. How full a pool is decides
		// nothing here: the intent is made, and the queue looks for itself.
	case q.Policy != "":
		s.f.word(actionsOf(q.Policy))
	default:
		s.f.word(anyAction)
	}
	return s.Ledger.Actions(ctx, q)
}

func (s seenLedger) GateAnswers(ctx context.Context, q GateQuery) ([]catalog.GateAnswer, error) {
	s.f.word(anyGate)
	return s.Ledger.GateAnswers(ctx, q)
}

func (s seenLedger) Decisions(ctx context.Context, q DecisionQuery) ([]catalog.Decision, error) {
	s.f.word(anyGate) // a snapshot asks for those of the gate alone
	return s.Ledger.Decisions(ctx, q)
}

func (s seenLedger) CountActions(ctx context.Context, q ActionQuery) (int, error) {
	if q.Root == "" {
		s.f.word(anyAction)
	}
	s.f.word(actionsFrom(q.Root))
	return s.Ledger.CountActions(ctx, q)
}

func (s seenLedger) Switches(ctx context.Context) ([]catalog.Switch, error) {
	s.f.word(theSwitch)
	return s.Ledger.Switches(ctx)
}

func (s seenLedger) KillSwitch(ctx context.Context) (bool, error) {
	s.f.word(theSwitch)
	return s.Ledger.KillSwitch(ctx)
}
