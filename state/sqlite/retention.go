package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Retention of runs removes runs with their versions and check results, and
// keeps what follows from them: edges with their intervals, changes of
// datasets, and sums by day. The horizon is the time before which runs were
// removed; an event from before it can add nothing that would be right.
//
// Never removed are the newest runs of each job, the newest of those that did not
// end, the runs that made the newest
// good versions of a dataset, those that changed what a dataset is (dropped,
// renamed), and those that were heard of since.
const (
	// keptRuns of a job, whatever their age.
	keptRuns = 20
	// keptOpen runs of a job that never ended, whatever their age: what ends one
	// of them may still come, and decides its state and its edges.
	keptOpen = 1000
	// keptVersions of a dataset keep their runs.
	keptVersions = 10
	// metaHorizon and metaLastRun are keys of the table meta.
	metaHorizon = "runs_horizon"
	metaLastRun = "last_run"
)

// Horizon is the time before which runs were removed; zero when none were.
func (h *History) Horizon() time.Time { return fromNano(h.horizon.Load()) }

// SetHorizon moves the horizon forward to the beginning of at's day (UTC).
// Events from before it should not be projected any more once RemoveRuns runs.
func (h *History) SetHorizon(ctx context.Context, at time.Time) error {
	day := nano(at.UTC().Truncate(24 * time.Hour))
	if day <= h.horizon.Load() {
		return nil
	}
	if _, err := h.db.ledger.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, metaHorizon, day); err != nil {
		return fmt.Errorf("move the horizon of runs: %w", err)
	}
	h.horizon.Store(day)
	return nil
}

// RemoveRuns removes what lies before the horizon, job by job, so that the
// projection goes on in between. It says how many runs went.
func (h *History) RemoveRuns(ctx context.Context) (removed int, err error) {
	horizon := h.horizon.Load()
	if horizon == 0 {
		return 0, nil
	}
	var jobs []int64
	err = each(ctx, h.db.read, `SELECT DISTINCT job FROM runs WHERE started < ? AND last_event < ?`, []any{horizon, horizon}, func(rows *sql.Rows) error {
		var job int64
		err := rows.Scan(&job)
		jobs = append(jobs, job)
		return err
	})
	for _, job := range jobs {
		if err != nil || ctx.Err() != nil {
			break
		}
		var n int
		n, err = h.removeRunsOf(ctx, job, horizon)
		removed += n
	}
	if err != nil {
		return removed, fmt.Errorf("remove old runs: %w", err)
	}
	return removed, ctx.Err()
}

// oldRun is what decides whether a run before the horizon may go.
type oldRun struct {
	pk         int64 // 0: only its stub is left
	runID      string
	started    int64
	startKnown bool
	ended      int64
	lastEvent  int64
	state      catalog.RunState
	incomplete bool
	related    relatedSets
}

// asBefore reports whether a run says no more than the one before, for good.
func (r oldRun) asBefore(o oldRun) bool {
	return r.related == o.related && r.state.Terminal() && o.state.Terminal()
}

func (r oldRun) succeeded() bool { return r.state == catalog.RunSucceeded && !r.incomplete }

func (h *History) removeRunsOf(ctx context.Context, job, horizon int64) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.prepare(ctx); err != nil {
		return 0, err
	}
	h.db.turn.Lock()
	defer h.db.turn.Unlock()
	if _, err := h.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	w := &removal{ctx: ctx, h: h, job: job, horizon: horizon}
	err := guarded(w.run)
	if err == nil {
		_, err = h.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, rollback := h.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return 0, errors.Join(err, rollback)
	}
	for _, r := range w.gone {
		delete(h.runs, runKey{job, r.runID})
	}
	return len(w.gone), nil
}

// removal removes runs of one job in one transaction.
type removal struct {
	ctx     context.Context
	h       *History
	job     int64
	horizon int64
	gone    []oldRun
}

func (w *removal) run() error {
	runs, err := w.candidates()
	if err != nil {
		return err
	}
	kept, err := w.keepers()
	if err != nil {
		return err
	}
	stays := func(r oldRun) bool { return r.pk != 0 && (kept[r.pk] || r.lastEvent >= w.horizon) }
	needed := witnesses(runs)
	for i, r := range runs {
		if stays(r) {
			continue
		}
		if err := w.demote(r, needed[i]); err != nil {
			return err
		}
	}
	if len(w.gone) == 0 {
		return nil
	}
	return errors.Join(w.sumUp(), w.exec(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, metaLastRun, w.h.nextRun))
}

// candidates are the job's runs before the horizon, with the stubs of those
// that went before, in the order of intervals.
func (w *removal) candidates() (runs []oldRun, err error) {
	const query = `SELECT pk, run_id, started, start_known, ended, last_event, state, incomplete, reads, writes, derives, orders FROM runs WHERE job = ?1 AND started < ?2
		UNION ALL SELECT 0, run_id, started, 0, ended, 0, state, incomplete, reads, writes, derives, orders FROM past_runs WHERE job = ?1
		ORDER BY started, run_id`
	err = each(w.ctx, w.h.conn, query, []any{w.job, w.horizon}, func(rows *sql.Rows) error {
		var r oldRun
		err := rows.Scan(&r.pk, &r.runID, &r.started, &r.startKnown, &r.ended, &r.lastEvent, &r.state, &r.incomplete,
			&r.related[setInputs], &r.related[setOutputs], &r.related[setColumns], &r.related[setOrders])
		runs = append(runs, r)
		return err
	})
	return runs, err
}

// keepers are the runs that stay whatever their age.
func (w *removal) keepers() (map[int64]bool, error) {
	kept := map[int64]bool{}
	add := func(query string, args ...any) error {
		return each(w.ctx, w.h.conn, query, args, func(rows *sql.Rows) error {
			var pk int64
			err := rows.Scan(&pk)
			kept[pk] = true
			return err
		})
	}
	err := add(`SELECT pk FROM runs WHERE job = ? ORDER BY started DESC, run_id DESC LIMIT ?`, w.job, keptRuns)
	if err == nil {
		err = add(`SELECT pk FROM runs WHERE job = ? AND started < ? AND state IN (?, ?, ?) ORDER BY started DESC, run_id DESC LIMIT ?`,
			w.job, w.horizon, catalog.RunQueued, catalog.RunRunning, catalog.RunUnknown, keptOpen)
	}
	if err == nil {
		err = add(`SELECT c.run FROM changes c JOIN runs r ON r.pk = c.run WHERE r.job = ?`, w.job)
	}
	if err == nil {
		err = add(`SELECT v.run FROM (SELECT DISTINCT v.dataset FROM runs r JOIN versions v ON v.run = r.pk WHERE r.job = ?1 AND r.started < ?2) d
			JOIN versions v ON v.dataset = d.dataset JOIN runs r ON r.pk = v.run
			WHERE r.job = ?1 AND v.produced >= coalesce((SELECT w.produced FROM versions w WHERE w.dataset = d.dataset AND w.tainted = 0 ORDER BY w.produced DESC LIMIT 1 OFFSET ?3), 0)`,
			w.job, w.horizon, keptVersions-1)
	}
	return kept, err
}

// witnesses marks the runs without which some interval would be another one:
// of each row of runs that named the same, the first and the last, the first
// three that succeeded and the last of them. An interval begins with the first
// naming run; it ends with three successful omissions, of which the first says
// when and the last how long it has been. A run that has not ended is a row
// for itself: its end may name something else, and part what is beside it.
func witnesses(runs []oldRun) []bool {
	needed := make([]bool, len(runs))
	for from := 0; from < len(runs); {
		to := from
		for to < len(runs) && (to == from || runs[to].asBefore(runs[from])) {
			to++
		}
		needed[from], needed[to-1] = true, true
		last, successes := -1, 0
		for i := from; i < to; i++ {
			if runs[i].succeeded() {
				last = i
				if successes++; successes <= catalog.DefaultLifetime.Omissions {
					needed[i] = true
				}
			}
		}
		if last >= 0 {
			needed[last] = true
		}
		from = to
	}
	return needed
}

// demote takes a run out of history, and leaves a stub where one is needed.
func (w *removal) demote(r oldRun, needed bool) error {
	if r.related == (relatedSets{}) {
		needed = false // no edge follows from it
	}
	if r.pk == 0 {
		if needed {
			return nil
		}
		return w.exec(`DELETE FROM past_runs WHERE job = ? AND started = ? AND run_id = ?`, w.job, r.started, r.runID)
	}
	w.gone = append(w.gone, r)
	for _, query := range []string{`DELETE FROM versions WHERE run = ?`, `DELETE FROM checks WHERE run = ?`, `DELETE FROM runs WHERE pk = ?`} {
		if err := w.exec(query, r.pk); err != nil {
			return err
		}
	}
	if !needed {
		return nil
	}
	return w.exec(`INSERT OR REPLACE INTO past_runs (job, started, run_id, ended, state, incomplete, reads, writes, derives, orders) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.job, r.started, r.runID, r.ended, r.state, r.incomplete, r.related[setInputs], r.related[setOutputs], r.related[setColumns], r.related[setOrders])
}

func (w *removal) exec(query string, args ...any) error {
	_, err := w.h.conn.ExecContext(w.ctx, query, args...)
	return err
}

// sumUp adds the runs that went to the sums of their days.
func (w *removal) sumUp() error {
	days := map[int64]*catalog.RunDay{}
	for _, r := range w.gone {
		day := nano(fromNano(r.started).Truncate(24 * time.Hour))
		if days[day] == nil {
			days[day] = &catalog.RunDay{}
		}
		days[day].Runs++
		switch {
		case r.state == catalog.RunFailed:
			days[day].Failed++
		case r.state == catalog.RunSucceeded && r.startKnown && r.ended > 0:
			days[day].Took.Add(fromNano(r.ended).Sub(fromNano(r.started)))
		}
	}
	for day, sum := range days {
		old, err := readDays(w.ctx, w.h.conn, []int64{w.job}, day, 1)
		if err != nil {
			return err
		}
		for _, d := range old {
			if d.Day.Equal(fromNano(day)) {
				sum.Add(d)
			}
		}
		body, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		if err := w.exec(`INSERT OR REPLACE INTO run_days (job, day, body) VALUES (?, ?, ?)`, w.job, day, body); err != nil {
			return err
		}
	}
	return nil
}

// RunDays lists the sums of days of a job's removed runs, newest first, at most
// limit.
func (h *History) RunDays(ctx context.Context, job catalog.AssetID, limit int) ([]catalog.RunDay, error) {
	days, err := readDays(ctx, h.db.read, pksOf(h.names.members(job)), 1<<62, limit)
	if err != nil {
		return nil, fmt.Errorf("read sums of days: %w", err)
	}
	return days, nil
}

func readDays(ctx context.Context, q querier, jobs []int64, to int64, limit int) (out []catalog.RunDay, err error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	w := newWhere()
	w.in("job", jobs)
	w.add("day <= ?", to)
	query := `SELECT day, body FROM run_days WHERE ` + w.text() + ` ORDER BY day DESC LIMIT ?`
	err = each(ctx, q, query, append(slices.Clone(w.args), limit*len(jobs)), func(rows *sql.Rows) error {
		var day int64
		var body []byte
		if err := rows.Scan(&day, &body); err != nil {
			return err
		}
		d := catalog.RunDay{Day: fromNano(day)}
		if err := json.Unmarshal(body, &d); err != nil {
			return err
		}
		if n := len(out); n > 0 && out[n-1].Day.Equal(d.Day) {
			out[n-1].Add(d) // the same day under another name of the job
		} else {
			out = append(out, d)
		}
		return nil
	})
	return out[:min(limit, len(out))], err
}
