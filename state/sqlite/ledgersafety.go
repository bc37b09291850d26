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

// admission adds the conditions on what actions were admitted by.
func (w *where) admission(q catalog.ActionQuery) {
	for col, v := range map[string]string{"policy": q.Policy, "root": q.Root, "pool": q.Pool} {
		if v != "" {
			w.add(col+" = ?", v)
		}
	}
	if len(q.ParentRunIDs) > 0 {
		w.inText("parent_run", q.ParentRunIDs)
	}
	if q.Sent {
		w.add("sent_at IS NOT NULL")
	}
	if !q.SentAfter.IsZero() {
		w.add("sent_at > ?", nano(q.SentAfter))
	}
}

// standing leaves people's orders that were followed and that no later one ended
// which was. There are few of a kind.
func (w *where) standing() {
	w.inText("kind", texts([]catalog.ActionKind{catalog.ActionHold, catalog.ActionPause}))
	w.add("state = ?", catalog.ActionSucceeded)
	w.add("(kind <> ? OR NOT EXISTS (SELECT 1 FROM actions AS later WHERE later.kind = ? AND later.state = ? AND later.seq > actions.seq AND later.asset = actions.asset))",
		catalog.ActionHold, catalog.ActionRelease, catalog.ActionSucceeded)
	w.add("(kind <> ? OR NOT EXISTS (SELECT 1 FROM actions AS later WHERE later.kind = ? AND later.state = ? AND later.seq > actions.seq AND later.connector = actions.connector AND later.tool_job = actions.tool_job))",
		catalog.ActionPause, catalog.ActionResume, catalog.ActionSucceeded)
}

// CountActions counts what a query selects, whatever its limit.
func (l *Ledger) CountActions(ctx context.Context, q catalog.ActionQuery) (n int, err error) {
	w := actionsWhere(q)
	if err := l.db.read.QueryRowContext(ctx, `SELECT count(*) FROM actions WHERE `+w.text(), w.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count actions: %w", err)
	}
	return n, nil
}

// KillSwitch reports whether the global switch is on.
func (l *Ledger) KillSwitch(ctx context.Context) (bool, error) {
	var on bool
	err := l.db.read.QueryRowContext(ctx, `SELECT on_ FROM switches WHERE scope = ? AND name = '' ORDER BY seq DESC LIMIT 1`, catalog.ScopeGlobal).Scan(&on)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return on, err
}

// SetKillSwitch records who set the global switch, and why.
func (l *Ledger) SetKillSwitch(ctx context.Context, on bool, actor, reason string, at time.Time) error {
	_, err := l.SetSwitch(ctx, catalog.Switch{Scope: catalog.ScopeGlobal, On: on, Actor: actor, Reason: reason, At: at})
	return err
}

// SetSwitch records who set a switch, and why.
func (l *Ledger) SetSwitch(ctx context.Context, s catalog.Switch) (catalog.Switch, error) {
	err := l.write(ctx, "set kill switch", func(tx *sql.Tx, seq int64) error {
		s.Seq = seq
		_, err := tx.ExecContext(ctx, `INSERT INTO switches (seq, at, on_, actor, reason, scope, name) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			seq, nano(s.At), s.On, s.Actor, s.Reason, s.Scope, s.Name)
		return err
	})
	return s, err
}

// Switches lists the switches that are on.
func (l *Ledger) Switches(ctx context.Context) ([]catalog.Switch, error) {
	return l.switches(ctx, `on_ = 1 AND seq = (SELECT max(seq) FROM switches AS o WHERE o.scope = s.scope AND o.name = s.name) ORDER BY scope, name`)
}

// Switched lists what was turned on and off, newest first.
func (l *Ledger) Switched(ctx context.Context, q catalog.SwitchQuery) ([]catalog.Switch, error) {
	return l.switches(ctx, `(? = 0 OR seq < ?) ORDER BY seq DESC LIMIT ?`, q.Before, q.Before, limitOr(q.Limit, 50))
}

func (l *Ledger) switches(ctx context.Context, which string, args ...any) (out []catalog.Switch, err error) {
	err = each(ctx, l.db.read, `SELECT seq, on_, scope, name, at, actor, reason FROM switches AS s WHERE `+which, args, func(rows *sql.Rows) error {
		var s catalog.Switch
		var at int64
		err := rows.Scan(&s.Seq, &s.On, &s.Scope, &s.Name, &at, &s.Actor, &s.Reason)
		s.At = fromNano(at)
		out = append(out, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read kill switches: %w", err)
	}
	return out, nil
}

// RaiseAlert keeps an alert, once by its id.
func (l *Ledger) RaiseAlert(ctx context.Context, a catalog.Alert) (raised bool, err error) {
	err = l.write(ctx, "raise alert", func(tx *sql.Tx, seq int64) error {
		a.Seq = seq
		body, err := json.Marshal(a)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO alerts (seq, id, policy, asset, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			seq, a.ID, a.Policy, a.Asset[:], body)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		raised = n > 0
		return err
	})
	return raised, err
}

// Alerts lists alerts, newest first.
func (l *Ledger) Alerts(ctx context.Context, q catalog.AlertQuery) ([]catalog.Alert, error) {
	w := newWhere()
	if q.Policy != "" {
		w.add("policy = ?", q.Policy)
	}
	if len(q.Assets) > 0 {
		w.assets(q.Assets)
	}
	if q.Before > 0 {
		w.add("seq < ?", q.Before)
	}
	return listed[catalog.Alert](ctx, l, `SELECT body FROM alerts WHERE `+w.text()+` ORDER BY seq DESC LIMIT ?`, append(w.args, limitOr(q.Limit, 50)), "read alerts")
}
