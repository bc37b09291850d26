package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Hint is what a tool says of one asset, in the keys of a policy.
type Hint struct {
	// From says where it stands, for people: file and place.
	From string
	// Name is what the policy would be called; what a name may not have is
	// replaced.
	Name  string
	Asset catalog.Name
	// Keys are those of a policy's document, without kind, name and select.
	Keys map[string]any
	// Notes are what was said and has no place in a policy.
	Notes []string
}

// Proposal is a policy that is proposed.
type Proposal struct {
	Name  string `json:"name"`
	Asset string `json:"asset"`
	From  string `json:"from"`
	YAML  string `json:"yaml"`
}

// Note is something that was found and is not proposed, and why.
type Note struct {
	From string `json:"from"`
	Says string `json:"says"`
}

// Result is what files give, both lists in the order of the files.
type Result struct {
	Proposals []Proposal `json:"proposals"`
	Notes     []Note     `json:"notes"`
}

// Of makes proposals of hints. An asset that has a policy of its own in have is
// left to that; a hint that makes no right policy is noted with what is wrong.
func Of(hints []Hint, have *policies.Set) Result {
	r := Result{Proposals: []Proposal{}, Notes: []Note{}}
	names, given := map[string]bool{}, map[string]Proposal{}
	for _, p := range have.Policies {
		names[p.Name] = true
	}
	for _, h := range hints {
		if p := about(have, h.Asset); p != nil {
			r.Notes = append(r.Notes, Note{h.From, fmt.Sprintf("policy %s (%s:%d) is about %s already", p.Name, p.File, p.Line, h.Asset)})
			continue
		}
		if o, ok := given[h.Asset.String()]; ok {
			r.Notes = append(r.Notes, Note{h.From, fmt.Sprintf("%s is proposed for %s already, from %s", o.Name, h.Asset, o.From)})
			continue
		}
		p := Proposal{Name: free(slug(h.Name), names), Asset: h.Asset.String(), From: h.From}
		text, err := document(p.Name, h)
		if err == nil {
			_, err = policies.Parse("proposal", []byte(text))
		}
		if err != nil {
			r.Notes = append(r.Notes, Note{h.From, strings.ReplaceAll("makes no policy: "+err.Error(), "\n", "; ")})
			continue
		}
		p.YAML = text
		names[p.Name], given[p.Asset] = true, p
		r.Proposals = append(r.Proposals, p)
	}
	return r
}

// about is the policy that names an asset exactly.
func about(set *policies.Set, n catalog.Name) *policies.Policy {
	for _, p := range set.Policies {
		if !p.Select.Glob() && p.Select.String() == n.String() {
			return p
		}
	}
	return nil
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a text as a policy may be called.
func slug(s string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(s), "-"), "-")
}

// free is a name that nothing has yet.
func free(name string, taken map[string]bool) string {
	out := name
	for i := 2; taken[out]; i++ {
		out = fmt.Sprintf("%s-%d", name, i)
	}
	return out
}

// document writes the policy, with where it came from above it.
func document(name string, h Hint) (string, error) {
	doc := yaml.MapSlice{{Key: "apiVersion", Value: "weir.dev/v1"}, {Key: "kind", Value: "Policy"}, {Key: "name", Value: name},
		{Key: "select", Value: yaml.MapSlice{{Key: "asset", Value: h.Asset.String()}}}}
	keys := make([]string, 0, len(h.Keys))
	for k := range h.Keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if slices.Contains([]string{"apiVersion", "kind", "name", "select"}, k) {
			return "", fmt.Errorf("%s is not for a hint to say", k)
		}
		doc = append(doc, yaml.MapItem{Key: k, Value: h.Keys[k]})
	}
	b, err := yaml.Marshal(doc)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, line := range append([]string{"Proposed from " + h.From}, h.Notes...) {
		out.WriteString("# " + oneLine(line) + "\n")
	}
	return out.String() + string(b), nil
}

// oneLine keeps a text inside its comment.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
