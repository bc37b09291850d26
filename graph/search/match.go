package search

import (
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Match is where words of a query are in an asset.
type Match struct {
	Place Place
	// Text is what is written there: a name, a column, the description.
	Text string
}

// Place of an asset that is searched.
type Place string

// The places.
const (
	InName        Place = "NAME"
	InField       Place = "FIELD"
	InTag         Place = "TAG"
	InOwner       Place = "OWNER"
	InNamespace   Place = "NAMESPACE"
	InDescription Place = "DESCRIPTION"
)

// maxMatches bounds what is told of one asset.
const maxMatches = 5

// Matches says why an asset was found: for each word the first place that has
// it, names before all else. It looks at the asset as it is now.
func Matches(text string, a *catalog.Asset) []Match {
	list, err := words(text)
	if err != nil || len(list) == 0 {
		return nil
	}
	var out []Match
	places := placesOf(a)
	for _, w := range list {
		i := slices.IndexFunc(places, func(m Match) bool { return w.in(m.Text) })
		if i < 0 { // from a namespace into its name
			i = slices.IndexFunc(knownNames(a), func(n catalog.Name) bool { return w.in(n.Namespace + "/" + n.Name) })
		}
		if i >= 0 && !slices.Contains(out, places[i]) {
			out = append(out, places[i])
		}
	}
	return out[:min(len(out), maxMatches)]
}

// in reports whether a text has the word.
func (w word) in(text string) bool {
	for _, f := range forms(text) {
		for _, form := range w {
			if strings.Contains(f, form) {
				return true
			}
		}
	}
	return false
}

// placesOf begins with the known names.
func placesOf(a *catalog.Asset) (out []Match) {
	add := func(p Place, text string) { out = append(out, Match{p, text}) }
	names := knownNames(a)
	for _, n := range names {
		add(InName, n.Name)
	}
	for _, f := range a.Fields {
		add(InField, f.Name)
	}
	for _, t := range a.Tags {
		add(InTag, tagText(t))
	}
	for _, o := range a.Owners {
		add(InOwner, o.Name)
	}
	for _, n := range names {
		add(InNamespace, n.Namespace)
	}
	add(InDescription, a.Description)
	for _, f := range a.Fields {
		add(InDescription, f.Description)
	}
	return out
}
