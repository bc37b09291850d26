package search

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weirhq/weir/catalog"
)

// Query selects assets. Empty fields do not filter.
type Query struct {
	// Text is words that must all occur; see the package.
	Text string

	Type catalog.AssetType
	Kind catalog.DatasetKind
	// Namespace is that of the preferred name.
	Namespace string
	// Tool is who says that it runs the job (catalog.Asset.Integration), in
	// whatever case.
	Tool string
	// Owner is a name, Tag a key, of the asset or of a column.
	Owner, Tag string

	// Told are properties that the index does not know, such as how an asset
	// stands now.
	Told []Told

	// Readable says whether assets of a namespace may be found; nil: all may.
	Readable func(namespace string) bool `json:"-"`

	Removed   bool // also removed assets
	Internal  bool // also weir's own jobs
	Ephemeral bool // also throw-aways

	Order Order
	// First is how many, at most MaxFirst; 0 means 50.
	First int
	// After is the Cursor of the hit before.
	After string
}

// Told is a property of which somebody else than the index tells.
type Told struct {
	// Property is its name, another than those of Counts.By.
	Property string
	// Of tells what an asset has; empty: nothing.
	Of func(catalog.AssetID) string `json:"-"`
	// Only are the values that an asset may have; none filters not.
	Only []string
}

func (t Told) passes(id catalog.AssetID) bool {
	return len(t.Only) == 0 || slices.Contains(t.Only, t.Of(id))
}

// Order of an answer.
type Order string

// The orders. The zero Order is ByRelevance for a query with words; one without
// has only ByName.
const (
	ByRelevance Order = "RELEVANCE"
	ByName      Order = "NAME" // namespace, name and type of the preferred name
)

// Grade is how well a word fits an asset, and how well the worst of a query's
// words does; less is better.
type Grade uint8

// The grades.
const (
	Exact  Grade = iota // a whole name, or all of it behind a dot, slash or colon
	Part                // a part of a name begins with the word
	Within              // in the middle of a part of a name
	Label               // in the name of a column, a tag or an owner
	Other               // in a namespace or a description
	none
)

// Bounds of a query.
const (
	MaxFirst = 1000
	MaxText  = 500 // bytes
	MaxWords = 16
)

// word is a word of a query in its forms.
type word []string

func words(text string) ([]word, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: a search of %d bytes is longer than %d", catalog.ErrInvalid, len(text), MaxText)
	}
	spaced := strings.Map(func(r rune) rune {
		if foldRune(r) == ' ' {
			return ' '
		}
		return r
	}, text)
	var out []word
	for _, w := range strings.Fields(spaced) {
		if fold(w) != "" { // nothing but accents
			out = append(out, forms(w))
		}
	}
	if len(out) > MaxWords {
		return nil, fmt.Errorf("%w: a search of %d words has more than %d", catalog.ErrInvalid, len(out), MaxWords)
	}
	return out, nil
}

// gradeOf is how well a form fits the names of a piece that contains it.
func gradeOf(names, form []byte) Grade {
	best := Within
	first, size := utf8.DecodeRune(form)
	for at := bytes.Index(names, form); at >= 0; {
		before, _ := utf8.DecodeLastRune(names[:at])
		whole := names[at+len(form)] == '\n'
		switch {
		case whole && (before == '\n' || wordly(first) && strings.ContainsRune(`./\:`, before)):
			return Exact
		case before == '\n' || begins(before, first):
			best = Part
		}
		look := form
		if best == Part { // only a whole name would be better
			look = append(form[:len(form):len(form)], '\n')
		}
		next := bytes.Index(names[at+size:], look)
		if next < 0 {
			return best
		}
		at += size + next
	}
	return best
}

// plan is a query in the index's terms.
type plan struct {
	words []word
	typ   catalog.AssetType
	must  []fact
	not   hidden
	told  []Told
	// readable says whether assets of a namespace may be found; nil: all may.
	readable func(namespace string) bool

	order Order
	first int
}

func (q Query) plan() (p plan, err error) {
	if p.words, err = words(q.Text); err != nil {
		return p, err
	}
	if p.order = ByRelevance; q.Order == ByName || len(p.words) == 0 {
		p.order = ByName
	}
	if p.first = q.First; p.first <= 0 {
		p.first = 50
	}
	p.first = min(p.first, MaxFirst)
	p.told, p.readable = q.Told, q.Readable
	p.typ, p.not = q.Type, hiddenBits(!q.Removed, !q.Internal, !q.Ephemeral)
	for _, f := range []fact{{"namespace", q.Namespace}, {"kind", string(q.Kind)}, {"tool", strings.ToLower(q.Tool)}, {"owner", q.Owner}, {"tag", q.Tag}} {
		if f.value != "" {
			p.must = append(p.must, f)
		}
	}
	return p, nil
}

// denies reports whether the asker may not know of an entry.
func (p plan) denies(e *entry) bool { return p.readable != nil && !p.readable(e.name.Namespace) }

// place is where an asset stands in an answer.
type place struct {
	grade  Grade
	length int
	name   catalog.Name
}

// compare is the order of answers: by relevance all of a place counts, by name
// grade and length are zero.
func (a place) compare(b place) int {
	if c := cmp.Or(cmp.Compare(a.grade, b.grade), cmp.Compare(a.length, b.length)); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.name.Namespace, b.name.Namespace), strings.Compare(a.name.Name, b.name.Name), cmp.Compare(a.name.Type, b.name.Type))
}
