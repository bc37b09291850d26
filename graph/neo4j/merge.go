package neo4j

import (
	"slices"

	"github.com/weirhq/weir/catalog"
)

// merge lets the node with the most edges stay where assets become one: it
// takes the id of the asset they become, and the edges of the smaller side move
// to it, as a difference like any other.
//
// Whose edges end at a node is known by their owners. When one of them is not
// part of the change its edges still name the old id, so nothing is exchanged.
func (d *delta) merge() {
	removed := map[catalog.AssetID]bool{}
	for _, id := range d.c.Removed {
		removed[id] = true
	}
	for _, r := range d.c.Rows {
		into := r.Asset.ID
		var from []catalog.AssetID
		for _, n := range r.Asset.Names {
			if id := catalog.AssetID(n.Name.ID()); id != into && removed[id] && d.nodes[id] != nil {
				from = append(from, id)
			}
		}
		if len(from) == 0 {
			continue
		}
		if big := d.biggest(into, from); big != into && d.owned(into, big) {
			d.exchange(into, big)
		}
	}
}

// biggest is the asset whose node has the most relationships.
func (d *delta) biggest(into catalog.AssetID, from []catalog.AssetID) catalog.AssetID {
	byKey := map[string]catalog.AssetID{}
	var keys []string
	for _, id := range append(slices.Clone(from), into) {
		if n := d.nodes[id]; n != nil {
			byKey[n.key] = id
			keys = append(keys, n.key)
		}
	}
	best, most := into, int64(-1)
	for _, rec := range d.w.run("degrees", map[string]any{"keys": keys}) {
		id, degree := byKey[text(rec, "key")], integer(rec, "degree")
		if degree > most || degree == most && id == into {
			best, most = id, degree
		}
	}
	return best
}

// owned reports whether every edge at the nodes is owned by the change.
func (d *delta) owned(ids ...catalog.AssetID) bool {
	mine := map[string]bool{}
	for _, r := range d.c.Rows {
		if n := d.nodes[r.Asset.ID]; n != nil {
			mine[n.key] = true
		}
	}
	for _, id := range d.c.Removed {
		if n := d.nodes[id]; n != nil {
			mine[n.key] = true
		}
	}
	var keys []string
	for _, id := range ids {
		if n := d.nodes[id]; n != nil {
			keys = append(keys, n.key)
		}
	}
	for _, rec := range d.w.run("owners_at", map[string]any{"keys": keys}) {
		if !mine[text(rec, "owner")] {
			return false
		}
	}
	return d.w.err == nil
}

// exchange lets two nodes change their ids.
func (d *delta) exchange(into, big catalog.AssetID) {
	a, b := d.nodes[into], d.nodes[big]
	delete(d.nodes, big)
	d.nodes[into] = b
	keys := []string{b.key}
	rows := []map[string]any{{"key": b.key, "id": into.String()}}
	if a != nil {
		d.nodes[big] = a
		keys = append(keys, a.key)
		rows = append(rows, map[string]any{"key": a.key, "id": big.String()})
	}
	d.w.run("take_ids", map[string]any{"keys": keys})
	d.w.run("give_ids", map[string]any{"rows": rows})
}
