package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statements are prepared once on the writing connection.
type statements struct {
	putName, putEvidence, putProp, putStamps                                 *sql.Stmt
	addOperator, putCuration                                                 *sql.Stmt
	findSet, addSet                                                          *sql.Stmt
	getRun, greatestRun, putRun, putVersion, dropVersions, putCheck, putLook *sql.Stmt
	findFacet, addFacet                                                      *sql.Stmt
	putChange, dropChanges                                                   *sql.Stmt
	putDeclaration, putRelation, putMention                                  *sql.Stmt
	putDirty, putMeta, park, unpark                                          *sql.Stmt
	all                                                                      []*sql.Stmt
}

func prepareAll(ctx context.Context, conn *sql.Conn) (*statements, error) {
	s := &statements{}
	for into, query := range map[**sql.Stmt]string{
		&s.putName: `INSERT INTO names (pk, type, namespace, name, first_seen, observed) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (pk) DO UPDATE SET first_seen = excluded.first_seen, observed = excluded.observed`,
		&s.putEvidence: `INSERT INTO evidence (a, b, origin, detail, since) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET since = excluded.since WHERE excluded.since < since`,
		&s.addOperator: `INSERT OR REPLACE INTO operators (position, body, verb, actor) VALUES (?, ?, ?, ?)`,
		&s.putCuration: `INSERT OR IGNORE INTO curations (name, position) VALUES (?, ?)`,
		&s.putProp:     `INSERT OR REPLACE INTO props (name, key, raw, value, deleted) VALUES (?, ?, ?, ?, ?)`,
		&s.putStamps:   `INSERT OR REPLACE INTO stamps (name, body) VALUES (?, ?)`,
		&s.findSet:     `SELECT pk FROM sets WHERE hash = ?`,
		&s.addSet:      `INSERT INTO sets (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING`,
		&s.getRun: `SELECT pk, state, started, ended, events, inputs, outputs, columns, orders, flows, body
			FROM runs WHERE job = ? AND run_id = ?`,
		&s.greatestRun: `SELECT coalesce(max(run_id), '') FROM runs WHERE job = ?`,
		&s.putRun: `INSERT INTO runs (pk, job, run_id, state, attempt, started, start_known, ended, last_event,
			parent_run, root_run, external_id, events, inputs, outputs, columns, orders, flows, reads, writes, derives, incomplete, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (pk) DO UPDATE SET state = excluded.state, attempt = excluded.attempt, started = excluded.started,
			start_known = excluded.start_known, ended = excluded.ended, last_event = excluded.last_event,
			parent_run = excluded.parent_run, root_run = excluded.root_run, external_id = excluded.external_id,
			events = excluded.events, inputs = excluded.inputs, outputs = excluded.outputs, columns = excluded.columns,
			orders = excluded.orders, flows = excluded.flows, reads = excluded.reads, writes = excluded.writes,
			derives = excluded.derives, incomplete = excluded.incomplete, body = excluded.body`,
		&s.putVersion: `INSERT OR REPLACE INTO versions (dataset, produced, run, attempt, partition, started, data_version, code_version, code_hash, tainted, row_count, bytes, file_count)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		&s.dropVersions: `DELETE FROM versions WHERE run = ?`,
		// The latest result of a check in a run; at one time FAIL beats PASS
		// (F < P), so that the order of arrival says nothing.
		&s.putCheck: `INSERT INTO checks (dataset, run, name, field, at, outcome, severity, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET at = excluded.at, outcome = excluded.outcome, severity = excluded.severity, message = excluded.message
			WHERE excluded.at > at OR (excluded.at = at AND (excluded.outcome, excluded.severity, excluded.message) < (outcome, severity, message))`,
		&s.findFacet:      `SELECT pk FROM facet_values WHERE hash = ?`,
		&s.addFacet:       `INSERT INTO facet_values (hash, body, size_only) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
		&s.putChange:      `INSERT OR REPLACE INTO changes (dataset, at, run, change, previous) VALUES (?, ?, ?, ?, ?)`,
		&s.dropChanges:    `DELETE FROM changes WHERE run = ?`,
		&s.putLook:        `INSERT OR IGNORE INTO looks (dataset, data_time, at) VALUES (?, ?, ?)`,
		&s.putDeclaration: `INSERT OR REPLACE INTO declarations (job, at, inputs, outputs, columns, orders, flows) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		&s.putRelation:    `INSERT OR REPLACE INTO relations (job, kind, origin, body) VALUES (?, ?, ?, ?)`,
		&s.putMention:     `INSERT OR IGNORE INTO mentions (name, job) VALUES (?, ?)`,
		&s.putDirty:       `INSERT OR REPLACE INTO dirty (asset, position) VALUES (?, ?)`,
		&s.putMeta:        `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`,
		&s.park: `INSERT OR REPLACE INTO parked (position, received_at, code, place, reason, version, producer, job, datasets, bytes, kind, flags, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		&s.unpark: `DELETE FROM parked WHERE position = ?`,
	} {
		st, err := conn.PrepareContext(ctx, query)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("prepare %q: %w", query, err), s.close())
		}
		*into = st
		s.all = append(s.all, st)
	}
	return s, nil
}

func (s *statements) close() (err error) {
	for _, st := range s.all {
		err = errors.Join(err, st.Close())
	}
	return err
}
