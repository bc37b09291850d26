package gql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
)

// maxValues bounds how many values of a property are told: more are no choice
// that anybody reads.
const maxValues = 50

var properties = []struct {
	name string
	is   gen.AssetProperty
}{
	{"type", gen.AssetPropertyType}, {"kind", gen.AssetPropertyKind}, {"tool", gen.AssetPropertyTool}, {"namespace", gen.AssetPropertyNamespace},
	{"owner", gen.AssetPropertyOwner}, {"tag", gen.AssetPropertyTag}, {"state", gen.AssetPropertyState}, {"mode", gen.AssetPropertyMode},
	{lastRun, gen.AssetPropertyLastRun},
}

// AssetCounts counts what Assets lists.
func (q query) AssetCounts(ctx context.Context, text *string, filter *gen.AssetFilter) (*gen.AssetCounts, error) {
	sq := q.searchOf(filter)
	sq.Text = deref(text)
	if sq.Told == nil {
		sq.Told = q.judged(nil)
	}
	failed, err := q.failed(ctx, filter)
	if err != nil {
		return nil, err
	}
	sq.Told = append(sq.Told, failed)
	c, err := q.Search.Counts(ctx, sq)
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	out := &gen.AssetCounts{Total: c.Total, DeniedByRole: c.Denied, By: []*gen.AssetBreakdown{}, Position: c.Position}
	for _, p := range properties {
		list := c.By[p.name]
		b := &gen.AssetBreakdown{Property: p.is, Values: []*gen.ValueCount{}, More: max(0, len(list)-maxValues)}
		for _, v := range list[:min(len(list), maxValues)] {
			if p.is == gen.AssetPropertyType {
				v.Value = strings.ToUpper(v.Value) // as AssetType spells it
			}
			b.Values = append(b.Values, &gen.ValueCount{Value: v.Value, Count: v.N})
		}
		out.By = append(out.By, b)
	}
	return out, nil
}

// judged are the properties that the search index does not know, with what of each
// is asked for.
func (r *reads) judged(f *gen.AssetFilter) []search.Told {
	all := r.Judge.Evaluations()
	state, mode := search.Told{Property: "state", Of: stateOf(all)}, search.Told{Property: "mode", Of: modeOf(all)}
	if f != nil {
		state.Only, mode.Only = texts(f.States), texts(f.Modes)
	}
	return []search.Told{state, mode}
}

// lastRun is the property of how the last run of a job ended: told of those that
// failed.
const lastRun = "lastRun"

// failed tells whose last run failed.
func (r *reads) failed(ctx context.Context, f *gen.AssetFilter) (search.Told, error) {
	jobs, err := r.History.FailedJobs(ctx)
	t := search.Told{Property: lastRun, Of: func(id catalog.AssetID) string {
		if _, failed := jobs[id]; failed {
			return string(catalog.RunFailed)
		}
		return ""
	}}
	if f != nil && deref(f.LastRunFailed) {
		t.Only = []string{string(catalog.RunFailed)}
	}
	return t, err
}

func texts[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// stateOf says how assets stand now, NONE for those that no policy bounds.
func stateOf(list []policies.Evaluated) func(catalog.AssetID) string {
	all := worstOf(list)
	return func(id catalog.AssetID) string {
		if f := all[id]; f != nil {
			return string(f.F.State)
		}
		return string(policies.NoFreshness)
	}
}

// modeOf says what the policies of assets may do, of several the one that may
// most; nothing of an asset that no policy selects.
func modeOf(list []policies.Evaluated) func(catalog.AssetID) string {
	all := map[catalog.AssetID]catalog.Mode{}
	for _, e := range list {
		if old, ok := all[e.Asset]; !ok || reach(e.Policy.Mode) > reach(old) {
			all[e.Asset] = e.Policy.Mode
		}
	}
	return func(id catalog.AssetID) string { return string(all[id]) }
}

// reach orders modes: each may what those before it may.
func reach(m catalog.Mode) int {
	return slices.Index([]catalog.Mode{catalog.ModeObserve, catalog.ModeShadow, catalog.ModeGate, catalog.ModeAct, catalog.ModeActCancel}, m)
}
