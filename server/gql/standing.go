package gql

import (
	"context"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Standing counts how the assets of each policy stand, in one look at all.
func (r rules) Standing(ctx context.Context, objs []*model.Policy) ([]*gen.PolicyStanding, error) {
	by := map[string][]policies.Evaluated{}
	for _, e := range policies.Standings(r.Judge.Evaluations()) {
		by[e.Policy.Name] = append(by[e.Policy.Name], e)
	}
	out := make([]*gen.PolicyStanding, len(objs))
	for i, o := range objs {
		out[i] = &gen.PolicyStanding{Counts: countsOf(by[o.P.Name])}
		if list := by[o.P.Name]; len(list) > 0 {
			b, err := query(r).budget(ctx, list[0])
			if err != nil {
				return nil, err
			}
			out[i].Worst = &model.Sla{E: list[0], B: b}
		}
	}
	return out, nil
}

// countsOf counts states; the list is ordered by them.
func countsOf(list []policies.Evaluated) []*gen.FreshnessCount {
	out := []*gen.FreshnessCount{}
	for _, e := range list {
		state := policies.FreshnessOf(e).State
		if n := len(out); n > 0 && out[n-1].State == state {
			out[n-1].Count++
			continue
		}
		out = append(out, &gen.FreshnessCount{State: state, Count: 1})
	}
	return out
}

// maxSource bounds the files of one answer, as what may be applied is bounded.
const maxSource = 1 << 20

// PolicySource shows the policies in force as files.
func (q query) PolicySource(ctx context.Context) (*gen.PolicySource, error) {
	source, err := q.PolicyDesk.Source(ctx)
	if err != nil {
		return nil, err
	}
	files, editable, err := q.PolicyDesk.Files(ctx)
	if err != nil {
		return nil, err
	}
	out := &gen.PolicySource{Source: source, Editable: editable, Files: []*catalog.PolicyFile{}, Complete: true}
	size := 0
	for _, f := range files {
		if size += len(f.Path) + len(f.Text); size > maxSource {
			out.Complete = false
			break
		}
		out.Files = append(out.Files, &f)
	}
	return out, nil
}
