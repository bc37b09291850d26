package dbt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Project is one state of a dbt project: its manifest and, when dbt docs
// generate made one, its catalog.
type Project struct {
	Manifest Manifest
	Catalog  *Catalog
}

// ChangeKind is what one state of a project does to a table of another. The
// words are those of impact.
type ChangeKind string

// The kinds of change that manifests show.
const (
	DropDataset   ChangeKind = "DROP_DATASET"
	RenameDataset ChangeKind = "RENAME_DATASET"
	DropField     ChangeKind = "DROP_FIELD"
	RenameField   ChangeKind = "RENAME_FIELD"
	RetypeField   ChangeKind = "RETYPE_FIELD"
)

// Change is one thing that a table's readers would notice.
type Change struct {
	Kind ChangeKind
	// Table is the OpenLineage name as dbt-ol gives it (database.schema.alias),
	// before the change.
	Table string
	// Column is of changes of one; To is the new name or type.
	Column, To string
	// Node is the unique_id, File where it is written, relative to the project.
	Node, File string
	// Evidence says how it is known.
	Evidence string
}

// Diff is what one state of a project changes of another.
type Diff struct {
	Changes []Change
	// Blind are the tables whose SQL changed, of which no columns are known on
	// one of the sides: what happens to them cannot be told.
	Blind []Change
	// Edited are the tables whose SQL changed or that are new, by name, for
	// telling readers that are being adapted from those that are not.
	Edited map[string]bool
}

// Compare finds what the new state drops, renames and retypes of the old one.
//
// A model is what its unique_id says: one whose alias, schema or database
// changed was renamed, one whose unique_id is gone was dropped, unless another
// one now makes its table. A column that is gone was dropped, and is called
// renamed only where the new one says so (meta: renamed_from). Columns are
// those of the catalogs when both have the table, else the documented ones, of
// which a type counts when both sides state it. Sources are compared by
// catalogs alone: what is documented of them is not dbt's to change.
func Compare(old, new Project) Diff {
	d := differ{old: old, new: new, Diff: Diff{Edited: map[string]bool{}}, made: map[string]bool{}}
	for _, n := range new.Manifest.Nodes {
		if n.isTable() {
			d.made[n.table()] = true
			before, known := old.Manifest.Nodes[n.UniqueID]
			d.Edited[n.table()] = !known || before.Checksum != n.Checksum
		}
	}
	for _, id := range slices.Sorted(maps.Keys(old.Manifest.Nodes)) {
		if n := old.Manifest.Nodes[id]; n.isTable() {
			d.node(n)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(old.Manifest.Sources)) {
		if now, ok := new.Manifest.Sources[id]; ok {
			d.source(old.Manifest.Sources[id], now)
		}
	}
	return d.Diff
}

// isTable: a view is one too, an ephemeral model is nowhere.
func (n Node) isTable() bool {
	return slices.Contains([]string{"model", "seed", "snapshot"}, n.ResourceType) && n.Config.Materialized != "ephemeral"
}

type differ struct {
	old, new Project
	made     map[string]bool // the tables of the new state
	Diff
}

func (d *differ) node(n Node) {
	now, ok := d.new.Manifest.Nodes[n.UniqueID]
	switch {
	case (!ok || !now.isTable()) && d.made[n.table()]:
		return // another model makes the table now
	case !ok:
		d.add(Change{Kind: DropDataset, Evidence: n.UniqueID + " is gone"}, n, n)
		return
	case !now.isTable():
		d.add(Change{Kind: DropDataset, Evidence: n.UniqueID + " is ephemeral now"}, n, now)
		return
	case now.table() != n.table():
		d.add(Change{Kind: RenameDataset, To: now.table(), Evidence: n.UniqueID + " makes another table now"}, n, now)
	}
	before, after, evidence := d.columns(n, now)
	if (before == nil || after == nil) && n.Checksum != now.Checksum {
		d.Blind = append(d.Blind, Change{Table: n.table(), Node: n.UniqueID, File: now.File, Evidence: "its SQL changed, and no columns are known"})
	}
	d.compare(n, now, before, after, evidence)
}

func (d *differ) source(n, now Node) {
	if before, after, evidence := d.columns(n, now); evidence == byCatalog {
		d.compare(n, now, before, after, evidence)
	}
}

func (d *differ) add(c Change, before, now Node) {
	c.Table, c.Node, c.File = before.table(), before.UniqueID, cmp.Or(now.File, before.File)
	d.Changes = append(d.Changes, c)
}

// column is one column, by whatever is known of it.
type column struct{ name, typ, renamedFrom string }

const (
	byCatalog  = "catalog"
	byManifest = "documented columns"
)

// columns are those of both sides by the same evidence, keyed by the name in
// small letters: warehouses spell columns as they like.
func (d *differ) columns(old, new Node) (before, after map[string]column, evidence string) {
	before, after = d.old.Catalog.of(old), d.new.Catalog.of(new)
	if before != nil && after != nil {
		for key, c := range documented(new) { // only the manifest tells of renames
			if a, ok := after[key]; ok {
				a.renamedFrom = c.renamedFrom
				after[key] = a
			}
		}
		return before, after, byCatalog
	}
	return documented(old), documented(new), byManifest
}

func (c *Catalog) of(n Node) map[string]column {
	if c == nil {
		return nil
	}
	nodes := c.Nodes
	if n.ResourceType == "source" {
		nodes = c.Sources
	}
	var out map[string]column
	columns := nodes[n.UniqueID].Columns
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		col := columns[key]
		if out == nil {
			out = map[string]column{}
		}
		out[strings.ToLower(col.Name)] = column{name: col.Name, typ: col.Type}
	}
	return out
}

func documented(n Node) map[string]column {
	var out map[string]column
	for _, key := range slices.Sorted(maps.Keys(n.Columns)) {
		col := n.Columns[key]
		if out == nil {
			out = map[string]column{}
		}
		from, _ := col.Meta["renamed_from"].(string)
		if from == "" {
			from, _ = col.Config.Meta["renamed_from"].(string)
		}
		out[strings.ToLower(col.Name)] = column{col.Name, col.DataType, from}
	}
	return out
}

func (d *differ) compare(n, now Node, before, after map[string]column, evidence string) {
	if before == nil || after == nil {
		return
	}
	renamed, added := renames(before, after)
	for _, key := range slices.Sorted(maps.Keys(before)) {
		was := before[key]
		is, ok := after[key]
		switch {
		case !ok && renamed[key] != "":
			d.add(Change{Kind: RenameField, Column: was.name, To: renamed[key], Evidence: evidence + "; meta renamed_from"}, n, now)
		case !ok:
			d.add(Change{Kind: DropField, Column: was.name, Evidence: evidence + added}, n, now)
		case was.typ != "" && is.typ != "" && plainType(was.typ) != plainType(is.typ):
			d.add(Change{Kind: RetypeField, Column: was.name, To: is.typ, Evidence: fmt.Sprintf("%s; it was %s", evidence, was.typ)}, n, now)
		}
	}
}

// renames are what new columns say of themselves, and the new ones that say
// nothing as words: who reads it may see a rename that nobody stated.
func renames(before, after map[string]column) (by map[string]string, added string) {
	by = map[string]string{}
	var silent []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		c := after[key]
		if _, old := before[key]; old {
			continue
		}
		if from := strings.ToLower(c.renamedFrom); from != "" && by[from] == "" {
			by[from] = c.name
		} else {
			silent = append(silent, c.name)
		}
	}
	if len(silent) > 0 {
		added = "; new: " + strings.Join(silent, ", ")
	}
	return by, added
}

// plainType: "DECIMAL(18, 2)" and "decimal(18,2)" are one type.
func plainType(t string) string { return strings.ToLower(strings.Join(strings.Fields(t), "")) }

// Reads lists the tables that an exposure reads, through ephemeral models.
func (m Manifest) Reads(e Exposure) []string {
	var out []string
	seen := map[string]bool{}
	var follow func(ids []string)
	follow = func(ids []string) {
		for _, id := range ids {
			n, ok := m.Nodes[id]
			if !ok {
				n, ok = m.Sources[id]
			}
			switch {
			case !ok || seen[id]:
			case n.isTable() || n.ResourceType == "source":
				out = append(out, n.table())
			default:
				seen[id] = true
				follow(n.DependsOn.Nodes)
			}
		}
	}
	follow(e.DependsOn.Nodes)
	slices.Sort(out)
	return slices.Compact(out)
}
