package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Count is how many assets have a value.
type Count struct {
	Value string
	N     int
}

// Counts say how many assets an answer has, and how they divide.
type Counts struct {
	Total int
	// Denied is how many assets Query.Readable takes away from all there are,
	// whatever is searched and filtered by: that many of an answer would tell
	// what they hold.
	Denied int
	// By has for each property (type, kind, tool, namespace, owner, tag, and those
	// that others tell) the values with how many assets have them, the most first. A property that
	// the query filters by is counted as if it did not: so one sees what else
	// could be chosen.
	By map[string][]Count
	// Position is what the index had applied when it was asked.
	Position catalog.Position
}

// Counts answers what Find would list, without a list: First, After and Order
// mean nothing.
func (i *Index) Counts(ctx context.Context, q Query) (Counts, error) {
	p, err := q.plan()
	if err != nil {
		return Counts{}, err
	}
	if err := i.load(ctx); err != nil {
		return Counts{}, fmt.Errorf("search: %w", err)
	}
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.closed {
		return Counts{}, errClosed
	}
	c := counter{finder: finder{plan: p, memory: i.memory}}
	return c.count(ctx)
}

// counter tallies entries by what they have.
type counter struct {
	finder
	filters []string // of facts, by number
	tally   []int    // by fact
	types   map[string]int
	told    []map[string]int // by place in finder.told
	total   int
	denied  int
}

const (
	passesAll = ""
	passesNot = "-"
)

func (c *counter) count(ctx context.Context) (Counts, error) {
	c.filters, c.tally = make([]string, len(c.values)), make([]int, len(c.values))
	c.types, c.told = map[string]int{}, make([]map[string]int, len(c.finder.told))
	for i := range c.told {
		c.told[i] = map[string]int{}
	}
	for f, id := range c.memory.facts {
		c.filters[id] = f.filter
	}
	misses := make([]string, len(c.entries))
	alive := make([]bool, len(c.entries))
	for n := range c.entries {
		misses[n] = c.misses(&c.entries[n])
		alive[n] = misses[n] != passesNot
	}
	for _, w := range c.words {
		grades := c.inNames(w, alive)
		c.elsewhere(w, alive, grades)
		for n, g := range grades {
			alive[n] = alive[n] && g < none
		}
		if err := ctx.Err(); err != nil {
			return Counts{}, err
		}
	}
	for n := range c.entries {
		if alive[n] {
			c.add(&c.entries[n], misses[n])
		}
	}
	return c.counts(), nil
}

// misses is the one property whose filter an entry does not pass: passesAll for
// none, passesNot for several, or for a filter that is no choice.
func (c *counter) misses(e *entry) string {
	if !e.used || e.hidden&c.not != 0 {
		return passesNot
	}
	if c.denies(e) {
		c.denied++
		return passesNot
	}
	out := passesAll
	miss := func(property string) {
		if out == passesAll {
			out = property
		} else {
			out = passesNot
		}
	}
	if c.typ != 0 && e.name.Type != c.typ {
		miss("type")
	}
	for _, t := range c.finder.told {
		if !t.passes(e.id) {
			miss(t.Property)
		}
	}
	for _, m := range c.must {
		if id, ok := c.memory.facts[m]; !ok || !slices.Contains(e.facts, id) {
			miss(m.filter)
		}
	}
	return out
}

// add counts an entry for all properties, or only for the one that it misses.
func (c *counter) add(e *entry, missed string) {
	if missed == passesAll {
		c.total++
	}
	counts := func(property string) bool { return missed == passesAll || missed == property }
	if counts("type") {
		c.types[e.name.Type.String()]++
	}
	for i, t := range c.finder.told {
		if !counts(t.Property) {
			continue
		}
		if v := t.Of(e.id); v != "" {
			c.told[i][v]++
		}
	}
	for _, id := range e.facts {
		if counts(c.filters[id]) {
			c.tally[id]++
		}
	}
}

func (c *counter) counts() Counts {
	out := Counts{Total: c.total, Denied: c.denied, By: map[string][]Count{}, Position: c.pos}
	for id, n := range c.tally {
		if n > 0 && c.values[id] != "" {
			out.By[c.filters[id]] = append(out.By[c.filters[id]], Count{c.values[id], n})
		}
	}
	for v, n := range c.types {
		out.By["type"] = append(out.By["type"], Count{v, n})
	}
	for i, t := range c.finder.told {
		for v, n := range c.told[i] {
			out.By[t.Property] = append(out.By[t.Property], Count{v, n})
		}
	}
	for _, list := range out.By {
		slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value)) })
	}
	return out
}
