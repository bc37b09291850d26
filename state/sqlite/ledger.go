package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Ledger is the record of what weir decided and did, in state.db with
// synchronous=FULL: an intent that was recorded survives a power loss.
type Ledger struct{ db *DB }

// NewLedger returns the ledger of a database.
func NewLedger(db *DB) *Ledger { return &Ledger{db: db} }

// write runs fn in one durable transaction with the next sequence number.
func (l *Ledger) write(ctx context.Context, what string, fn func(tx *sql.Tx, seq int64) error) error {
	l.db.turn.Lock()
	defer l.db.turn.Unlock()
	tx, err := l.db.ledger.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	var seq int64
	if err := tx.QueryRowContext(ctx, `UPDATE ledger_seq SET seq = seq + 1 RETURNING seq`).Scan(&seq); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := fn(tx, seq); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Record keeps a decision and the action it makes, together.
func (l *Ledger) Record(ctx context.Context, d catalog.Decision, a *catalog.Action) (catalog.Decision, error) {
	err := l.write(ctx, "record decision", func(tx *sql.Tx, seq int64) error {
		d.Seq = seq
		if a != nil {
			a.Seq = seq
			if err := putAction(ctx, tx, *a); err != nil {
				return err
			}
		}
		return putDecision(ctx, tx, d)
	})
	return d, err
}

func putDecision(ctx context.Context, tx *sql.Tx, d catalog.Decision) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO decisions (seq, id, policy, asset, at, gate, partition, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Seq, d.ID, d.Policy, d.Target[:], nano(d.At), d.Gate != nil, d.Partition, body)
	return err
}

func putAction(ctx context.Context, tx *sql.Tx, a catalog.Action) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var key any // none is NULL: only keys are unique
	if a.Asked != nil {
		key = a.Asked.Key
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO actions (id, seq, state, closed, asset, connector, tool_job, kind, parent, dated, ask_key, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, closed = excluded.closed, body = excluded.body`,
		a.ID, a.Seq, a.State, a.State.Terminal(), a.Target[:], a.Connector, a.ToolJob, a.Kind, a.Parent, !a.Nominal.IsZero(), key, body)
	return err
}

// assets adds a condition on the asset column.
func (w *where) assets(ids []catalog.AssetID) {
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i][:]
	}
	w.add("asset IN ("+marks(len(ids))+")", args...)
}

// LastDecision is the newest decision of a policy on an asset, without the
// gate's.
func (l *Ledger) LastDecision(ctx context.Context, policy string, assets ...catalog.AssetID) (catalog.Decision, error) {
	var d catalog.Decision
	found := false
	w := newWhere()
	w.assets(assets)
	w.add("policy = ? AND gate = 0", policy)
	err := l.bodies(ctx, `SELECT body FROM decisions WHERE `+w.text()+` ORDER BY seq DESC LIMIT 1`, w.args,
		func(b []byte) error { found = true; return json.Unmarshal(b, &d) })
	if err == nil && !found {
		err = fmt.Errorf("decision of %s on %v: %w", policy, assets, catalog.ErrNotFound)
	}
	return d, err
}

func (l *Ledger) bodies(ctx context.Context, query string, args []any, fn func([]byte) error) error {
	return each(ctx, l.db.read, query, args, func(rows *sql.Rows) error {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return err
		}
		return fn(b)
	})
}

// listed reads rows that are kept as JSON; doing says what it is for in an error.
func listed[T any](ctx context.Context, l *Ledger, query string, args []any, doing string) (out []T, err error) {
	err = l.bodies(ctx, query, args, func(b []byte) error {
		var row T
		err := json.Unmarshal(b, &row)
		out = append(out, row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return out, nil
}

// Decisions lists decisions newest first.
func (l *Ledger) Decisions(ctx context.Context, q catalog.DecisionQuery) ([]catalog.Decision, error) {
	w := newWhere()
	if q.ID != "" {
		w.add("id = ?", q.ID)
	}
	if !q.Asset.IsZero() {
		w.add("asset = ?", q.Asset[:])
	}
	if len(q.Assets) > 0 {
		w.assets(q.Assets)
	}
	if q.Policy != "" {
		w.add("policy = ?", q.Policy)
	}
	if q.Gated {
		w.add("gate = 1 AND partition <> ''")
	}
	if q.Partition != "" {
		w.add("partition = ?", q.Partition)
	}
	if q.Before > 0 {
		w.add("seq < ?", q.Before)
	}
	if len(q.Outcomes) > 0 {
		w.inText("outcome", texts(q.Outcomes))
	}
	if len(q.Modes) > 0 {
		w.inText("mode", texts(q.Modes))
	}
	w.bounds("at", q.Since, q.Until)
	return listed[catalog.Decision](ctx, l, `SELECT body FROM decisions WHERE `+w.text()+` ORDER BY seq DESC LIMIT ?`, append(w.args, limitOr(q.Limit, 50)), "read decisions")
}

// texts are words as plain strings.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func limitOr(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}

// Actions lists actions newest first, or with Sent the last sent first.
func (l *Ledger) Actions(ctx context.Context, q catalog.ActionQuery) ([]catalog.Action, error) {
	w := actionsWhere(q)
	order := "seq DESC, id"
	if q.Sent {
		order = "sent_at DESC, id"
	}
	return listed[catalog.Action](ctx, l, `SELECT body FROM actions WHERE `+w.text()+` ORDER BY `+order+` LIMIT ?`, append(w.args, limitOr(q.Limit, 50)), "read actions")
}

// actionsWhere is the condition of a query.
func actionsWhere(q catalog.ActionQuery) *where {
	w := newWhere()
	for col, v := range map[string]string{"id": q.ID, "connector": q.Connector, "tool_job": q.ToolJob, "parent": q.Parent, "ask_key": q.AskKey} {
		if v != "" {
			w.add(col+" = ?", v)
		}
	}
	if !q.Asset.IsZero() {
		w.add("asset = ?", q.Asset[:])
	}
	if len(q.Assets) > 0 {
		w.assets(q.Assets)
	}
	if len(q.States) > 0 {
		w.inText("state", texts(q.States))
	}
	if len(q.Kinds) > 0 {
		w.inText("kind", texts(q.Kinds))
	}
	if q.Undated {
		w.add("dated = 0")
	}
	if q.Open {
		w.add("closed = 0")
	}
	if q.Closed {
		w.add("closed = 1")
	}
	if q.Standing {
		w.standing()
	}
	if q.Before > 0 {
		w.add("seq < ?", q.Before)
	}
	if q.After > 0 {
		w.add("seq > ?", q.After)
	}
	if q.Partition != nil { // no index: who asks bounds what is read by asset and After
		w.add("COALESCE(CAST(body AS TEXT) ->> '$.partition', '') = ?", *q.Partition)
	}
	w.admission(q)
	return w
}

// Update moves an action if it still is where the caller saw it.
func (l *Ledger) Update(ctx context.Context, from catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	err := l.write(ctx, "update action "+a.ID, func(tx *sql.Tx, seq int64) error { return move(ctx, tx, seq, from, &a) })
	return a, err
}

// move writes an action that still is where the caller saw it.
func move(ctx context.Context, tx *sql.Tx, seq int64, from catalog.ActionState, a *catalog.Action) error {
	var state catalog.ActionState
	err := tx.QueryRowContext(ctx, `SELECT state FROM actions WHERE id = ?`, a.ID).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return catalog.ErrNotFound
	}
	if err != nil {
		return err
	}
	if state != from {
		return fmt.Errorf("%w: it is %s, not %s", catalog.ErrConflict, state, from)
	}
	a.Seq = seq
	return putAction(ctx, tx, *a)
}

// GateAnswer returns a final answer given before.
func (l *Ledger) GateAnswer(ctx context.Context, job catalog.Name, key, runRef string) (catalog.GateAnswer, error) {
	var g catalog.GateAnswer
	found := false
	err := l.bodies(ctx, `SELECT body FROM gate_answers WHERE job = ? AND key = ? AND run_ref = ? AND final = 1`, []any{askedKey(job), key, runRef},
		func(b []byte) error { found = true; return json.Unmarshal(b, &g) })
	if err == nil && !found {
		err = fmt.Errorf("gate answer: %w", catalog.ErrNotFound)
	}
	return g, err
}

// askedKey is the asking job's name as a column.
func askedKey(n catalog.Name) []byte { id := n.ID(); return id[:] }

// GateAnswers lists final answers, newest first.
func (l *Ledger) GateAnswers(ctx context.Context, q catalog.GateQuery) ([]catalog.GateAnswer, error) {
	w := newWhere()
	w.add("final = 1")
	if len(q.Jobs) > 0 {
		args := make([]any, len(q.Jobs))
		for i, n := range q.Jobs {
			args[i] = askedKey(n)
		}
		w.add("job IN ("+marks(len(args))+")", args...)
	}
	if len(q.RunRefs) > 0 {
		w.inText("run_ref", q.RunRefs)
	}
	if !q.LeasedAt.IsZero() {
		w.add("lease_until > ?", nano(q.LeasedAt))
	}
	return listed[catalog.GateAnswer](ctx, l, `SELECT body FROM gate_answers WHERE `+w.text()+` ORDER BY asked_at DESC, key, run_ref LIMIT ?`, append(w.args, limitOr(q.Limit, 50)), "read gate answers")
}

// GateAsked returns when the asker first asked, recording now if never.
func (l *Ledger) GateAsked(ctx context.Context, job catalog.Name, key, runRef string, now time.Time) (time.Time, error) {
	var at int64
	err := l.write(ctx, "record gate question", func(tx *sql.Tx, _ int64) error {
		return tx.QueryRowContext(ctx, `INSERT INTO gate_answers (job, key, run_ref, asked_at) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET asked_at = asked_at RETURNING asked_at`, askedKey(job), key, runRef, nano(now)).Scan(&at)
	})
	return fromNano(at), err
}

// GateForget forgets that an asker asked, and the answer.
func (l *Ledger) GateForget(ctx context.Context, job catalog.Name, key, runRef string) error {
	return l.write(ctx, "forget gate question", func(tx *sql.Tx, _ int64) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM gate_answers WHERE job = ? AND key = ? AND run_ref = ?`, askedKey(job), key, runRef)
		return err
	})
}

// gateKept is how long a final answer binds.
const gateKept = 7 * 24 * time.Hour

func leaseUntil(a *catalog.GateAnswer) int64 {
	if a.Lease == nil {
		return 0
	}
	return nano(a.Lease.Expires)
}

// RecordGate keeps a decision of the gate; a final one binds its asker.
func (l *Ledger) RecordGate(ctx context.Context, d catalog.Decision, final bool) (catalog.Decision, error) {
	err := l.write(ctx, "record gate answer", func(tx *sql.Tx, seq int64) error {
		d.Seq = seq
		if final {
			body, err := json.Marshal(d.Gate)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO gate_answers (job, key, run_ref, asked_at, final, lease_until, body) VALUES (?, ?, ?, ?, 1, ?, ?)
				ON CONFLICT DO UPDATE SET final = 1, lease_until = excluded.lease_until, body = excluded.body WHERE final = 0`,
				askedKey(d.Gate.Job), d.Gate.Key, d.Gate.RunRef, nano(d.Gate.FirstAskedAt), leaseUntil(d.Gate), body); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM gate_answers WHERE asked_at < ?`, nano(d.At.Add(-gateKept))); err != nil {
			return err
		}
		return putDecision(ctx, tx, d)
	})
	return d, err
}

// Seq is the number of the last ledger write.
func (l *Ledger) Seq(ctx context.Context) (seq int64, err error) {
	err = l.db.read.QueryRowContext(ctx, `SELECT seq FROM ledger_seq`).Scan(&seq)
	return seq, err
}

// Cursor is a connector's poll cursor, "" at first.
func (l *Ledger) Cursor(ctx context.Context, connector string) (cursor string, err error) {
	err = l.db.read.QueryRowContext(ctx, `SELECT cursor FROM cursors WHERE connector = ?`, connector).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return cursor, err
}

// SetCursor keeps a connector's poll cursor.
func (l *Ledger) SetCursor(ctx context.Context, connector, cursor string) error {
	return l.write(ctx, "keep cursor", func(tx *sql.Tx, _ int64) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO cursors (connector, cursor) VALUES (?, ?)`, connector, cursor)
		return err
	})
}
