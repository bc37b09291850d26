package main

import (
	"context"
	"encoding/json"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/state/sqlite"
)

// rawNeo4j is the yardstick: the driver and plain Cypher.
type rawNeo4j struct {
	driver driver.DriverWithContext
}

// What the yardstick asks for.
const (
	rawNodeKey = `CREATE CONSTRAINT raw_key IF NOT EXISTS FOR (a:Raw) REQUIRE a.key IS UNIQUE`
	rawEdgeKey = `CREATE CONSTRAINT raw_edge IF NOT EXISTS FOR ()-[e:RAW]-() REQUIRE e.key IS UNIQUE`
	rawNodes   = `UNWIND $rows AS r MERGE (a:Raw {key: r.key}) SET a += r`
	rawEdges   = `UNWIND $rows AS r MATCH (s:Raw {key: r.source}) MATCH (t:Raw {key: r.target}) MERGE (s)-[e:RAW {key: r.key}]->(t)
		SET e.owner = r.owner, e.from = r.from, e.to = r.to, e.body = r.body`
	rawWipe    = `MATCH (a:Raw) CALL (a) { DETACH DELETE a } IN TRANSACTIONS OF 2000 ROWS`
	rawClosure = `MATCH p = (s:Asset {id: $id})-[:INPUT_TO|OUTPUTS|DERIVES*1..100]->(n:Asset)
		WHERE all(e IN relationships(p) WHERE e.from <= $at AND $at < e.to)
		WITH n, min(length(p)) AS d ORDER BY d, n.id LIMIT $max RETURN n.id AS id, d`
	rawInduced = `UNWIND $ids AS k MATCH (a:Asset {id: k})-[e:INPUT_TO|OUTPUTS|DERIVES]->(b:Asset)
		WHERE b.id IN $ids AND e.from <= $at AND $at < e.to RETURN k, b.id, e.key, type(e)`
)

func newRawNeo4j(ctx context.Context) (*rawNeo4j, error) {
	uri, err := neo4jURI()
	if err != nil {
		return nil, err
	}
	d, err := driver.NewDriverWithContext(uri, driver.NoAuth())
	if err != nil {
		return nil, err
	}
	return &rawNeo4j{driver: d}, nil
}

func (r *rawNeo4j) close() { r.driver.Close(context.Background()) } //nolint:errcheck // the figures are there

func (r *rawNeo4j) session(ctx context.Context) driver.SessionWithContext {
	return r.driver.NewSession(ctx, driver.SessionConfig{DatabaseName: "neo4j"})
}

// auto runs a command in a transaction of its own.
func (r *rawNeo4j) auto(ctx context.Context, commands ...string) error {
	s := r.session(ctx)
	defer s.Close(ctx) //nolint:errcheck // the figures are there
	for _, c := range commands {
		res, err := s.Run(ctx, c, nil)
		if err != nil {
			return err
		}
		if _, err := res.Consume(ctx); err != nil {
			return err
		}
	}
	return nil
}

// growth writes what a follower would: the same rows in the same batches. Only
// the writes are timed.
func (r *rawNeo4j) growth(ctx context.Context, h *sqlite.History) (rate float64, err error) {
	if err := r.auto(ctx, rawNodeKey, rawEdgeKey, rawWipe); err != nil {
		return 0, err
	}
	var took time.Duration
	rows, at := 0, catalog.Position(0)
	for {
		final, err := h.Changes(ctx, at, 500)
		if err != nil || final.Position <= at {
			return float64(rows) / took.Seconds(), err
		}
		at = final.Position
		nodes, edges, err := rawRows(final.Rows)
		if err != nil {
			return 0, err
		}
		start := time.Now()
		if err := r.write(ctx, nodes, edges); err != nil {
			return 0, err
		}
		took += time.Since(start)
		rows += len(nodes) + len(edges)
	}
}

func rawRows(rows []graph.Row) (nodes, edges []map[string]any, err error) {
	for _, row := range rows {
		a := row.Asset
		body, err := json.Marshal(a)
		if err != nil {
			return nil, nil, err
		}
		nodes = append(nodes, map[string]any{"key": a.ID.String(), "type": int64(a.Type), "namespace": a.Name.Namespace, "name": a.Name.Name, "body": string(body)})
		for _, e := range row.Edges {
			body, err := json.Marshal(e)
			if err != nil {
				return nil, nil, err
			}
			edges = append(edges, map[string]any{"key": string(e.Type) + e.Source.String() + e.Target.String(), "source": e.Source.String(), "target": e.Target.String(),
				"owner": a.ID.String(), "from": e.From.UnixNano(), "to": graph.InstantEnd(e.To), "body": string(body)})
		}
	}
	return nodes, edges, nil
}

// write is one transaction.
func (r *rawNeo4j) write(ctx context.Context, nodes, edges []map[string]any) error {
	s := r.session(ctx)
	defer s.Close(ctx) //nolint:errcheck // the figures are there
	_, err := s.ExecuteWrite(ctx, func(tx driver.ManagedTransaction) (any, error) {
		for _, q := range []struct {
			text string
			rows []map[string]any
		}{{rawNodes, nodes}, {rawEdges, edges}} {
			res, err := tx.Run(ctx, q.text, map[string]any{"rows": q.rows})
			if err != nil {
				return nil, err
			}
			if _, err := res.Consume(ctx); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return err
}

// closure is the pushed-down question and the one for the edges between.
func (r *rawNeo4j) closure(ctx context.Context, root catalog.AssetID, at time.Time) (nodes int, err error) {
	s := r.session(ctx)
	defer s.Close(ctx) //nolint:errcheck // the figures are there
	params := map[string]any{"id": root.String(), "at": at.UnixNano(), "max": asOfNodes - 1}
	found, err := driver.ExecuteRead(ctx, s, func(tx driver.ManagedTransaction) ([]*driver.Record, error) {
		return collect(ctx, tx, rawClosure, params)
	})
	if err != nil {
		return 0, err
	}
	ids := []string{root.String()}
	for _, rec := range found {
		id, _ := rec.Get("id")
		text, _ := id.(string)
		ids = append(ids, text)
	}
	params["ids"] = ids
	_, err = driver.ExecuteRead(ctx, s, func(tx driver.ManagedTransaction) ([]*driver.Record, error) {
		return collect(ctx, tx, rawInduced, params)
	})
	return len(ids), err
}

func collect(ctx context.Context, tx driver.ManagedTransaction, query string, params map[string]any) ([]*driver.Record, error) {
	res, err := tx.Run(ctx, query, params)
	if err != nil {
		return nil, err
	}
	return res.Collect(ctx)
}
