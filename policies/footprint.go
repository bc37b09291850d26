package policies

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// thing is what an evaluation can depend on: an asset (its versions, runs, checks
// and looks), one side of an asset (what it is, what was done about it), or what
// is no asset, where id is a digest of what it is called. Two that had one digest
// would be evaluated together, and no worse. It holds no pointers: there are
// millions of them.
type thing struct {
	id   catalog.AssetID
	kind thingKind
}

type thingKind uint8

// The kinds. What an asset is, its row, names and edges, hardly ever changes, and
// what is done about it often changes nothing for its readers.
const (
	theAsset   thingKind = iota
	theRow               // of an asset
	theActions           // on an asset
	oneRun               // by its id
	anyRun               // which runs there are, of no job named
	anyName              // which assets there are
	anyAction            // actions not of one asset or target
	anyGate
	theSwitch
	theTarget // a job of a tool
	ofPolicy  // the actions of a policy
	fromRoot  // the actions that a change led to
	theOrders // of people, on an asset
	ordersAt  // of people, on a job of a tool
	anyHold   // whether any asset is held
	anyPause  // whether any job is paused
	theMark   // a watermark
	factOfAsset
	factOfAge
	factOfJob
	factOfDurations
	factOfName
	factOfStage
	factOfInput
	familyOfData
	familyOfJob
	anything // of a broad footprint
)

// digests are drawn anew in each process: nothing of them is kept.
var digests = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// called is the thing of a kind with a name.
func called[N comparable](k thingKind, name N) thing {
	t := thing{kind: k}
	binary.BigEndian.PutUint64(t.id[:], maphash.Comparable(digests[0], name))
	binary.BigEndian.PutUint64(t.id[8:], maphash.Comparable(digests[1], name))
	return t
}

// numbered is the thing of a kind with a number.
func numbered(k thingKind, n uint64) thing {
	t := thing{kind: k}
	binary.BigEndian.PutUint64(t.id[:], n)
	return t
}

// target is a job of a tool.
func target(connector, toolJob string) thing { return called(theTarget, [2]string{connector, toolJob}) }

// footprint gathers what a snapshot has looked at, found or not. Whatever else
// changes cannot change the snapshot.
type footprint map[thing]struct{}

func (f footprint) note(t thing) { f[t] = struct{}{} }

// any notes what there is one of.
func (f footprint) any(k thingKind) { f.note(thing{kind: k}) }

func (f footprint) sides(of thingKind, ids ...catalog.AssetID) {
	for _, id := range ids {
		f.note(thing{id, of})
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
	for _, id := range ids {
		s.f.sides(theAsset, id)
		s.f.sides(theRow, id)
		if now, err := s.h.Canonical(ctx, id); err == nil && now != id {
			s.f.sides(theAsset, now)
			s.f.sides(theRow, now)
		}
	}
}

// rows notes what ids are.
func (s seenHistory) rows(ctx context.Context, ids ...catalog.AssetID) {
	for _, id := range ids {
		s.f.sides(theRow, id)
		if now, err := s.h.Canonical(ctx, id); err == nil && now != id {
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
	s.f.any(anyName)
	return s.h.Select(ctx, t, glob, limit)
}

func (s seenHistory) Tagged(ctx context.Context, t catalog.AssetType, key string, limit int) ([]catalog.Asset, error) {
	s.f.any(anyName)
	return s.h.Tagged(ctx, t, key, limit)
}

func (s seenHistory) OfTool(ctx context.Context, tool string, limit int) ([]catalog.Asset, error) {
	s.f.any(anyName)
	return s.h.OfTool(ctx, tool, limit)
}

func (s seenHistory) Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error) {
	s.ids(ctx, q.Dataset)
	return s.h.Versions(ctx, q)
}

func (s seenHistory) Runs(ctx context.Context, q RunQuery) ([]catalog.Run, error) {
	s.ids(ctx, q.Jobs...)
	for _, k := range q.Keys {
		s.f.note(called(oneRun, k.RunID))
	}
	for _, id := range q.RunIDs {
		s.f.note(called(oneRun, id))
	}
	if len(q.Jobs) == 0 && len(q.Keys) == 0 && len(q.RunIDs) == 0 {
		s.f.any(anyRun)
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
	s.note(q)
	return s.Ledger.Actions(ctx, q)
}

// note notes what actions a query is about.
func (s seenLedger) note(q ActionQuery) {
	switch {
	case len(q.Assets) > 0:
		s.f.sides(theActions, q.Assets...)
	case !q.Asset.IsZero():
		s.f.sides(theActions, q.Asset)
	case q.Connector != "" && q.ToolJob != "":
		s.f.note(target(q.Connector, q.ToolJob))
	case len(q.ParentRunIDs) > 0, q.Pool != "":
		// What led to an action never changes. How full a pool is decides
		// nothing here: the intent is made, and the queue looks for itself.
	case q.Policy != "":
		s.f.note(called(ofPolicy, q.Policy))
	default:
		s.f.any(anyAction)
	}
}

// note notes what was looked at otherwise than by asking.
func (g *Gatherer) note(t thing) {
	if s, ok := g.Ledger.(seenLedger); ok {
		s.f.note(t)
	}
}

func (s seenLedger) GateAnswers(ctx context.Context, q GateQuery) ([]catalog.GateAnswer, error) {
	s.f.any(anyGate)
	return s.Ledger.GateAnswers(ctx, q)
}

func (s seenLedger) Decisions(ctx context.Context, q DecisionQuery) ([]catalog.Decision, error) {
	s.f.any(anyGate) // a snapshot asks for those of the gate alone
	return s.Ledger.Decisions(ctx, q)
}

func (s seenLedger) CountActions(ctx context.Context, q ActionQuery) (int, error) {
	if q.Root == "" {
		s.note(q)
	} else {
		s.f.note(called(fromRoot, q.Root))
	}
	return s.Ledger.CountActions(ctx, q)
}

func (s seenLedger) Switches(ctx context.Context) ([]catalog.Switch, error) {
	s.f.any(theSwitch)
	return s.Ledger.Switches(ctx)
}

func (s seenLedger) KillSwitch(ctx context.Context) (bool, error) {
	s.f.any(theSwitch)
	return s.Ledger.KillSwitch(ctx)
}
