package neo4j

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// node is what the server holds of an asset, as far as a change has to know.
type node struct {
	// key is private and stays, while id may move to another node by a merge.
	key  string
	bare bool // no row yet: only the end of edges
	// row and owns are fingerprints of the node's properties and of the edges
	// that it owns; "" is none.
	row, owns string
	made      bool // by this change
}

// delta is a change on its way to the least that has to be written.
type delta struct {
	w     *writer
	c     graph.Change
	nodes map[catalog.AssetID]*node
	// columns and assets are the private keys of those that lost an edge: they
	// may be loose now.
	columns, assets map[string]bool
}

// change writes what differs from what the server holds. What a row repeats is
// recognised by its fingerprint and costs one look-up.
func (w *writer) change(c graph.Change) {
	d := &delta{w: w, c: c, nodes: map[catalog.AssetID]*node{}, columns: map[string]bool{}, assets: map[string]bool{}}
	d.lookUp()
	d.merge()
	d.makeNodes()
	edges, err := d.edges()
	if err == nil {
		err = d.putAssets(edges)
	}
	w.err = errors.Join(w.err, err)
	d.dropEdges(edges)
	d.removeAssets()
	d.putEdges(edges)
	d.sweep()
}

// lookUp reads the nodes of everything that the change mentions.
func (d *delta) lookUp() {
	ids := map[catalog.AssetID]bool{}
	for _, r := range d.c.Rows {
		ids[r.Asset.ID] = true
		for _, e := range r.Edges {
			ids[e.Source], ids[e.Target] = true, true
		}
	}
	for _, id := range d.c.Removed {
		ids[id] = true
	}
	for _, rec := range each(d.w, "nodes", "ids", keysOf(slices.SortedFunc(maps.Keys(ids), catalog.AssetID.Compare))) {
		id, err := catalog.ParseAssetID(text(rec, "id"))
		if err != nil {
			d.w.err = errors.Join(d.w.err, fmt.Errorf("an :Asset of weir's: %w", err))
			return
		}
		bare, _ := rec.Get("bare")
		d.nodes[id] = &node{key: text(rec, "key"), bare: bare == true, row: text(rec, "row"), owns: text(rec, "owns")}
	}
}

// makeNodes gives each asset and each end of an edge a node; those of rows get
// their properties later.
func (d *delta) makeNodes() {
	for _, r := range d.c.Rows {
		d.make(r.Asset.ID)
	}
	var ends []map[string]any
	for _, r := range d.c.Rows {
		for _, e := range r.Edges {
			for _, id := range []catalog.AssetID{e.Source, e.Target} {
				if d.make(id) {
					ends = append(ends, map[string]any{"key": d.nodes[id].key, "id": id.String()})
				}
			}
		}
	}
	sortRows(ends)
	each(d.w, "new_bare", "rows", ends)
}

// make names a node that is not there. An id may have had one before, which
// merged away: the position keeps their keys apart.
func (d *delta) make(id catalog.AssetID) bool {
	if d.nodes[id] != nil {
		return false
	}
	d.nodes[id] = &node{key: hash(id.String(), d.c.Position.String()), made: true}
	return true
}

// putAssets writes the rows that are new or differ.
func (d *delta) putAssets(edges map[catalog.AssetID]*edgeSet) error {
	rows := map[string][]map[string]any{}
	for _, r := range d.c.Rows {
		n := d.nodes[r.Asset.ID]
		row, err := assetRow(r.Asset, n.key, edges[r.Asset.ID].owns)
		if err != nil {
			return err
		}
		if row["row"] == n.row && !n.bare {
			continue
		}
		name := "set_datasets"
		if r.Asset.Type == catalog.TypeJob {
			name = "set_jobs"
		}
		if n.made {
			name = "new" + strings.TrimPrefix(name, "set")
		}
		rows[name] = append(rows[name], row)
	}
	for _, name := range []string{"new_datasets", "new_jobs", "set_datasets", "set_jobs"} {
		sortRows(rows[name])
		each(d.w, name, "rows", rows[name])
	}
	return nil
}

// removeAssets leaves a bare node, which the sweep deletes when no edge of
// another asset ends there.
func (d *delta) removeAssets() {
	var rows []map[string]any
	for _, id := range d.c.Removed {
		if n := d.nodes[id]; n != nil {
			rows = append(rows, map[string]any{"key": n.key, "id": id.String()})
			d.assets[n.key] = true
		}
	}
	sortRows(rows)
	each(d.w, "remove_assets", "rows", rows)
}

// sweep deletes the columns and bare nodes that nothing touches any more.
func (d *delta) sweep() {
	each(d.w, "sweep_columns", "keys", slices.Sorted(maps.Keys(d.columns)))
	each(d.w, "sweep_assets", "keys", slices.Sorted(maps.Keys(d.assets)))
}

// lost notes what an edge that was deleted leaves behind.
func (d *delta) lost(records []*neo4j.Record) {
	for _, rec := range records {
		for name, set := range map[string]map[string]bool{"column": d.columns, "asset": d.assets} {
			if key := text(rec, name); key != "" {
				set[key] = true
			}
		}
	}
}

func sortRows(rows []map[string]any) {
	slices.SortFunc(rows, func(a, b map[string]any) int { return strings.Compare(a["key"].(string), b["key"].(string)) })
}

func keysOf(ids []catalog.AssetID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// assetRow holds what people query by; body is the canonical row, and row its
// fingerprint.
func assetRow(a catalog.Asset, key, owns string) (map[string]any, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	var owners, tags, description any // nil: no property
	if len(a.Owners) > 0 {
		owners = namesOf(a.Owners, func(o catalog.Owner) string { return o.Name })
	}
	if len(a.Tags) > 0 {
		tags = namesOf(a.Tags, func(t catalog.Tag) string { return t.Key })
	}
	if a.Description != "" {
		description = a.Description
	}
	return map[string]any{
		"key": key, "id": a.ID.String(), "type": int64(a.Type), "namespace": a.Name.Namespace, "name": a.Name.Name, "internal": a.Internal, "ephemeral": a.Ephemeral,
		"removed": a.RemovedAt != nil, "owners": owners, "tags": tags, "description": description, "kind": string(a.Kind),
		"body": string(body), "owns": owns, "row": hash(string(body), owns),
	}, nil
}

func namesOf[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = name(x)
	}
	return out
}
