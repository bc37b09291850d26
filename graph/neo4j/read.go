package neo4j

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Assets returns the rows of the ids that exist, in the order asked.
func (s *Store) Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	found := map[catalog.AssetID]catalog.Asset{}
	for part := range slices.Chunk(ids, batch) {
		records, err := s.read(ctx, "assets", map[string]any{"ids": keysOf(part)})
		if err != nil {
			return nil, s.wrap("read assets", err)
		}
		for _, rec := range records {
			a, err := asset(rec)
			if err != nil {
				return nil, err
			}
			found[a.ID] = a
		}
	}
	out := make([]catalog.Asset, 0, len(found))
	for _, id := range ids {
		if a, ok := found[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// errNoBody: weir reads only what it wrote.
var errNoBody = errors.New("neo4j: a node or relationship of weir's has no body: somebody wrote to it; weir rebuild makes it anew")

// asset reads the canonical row of a record.
func asset(rec *neo4j.Record) (a catalog.Asset, err error) {
	raw := text(rec, "body")
	if raw == "" {
		return a, errNoBody
	}
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		return a, fmt.Errorf("neo4j: unreadable body: %w", err)
	}
	return a, nil
}

const maxFirst = 1000

// Find lists assets by keyset paging over (namespace, name, type).
func (s *Store) Find(ctx context.Context, q graph.Query) (graph.Page, error) {
	if err := s.enter(ctx); err != nil {
		return graph.Page{}, err
	}
	first := q.First
	if first <= 0 || first > maxFirst {
		first = min(max(first, 50), maxFirst)
	}
	params, err := findParams(q, first)
	if err != nil {
		return graph.Page{}, err
	}
	records, err := s.read(ctx, "find", params)
	if err != nil {
		return graph.Page{}, s.wrap("find assets", err)
	}
	var page graph.Page
	for _, rec := range records {
		a, err := asset(rec)
		if err != nil {
			return graph.Page{}, err
		}
		page.Assets = append(page.Assets, a)
	}
	if page.HasNext = len(page.Assets) > first; page.HasNext {
		page.Assets = page.Assets[:first]
	}
	if n := len(page.Assets); n > 0 {
		page.End = graph.Cursor(page.Assets[n-1].Name)
	}
	return page, nil
}

func findParams(q graph.Query, first int) (map[string]any, error) {
	types := []int64{}
	for _, t := range q.Types {
		types = append(types, int64(t))
	}
	after := catalog.Name{}
	if q.After != "" {
		var err error
		if after, err = graph.ParseCursor(q.After); err != nil {
			return nil, err
		}
	}
	return map[string]any{
		"types": types, "namespace": q.Namespace, "owner": q.Owner, "tag": q.Tag, "removed": q.Removed, "internal": q.Internal, "ephemeral": q.Ephemeral,
		"after": q.After != "", "afterNamespace": after.Namespace, "afterName": after.Name, "afterType": int64(after.Type), "limit": int64(first + 1),
	}, nil
}

// relationTypes are Neo4j's names of the edge types.
var relationTypes = map[catalog.EdgeType]string{
	catalog.EdgeReads: "INPUT_TO", catalog.EdgeWrites: "OUTPUTS", catalog.EdgeDerives: "DERIVES",
	catalog.EdgeContains: "CONTAINS", catalog.EdgeControls: "CONTROLS",
}

// Neighbours reads the edges of the frontier that hold at a time. An open edge
// ends at the greatest integer, so "now" is the moment before it.
func (s *Store) Neighbours(ctx context.Context, q graph.NeighbourQuery) ([]catalog.Edge, bool, error) {
	if err := s.enter(ctx); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1 << 30
	}
	if q.Stated {
		return s.stated(ctx, q.Frontier, instantOf(q), limit)
	}
	var out []catalog.Edge
	params := neighbourParams(q)
	for part := range slices.Chunk(q.Frontier, batch) {
		edges, more, err := s.leaving(ctx, neighbourStatement(q), part, params, limit-len(out))
		if err != nil {
			return nil, false, err
		}
		if out = append(out, edges...); more {
			graph.SortNeighbours(q, out)
			return out, true, nil
		}
	}
	graph.SortNeighbours(q, out)
	return out, false, nil
}

// instantOf is the instant that a query is of.
func instantOf(q graph.NeighbourQuery) int64 {
	if q.AsOf.IsZero() {
		return graph.OpenEnd - 1
	}
	return graph.Instant(q.AsOf)
}

func neighbourParams(q graph.NeighbourQuery) map[string]any {
	types := []string{}
	for _, t := range q.Types {
		types = append(types, relationTypes[t])
	}
	return map[string]any{"types": types, "at": instantOf(q), "internal": q.Internal}
}

// Beyond counts what lies next to assets and is not taken.
func (s *Store) Beyond(ctx context.Context, q graph.NeighbourQuery, taken []catalog.AssetID) (map[catalog.AssetID]int, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	name := "beyond_downstream"
	if q.Direction == graph.Upstream {
		name = "beyond_upstream"
	}
	out, params := map[catalog.AssetID]int{}, neighbourParams(q)
	params["taken"] = keysOf(taken)
	for part := range slices.Chunk(q.Frontier, batch) {
		params["ids"] = keysOf(part)
		records, err := s.read(ctx, name, params)
		if err != nil {
			return nil, s.wrap("count neighbours", err)
		}
		for _, rec := range records {
			id, err := catalog.ParseAssetID(text(rec, "id"))
			if err != nil {
				return nil, err
			}
			out[id] = int(integer(rec, "beyond"))
		}
	}
	return out, nil
}

// leaving reads the edges of a part of a frontier, at most limit of them. Only
// where there are more the server sorts, to tell which are the first.
func (s *Store) leaving(ctx context.Context, name string, part []catalog.AssetID, params map[string]any, limit int) (out []catalog.Edge, more bool, err error) {
	params["ids"], params["limit"] = keysOf(part), int64(limit+1)
	records, err := s.read(ctx, name, params)
	if more = len(records) > limit; err == nil && more {
		params["limit"] = int64(limit)
		records, err = s.read(ctx, name+"_cut", params)
	}
	if err != nil {
		return nil, false, s.wrap("read neighbours", err)
	}
	for _, rec := range records {
		e, err := edge(rec)
		if err != nil {
			return nil, false, err
		}
		out = append(out, e)
	}
	return out, more, nil
}

// stated reads what jobs state between other assets at an instant.
func (s *Store) stated(ctx context.Context, jobs []catalog.AssetID, at int64, limit int) ([]catalog.Edge, bool, error) {
	var out []catalog.Edge
	for part := range slices.Chunk(jobs, batch) {
		owned, err := s.owned(ctx, part, told.owned)
		if err != nil {
			return nil, false, err
		}
		for owner, list := range owned {
			for _, e := range list {
				if e.Job.String() == owner && graph.Instant(e.From) <= at && graph.InstantEnd(e.To) > at {
					out = append(out, e)
				}
			}
		}
	}
	graph.SortStated(out)
	if len(out) > limit {
		return out[:limit], true, nil
	}
	return out, false, nil
}

func neighbourStatement(q graph.NeighbourQuery) string {
	name := "downstream"
	if q.Direction == graph.Upstream {
		name = "upstream"
	}
	if q.Fields {
		name += "_fields"
	}
	return name
}

// Rows yields every asset with every edge that it owns, by id. It reads page
// by page, and changes wait for its end, because Neo4j gives no snapshot over
// several reads. What another weir writes meanwhile ends it with graph.ErrMoved.
func (s *Store) Rows(ctx context.Context) iter.Seq2[graph.Row, error] {
	return func(yield func(graph.Row, error) bool) {
		if err := s.rows(ctx, yield); err != nil {
			yield(graph.Row{}, err)
		}
	}
}

func (s *Store) rows(ctx context.Context, yield func(graph.Row, error) bool) error {
	done, err := s.turns.read(ctx)
	if err != nil {
		return s.wrap("wait for a change to end", err)
	}
	defer done()
	before, err := s.Position(ctx)
	if err != nil {
		return err
	}
	ids, err := s.allIDs(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, batch) {
		page, err := s.page(ctx, part)
		if err != nil {
			return err
		}
		if now, err := s.Position(ctx); err != nil || now != before {
			return cmp.Or(err, graph.ErrMoved)
		}
		for _, r := range page {
			if !yield(r, nil) {
				return nil
			}
		}
	}
	return nil
}

// allIDs are sorted here: as text, ids have another order.
func (s *Store) allIDs(ctx context.Context) ([]catalog.AssetID, error) {
	records, err := s.readFor(ctx, s.patience.rows, "all_ids", nil)
	if err != nil {
		return nil, s.wrap("read graph", err)
	}
	ids := make([]catalog.AssetID, len(records))
	for i, rec := range records {
		if ids[i], err = catalog.ParseAssetID(text(rec, "id")); err != nil {
			return nil, fmt.Errorf("neo4j: an :Asset of weir's has the id %q: %w", text(rec, "id"), err)
		}
	}
	slices.SortFunc(ids, catalog.AssetID.Compare)
	return ids, nil
}

func (s *Store) page(ctx context.Context, ids []catalog.AssetID) ([]graph.Row, error) {
	assets, err := s.Assets(ctx, ids)
	if err != nil {
		return nil, err
	}
	owned, err := s.owned(ctx, ids, atEnd.owned, told.owned, flows.owned)
	if err != nil {
		return nil, err
	}
	rows := make([]graph.Row, len(assets))
	for i, a := range assets {
		rows[i] = graph.Row{Asset: a, Edges: owned[a.ID.String()]}
		slices.SortFunc(rows[i].Edges, graph.CompareBySource)
	}
	return rows, nil
}

// owned reads edges by the id of who owns them.
func (s *Store) owned(ctx context.Context, ids []catalog.AssetID, statements ...string) (map[string][]catalog.Edge, error) {
	owned := map[string][]catalog.Edge{}
	for _, name := range statements {
		records, err := s.readFor(ctx, s.patience.rows, name, map[string]any{"ids": keysOf(ids)})
		if err != nil {
			return nil, s.wrap("read graph", err)
		}
		for _, rec := range records {
			e, err := edge(rec)
			if err != nil {
				return nil, err
			}
			owner := text(rec, "owner")
			owned[owner] = append(owned[owner], e)
		}
	}
	return owned, nil
}
