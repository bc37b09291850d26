package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// The origins of a relation.
const (
	observed = 0
	declared = 1
)

// sideKey names one relation of one job name: its inputs, outputs, column
// edges or orders, observed or declared.
type sideKey struct {
	job    int64
	kind   int // setInputs ... setOrders
	origin int
}

// sideState is a summary of a relation's interval list, which makes a run that
// repeats what is known cost nothing. The list itself is on disk alone: there is
// one for each job.
type sideState struct {
	// filed is the list as it is on disk, hashed.
	filed [2]uint64
	// first is the earliest of the runs, while all named one set.
	first firstRun
	// uniform is the one set that all runs named; 0 none yet, -1 several.
	uniform int64
	// open is the set of the keys that are open; 0 unknown or none.
	open int64
	// pending: an open key is being omitted.
	pending bool
	// lastStart is the latest START of a run that named anything.
	lastStart int64
}

// firstRun is a run that begins intervals.
type firstRun struct {
	from int64
	id   string
}

// noSpans is a list of nothing, which is not filed where there was none.
var noSpans = rawHash([]byte("{}"))

// maxCachedSides bounds the memory of the relation cache.
const maxCachedSides = 200_000

// relatedColumns of the table runs hold the related sets.
var relatedColumns = [...]string{"reads", "writes", "derives", "orders"}

// relate brings a relation of the run's job up to date after the run changed.
func (b *batch) relate(r *runRec, kind int) error {
	before, after := r.stored.related[kind], r.related[kind]
	if after == 0 || r.unchangedFor(kind) {
		return nil
	}
	key := sideKey{r.job.pk, kind, observed}
	s, err := b.side(key)
	if err != nil {
		return err
	}
	start := r.started()
	switch {
	case before == 0 && s.uniform == 0:
		return b.firstRun(key, s, r)
	case s.uniform == after && (before == 0 || before == after):
		return b.uniformRun(key, s, r)
	case s.open == after && !s.pending && (before == 0 && start > s.lastStart || before == after && r.onlyEnded() && start >= s.lastStart):
		s.lastStart = start
		return nil
	}
	return b.recompute(key)
}

// unchangedFor: nothing that an interval depends on moved.
func (r *runRec) unchangedFor(kind int) bool {
	s := r.stored
	return s.exists && s.related[kind] == r.related[kind] && s.started == r.started() && s.ended == r.ended() && s.state == r.last().State && s.partial == r.body.Incomplete
}

// onlyEnded: the run stands where it stood, and was no success that omits.
func (r *runRec) onlyEnded() bool {
	return r.stored.started == r.started() && r.stored.state != catalog.RunSucceeded
}

// firstRun: the relation's first run opens every key it names.
func (b *batch) firstRun(key sideKey, s *sideState, r *runRec) error {
	keys, err := b.keys(r.related[key.kind])
	if err != nil {
		return err
	}
	spans := make(map[string][]catalog.Interval, len(keys))
	for _, k := range keys {
		spans[k] = []catalog.Interval{{From: fromNano(r.started()), Run: r.runID}}
	}
	s.uniform, s.open, s.pending, s.lastStart = r.related[key.kind], r.related[key.kind], false, r.started()
	s.first = firstRun{r.started(), r.runID}
	return b.saveSide(key, s, spans)
}

// uniformRun: all runs named this very set, so only the beginning can move.
func (b *batch) uniformRun(key sideKey, s *sideState, r *runRec) error {
	s.lastStart = max(s.lastStart, r.started())
	if s.first.id == r.runID || s.first.after(r) {
		return b.recompute(key)
	}
	return nil
}

// after reports whether a run is earlier still.
func (f firstRun) after(r *runRec) bool {
	c := cmp.Compare(nano(r.attempts[0].StartedAt), f.from)
	return c < 0 || c == 0 && r.runID < f.id
}

// side gives a relation from memory or disk.
func (b *batch) side(key sideKey) (*sideState, error) {
	if s := b.h.sides[key]; s != nil {
		return s, nil
	}
	s := &sideState{filed: noSpans}
	if !b.fresh[key.job] {
		body, err := readRelation(b.ctx, b.conn, key)
		if err != nil {
			return nil, err
		}
		if hash := rawHash(body); body != nil && hash != noSpans {
			s.filed, s.uniform, s.pending = hash, -1, true
		}
	}
	if len(b.h.sides) >= maxCachedSides {
		clear(b.h.sides)
		clear(b.fresh) // what was filed of them is on disk alone now
	}
	b.h.sides[key] = s
	return s, nil
}

// recompute reads all runs of the relation and computes its intervals anew.
func (b *batch) recompute(key sideKey) error {
	s, err := b.side(key)
	if err != nil {
		return err
	}
	runs, life, err := b.namingRuns(key, s)
	if err != nil {
		return err
	}
	spans, pending := intervalsOf(key, runs, life)
	s.pending = pending
	if s.open, err = b.set(openKeys(spans)); err != nil {
		return err
	}
	s.begin(spans)
	return b.saveSide(key, s, spans)
}

// begin notes the first run: while all runs name one set, all keys have the same.
func (s *sideState) begin(spans map[string][]catalog.Interval) {
	s.first = firstRun{}
	for _, list := range spans {
		s.first = firstRun{nano(list[0].From), list[0].Run}
		return
	}
}

// intervalsOf groups the keys by what lives together: the observed column edges
// of one output, parents apart from orders, everything else as one. What a
// JobEvent declares is one: a newer one leaves out what it does not name.
func intervalsOf(key sideKey, runs []catalog.NamingRun[string], life catalog.Lifetime) (map[string][]catalog.Interval, bool) {
	if key.kind == setInputs || key.kind == setOutputs || key.kind == setColumns && key.origin == declared {
		return catalog.Intervals(runs, life)
	}
	all, pending := map[string][]catalog.Interval{}, false
	for g, part := range groupRuns(key.kind, runs) {
		spans, p := catalog.Intervals(part, life)
		pending = pending || p
		for k, iv := range spans {
			if k != explicitKey || g == explicitKey {
				all[k] = iv
			}
		}
	}
	return all, pending
}

// groupRuns parts the runs by group. A run that carried the explicit facet
// speaks of every group: it omits what it does not name.
func groupRuns(kind int, runs []catalog.NamingRun[string]) map[string][]catalog.NamingRun[string] {
	parts := make([]map[string][]string, len(runs))
	all := map[string]bool{}
	for i, r := range runs {
		parts[i] = map[string][]string{}
		for _, k := range r.Named {
			g := groupOf(kind, k)
			parts[i][g], all[g] = append(parts[i][g], k), true
		}
	}
	out := map[string][]catalog.NamingRun[string]{}
	for i, r := range runs {
		_, explicit := parts[i][explicitKey]
		for g := range all {
			part := r
			if part.Named = parts[i][g]; explicit && g != explicitKey {
				part.Named = append(part.Named, explicitKey)
			}
			if len(part.Named) > 0 {
				out[g] = append(out[g], part)
			}
		}
	}
	return out
}

func groupOf(kind int, key string) string {
	if kind == setColumns {
		out, _, _ := strings.Cut(key, partSep)
		return out
	}
	return key[:1]
}

func (b *batch) namingRuns(key sideKey, s *sideState) ([]catalog.NamingRun[string], catalog.Lifetime, error) {
	if key.origin == declared {
		runs, err := b.declarations(key)
		return runs, catalog.DeclaredLifetime, err
	}
	var runs []catalog.NamingRun[string]
	sets := []int64{}
	columns := `run_id, started, ended, state, incomplete, ` + relatedColumns[key.kind]
	query := `SELECT ` + columns + ` FROM runs WHERE job = ?1 AND ` + relatedColumns[key.kind] + ` <> 0
		UNION ALL SELECT ` + columns + ` FROM past_runs WHERE job = ?1 AND ` + relatedColumns[key.kind] + ` <> 0`
	err := each(b.ctx, b.conn, query, []any{key.job}, func(rows *sql.Rows) error {
		var r catalog.NamingRun[string]
		var started, ended, set int64
		var state catalog.RunState
		var incomplete bool // what it left out it may not have seen
		if err := rows.Scan(&r.RunID, &started, &ended, &state, &incomplete, &set); err != nil {
			return err
		}
		r.Start, r.End, r.Succeeded = fromNano(started), fromNano(ended), state == catalog.RunSucceeded && !incomplete
		runs, sets = append(runs, r), append(sets, set)
		return nil
	})
	if err != nil {
		return nil, catalog.Lifetime{}, err
	}
	return runs, catalog.DefaultLifetime, b.fillRuns(runs, sets, s)
}

// fillRuns resolves the sets after the rows are closed (one connection) and
// renews the summary.
func (b *batch) fillRuns(runs []catalog.NamingRun[string], sets []int64, s *sideState) (err error) {
	s.uniform, s.lastStart = 0, 0
	for i := range runs {
		if runs[i].Named, err = b.keys(sets[i]); err != nil {
			return err
		}
		s.lastStart = max(s.lastStart, nano(runs[i].Start))
		if i == 0 {
			s.uniform = sets[i]
		} else if s.uniform != sets[i] {
			s.uniform = -1
		}
	}
	return nil
}

func openKeys(spans map[string][]catalog.Interval) []string {
	var keys []string
	for k, list := range spans {
		if list[len(list)-1].To.IsZero() {
			keys = append(keys, k)
		}
	}
	return keys
}

// saveSide writes the complete list, if it is not what is there, and says whose
// rows changed by it.
func (b *batch) saveSide(key sideKey, s *sideState, spans map[string][]catalog.Interval) error {
	body, err := encodeSpans(spans)
	if err != nil {
		return err
	}
	hash := rawHash(body)
	if s.filed == hash {
		return nil
	}
	s.filed = hash
	if err := b.exec(b.st.putRelation, key.job, key.kind, key.origin, body); err != nil {
		return fmt.Errorf("file relation: %w", err)
	}
	b.dirtyName(b.h.names.pk(key.job))
	for pk := range mentionedIn(key.kind, spans) {
		if err := b.exec(b.st.putMention, pk, key.job); err != nil {
			return fmt.Errorf("file mention: %w", err)
		}
		if key.kind == setOrders { // an order is owned by its downstream job
			b.dirtyName(b.h.names.pk(pk))
		}
	}
	return nil
}

func mentionedIn(kind int, spans map[string][]catalog.Interval) map[int64]bool {
	out := map[int64]bool{}
	for k := range spans {
		switch {
		case k == explicitKey:
		case kind == setColumns:
			e := parseColumnKey(k)
			out[e.src], out[e.dst] = true, true
		case kind == setOrders:
			contains, up, down := parseOrderKey(k)
			out[up] = true
			if !contains {
				out[down] = true
			}
		default:
			out[parseNameKey(k)] = true
		}
	}
	return out
}

// storedSpan is [from, to, run] in the relation's JSON.
type storedSpan struct {
	From int64  `json:"f"`
	To   int64  `json:"t,omitempty"`
	Run  string `json:"r,omitempty"`
}

func encodeSpans(spans map[string][]catalog.Interval) ([]byte, error) {
	out := make(map[string][]storedSpan, len(spans))
	for k, list := range spans {
		for _, iv := range list {
			out[k] = append(out[k], storedSpan{nano(iv.From), nano(iv.To), iv.Run})
		}
	}
	return json.Marshal(out)
}

func decodeSpans(body []byte) (map[string][]catalog.Interval, error) {
	var in map[string][]storedSpan
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	out := make(map[string][]catalog.Interval, len(in))
	for k, list := range in {
		for _, s := range list {
			out[k] = append(out[k], catalog.Interval{From: fromNano(s.From), To: fromNano(s.To), Run: s.Run})
		}
	}
	return out, nil
}

// readRelation reads the list of a relation as it was written; nil when it has
// none.
func readRelation(ctx context.Context, q querier, key sideKey) (body []byte, err error) {
	err = each(ctx, q, `SELECT body FROM relations WHERE job = ? AND kind = ? AND origin = ?`, []any{key.job, key.kind, key.origin},
		func(rows *sql.Rows) error { return rows.Scan(&body) })
	if err != nil {
		return nil, fmt.Errorf("read relation: %w", err)
	}
	return body, nil
}
