package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/weirhq/weir/policies"
)

// hash makes the plan's hash: of both sets, and of what each change means on
// the graph. What moves with the clock alone (ticks, deadlines, counts, what
// would be decided now) is no part of it.
func hash(before, after *policies.Set, p Plan, pairs []pair) string {
	type meaning struct {
		Policy, Asset  string
		Mode           string
		Starts, Target string
		Edges          []Edge
	}
	content := struct {
		Base          int64
		Before, After []string
		Pairs         []string
		Means         []meaning
	}{Base: p.Base, Before: digests(before), After: digests(after)}
	for _, x := range pairs {
		content.Pairs = append(content.Pairs, x.key())
	}
	for _, e := range p.Effects {
		for _, o := range []*Outlook{e.Before, e.After} {
			m := meaning{Policy: e.Policy, Asset: e.Name.String()}
			if o != nil {
				m.Mode, m.Starts, m.Target, m.Edges = string(o.Mode), o.Starts, o.Connector, o.Edges
			}
			content.Means = append(content.Means, m)
		}
	}
	b, err := json.Marshal(content)
	if err != nil {
		panic("plan: " + err.Error()) // plain values
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// digests are what the documents say, in order: files, comments and spelling
// are no part of it.
func digests(s *policies.Set) (out []string) {
	for _, d := range s.Documents() {
		var b strings.Builder
		b.WriteString(d.Kind + " " + d.Name + "\n")
		for _, f := range d.Fields {
			b.WriteString(f.Key + "=" + f.Value + "\n")
		}
		out = append(out, b.String())
	}
	slices.Sort(out)
	return out
}
