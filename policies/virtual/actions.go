package virtual

import (
	"maps"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// actionTable keeps actions by all that they are asked for.
type actionTable struct {
	byID     map[string]*catalog.Action
	open     map[string]*catalog.Action
	byAsset  map[catalog.AssetID][]*catalog.Action
	byTarget map[[2]string][]*catalog.Action // connector and the tool's job
	byRoot   map[string][]*catalog.Action
	byParent map[string]*catalog.Action
}

func newActionTable() actionTable {
	return actionTable{byID: map[string]*catalog.Action{}, open: map[string]*catalog.Action{}, byAsset: map[catalog.AssetID][]*catalog.Action{}, byTarget: map[[2]string][]*catalog.Action{},
		byRoot: map[string][]*catalog.Action{}, byParent: map[string]*catalog.Action{}}
}

// put adds an action, or replaces the one of its id.
func (t *actionTable) put(a catalog.Action) {
	row := own(a)
	if old := t.byID[a.ID]; old != nil {
		t.byAsset[old.Target] = drop(t.byAsset[old.Target], old)
		t.byTarget[target(old)] = drop(t.byTarget[target(old)], old)
		t.byRoot[old.Admission.Root] = drop(t.byRoot[old.Admission.Root], old)
		delete(t.open, a.ID)
	}
	t.byID[a.ID] = row
	t.byAsset[a.Target] = append(t.byAsset[a.Target], row)
	t.byTarget[target(row)] = append(t.byTarget[target(row)], row)
	t.byRoot[a.Admission.Root] = append(t.byRoot[a.Admission.Root], row)
	t.byParent[a.ParentRunID] = row
	if !a.State.Terminal() {
		t.open[a.ID] = row
	}
}

func target(a *catalog.Action) [2]string { return [2]string{a.Connector, a.ToolJob} }

func drop(list []*catalog.Action, a *catalog.Action) []*catalog.Action {
	for i := len(list) - 1; i >= 0; i-- { // what moves was written lately
		if list[i] == a {
			return slices.Delete(list, i, i+1)
		}
	}
	return list
}

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
	var found []*catalog.Action
	for _, a := range t.candidates(q) {
		if actionFits(a, q) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, newestFirst(q))
	var out []catalog.Action
	for _, a := range found[:min(len(found), limitOr(q.Limit, 50))] {
		out = append(out, *a)
	}
	return out
}

// candidates is the shortest list that holds all that fit.
func (t *actionTable) candidates(q policies.ActionQuery) []*catalog.Action {
	switch {
	case q.ID != "":
		if a := t.byID[q.ID]; a != nil {
			return []*catalog.Action{a}
		}
		return nil
	case q.Root != "":
		return t.byRoot[q.Root]
	case len(q.ParentRunIDs) > 0:
		return t.ofParents(q.ParentRunIDs)
	case (q.Open || onlyOpen(q.States)) && len(q.Assets) == 0 && q.ToolJob == "":
		return slices.Collect(maps.Values(t.open))
	case !q.Asset.IsZero():
		return t.byAsset[q.Asset]
	case q.Connector != "" && q.ToolJob != "":
		return t.byTarget[[2]string{q.Connector, q.ToolJob}]
	case len(q.Assets) > 0:
		var out []*catalog.Action
		for i, id := range q.Assets {
			if !slices.Contains(q.Assets[:i], id) {
				out = append(out, t.byAsset[id]...)
			}
		}
		return out
	}
	return slices.Collect(maps.Values(t.byID))
}

func actionFits(a *catalog.Action, q policies.ActionQuery) bool {
	switch {
	case !q.Asset.IsZero() && a.Target != q.Asset, len(q.Assets) > 0 && !slices.Contains(q.Assets, a.Target), q.Connector != "" && a.Connector != q.Connector,
		q.ToolJob != "" && a.ToolJob != q.ToolJob, len(q.States) > 0 && !slices.Contains(q.States, a.State),
		len(q.Kinds) > 0 && !slices.Contains(q.Kinds, a.Kind), q.Parent != "" && a.Parent != q.Parent, q.Undated && !a.Nominal.IsZero(),
		q.AskKey != "" && (a.Asked == nil || a.Asked.Key != q.AskKey), q.Open && a.State.Terminal(), q.Closed && !a.State.Terminal(), q.Before > 0 && a.Seq >= q.Before, !admissionFits(a, q):
		return false
	}
	return true
}
