package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// want: versions_behind, of models: so many changed versions of the chosen
// inputs may have come, all together, that the last success did not read.

// maxBehind bounds the number; maxCounted how many versions of one input are
// looked through for those that changed something.
const (
	maxBehind  = 100
	maxCounted = 500
)

// Behind is how many changed versions of an input the last success did not
// read. Cut: there are more than were looked through.
type Behind struct {
	Versions int
	Cut      bool
}

// behind reads versions_behind: a number, or { at_most, of } with the inputs
// that count; all of them by default.
func (c *checker) behind(p *Policy, v any) {
	const hint = `versions_behind: 3, or { at_most: 3, of: ["dataset:NAMESPACE/NAME"] }`
	where := at("want", string(WantBehind))
	number, of := v, []Selector(nil)
	if m, ok := v.(map[string]any); ok {
		number = m["at_most"]
		for k := range m {
			if k != "at_most" && k != "of" {
				c.fail(where.then(k), "E101", hint, "unknown key %q", k)
			}
		}
		of = c.chosen(p, where.then("of"), m["of"])
	}
	n, ok := whole(number)
	if !ok || n < 0 || n > maxBehind {
		c.fail(where, "E106", hint, "versions_behind is a whole number from 0 to %d, not %v", maxBehind, number)
	}
	if len(p.Inputs) == 0 {
		c.fail(where, "E106", "list the inputs whose versions count", "versions_behind without inputs")
	}
	p.Want.Behind = n
	for i := range p.Inputs {
		p.Inputs[i].Counted = len(of) == 0 || slices.ContainsFunc(of, func(s Selector) bool { return s.String() == p.Inputs[i].Selector.String() })
	}
}

// chosen are inputs of the policy, by name.
func (c *checker) chosen(p *Policy, where place, v any) (out []Selector) {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, x := range list {
		s := c.selector(where, x)
		if s.Text != "" && !slices.ContainsFunc(p.Inputs, func(in Input) bool { return in.Selector.String() == s.String() }) {
			c.fail(where, "E114", "list it under inputs", "%s is no input of the policy", s)
		}
		out = append(out, s)
	}
	return out
}

// pulls: a version of the input alone may start the policy's asset.
func (in Input) pulls() bool { return in.Trigger || in.Counted }

// atomBehind: more changed versions came than the asset may be behind.
func atomBehind(p *Policy, s Snapshot) catalog.Reason {
	r := catalog.Reason{Atom: string(WantBehind), Value: catalog.False}
	if s.Produced == nil && p.OnFirst == FirstWait {
		r.Says = "nothing was made yet: on_first is wait"
		return r
	}
	total, cut := 0, false
	var each []string
	for _, in := range s.counted(p) {
		total, cut = total+in.Behind.Versions, cut || in.Behind.Cut
		each = append(each, fmt.Sprintf("%d of %s", in.Behind.Versions, in.Name.Name))
		r.Evidence = append(r.Evidence, in.newestID.of(in.Newest))
	}
	of := strings.Join(each, ", ")
	switch {
	case s.Produced == nil && total > 0:
		r.Value, r.Says = catalog.True, "nothing was made yet, and its inputs have data"
	case total > p.Want.Behind:
		r.Value, r.Says = catalog.True, fmt.Sprintf("%d changed versions were not read (%s), at most %d may be", total, of, p.Want.Behind)
	case cut:
		r.Value, r.Says = catalog.Unknown, fmt.Sprintf("more versions came than are looked through, %d of them changed (%s)", total, of)
	case total == 0:
		r.Says = "the last success read the newest of what counts"
	default:
		r.Says = fmt.Sprintf("%d changed versions were not read (%s), %d may be", total, of, p.Want.Behind)
	}
	return r
}

// counted are the chosen inputs with something new.
func (s Snapshot) counted(p *Policy) (out []InputView) {
	for _, in := range s.Inputs {
		if !in.Counted || in.Newest == nil {
			continue
		}
		if s.Produced == nil || atomNew(p, s, in).Value == catalog.True {
			out = append(out, in)
		}
	}
	return out
}

// demandBehind are the newest versions of what counts.
func demandBehind(p *Policy, s Snapshot) (out []catalog.DemandElement) {
	if p.Want.Kind != WantBehind || atomBehind(p, s).Value != catalog.True {
		return nil
	}
	for _, in := range s.counted(p) {
		out = append(out, catalog.DemandElement(in.newestID.of(in.Newest)))
	}
	return out
}

// behind counts the versions of an input that came after the one that was read
// and changed its data; where the store names no versions each counts.
func (g *Gatherer) behind(r *reader, p *Policy, s *Snapshot) error {
	if p.Want.Kind != WantBehind {
		return nil
	}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		if !in.Counted || in.Newest == nil {
			continue
		}
		q := VersionQuery{Dataset: in.Newest.Asset, Untainted: true, Limit: maxCounted + 1}
		data := ""
		if in.Pinned != nil {
			q.After, data = in.Pinned.ProducedAt, in.Pinned.DataVersion
		}
		list, err := g.History.Versions(r.ctx, q)
		if err != nil {
			return err
		}
		in.Behind = Behind{Cut: len(list) > maxCounted}
		for _, v := range slices.Backward(list) {
			if in.Pinned != nil && !in.Pinned.Before(v) {
				continue
			}
			if v.DataVersion == "" || v.DataVersion != data {
				in.Behind.Versions++
			}
			data = v.DataVersion
		}
	}
	return nil
}
