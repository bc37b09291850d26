package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/weirhq/weir/catalog"
)

// Journal is events.db: the only system of record for what was observed.
// Append returns when the record is on disk; Run is the one committer.
type Journal struct {
	db, read *sql.DB
	queue    chan *appending
	stopped  chan struct{} // closed when Run ends
	end      atomic.Uint64
	enc      *zstd.Encoder
	dec      *zstd.Decoder

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when end moves
}

type appending struct {
	rec   catalog.Entry
	body  []byte // compressed
	flags []byte
	done  chan error
}

// maxGroup bounds one commit, so that the first waiter of a flood does not
// wait for the last.
const maxGroup = 512

const journalSchema = `CREATE TABLE IF NOT EXISTS events (
  position    INTEGER PRIMARY KEY,
  kind        INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  flags       BLOB,
  body        BLOB NOT NULL -- zstd
);
-- What people state, found without reading the events between.
CREATE INDEX IF NOT EXISTS events_operator ON events (position) WHERE kind = 2`

// OpenJournal opens or creates the journal at path.
func OpenJournal(ctx context.Context, path string) (*Journal, error) {
	db, err := connect(path, Full, 1)
	if err != nil {
		return nil, err
	}
	read, err := connect(path, Normal, 2)
	if err != nil {
		return nil, err
	}
	j := &Journal{db: db, read: read, queue: make(chan *appending, 4*maxGroup), stopped: make(chan struct{}), changed: make(chan struct{})}
	if err := j.init(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), db.Close(), read.Close())
	}
	return j, nil
}

func (j *Journal) init(ctx context.Context) error {
	if _, err := j.db.ExecContext(ctx, journalSchema); err != nil {
		return err
	}
	var end sql.NullInt64
	if err := j.db.QueryRowContext(ctx, `SELECT max(position) FROM events`).Scan(&end); err != nil {
		return err
	}
	j.end.Store(uint64(end.Int64))
	var err error
	if j.enc, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2)); err != nil {
		return err
	}
	j.dec, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2))
	return err
}

// Close closes the files. Run must have returned.
func (j *Journal) Close() error {
	j.dec.Close()
	return errors.Join(j.enc.Close(), j.read.Close(), j.db.Close())
}

// Append hands the record to the committer and waits until it is on disk. An
// error that wraps catalog.ErrUnavailable means nothing was kept, except that
// a cancelled ctx leaves the outcome open: the record may yet be committed.
func (j *Journal) Append(ctx context.Context, rec catalog.Entry) (catalog.Position, error) {
	a := &appending{rec: rec, body: j.enc.EncodeAll(rec.Body, nil), done: make(chan error, 1)}
	if len(rec.Flags) > 0 {
		a.flags, _ = json.Marshal(rec.Flags)
	}
	select {
	case j.queue <- a:
	case <-j.stopped:
		return 0, errStopped
	case <-ctx.Done():
		return 0, fmt.Errorf("append event: %w", errors.Join(catalog.ErrUnavailable, ctx.Err()))
	}
	return a.wait(ctx, j.stopped)
}

var errStopped = fmt.Errorf("append event: %w: shutting down", catalog.ErrUnavailable)

func (a *appending) wait(ctx context.Context, stopped <-chan struct{}) (catalog.Position, error) {
	select {
	case err := <-a.done:
		return a.rec.Position, err
	case <-ctx.Done():
		return 0, fmt.Errorf("append event: %w", errors.Join(catalog.ErrUnavailable, ctx.Err()))
	case <-stopped:
	}
	select { // the committer may have answered just before it ended
	case err := <-a.done:
		return a.rec.Position, err
	default:
		return 0, errStopped
	}
}

// Run commits what waits, group by group, until ctx ends; what still
// waits then is refused. It runs once.
func (j *Journal) Run(ctx context.Context) error {
	defer close(j.stopped)
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-j.queue:
			j.commitGroup(j.drain(first))
		}
	}
}

// drain takes what waits, without a timer: while one group is being synced the
// next one gathers by itself.
func (j *Journal) drain(first *appending) []*appending {
	group := []*appending{first}
	for len(group) < maxGroup {
		select {
		case a := <-j.queue:
			group = append(group, a)
		default:
			return group
		}
	}
	return group
}

func (j *Journal) commitGroup(group []*appending) {
	err := j.insert(group)
	if err != nil {
		err = catalog.WithHint(fmt.Errorf("append event: %w: %w", catalog.ErrUnavailable, err),
			"look at the free space and the permissions of the data directory")
	} else {
		j.advance(group[len(group)-1].rec.Position)
	}
	for _, a := range group {
		a.done <- err
	}
}

// insert writes the group in one transaction. It does not heed a context: a
// group that has begun is either durable or refused.
func (j *Journal) insert(group []*appending) error {
	tx, err := j.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	stmt, err := tx.Prepare(`INSERT INTO events (position, kind, received_at, flags, body) VALUES (?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	next := j.End()
	for _, a := range group {
		next++
		a.rec.Position = next
		if _, err := stmt.Exec(int64(next), a.rec.Kind, a.rec.ReceivedAt.UnixNano(), a.flags, a.body); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (j *Journal) advance(end catalog.Position) {
	j.end.Store(uint64(end))
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.changed)
	j.changed = make(chan struct{})
}

// End is the position of the last durable record.
func (j *Journal) End() catalog.Position { return catalog.Position(j.end.Load()) }

// Changed returns a channel that is closed once End is past pos.
func (j *Journal) Changed(pos catalog.Position) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.End() > pos {
		ready := make(chan struct{})
		close(ready)
		return ready
	}
	return j.changed
}

// After returns at most limit records behind pos, in order.
func (j *Journal) After(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	return j.query(ctx, pos, limit, `SELECT position, kind, received_at, flags, body FROM events WHERE position > ? ORDER BY position LIMIT ?`)
}

// Operators returns at most limit statements of people behind pos, in order.
func (j *Journal) Operators(ctx context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	return j.query(ctx, pos, limit, `SELECT position, kind, received_at, flags, body FROM events WHERE kind = 2 AND position > ? ORDER BY position LIMIT ?`)
}

func (j *Journal) query(ctx context.Context, pos catalog.Position, limit int, query string) ([]catalog.Entry, error) {
	rows, err := j.read.QueryContext(ctx, query, int64(pos), limit)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	var out []catalog.Entry
	for rows.Next() {
		rec, err := j.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read journal after %s: %w", pos, err)
		}
		out = append(out, rec)
	}
	return out, rows.Err()
}

func (j *Journal) scan(rows *sql.Rows) (catalog.Entry, error) {
	var rec catalog.Entry
	var pos, at int64
	var flags, body sql.RawBytes
	if err := rows.Scan(&pos, &rec.Kind, &at, &flags, &body); err != nil {
		return rec, err
	}
	rec.Position, rec.ReceivedAt = catalog.Position(pos), time.Unix(0, at).UTC()
	if len(flags) > 0 {
		if err := json.Unmarshal(flags, &rec.Flags); err != nil {
			return rec, fmt.Errorf("flags of entry %d: %w", pos, err)
		}
	}
	var err error
	rec.Body, err = j.dec.DecodeAll(body, nil)
	if err != nil {
		return rec, fmt.Errorf("body of entry %d: %w", pos, err)
	}
	return rec, nil
}
