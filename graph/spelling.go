package graph

import (
	"strings"

	"github.com/weirhq/weir/catalog"
)

// spellings are names of columns. Producers write one column in different ways
// (Snowflake says AMOUNT, dbt documents amount), so that of two neighbours on a way
// one may end in a name and the next begin with another that differs in case
// alone.
type spellings struct {
	exact map[string]bool
	// folded has the one name that is written so but for case; "" for several.
	folded map[string]string
}

func (s *spellings) add(name string) {
	if name == "" || s.exact[name] {
		return
	}
	if s.exact == nil {
		s.exact, s.folded = map[string]bool{}, map[string]string{}
	}
	s.exact[name] = true
	key := strings.ToLower(name)
	if _, known := s.folded[key]; known {
		name = ""
	}
	s.folded[key] = name
}

// several reports whether names differ from the name, and one another, in case alone.
func (s *spellings) several(name string) bool {
	one, known := s.folded[strings.ToLower(name)]
	return known && one == ""
}

// meant is the name by which edges begin at a column that arrives under a name:
// the very name, else the only one that differs in case alone. Where columns
// arrive that differ in case alone, each is taken at its word.
func (s *spellings) meant(name string, arriving *spellings) string {
	if s == nil || name == "" || s.exact[name] || arriving != nil && arriving.several(name) {
		return name
	}
	if one := s.folded[strings.ToLower(name)]; one != "" {
		return one
	}
	return name
}

// sameColumn reports whether two names are of one column of a dataset.
func sameColumn(a catalog.Asset, x, y string) bool {
	if x == y || !strings.EqualFold(x, y) {
		return x == y
	}
	var s spellings
	for _, f := range a.Fields {
		s.add(f.Name)
	}
	return !s.several(x)
}

// columnsOf has the spellings of columns by dataset.
type columnsOf map[catalog.AssetID]*spellings

func (c columnsOf) add(id catalog.AssetID, name string) {
	if c[id] == nil {
		c[id] = &spellings{}
	}
	c[id].add(name)
}

// beginning are the columns at which edges begin, seen in a direction.
func beginning(d Direction, edges []catalog.Edge) columnsOf {
	out := columnsOf{}
	for _, e := range edges {
		out.add(nearOf(d, e), *nearField(d, &e))
	}
	return out
}

// nearField is the column at which an edge begins, seen in a direction.
func nearField(d Direction, e *catalog.Edge) *string {
	if d == Upstream {
		return &e.TargetField
	}
	return &e.SourceField
}
