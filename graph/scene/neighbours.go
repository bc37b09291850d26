package scene

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Neighbours lists what a scene would draw next to its focus on one side, the
// worst off first. Their places are not set. cut says that there are more than
// were looked at.
func (r Reader) Neighbours(ctx context.Context, a Ask, d graph.Direction) (list []*Drawable, cut bool, err error) {
	if len(a.Focus) != 1 || d != graph.Upstream && d != graph.Downstream {
		return nil, false, fmt.Errorf("%w: neighbours are those of one asset, UPSTREAM or DOWNSTREAM", catalog.ErrInvalid)
	}
	f, s := newFans(ctx, r, a), sideOf(d)
	if err := f.name(a.Focus); err != nil {
		return nil, false, fmt.Errorf("neighbours: %w", err)
	}
	if err := f.load(s, a.Focus); err != nil {
		return nil, false, fmt.Errorf("neighbours: %w", err)
	}
	var ids []catalog.AssetID
	for _, n := range f.of(s, a.Focus[0]) {
		ids = append(ids, n.to)
	}
	slices.SortFunc(ids, f.worst)
	out := make([]*Drawable, len(ids))
	for i, id := range ids {
		out[i] = &Drawable{Asset: id, Name: f.labels[id].Name, Side: d, Span: 1}
	}
	return out, f.cut, nil
}
