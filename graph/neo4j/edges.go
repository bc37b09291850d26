package neo4j

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// class says how the edges of an owner are found again: at one of its ends, by
// who told them, or between columns.
type class struct{ owned, drop string }

var (
	atEnd   = class{"owned_edges", "drop_edges"}
	told    = class{"owned_told", "drop_told"}
	flows   = class{"owned_flows", "drop_flows"}
	classes = []class{atEnd, told, flows}
)

// edgeStatements are the statements by edge type; fields have their own. What
// begins with new_ is for an owner that had no node, and so no edges: it looks
// for none.
var edgeStatements = map[catalog.EdgeType]string{
	catalog.EdgeReads: "input_to", catalog.EdgeWrites: "outputs", catalog.EdgeDerives: "derives",
	catalog.EdgeContains: "contains", catalog.EdgeControls: "controls",
}

// edgeOrder is the order in which they run.
var edgeOrder = []string{"input_to", "outputs", "derives", "contains", "controls", "col_flows"}

// edgeSet is the edges of one owner: all by key, their fingerprint, and what of
// them is to be put or dropped.
type edgeSet struct {
	owner string
	rows  map[string]edgeRow
	owns  string
	drop  map[class][]string
}

type edgeRow struct {
	statement string
	params    map[string]any
	columns   [2]map[string]any // of a field edge
}

// edgeBody is an edge as it is stored. Its ends and its job are nodes, which
// may take another id: it does not name them.
type edgeBody struct {
	catalog.Edge
	Source *struct{} `json:"source,omitempty"`
	Target *struct{} `json:"target,omitempty"`
	Job    *struct{} `json:"job,omitempty"`
}

// edges compares the edges of each row with those that the server holds; what
// is equal leaves the set.
func (d *delta) edges() (map[catalog.AssetID]*edgeSet, error) {
	out := make(map[catalog.AssetID]*edgeSet, len(d.c.Rows)+len(d.c.Removed))
	var ask []catalog.AssetID
	for _, r := range d.c.Rows {
		set, err := d.edgeSet(r)
		if err != nil {
			return nil, err
		}
		out[r.Asset.ID] = set
		switch n := d.nodes[r.Asset.ID]; {
		case n.owns == set.owns:
			set.rows = nil
		case n.owns != "":
			ask = append(ask, r.Asset.ID)
		}
	}
	for _, id := range d.c.Removed {
		if n := d.nodes[id]; n != nil && n.owns != "" {
			out[id] = &edgeSet{owner: n.key, drop: map[class][]string{}}
			ask = append(ask, id)
		}
	}
	return out, d.compare(out, ask)
}

// compare reads what the owners have and takes it out of what is to be put.
func (d *delta) compare(sets map[catalog.AssetID]*edgeSet, owners []catalog.AssetID) error {
	for _, cl := range classes {
		for _, rec := range each(d.w, cl.owned, "ids", keysOf(owners)) {
			owner, err := catalog.ParseAssetID(text(rec, "owner"))
			if err != nil {
				return err
			}
			set, key := sets[owner], text(rec, "key")
			if row, ok := set.rows[key]; !ok {
				set.drop[cl] = append(set.drop[cl], key)
			} else if row.params["body"] == text(rec, "body") {
				delete(set.rows, key)
			}
		}
	}
	return d.w.err
}

// edgeSet makes the rows of the edges that an asset owns.
func (d *delta) edgeSet(r graph.Row) (*edgeSet, error) {
	n := d.nodes[r.Asset.ID]
	owner, verb := n.key, "put_"
	if n.made {
		verb = "new_"
	}
	set := &edgeSet{owner: owner, rows: make(map[string]edgeRow, len(r.Edges)), drop: map[class][]string{}}
	var lines []string
	for _, e := range r.Edges {
		body, err := json.Marshal(edgeBody{Edge: e})
		if err != nil {
			return nil, err
		}
		source, target := d.nodes[e.Source].key, d.nodes[e.Target].key
		told := any(nil)
		if !e.Job.IsZero() {
			told = owner
		}
		key := hash(owner, string(e.Type), source, target, e.SourceField, e.TargetField, strconv.FormatBool(told != nil), strconv.Itoa(e.Ordinal))
		row := edgeRow{statement: verb + edgeStatements[e.Type], params: map[string]any{"key": key, "owner": owner, "source": source, "target": target,
			"from": graph.Instant(e.From), "to": graph.InstantEnd(e.To), "run": e.Run, "told": told, "body": string(body)}}
		if e.FieldLevel() {
			row.statement = verb + "col_flows"
			row.columns = [2]map[string]any{column(source, e.SourceField), column(target, e.TargetField)}
			row.params["source"], row.params["target"] = row.columns[0]["key"], row.columns[1]["key"]
		}
		set.rows[key] = row
		lines = append(lines, key+string(body))
	}
	if len(lines) > 0 {
		slices.Sort(lines)
		set.owns = hash(lines...)
	}
	return set, nil
}

// column is a field's node; the empty field stands for the dataset.
func column(asset, field string) map[string]any {
	return map[string]any{"key": hash(asset, field), "asset": asset, "field": field}
}

// dropEdges deletes what the owners do not own any more.
func (d *delta) dropEdges(sets map[catalog.AssetID]*edgeSet) {
	for _, cl := range classes {
		var rows []map[string]any
		for _, set := range sets {
			if len(set.drop[cl]) > 0 {
				rows = append(rows, map[string]any{"key": set.owner, "owner": set.owner, "drop": set.drop[cl]})
			}
		}
		sortRows(rows)
		d.lost(each(d.w, cl.drop, "rows", rows))
	}
}

// putEdges writes what is new or differs: rows in the order of their keys, so
// that two writers would lock in one order.
func (d *delta) putEdges(sets map[catalog.AssetID]*edgeSet) {
	rows, columns := map[string][]map[string]any{}, map[string]map[string]any{}
	for _, set := range sets {
		for _, r := range set.rows {
			rows[r.statement] = append(rows[r.statement], r.params)
			for _, c := range r.columns {
				if c != nil {
					columns[c["key"].(string)] = c
				}
			}
		}
	}
	list := slices.Collect(maps.Values(columns))
	sortRows(list)
	each(d.w, "put_columns", "rows", list)
	for _, name := range edgeOrder {
		for _, verb := range []string{"new_", "put_"} {
			sortRows(rows[verb+name])
			each(d.w, verb+name, "rows", rows[verb+name])
		}
	}
}

// edge puts a stored edge and the ids of the nodes it touches together.
func edge(rec *neo4j.Record) (e catalog.Edge, err error) {
	raw := text(rec, "body")
	if raw == "" {
		return e, errNoBody
	}
	var b edgeBody
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		return e, fmt.Errorf("neo4j: unreadable body: %w", err)
	}
	e = b.Edge
	for _, end := range []struct {
		name string
		id   *catalog.AssetID
	}{{"source", &e.Source}, {"target", &e.Target}, {"job", &e.Job}} {
		if id := text(rec, end.name); id != "" {
			if *end.id, err = catalog.ParseAssetID(id); err != nil {
				return e, fmt.Errorf("neo4j: an end of a relationship has the id %q: %w", strings.ToValidUTF8(id, "?"), err)
			}
		}
	}
	return e, nil
}
