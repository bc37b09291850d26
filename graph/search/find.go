package search

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/weirhq/weir/catalog"
)

// Page is a part of an answer.
type Page struct {
	Hits []Hit
	// HasNext: more follow the last hit.
	HasNext bool
	// Position is what the index had applied when it was asked.
	Position catalog.Position
}

// Hit is an asset that was found.
type Hit struct {
	Asset catalog.AssetID
	// Grade of the weakest word; Exact for a query without words.
	Grade Grade
	// Cursor continues behind the hit.
	Cursor string
}

// Find answers a query. The answer is of one moment; a page never repeats what
// a page before it had, and leaves nothing out that stayed as it was.
func (i *Index) Find(ctx context.Context, q Query) (Page, error) {
	p, err := q.plan()
	if err != nil {
		return Page{}, err
	}
	f := finder{plan: p, sign: q.sign()}
	if q.After != "" {
		if f.after, err = f.parse(q.After); err != nil {
			return Page{}, err
		}
	}
	if err := i.load(ctx); err != nil {
		return Page{}, fmt.Errorf("search: %w", err)
	}
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.closed {
		return Page{}, errClosed
	}
	f.memory = i.memory
	if err := f.find(ctx); err != nil {
		return Page{}, err
	}
	return f.page(), nil
}

// finder answers one query.
type finder struct {
	plan
	*memory
	sign  string
	after *place
	facts []int32
	best  []candidate // in order, at most one more than asked for
}

type candidate struct {
	place
	grade Grade // also in an answer by name
	entry int32
}

func (f *finder) find(ctx context.Context) error {
	for _, m := range f.must {
		id, ok := f.memory.facts[m]
		if !ok {
			return nil // nothing passes
		}
		f.facts = append(f.facts, id)
	}
	alive := make([]bool, len(f.entries)) // what may still be part of the answer
	for n := range f.entries {
		alive[n] = f.passes(&f.entries[n])
	}
	grades := make([][]Grade, len(f.words))
	for i, w := range f.words {
		grades[i] = f.inNames(w, alive)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	// What is in names comes before all else: a page full of it is the answer.
	if f.order == ByRelevance {
		if f.choose(alive, grades); len(f.best) > f.first {
			return nil
		}
	}
	for i, w := range f.words {
		f.elsewhere(w, alive, grades[i])
		for n, g := range grades[i] {
			alive[n] = alive[n] && g < none
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	f.choose(alive, grades)
	return nil
}

// inNames grades entries by the word in their names.
func (f *finder) inNames(w word, alive []bool) []Grade {
	out := slices.Repeat([]Grade{none}, len(f.entries))
	for _, form := range w {
		text := []byte(form)
		f.names.each(text, func(n int32, piece []byte) {
			if alive[n] {
				out[n] = min(out[n], gradeOf(piece, text))
			}
		})
		for i := range len(form) {
			if form[i] == '/' {
				f.spanning(form[:i], text[i+1:], out)
			}
		}
	}
	return out
}

// spanning grades a form that is parted at a slash: namespaces that end with the
// left, names that begin with the right.
func (f *finder) spanning(left string, right []byte, out []Grade) {
	ends := make([]bool, len(f.spaces.owners))
	some := false
	for id := range ends {
		ends[id] = left != "" && len(right) > 0 && bytes.HasSuffix(f.spaces.line(int32(id)), []byte(left))
		some = some || ends[id]
	}
	if !some {
		return
	}
	begin := append([]byte{'\n'}, right...)
	whole := append(begin, '\n')
	f.names.each(begin, func(n int32, piece []byte) {
		if !holds(f.entries[n].spaces, ends) {
			return
		}
		g := Part
		if bytes.Contains(piece, whole) {
			g = Exact
		}
		out[n] = min(out[n], g)
	})
}

// elsewhere grades what inNames has not found by all other texts.
func (f *finder) elsewhere(w word, alive []bool, out []Grade) {
	labels, spaces, notes := make([]bool, len(f.memory.labels.owners)), make([]bool, len(f.spaces.owners)), make([]bool, len(f.notes.owners))
	mark := func(in []bool) func(int32, []byte) { return func(id int32, _ []byte) { in[id] = true } }
	for _, form := range w {
		text := []byte(form)
		f.memory.labels.each(text, mark(labels))
		f.spaces.each(text, mark(spaces))
		f.notes.each(text, mark(notes))
	}
	anyLabel, anySpace, anyNote := slices.Contains(labels, true), slices.Contains(spaces, true), slices.Contains(notes, true)
	for n := range f.entries {
		switch e := &f.entries[n]; {
		case !alive[n] || out[n] < Label:
		case anyLabel && holds(e.labels, labels):
			out[n] = Label
		case anySpace && holds(e.spaces, spaces) || anyNote && holds(e.notes, notes):
			out[n] = Other
		}
	}
}

func holds(ids []int32, in []bool) bool {
	for _, id := range ids {
		if in[id] {
			return true
		}
	}
	return false
}

// choose keeps the best entries behind the cursor.
func (f *finder) choose(alive []bool, grades [][]Grade) {
	f.best = f.best[:0]
	for n := range f.entries {
		if !alive[n] {
			continue
		}
		g := Exact
		for _, of := range grades {
			g = max(g, of[n])
		}
		if g < none {
			f.consider(int32(n), g)
		}
	}
}

func (f *finder) consider(n int32, g Grade) {
	e := &f.entries[n]
	c := candidate{place: place{name: e.name}, grade: g, entry: n}
	if f.order == ByRelevance {
		c.place.grade, c.place.length = g, e.length
	}
	full := len(f.best) > f.first
	if full && c.compare(f.best[f.first].place) >= 0 || f.after != nil && c.compare(*f.after) <= 0 {
		return
	}
	if full {
		f.best = f.best[:f.first]
	}
	at, _ := slices.BinarySearchFunc(f.best, c, func(a, b candidate) int { return a.compare(b.place) })
	f.best = slices.Insert(f.best, at, c)
}

func (f *finder) passes(e *entry) bool {
	if !e.used || f.denies(e) || e.hidden&f.not != 0 || f.typ != 0 && e.name.Type != f.typ {
		return false
	}
	for _, id := range f.facts {
		if !slices.Contains(e.facts, id) {
			return false
		}
	}
	return f.hasTold(e)
}

// hasTold reports whether an entry has what is told of it by others.
func (f *finder) hasTold(e *entry) bool {
	for _, t := range f.told {
		if !t.passes(e.id) {
			return false
		}
	}
	return true
}

func (f *finder) page() Page {
	p := Page{Position: f.pos, HasNext: len(f.best) > f.first}
	for _, c := range f.best[:min(len(f.best), f.first)] {
		p.Hits = append(p.Hits, Hit{Asset: f.entries[c.entry].id, Grade: c.grade, Cursor: f.cursor(c.place)})
	}
	return p
}

// cursor keeps a place in the answer to this query.
func (f *finder) cursor(p place) string {
	b, _ := json.Marshal([]any{f.sign, p.grade, p.name.Namespace, p.name.Name, p.name.Type}) // strings and numbers always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func (f *finder) parse(cursor string) (*place, error) {
	var p place
	var sign string
	list := []any{&sign, &p.grade, &p.name.Namespace, &p.name.Name, &p.name.Type}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil || len(list) != 5 || sign != f.sign {
		return nil, fmt.Errorf("%w: cursor %q is not one of this search", catalog.ErrInvalid, cursor)
	}
	if f.order == ByRelevance {
		p.length = utf8.RuneCountInString(p.name.Name)
	}
	return &p, nil
}

// sign tells queries apart: a place in one answer means nothing in another.
func (q Query) sign() string {
	q.First, q.After = 0, ""
	b, _ := json.Marshal(q) // strings, numbers and flags always marshal
	h := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(h[:6])
}
