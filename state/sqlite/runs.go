package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// nameText is a name as SQL compares it; it settles ties as Name.Compare does,
// where keys would settle them by what arrived first.
func nameText(column string) string {
	return `(SELECT n.namespace || char(0) || n.name FROM names n WHERE n.pk = ` + column + `)`
}

const runColumns = `pk, job, run_id, state, attempt, started, events, inputs, outputs, body`

// Runs lists runs newest first by (StartedAt of the first attempt, runId).
func (h *History) Runs(ctx context.Context, q catalog.RunQuery) ([]catalog.Run, error) {
	w, possible := h.runWhere(q)
	if !possible {
		return nil, nil
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	recs, err := h.runRecs(ctx, `SELECT `+runColumns+` FROM runs WHERE `+w.text()+` ORDER BY started DESC, run_id DESC, `+nameText("job")+` DESC LIMIT ?`, append(w.args, limit))
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return h.asRuns(ctx, recs)
}

// asRuns reads what belongs to each run.
func (h *History) asRuns(ctx context.Context, recs []*runRec) ([]catalog.Run, error) {
	out := make([]catalog.Run, 0, len(recs))
	for _, r := range recs {
		run, err := h.asRun(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("read run %s: %w", r.runID, err)
		}
		out = append(out, run)
	}
	return out, nil
}

// runWhere makes the condition; possible is false when a given field cannot
// match anything (an unknown job).
func (h *History) runWhere(q catalog.RunQuery) (*where, bool) {
	w := newWhere()
	if len(q.Jobs) > 0 {
		var pks []int64
		for _, id := range q.Jobs {
			pks = append(pks, pksOf(h.names.members(id))...)
		}
		if len(pks) == 0 {
			return w, false
		}
		w.in("job", pks)
	}
	if len(q.Keys) > 0 && !h.keysWhere(w, q.Keys) {
		return w, false
	}
	if len(q.RunIDs) > 0 {
		w.inText("run_id", q.RunIDs)
	}
	if n := len(q.ParentRunIDs); n > 0 {
		both := slices.Concat(q.ParentRunIDs, q.ParentRunIDs)
		args := make([]any, len(both))
		for i, v := range both {
			args[i] = v
		}
		w.add("(parent_run IN ("+marks(n)+") OR root_run IN ("+marks(n)+"))", args...)
	}
	if len(q.DirectParentRunIDs) > 0 {
		w.inText("parent_run", q.DirectParentRunIDs)
	}
	if len(q.ExternalIDs) > 0 {
		w.inText("external_id", q.ExternalIDs)
	}
	if len(q.States) > 0 {
		states := make([]string, len(q.States))
		for i, s := range q.States {
			states[i] = string(s)
		}
		w.inText("state", states)
	}
	w.bounds("started", q.StartedAfter, q.StartedBefore)
	if !q.ActiveAfter.IsZero() {
		from := nano(q.ActiveAfter)
		w.add(`pk IN (SELECT pk FROM runs WHERE started >= ? UNION SELECT pk FROM runs WHERE ended >= ? UNION SELECT pk FROM runs WHERE ended = 0)`, from, from)
	}
	return w, true
}

func (h *History) keysWhere(w *where, keys []catalog.RunKey) bool {
	text, args := "", []any{}
	for _, k := range keys {
		r := h.lookup(k.Job)
		if !r.known() {
			continue
		}
		if text != "" {
			text += " OR "
		}
		text += "(job = ? AND run_id = ?)"
		args = append(args, r.pk, k.RunID)
	}
	if text == "" {
		return false
	}
	w.add("("+text+")", args...)
	return true
}

func (h *History) runRecs(ctx context.Context, query string, args []any) ([]*runRec, error) {
	var out []*runRec
	err := each(ctx, h.db.read, query, args, func(rows *sql.Rows) error {
		r := &runRec{}
		var job, started int64
		var attempt int
		var state string
		var events, body []byte
		if err := rows.Scan(&r.pk, &job, &r.runID, &state, &attempt, &started, &events, &r.sets[setInputs], &r.sets[setOutputs], &body); err != nil {
			return err
		}
		if r.job = h.names.pk(job); !r.job.known() {
			return nil // a name newer than this reader's
		}
		out = append(out, r)
		return r.decode(events, body)
	})
	return out, err
}

func (h *History) asRun(ctx context.Context, r *runRec) (catalog.Run, error) {
	last := r.last()
	run := catalog.Run{
		Key: catalog.RunKey{Job: r.job.name, RunID: r.runID}, Asset: h.names.asset(r.job.pk),
		State: last.State, Attempt: last.Number, StartedAt: last.StartedAt, StartKnown: last.StartKnown,
		LastEventAt: r.events[len(r.events)-1].At, Streaming: r.body.Streaming, Snapshot: r.body.Snapshot, Incomplete: r.body.Incomplete,
		Parent: r.ref(fieldParent), Root: r.ref(fieldRoot),
		ExternalID: r.text(fieldExternal), CodeVersion: r.text(fieldCode), CodeHash: r.text(fieldCodeHash), Error: r.text(fieldError),
	}
	if !last.EndedAt.IsZero() {
		run.EndedAt = &last.EndedAt
	}
	r.field(fieldNominalStart, &run.NominalStart)
	r.field(fieldNominalEnd, &run.NominalEnd)
	r.field(fieldEngine, &run.Engine)
	r.field(fieldQuery, &run.Query)
	var seconds int64
	r.field(fieldWindow, &seconds)
	run.Window = time.Duration(seconds) * time.Second
	run.Reads = h.reads(r)
	if last.Contested {
		run.Flags = append(run.Flags, "terminals")
	}
	if last.Tool {
		run.Flags = append(run.Flags, "tool")
	}
	if r.body.FacetsCut {
		run.Flags = append(run.Flags, "facets")
	}
	var err error
	if run.Inputs, err = h.setNames(ctx, r.sets[setInputs]); err != nil {
		return run, err
	}
	run.Outputs, err = h.setNames(ctx, r.sets[setOutputs])
	return run, err
}

func (h *History) setNames(ctx context.Context, pk int64) ([]catalog.Name, error) {
	if pk == 0 {
		return nil, nil
	}
	body, _, err := readSet(ctx, h.db.read, pk)
	if err != nil {
		return nil, err
	}
	keys := nameKeys(membersOf(body))
	out := make([]catalog.Name, 0, len(keys))
	for _, k := range keys {
		out = append(out, h.named(k))
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out, nil
}

// AllRuns and AllVersions walk everything for the export, in no order.
func (h *History) AllRuns(ctx context.Context, fn func(catalog.Run) error) error {
	last := int64(0)
	for {
		recs, err := h.runRecs(ctx, `SELECT `+runColumns+` FROM runs WHERE pk > ? ORDER BY pk LIMIT 500`, []any{last})
		if err != nil || len(recs) == 0 {
			return err
		}
		for _, r := range recs {
			last = r.pk
			run, err := h.asRun(ctx, r)
			if err != nil {
				return err
			}
			if err := fn(run); err != nil {
				return err
			}
		}
	}
}

// AllVersions walks the versions of every dataset, without a bound.
func (h *History) AllVersions(ctx context.Context, fn func(catalog.Version) error) error {
	h.names.mu.RLock()
	ids := map[catalog.AssetID]bool{}
	for r := range h.names.all(catalog.TypeDataset) {
		ids[h.names.resolver.AssetOf(r.number)] = true
	}
	h.names.mu.RUnlock()
	for id := range ids {
		versions, err := h.versions(ctx, h.db.read, pksOf(h.names.members(id)), VersionFilter{Limit: 1 << 30})
		if err != nil {
			return err
		}
		for _, v := range versions {
			if err := fn(v); err != nil {
				return err
			}
		}
	}
	return nil
}
