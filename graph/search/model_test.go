package search_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/search"
)

// naive answers queries as the package's doc says it, one asset and one letter
// after the other, over the letters that the test makes texts of.
type naive map[catalog.AssetID]catalog.Asset

var (
	plain   = strings.NewReplacer("A", "a", "B", "b", "é", "e", "É", "e", "-", "_", "\t", " ", "\x00", " ")
	humps   = regexp.MustCompile(`([a-zé0-9])([ABÉ])`)
	acronym = regexp.MustCompile(`([ABÉ])([ABÉ][a-zé])`)
)

func naiveForms(s string) []string {
	snake := s
	for range 3 { // matches do not overlap
		snake = acronym.ReplaceAllString(humps.ReplaceAllString(snake, "${1}_${2}"), "${1}_${2}")
	}
	return []string{plain.Replace(s), plain.Replace(snake)}
}

func contains(text, word string) bool {
	for _, t := range naiveForms(text) {
		for _, w := range naiveForms(word) {
			if strings.Contains(t, w) {
				return true
			}
		}
	}
	return false
}

func isWord(r rune) bool  { return strings.ContainsRune("abe12高売", r) }
func isDigit(r rune) bool { return r == '1' || r == '2' }

// inName grades a word in one name.
func inName(name, word string) search.Grade {
	best := search.Label
	for _, t := range naiveForms(name) {
		for _, w := range naiveForms(word) {
			for at := range t {
				if !strings.HasPrefix(t[at:], w) {
					continue
				}
				first, _ := utf8.DecodeRuneInString(w)
				before, _ := utf8.DecodeLastRuneInString(t[:at])
				g := search.Within
				if at == 0 || isWord(first) && (!isWord(before) || first > 1000 || isDigit(first) && !isDigit(before)) {
					g = search.Part
				}
				if at+len(w) == len(t) && (at == 0 || isWord(first) && strings.ContainsRune("./:", before)) {
					g = search.Exact
				}
				best = min(best, g)
			}
		}
	}
	return best
}

// across grades a word that begins in a namespace and ends in a name.
func across(a catalog.Asset, word string) search.Grade {
	best := search.Label
	for _, w := range naiveForms(word) {
		for i := range w {
			if w[i] != '/' || i == 0 || i == len(w)-1 {
				continue
			}
			in := slices.ContainsFunc(a.Names, func(n catalog.KnownName) bool { return strings.HasSuffix(plain.Replace(n.Name.Namespace), w[:i]) })
			for _, n := range a.Names {
				for _, t := range naiveForms(n.Name.Name) {
					if in && strings.HasPrefix(t, w[i+1:]) {
						best = min(best, search.Part)
					}
					if in && t == w[i+1:] {
						best = search.Exact
					}
				}
			}
		}
	}
	return best
}

// grade of one word, Other+1 for none.
func gradeIn(a catalog.Asset, word string) search.Grade {
	best := across(a, word)
	for _, n := range a.Names {
		best = min(best, inName(n.Name.Name, word))
	}
	if best < search.Label {
		return best
	}
	for _, f := range a.Fields {
		if contains(f.Name, word) {
			return search.Label
		}
	}
	for _, t := range a.Tags {
		if contains(strings.TrimSuffix(t.Key+"="+t.Value, "="), word) {
			return search.Label
		}
	}
	for _, o := range a.Owners {
		if contains(o.Name, word) {
			return search.Label
		}
	}
	for _, w := range naiveForms(word) {
		other := plain.Replace(a.Description)
		for _, n := range a.Names {
			other += "\n" + plain.Replace(n.Name.Namespace)
		}
		if strings.Contains(other, w) {
			return search.Other
		}
	}
	return search.Other + 1
}

func (m naive) find(q search.Query) []catalog.AssetID {
	grades := map[catalog.AssetID]search.Grade{}
	var out []catalog.AssetID
	words := strings.Fields(strings.ReplaceAll(q.Text, "\x00", " "))
	for id, a := range m {
		g := search.Exact
		for _, w := range words {
			g = max(g, gradeIn(a, w))
		}
		tagged := slices.ContainsFunc(a.Tags, func(t catalog.Tag) bool { return t.Key == q.Tag })
		if g > search.Other || q.Tag != "" && !tagged || q.Namespace != "" && a.Name.Namespace != q.Namespace || q.Type != 0 && a.Type != q.Type ||
			a.RemovedAt != nil && !q.Removed || a.Internal && !q.Internal || a.Ephemeral && !q.Ephemeral {
			continue
		}
		grades[id] = g
		out = append(out, id)
	}
	slices.SortFunc(out, func(x, y catalog.AssetID) int {
		a, b := m[x].Name, m[y].Name
		c := 0
		if q.Order != search.ByName && len(words) > 0 {
			c = cmp.Or(cmp.Compare(grades[x], grades[y]), cmp.Compare(utf8.RuneCountInString(a.Name), utf8.RuneCountInString(b.Name)))
		}
		return cmp.Or(c, strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
	return out
}

func genText(rt *rapid.T, what string, most int) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("aabbABéÉ12._-/:高売")), 1, most, -1).Draw(rt, what)
}

func genAsset(rt *rapid.T) catalog.Asset {
	n := catalog.Name{Type: rapid.SampledFrom([]catalog.AssetType{catalog.TypeDataset, catalog.TypeJob}).Draw(rt, "type"), Namespace: genText(rt, "namespace", 3), Name: genText(rt, "name", 5)}
	a := catalog.Asset{ID: catalog.AssetID(n.ID()), Type: n.Type, Name: n, Names: []catalog.KnownName{{Name: n}}}
	if rapid.Bool().Draw(rt, "alias") {
		a.Names = append(a.Names, catalog.KnownName{Name: catalog.Name{Type: n.Type, Namespace: genText(rt, "alias namespace", 3), Name: genText(rt, "alias", 5)}})
	}
	for range rapid.IntRange(0, 2).Draw(rt, "fields") {
		a.Fields = append(a.Fields, catalog.Field{Name: genText(rt, "field", 5)})
	}
	if rapid.Bool().Draw(rt, "more") {
		a.Tags = []catalog.Tag{{Key: rapid.SampledFrom([]string{"a", "b1"}).Draw(rt, "tag"), Value: rapid.SampledFrom([]string{"", "a"}).Draw(rt, "value")}}
		a.Owners = []catalog.Owner{{Name: genText(rt, "owner", 4)}}
		a.Description = genText(rt, "description", 4) + " " + genText(rt, "description", 4)
	}
	gone := time.Unix(1, 0)
	switch rapid.IntRange(0, 8).Draw(rt, "state") {
	case 0:
		a.RemovedAt = &gone
	case 1:
		a.Internal = true
	case 2:
		a.Ephemeral = true
	}
	return a
}

func genQuery(rt *rapid.T) search.Query {
	q := search.Query{First: rapid.IntRange(1, 4).Draw(rt, "first"), Order: rapid.SampledFrom([]search.Order{"", search.ByName, search.ByRelevance}).Draw(rt, "order")}
	for range rapid.IntRange(0, 3).Draw(rt, "words") {
		q.Text += genText(rt, "word", 4) + rapid.SampledFrom([]string{" ", "\t", "\x00"}).Draw(rt, "space")
	}
	q.Tag = rapid.SampledFrom([]string{"", "", "", "a"}).Draw(rt, "tag")
	q.Type = rapid.SampledFrom([]catalog.AssetType{0, 0, catalog.TypeJob}).Draw(rt, "type")
	q.Removed, q.Internal, q.Ephemeral = rapid.Bool().Draw(rt, "removed"), rapid.Bool().Draw(rt, "internal"), rapid.Bool().Draw(rt, "ephemeral")
	return q
}

// TestModel: after any changes and restarts, an answer page by page is the naive
// one, in its order, and stays it when something is added between two pages.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), "search.db")
		i, m := open(t, path), naive{}
		pos := catalog.Position(0)
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			c := genChange(rt, m, pos)
			pos = c.Position
			if err := i.Apply(rt.Context(), c); err != nil {
				rt.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				i.Close()
				i = open(t, path)
			}
		}
		q := genQuery(rt)
		if got, want := all(rt, i, q, nil), m.find(q); !slices.Equal(got, want) {
			rt.Fatalf("%+v finds %v, want %v", q, m.say(got), m.say(want))
		}
		before := m.find(q)
		late := genAsset(rt)
		m[late.ID] = late
		got := all(rt, i, q, func() { apply(t, i, change(pos, pos+1, late)) })
		got = slices.DeleteFunc(got, func(id catalog.AssetID) bool { return id == late.ID })
		before = slices.DeleteFunc(before, func(id catalog.AssetID) bool { return id == late.ID })
		if !slices.Equal(got, before) {
			rt.Fatalf("%+v finds %v while %v is added, want %v", q, m.say(got), late.Name, m.say(before))
		}
		i.Close()
	})
}

func genChange(rt *rapid.T, m naive, pos catalog.Position) graph.Change {
	c := graph.Change{After: pos, Position: pos + 1}
	if rapid.IntRange(0, 9).Draw(rt, "reset") == 0 {
		c.Reset = true
		clear(m)
	}
	for _, id := range slices.SortedFunc(keys(m), catalog.AssetID.Compare) {
		if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
			c.Removed = append(c.Removed, id)
			delete(m, id)
		}
	}
	for range rapid.IntRange(0, 6).Draw(rt, "rows") {
		a := genAsset(rt)
		if slices.Contains(c.Removed, a.ID) || slices.ContainsFunc(c.Rows, func(r graph.Row) bool { return r.Asset.ID == a.ID }) {
			continue
		}
		m[a.ID] = a
		c.Rows = append(c.Rows, graph.Row{Asset: a})
	}
	return c
}

func keys(m naive) func(func(catalog.AssetID) bool) {
	return func(yield func(catalog.AssetID) bool) {
		for id := range m {
			if !yield(id) {
				return
			}
		}
	}
}

// all reads every page; between is called after the first.
func all(rt *rapid.T, i *search.Index, q search.Query, between func()) (out []catalog.AssetID) {
	for {
		p, err := i.Find(rt.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		for _, h := range p.Hits {
			out = append(out, h.Asset)
			q.After = h.Cursor
		}
		if !p.HasNext {
			return out
		}
		if between != nil {
			between()
			between = nil
		}
	}
}

func (m naive) say(ids []catalog.AssetID) (out []string) {
	for _, id := range ids {
		out = append(out, fmt.Sprintf("%+v", m[id]))
	}
	return out
}

// FuzzFind: no text and no cursor is more than a text and a cursor.
func FuzzFind(f *testing.F) {
	i := open(f, filepath.Join(f.TempDir(), "search.db"))
	apply(f, i, change(0, 1, shop()...))
	for _, s := range []string{"orders", `" OR NEAR( *:'; --`, "ÅÄÖ\x00 ﬁ ﷺ", "\xff\xfe", "//a/", "İıſẞ", "高\u0301", strings.Repeat("é", 300)} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, text, cursor string) {
		p, err := i.Find(t.Context(), search.Query{Text: text, After: cursor})
		blank := strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) == ""
		if err != nil || blank || strings.Contains(text, "/") { // a word across namespace and name is in neither
			return
		}
		for _, h := range p.Hits {
			for _, a := range shop() {
				if a.ID == h.Asset && len(search.Matches(text, &a)) == 0 {
					t.Errorf("%q finds %s and nothing says why", text, a.Name)
				}
			}
		}
	})
}
