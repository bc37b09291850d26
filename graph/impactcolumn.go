package graph

import (
	"slices"
	"strings"
)

// spell settles which column a change means. Producers write one column in
// different ways (Snowflake says AMOUNT, dbt documents amount), so without the
// exact name one that differs in case alone is meant. A dataset that has columns
// which differ in case alone is taken at its word.
func (f *fieldImpact) spell() {
	named := f.columnsNamed()
	name, known := f.change.Field, f.change.Columns
	switch {
	case f.change.Kind == AddField || slices.Contains(named, name) || len(alike(known, name)) > 1:
	case len(alike(named, name)) == 1:
		f.change.Field, f.respelt = alike(named, name)[0], true
	default:
		f.absent = len(known) > 0 && len(alike(known, name)) == 0
	}
}

// columnsNamed are the columns of the dataset that column lineage leads from.
func (f *fieldImpact) columnsNamed() (out []string) {
	for _, list := range f.flows {
		for _, e := range list {
			if e.Source == f.change.Asset && e.SourceField != "" {
				out = append(out, e.SourceField)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func alike(names []string, name string) (out []string) {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			out = append(out, n)
		}
	}
	return out
}
