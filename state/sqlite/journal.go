package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/weirhq/weir/catalog"
)

// Journal is events.db and the segments behind it: the only system of record
// for what was observed. Append returns when the record is on disk; Run is the
// one committer.
//
// The journal is a row of files. The first is events.db; once it is large or
// old enough, the next entries go to events-POSITION.db, named by the first of
// them, and so on. Only the last file is ever written, so that retention is a
// file removal and a backup of the others never changes.
//
// A file that failed to write or sync is not written again: nobody knows what
// the disk keeps of it. What it holds is read back, and the entries go on in a
// new file. An entry that cannot be read as it was written is given in its
// place with the flag catalog.FlagDamaged and without body; everything around
// it is served.
type Journal struct {
	path    string
	o       JournalOptions
	queue   chan *appending
	stopped chan struct{} // closed when Run ends
	end     atomic.Uint64
	enc     *zstd.Encoder
	rooms   sync.Pool // of *[]byte that bodies are compressed into
	dec     *zstd.Decoder

	db       *sql.DB   // writes the last segment; nil after a failure. The committer's alone
	together int       // how many the last group held
	written  int64     // bytes of the last segment, about
	since    time.Time // when its first entry came

	files    sync.RWMutex // held while a segment is read
	segments []*segment   // in order; never empty
	tail     tail

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when end moves
	lastErr error
	notes   []string
}

// JournalOptions bound a segment; zero values are useful.
type JournalOptions struct {
	// SegmentBytes is the size at which the next segment begins, compressed
	// bodies counted; 0: 256 MB.
	SegmentBytes int64
	// SegmentAge is how long after its first entry a segment takes the last at
	// most; 0: 7 days.
	SegmentAge time.Duration
}

type appending struct {
	rec   catalog.Entry
	body  []byte // compressed
	flags []byte
	done  chan error
}

// commitDelay is how long a group waits at most for those who came with the last
// one; a sync takes about as long.
const commitDelay = 500 * time.Microsecond

// maxGroup bounds one commit, so that the first waiter of a flood does not
// wait for the last.
const maxGroup = 512

// OpenJournal opens or creates the journal whose first file is path.
func OpenJournal(ctx context.Context, path string) (*Journal, error) {
	return OpenJournalWith(ctx, path, JournalOptions{})
}

// OpenJournalWith is OpenJournal with options.
func OpenJournalWith(ctx context.Context, path string, o JournalOptions) (*Journal, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 256 << 20
	}
	if o.SegmentAge == 0 {
		o.SegmentAge = 7 * 24 * time.Hour
	}
	j := &Journal{path: path, o: o, queue: make(chan *appending, 4*maxGroup), stopped: make(chan struct{}), changed: make(chan struct{})}
	if err := j.init(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), j.closeFiles())
	}
	return j, nil
}

func (j *Journal) init(ctx context.Context) error {
	if err := j.openSegments(ctx); err != nil {
		return err
	}
	return j.initCodecs()
}

func (j *Journal) initCodecs() error {
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
	return errors.Join(j.enc.Close(), j.closeFiles())
}

// Append hands the record to the committer and waits until it is on disk. An
// error that wraps catalog.ErrUnavailable means nothing was kept, except that
// a cancelled ctx or a failing disk leaves the outcome open: the record may yet
// be there.
func (j *Journal) Append(ctx context.Context, rec catalog.Entry) (catalog.Position, error) {
	a := &appending{rec: rec, body: j.compress(rec.Body), done: make(chan error, 1)}
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

// compress leaves no room behind what is kept: the encoder asks for as much as
// the body has, and needs a quarter.
func (j *Journal) compress(body []byte) []byte {
	room, ok := j.rooms.Get().(*[]byte)
	if !ok {
		room = new([]byte)
	}
	*room = j.enc.EncodeAll(body, (*room)[:0])
	kept := slices.Clone(*room)
	if cap(*room) <= maxRoom {
		j.rooms.Put(room)
	}
	return kept
}

// maxRoom bounds what is held between two bodies.
const maxRoom = 64 << 10

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

// drain takes what waits. Where several came together the last time it gives them
// a moment to come together again: those that were answered at once send again
// one after the other, and a sync for every few of them costs more than it gains
// (PostgreSQL's commit_delay and commit_siblings). Who is alone does not wait.
func (j *Journal) drain(first *appending) []*appending {
	group := j.waiting([]*appending{first})
	if len(group) < j.together {
		group = j.waiting(j.coming(group))
	}
	j.together = len(group)
	return group
}

// coming adds who comes within commitDelay, until the group is as large as the
// last one.
func (j *Journal) coming(group []*appending) []*appending {
	moment := time.NewTimer(commitDelay)
	defer moment.Stop()
	for len(group) < j.together {
		select {
		case a := <-j.queue:
			group = append(group, a)
		case <-moment.C:
			return group
		}
	}
	return group
}

// waiting adds what waits now.
func (j *Journal) waiting(group []*appending) []*appending {
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
	err := j.prepare(group)
	if err == nil {
		if err = j.insert(group); brokenFile(err) {
			j.note("a write to the journal failed: %v; entries go on in a new file", err)
			err = errors.Join(err, j.abandon())
		}
	}
	j.outcome(err)
	if err != nil {
		err = catalog.WithHint(fmt.Errorf("append event: %w: %w", catalog.ErrUnavailable, err),
			"look at the free space and the permissions of the data directory")
	} else {
		j.tail.add(group) // first: who sees the end finds it there
		j.advance(group[len(group)-1].rec.Position)
	}
	for _, a := range group {
		a.done <- err
	}
}

// prepare makes sure that there is a file to write to, a new one when it is
// time. A new file that cannot be made is no reason to refuse what still fits
// into the old one.
func (j *Journal) prepare(group []*appending) error {
	if j.db == nil {
		return j.abandon()
	}
	if !j.full(group[0].rec.ReceivedAt) {
		return nil
	}
	if err := j.rotate(); errors.Is(err, errLeftover) {
		return err // what went on in the old one would be hidden by it
	} else if err != nil {
		j.written -= j.o.SegmentBytes / 8 // not again at once
		j.since = group[0].rec.ReceivedAt
	}
	return nil
}

// insert writes the group in one transaction. It does not heed a context: a
// group that has begun is either durable or refused.
func (j *Journal) insert(group []*appending) error {
	tx, err := j.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	stmt, err := tx.Prepare(`INSERT INTO events (position, kind, received_at, flags, body, sum) VALUES (?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	next, bytes := j.End(), int64(0)
	for _, a := range group {
		next++
		a.rec.Position = next
		at := a.rec.ReceivedAt.UnixNano()
		if _, err := stmt.Exec(int64(next), a.rec.Kind, at, a.flags, a.body, checksum(int64(next), a.rec.Kind, at, a.flags, a.body)); err != nil {
			return err
		}
		bytes += int64(len(a.body)+len(a.flags)) + entryOverhead
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if j.written == 0 {
		j.since = group[0].rec.ReceivedAt
	}
	j.written += bytes
	return nil
}

// entryOverhead is about what SQLite adds to an entry, in bytes.
const entryOverhead = 40

func (j *Journal) advance(end catalog.Position) {
	j.end.Store(uint64(end))
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.changed)
	j.changed = make(chan struct{})
}

func (j *Journal) outcome(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lastErr = err
}

// Err is why the last entry was refused, nil once one is taken.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lastErr
}

// maxNotes bounds what is remembered of a disk that fails at each entry.
const maxNotes = 100

func (j *Journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.notes) < maxNotes {
		j.notes = append(j.notes, fmt.Sprintf(format, args...))
	}
}

// Notes says what was found wrong with the files and got round, since the
// journal was opened.
func (j *Journal) Notes() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.notes...)
}

// End is the position of the last durable record.
func (j *Journal) End() catalog.Position { return catalog.Position(j.end.Load()) }

// First is the position of the oldest record that retention has left.
func (j *Journal) First() catalog.Position {
	j.files.RLock()
	defer j.files.RUnlock()
	return j.segments[0].first
}

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

// Dir is the directory that the journal is in.
func (j *Journal) Dir() string { return filepath.Dir(j.path) }
