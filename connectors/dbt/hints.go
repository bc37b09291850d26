package dbt

import (
	"maps"
	"slices"
)

// Hint is what a project says of one of its tables under meta.weir.
type Hint struct {
	// Node is the unique_id, File where its SQL is written.
	Node, File string
	// Name is the model's, Table its OpenLineage name.
	Name, Table string
	Weir        map[string]any
	// Reads are the tables it is made of, by the name of the model, or by
	// source and table ("shop.orders").
	Reads map[string]string
}

// Hints lists what a project says under meta.weir, by unique_id.
func (m Manifest) Hints() (out []Hint) {
	for _, id := range slices.Sorted(maps.Keys(m.Nodes)) {
		n := m.Nodes[id]
		said, ok := n.Config.Meta["weir"].(map[string]any)
		if !ok || !n.isTable() {
			continue
		}
		h := Hint{Node: id, File: n.File, Name: n.Name, Table: n.table(), Weir: said, Reads: map[string]string{}}
		for _, dep := range n.DependsOn.Nodes {
			if d, ok := m.Nodes[dep]; ok {
				h.Reads[d.Name] = d.table()
			} else if d, ok := m.Sources[dep]; ok {
				h.Reads[d.SourceName+"."+d.Name] = d.table()
			}
		}
		out = append(out, h)
	}
	return out
}
