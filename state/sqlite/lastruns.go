package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/weirhq/weir/catalog"
)

// lastRuns remembers how the newest run of each job's name ended, in step with what
// is committed: a commit says whose runs it touched, and who asks next reads those
// anew. Nothing is read or kept before somebody asks.
type lastRuns struct {
	reading sync.Mutex // one reads at a time; guards of and failed
	of      map[int64]lastRun
	failed  map[int64]struct{}

	mu       sync.Mutex // held for moments only: commits wait for it
	followed bool
	touched  map[int64]struct{} // jobs whose runs were committed since they were read
}

type lastRun struct {
	started int64
	runID   string
	failed  bool
}

func (r lastRun) before(o lastRun) bool {
	return cmp.Or(cmp.Compare(r.started, o.started), strings.Compare(r.runID, o.runID)) < 0
}

// touch says that runs were committed.
func (l *lastRuns) touch(runs []*runRec) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.followed {
		return
	}
	for _, r := range runs {
		l.touched[r.job.pk] = struct{}{}
	}
}

// due are the jobs to read; all, when nothing is known that was read before.
func (l *lastRuns) due() (pks []int64, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.followed {
		l.followed, l.touched = true, map[int64]struct{}{}
		return nil, true
	}
	pks = slices.Collect(maps.Keys(l.touched))
	clear(l.touched)
	return pks, false
}

// again puts back what could not be read.
func (l *lastRuns) again(due []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pk := range due {
		l.touched[pk] = struct{}{}
	}
}

// forget has all be read anew: commits may have come that said nothing.
func (l *lastRuns) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followed = false
}

// FailedJobs are the jobs whose newest run failed.
func (h *History) FailedJobs(ctx context.Context) (map[catalog.AssetID]struct{}, error) {
	l := &h.lasts
	l.reading.Lock()
	defer l.reading.Unlock()
	if err := h.follow(ctx); err != nil {
		return nil, fmt.Errorf("read newest runs: %w", err)
	}
	out := map[catalog.AssetID]struct{}{}
	for pk := range l.failed {
		if id := h.names.asset(pk); l.newest(pksOf(h.names.members(id))).failed {
			out[id] = struct{}{}
		}
	}
	return out, nil
}

// follow brings the newest runs up to what is committed.
func (h *History) follow(ctx context.Context) error {
	l := &h.lasts
	due, all := l.due()
	if all {
		due = h.names.pks(catalog.TypeJob)
	}
	read, err := h.readLast(ctx, due)
	switch {
	case err != nil && all:
		l.forget()
		return err
	case err != nil:
		l.again(due)
		return err
	case all:
		l.of, l.failed = nil, nil
	}
	l.take(read)
	return nil
}

// newest is the last run of a job of several names.
func (l *lastRuns) newest(pks []int64) (out lastRun) {
	for _, pk := range pks {
		if r, ran := l.of[pk]; ran && out.before(r) {
			out = r
		}
	}
	return out
}

// readLast reads the newest run of each job's name.
func (h *History) readLast(ctx context.Context, pks []int64) (map[int64]lastRun, error) {
	if len(pks) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(pks)
	if err != nil {
		return nil, err
	}
	read := map[int64]lastRun{}
	err = each(ctx, h.db.read, `SELECT job, started, run_id, state = ? FROM runs WHERE pk IN (
  SELECT (SELECT pk FROM runs WHERE job = j.value ORDER BY started DESC, run_id DESC LIMIT 1) FROM json_each(?) j)`, []any{catalog.RunFailed, string(list)}, func(rows *sql.Rows) error {
		var job int64
		var r lastRun
		err := rows.Scan(&job, &r.started, &r.runID, &r.failed)
		read[job] = r
		return err
	})
	return read, err
}

func (l *lastRuns) take(read map[int64]lastRun) {
	if l.of == nil {
		l.of, l.failed = map[int64]lastRun{}, map[int64]struct{}{}
	}
	for pk, r := range read {
		l.of[pk] = r
		if delete(l.failed, pk); r.failed {
			l.failed[pk] = struct{}{}
		}
	}
}
