package gql

import (
	"context"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
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
	{"owner", gen.AssetPropertyOwner}, {"tag", gen.AssetPropertyTag}, {"state", gen.AssetPropertyState},
}

// AssetCounts counts what Assets lists.
func (q query) AssetCounts(ctx context.Context, text *string, filter *gen.AssetFilter) (*gen.AssetCounts, error) {
	sq := q.searchOf(filter)
	sq.Text, sq.State = deref(text), q.stateOf()
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

// stateOf says how assets stand now, NONE for those that no policy bounds.
func (r *reads) stateOf() func(catalog.AssetID) string {
	all := r.standings()
	return func(id catalog.AssetID) string {
		if f := all[id]; f != nil {
			return string(f.F.State)
		}
		return string(policies.NoFreshness)
	}
}
