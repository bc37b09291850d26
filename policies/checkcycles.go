package policies

import (
	"context"
	"strings"
)

// cycles finds cycles of triggers that show only once names are resolved: two
// names of one asset close a circle that the files alone do not have.
func (g *Gatherer) cycles(ctx context.Context, pairs []Match) (out []FileError, err error) {
	next, of, name := map[string][]string{}, map[string]*Policy{}, map[string]string{}
	input := map[string]string{} // to and from -> the input as written
	for _, m := range pairs {
		to := m.Asset.String()
		of[to], name[to] = m.Policy, m.Policy.Select.String()
		for _, in := range m.Policy.Inputs {
			if !in.pulls() {
				continue
			}
			id, _, err := g.resolve(ctx, in.Selector)
			if err != nil {
				return nil, err
			}
			if from := id.String(); from != to {
				next[to], input[to+from] = append(next[to], from), in.Selector.String()
			}
		}
	}
	done := map[string]bool{}
	for _, m := range pairs {
		path := cycleFrom(m.Asset.String(), next, nil, done)
		if path == nil {
			continue
		}
		said := make([]string, len(path))
		for i, at := range path {
			said[i] = name[at]
		}
		out = append(out, *of[path[0]].fault(at("inputs", input[path[0]+path[1]]), "E110", "make one of these inputs trigger: false", "trigger cycle, under all names: %s", strings.Join(said, " <- ")))
	}
	return out, nil
}
