package catalog

import (
	"cmp"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
)

// SuggestionReason says why two assets may be one.
type SuggestionReason string

// The reasons.
const (
	// SuggestCase: the names differ by case, in a store that keeps it.
	SuggestCase SuggestionReason = "CASE"
	// SuggestHost: the same name at the same host under another port, or under
	// the short form of the host's name.
	SuggestHost SuggestionReason = "HOST"
	// SuggestShortName: a table name with too few parts that fits several tables.
	SuggestShortName SuggestionReason = "SHORT_NAME"
	// SuggestFields: the last part of the name and all columns are the same, in
	// different namespaces.
	SuggestFields SuggestionReason = "FIELDS"
)

// Suggestion is a guess that assets are one. It never acts: an operator who
// agrees merges them, one who does not splits them, and it is not made again.
type Suggestion struct {
	Reason SuggestionReason
	// Names are the preferred candidates, one an asset, sorted; at most
	// MaxSuggestedNames of Total.
	Names []Name
	Total int
}

// MaxSuggestedNames bounds the names of one suggestion, MaxSuggestions the
// suggestions of a list.
const (
	MaxSuggestedNames = 10
	MaxSuggestions    = 1000
)

// SuggestInput is what a suggestion may be made from: a name in canonical form
// with its asset and, when its columns are known, their digest (FieldsDigest).
type SuggestInput struct {
	Name   Name
	Asset  AssetID
	Fields uint64
}

// FieldsDigest is equal for equal sets of column names, whatever their order
// and case; 0 when there are too few to say anything.
func FieldsDigest(fields []Field) uint64 {
	if len(fields) < 2 {
		return 0
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = strings.ToLower(f.Name)
	}
	slices.Sort(names)
	h := fnv.New64a()
	for _, n := range slices.Compact(names) {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return max(h.Sum64(), 1)
}

// suggestKey groups names that may be one.
type suggestKey struct {
	reason  SuggestionReason
	a, b, c string
	fields  uint64
}

// Suggest lists what is probably the same, at most limit, and whether that is
// all. parted says that an operator's split stands between two names.
func Suggest(in []SuggestInput, parted func(a, b Name) bool, limit int) (out []Suggestion, complete bool) {
	groups := map[suggestKey][]SuggestInput{}
	for _, s := range in {
		if s.Name.Type == TypeDataset && !Ephemeral(s.Name) {
			for _, k := range suggestKeys(s) {
				groups[k] = append(groups[k], s)
			}
		}
	}
	for k, list := range groups {
		if s, ok := suggestion(k, list, parted); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, compareSuggestions)
	out = slices.CompactFunc(out, func(a, b Suggestion) bool { return slices.Equal(a.Names, b.Names) })
	return out[:min(limit, len(out))], len(out) <= limit
}

func compareSuggestions(a, b Suggestion) int {
	return cmp.Or(slices.CompareFunc(a.Names, b.Names, Name.Compare), cmp.Compare(a.Reason, b.Reason))
}

func suggestKeys(s SuggestInput) []suggestKey {
	n := s.Name
	keys := []suggestKey{{reason: SuggestCase, a: n.Namespace, b: strings.ToLower(n.Name)}}
	if scheme, host, ok := suggestHost(n.Namespace); ok {
		keys = append(keys, suggestKey{reason: SuggestHost, a: scheme, b: firstLabel(host), c: n.Name})
	}
	if s.Fields != 0 {
		keys = append(keys, suggestKey{reason: SuggestFields, a: lastPart(n), fields: s.Fields})
	}
	return keys
}

// suggestHost gives scheme and host of a namespace that has them.
func suggestHost(ns string) (scheme, host string, ok bool) {
	r, authority := ruleOf(ns)
	if r == nil || r.verbatim || r.bare || r.rule == "glue" {
		return "", "", false
	}
	host, _ = splitPort(authority)
	return r.schemes[0], host, host != ""
}

func firstLabel(host string) string {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return host
	}
	label, _, _ := strings.Cut(host, ".")
	return label
}

// lastPart is the table of a name, or the last folder of a path.
func lastPart(n Name) string {
	name := strings.TrimRight(n.Name, "/")
	return strings.ToLower(name[strings.LastIndexAny(name, "./")+1:])
}

// suggestion keeps one name an asset, of those that the reason holds for.
func suggestion(k suggestKey, list []SuggestInput, parted func(a, b Name) bool) (Suggestion, bool) {
	if len(list) < 2 {
		return Suggestion{}, false
	}
	slices.SortFunc(list, func(a, b SuggestInput) int { return a.Name.Compare(b.Name) })
	var kept []SuggestInput
	for _, s := range list {
		if !slices.ContainsFunc(kept, func(o SuggestInput) bool { return o.Asset == s.Asset }) && fits(k.reason, list, s, parted) {
			kept = append(kept, s)
		}
		if len(kept) > MaxSuggestions { // nobody reads on
			break
		}
	}
	if len(kept) < 2 {
		return Suggestion{}, false
	}
	out := Suggestion{Reason: k.reason, Total: len(kept)}
	for _, s := range kept[:min(len(kept), MaxSuggestedNames)] {
		out.Names = append(out.Names, s.Name)
	}
	return out, true
}

// maxCompared bounds how many names of a group one is compared with.
const maxCompared = 100

// fits: some other asset of the group is probably this one.
func fits(reason SuggestionReason, list []SuggestInput, s SuggestInput, parted func(a, b Name) bool) bool {
	return slices.ContainsFunc(list[:min(len(list), maxCompared)], func(o SuggestInput) bool {
		if o.Asset == s.Asset || parted(s.Name, o.Name) {
			return false
		}
		switch reason {
		case SuggestHost:
			_, a, _ := suggestHost(s.Name.Namespace)
			_, b, _ := suggestHost(o.Name.Namespace)
			return a == b || !strings.Contains(a, ".") || !strings.Contains(b, ".")
		case SuggestFields:
			return o.Name.Namespace != s.Name.Namespace
		}
		return true
	})
}

// Ambiguous lists the short table names that fit several tables, as
// suggestions that an operator decides.
func (r *Resolver) Ambiguous() []Suggestion {
	var out []Suggestion
	for _, id := range r.shortened() {
		names := []Name{r.named(id)}
		assets := []AssetID{r.Asset(id)}
		for m := range r.meanings(id) {
			if a := r.Asset(m.b); !slices.Contains(assets, a) && !r.vetoed(id, m.b) {
				assets, names = append(assets, a), append(names, r.named(m.b))
			}
		}
		if len(names) < 2 {
			continue
		}
		slices.SortFunc(names, Name.Compare)
		out = append(out, Suggestion{SuggestShortName, names[:min(len(names), MaxSuggestedNames)], len(names)})
	}
	return out
}

// shortened are the short names that could mean something, each once.
func (r *Resolver) shortened() (out []NameID) {
	seen := map[NameID]bool{}
	for n := range r.links.Len() {
		l := r.stated(*r.links.At(uint32(n + 1)))
		if l.shortName() && !seen[l.a] {
			seen[l.a] = true
			out = append(out, l.a)
		}
	}
	return out
}

// Parted reports whether an operator's split stands between two names.
func (r *Resolver) Parted(a, b Name) bool { return r.vetoed(a.ID(), b.ID()) }
