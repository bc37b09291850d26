package virtual

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// actionTable keeps actions by all that they are asked for. Each list is in the
// order of the last writes.
type actionTable struct {
	byID     map[string]*catalog.Action
	open     []*catalog.Action
	opened   map[[2]string][]*catalog.Action // open ones, by connector and the tool's job
	byAsset  map[assetKind][]*catalog.Action
	byTarget map[targetKind][]*catalog.Action
	byRoot   map[string][]*catalog.Action
	byParent map[string]*catalog.Action
	byAsk    map[string]*catalog.Action
	orders   []*catalog.Action    // holds, pauses and what ends them
	kinds    []catalog.ActionKind // those there are
}

type assetKind struct {
	asset catalog.AssetID
	kind  catalog.ActionKind
}

type targetKind struct {
	target [2]string
	kind   catalog.ActionKind
}

func newActionTable() actionTable {
	return actionTable{byID: map[string]*catalog.Action{}, opened: map[[2]string][]*catalog.Action{},
		byAsset: map[assetKind][]*catalog.Action{}, byTarget: map[targetKind][]*catalog.Action{},
		byRoot: map[string][]*catalog.Action{}, byParent: map[string]*catalog.Action{}, byAsk: map[string]*catalog.Action{}}
}

// put adds an action, or replaces the one of its id.
func (t *actionTable) put(a catalog.Action) {
	row := own(a)
	if old := t.byID[a.ID]; old != nil {
		t.remove(old)
	}
	if !slices.Contains(t.kinds, a.Kind) {
		t.kinds = append(t.kinds, a.Kind)
	}
	t.byID[a.ID] = row
	add(t.byAsset, assetKind{a.Target, a.Kind}, row)
	add(t.byTarget, targetKind{target(row), a.Kind}, row)
	add(t.byRoot, a.Admission.Root, row)
	if slices.Contains(orders, a.Kind) {
		t.orders = append(t.orders, row)
	}
	t.byParent[a.ParentRunID] = row
	if a.Asked != nil {
		t.byAsk[a.Asked.Key] = row
	}
	if !a.State.Terminal() {
		t.open = append(t.open, row)
		add(t.opened, target(row), row)
	}
}

func (t *actionTable) remove(old *catalog.Action) {
	take(t.byAsset, assetKind{old.Target, old.Kind}, old)
	take(t.byTarget, targetKind{target(old), old.Kind}, old)
	take(t.byRoot, old.Admission.Root, old)
	if i := slices.Index(t.orders, old); i >= 0 {
		t.orders = slices.Delete(t.orders, i, i+1)
	}
	take(t.opened, target(old), old)
	t.open = leftOut(t.open, old)
}

func add[K comparable](table map[K][]*catalog.Action, k K, a *catalog.Action) {
	table[k] = append(table[k], a)
}

func take[K comparable](table map[K][]*catalog.Action, k K, a *catalog.Action) {
	table[k] = leftOut(table[k], a)
}

func leftOut(list []*catalog.Action, a *catalog.Action) []*catalog.Action {
	for i := len(list) - 1; i >= 0; i-- { // what moves was written lately
		if list[i] == a {
			return slices.Delete(list, i, i+1)
		}
	}
	return list
}

func target(a *catalog.Action) [2]string { return [2]string{a.Connector, a.ToolJob} }

// own copies all that an action shares with whoever handed it over. Its lists
// have no room to spare, so that what a reader appends goes elsewhere.
func own(a catalog.Action) *catalog.Action {
	a.Params = maps.Clone(a.Params)
	a.Policies = slices.Clip(slices.Clone(a.Policies))
	a.Demand = slices.Clip(slices.Clone(a.Demand))
	a.Pins = slices.Clip(slices.Clone(a.Pins))
	a.PredictedRunIDs = slices.Clip(slices.Clone(a.PredictedRunIDs))
	a.Transitions = slices.Clip(slices.Clone(a.Transitions))
	return &a
}

// find answers a query, newest first.
func (t *actionTable) find(q policies.ActionQuery) []catalog.Action {
	limit := limitOr(q.Limit, 50)
	var room [8]*catalog.Action
	found := room[:0]
	from := 0 // lists that gave something
	for _, list := range t.candidates(q) {
		n := 0
		for i := len(list) - 1; i >= 0 && (n < limit || q.Sent); i-- {
			if a := list[i]; actionFits(a, &q) {
				found = append(found, a)
				n++
			}
		}
		from += min(n, 1)
	}
	if from > 1 || q.Sent { // one list is in order
		slices.SortFunc(found, newestFirst(q))
	}
	out := make([]catalog.Action, min(len(found), limit))
	for i := range out {
		out[i] = *found[i]
	}
	return out
}

// candidates are the shortest lists that hold all that fit, each with the newest
// last.
func (t *actionTable) candidates(q policies.ActionQuery) (lists [][]*catalog.Action) {
	one := func(a *catalog.Action) [][]*catalog.Action {
		if a == nil {
			return nil
		}
		return [][]*catalog.Action{{a}}
	}
	kinds := q.Kinds
	if len(kinds) == 0 {
		kinds = t.kinds
	}
	switch {
	case q.Standing:
		return [][]*catalog.Action{t.standing()}
	case q.ID != "":
		return one(t.byID[q.ID])
	case q.AskKey != "":
		return one(t.byAsk[q.AskKey])
	case q.Root != "":
		return [][]*catalog.Action{t.byRoot[q.Root]}
	case len(q.ParentRunIDs) > 0:
		return t.ofParents(q.ParentRunIDs)
	case (q.Open || onlyOpen(q.States)) && q.Connector != "" && q.ToolJob != "":
		return [][]*catalog.Action{t.opened[[2]string{q.Connector, q.ToolJob}]}
	case (q.Open || onlyOpen(q.States)) && len(q.Assets) == 0 && q.Asset.IsZero():
		return [][]*catalog.Action{t.open}
	case !q.Asset.IsZero():
		return t.ofAssets([]catalog.AssetID{q.Asset}, kinds)
	case q.Connector != "" && q.ToolJob != "":
		for _, k := range kinds {
			lists = append(lists, t.byTarget[targetKind{[2]string{q.Connector, q.ToolJob}, k}])
		}
		return lists
	case len(q.Assets) > 0:
		return t.ofAssets(q.Assets, kinds)
	}
	return [][]*catalog.Action{t.inOrder(t.byID)}
}

// orders are of people, and hold until another one is given.
var orders = []catalog.ActionKind{catalog.ActionHold, catalog.ActionRelease, catalog.ActionPause, catalog.ActionResume}

// standing are the orders that no later one ended.
func (t *actionTable) standing() (out []*catalog.Action) {
	ended := map[any]bool{}
	for _, a := range slices.Backward(t.orders) {
		if a.State != catalog.ActionSucceeded {
			continue
		}
		of := any(a.Target)
		if a.Kind == catalog.ActionPause || a.Kind == catalog.ActionResume {
			of = target(a)
		}
		if a.Kind == catalog.ActionRelease || a.Kind == catalog.ActionResume {
			ended[of] = true
		} else if !ended[of] {
			out = append(out, a)
		}
	}
	slices.Reverse(out)
	return out
}

func (t *actionTable) inOrder(table map[string]*catalog.Action) []*catalog.Action {
	return slices.SortedFunc(maps.Values(table), func(a, b *catalog.Action) int { return cmp.Compare(a.Seq, b.Seq) })
}

func (t *actionTable) ofAssets(ids []catalog.AssetID, kinds []catalog.ActionKind) (lists [][]*catalog.Action) {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		for _, k := range kinds {
			lists = append(lists, t.byAsset[assetKind{id, k}])
		}
	}
	return lists
}

func actionFits(a *catalog.Action, q *policies.ActionQuery) bool {
	switch {
	case !q.Asset.IsZero() && a.Target != q.Asset, len(q.Assets) > 0 && !slices.Contains(q.Assets, a.Target), q.Connector != "" && a.Connector != q.Connector,
		q.ToolJob != "" && a.ToolJob != q.ToolJob, len(q.States) > 0 && !slices.Contains(q.States, a.State),
		len(q.Kinds) > 0 && !slices.Contains(q.Kinds, a.Kind), q.Parent != "" && a.Parent != q.Parent, q.Undated && !a.Nominal.IsZero(),
		q.AskKey != "" && (a.Asked == nil || a.Asked.Key != q.AskKey), q.Open && a.State.Terminal(), q.Closed && !a.State.Terminal(), q.Before > 0 && a.Seq >= q.Before, a.Seq <= q.After,
		q.Partition != nil && a.Partition != *q.Partition, !admissionFits(a, q):
		return false
	}
	return true
}
