package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// segment is one file of the journal, open for reading.
type segment struct {
	path  string
	first catalog.Position // of the entries that belong into it
	read  *sql.DB
}

// journalFormat is the user_version of a segment. A weir refuses a higher one.
const journalFormat = 1

const journalSchema = `CREATE TABLE IF NOT EXISTS events (
  position    INTEGER PRIMARY KEY,
  kind        INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  flags       BLOB,
  body        BLOB NOT NULL, -- zstd
  sum         INTEGER        -- CRC-32C of all the others
);
-- What people state, found without reading the events between.
CREATE INDEX IF NOT EXISTS events_operator ON events (position) WHERE kind = 2;
PRAGMA user_version = 1`

// segmentName is the file of the entries from first on.
func (j *Journal) segmentName(first catalog.Position) string {
	if first == 1 {
		return j.path
	}
	stem, ext := j.stem()
	return fmt.Sprintf("%s-%020d%s", stem, uint64(first), ext)
}

func (j *Journal) stem() (stem, ext string) {
	ext = filepath.Ext(j.path)
	return strings.TrimSuffix(j.path, ext), ext
}

// segmentPaths lists the files that are there, in order.
func (j *Journal) segmentPaths() (map[catalog.Position]string, []catalog.Position, error) {
	stem, ext := j.stem()
	found := map[catalog.Position]string{}
	if _, err := os.Stat(j.path); err == nil {
		found[1] = j.path
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	list, err := filepath.Glob(escapeGlob(stem) + "-*" + ext)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range list {
		number := strings.TrimSuffix(strings.TrimPrefix(path, stem+"-"), ext)
		if first, err := strconv.ParseUint(number, 10, 64); err == nil && first > 1 {
			found[catalog.Position(first)] = path
		}
	}
	var order []catalog.Position
	for first := range found {
		order = append(order, first)
	}
	slices.Sort(order)
	return found, order, nil
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// openSegments opens what is there, the last of them for writing too. One
// whose end cannot be read is left as it is, and the next begins behind it.
func (j *Journal) openSegments(ctx context.Context) error {
	paths, order, err := j.segmentPaths()
	if err != nil {
		return err
	}
	if len(order) == 0 {
		return j.begin(ctx, 1)
	}
	for _, first := range order {
		s, err := openSegment(paths[first], first)
		if err != nil {
			return err
		}
		j.segments = append(j.segments, s)
	}
	last := j.segments[len(j.segments)-1]
	if j.db, err = connect(last.path, Full, 1); err != nil {
		return err
	}
	err = j.readyLast(ctx, last)
	if brokenFile(err) {
		j.note("%s is damaged at its end: %v; entries go on in a new file", filepath.Base(last.path), err)
		return j.abandon()
	}
	return err
}

// readyLast makes the last segment ready to be written to.
func (j *Journal) readyLast(ctx context.Context, s *segment) error {
	if err := migrateSegment(ctx, j.db); err != nil {
		return err
	}
	var end, since sql.NullInt64
	if err := j.db.QueryRowContext(ctx, `SELECT max(position) FROM events`).Scan(&end); err != nil {
		return err
	}
	if err := j.db.QueryRowContext(ctx, `SELECT received_at FROM events ORDER BY position LIMIT 1`).Scan(&since); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	j.end.Store(max(uint64(end.Int64), uint64(s.first)-1))
	if end.Valid {
		j.since = time.Unix(0, since.Int64)
		return j.db.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&j.written)
	}
	j.written = 0
	return nil
}

// migrateSegment makes the table, or brings that of an earlier weir up to date.
func migrateSegment(ctx context.Context, db *sql.DB) error {
	var format, columns, sums int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&format); err != nil {
		return err
	}
	if format > journalFormat {
		return catalog.WithHint(fmt.Errorf("%w: the journal has format %d, this weir knows %d", catalog.ErrConflict, format, journalFormat),
			"start the newer weir that wrote it; an older one would lose what the newer wrote")
	}
	if format == journalFormat {
		return nil
	}
	err := db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(name = 'sum'), 0) FROM pragma_table_info('events')`).Scan(&columns, &sums)
	if err == nil && columns > 0 && sums == 0 {
		_, err = db.ExecContext(ctx, `ALTER TABLE events ADD COLUMN sum INTEGER`)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, journalSchema)
	}
	return err
}

// openSegment opens a file for reading.
func openSegment(path string, first catalog.Position) (*segment, error) {
	read, err := readSegment(path)
	if err != nil {
		return nil, err
	}
	return &segment{path: path, first: first, read: read}, nil
}

// readSegment gives connections that come and go: a long journal must not hold
// a file descriptor for each file. With writable_schema (they write nothing)
// SQLite also reads a file that is shorter than it says it is; the switch to
// WAL, which it is in already, would refuse it.
func readSegment(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err // SQLite would make it
	}
	read, err := dial(path, 2, "busy_timeout(30000)", "writable_schema(1)")
	if err == nil {
		read.SetConnMaxIdleTime(time.Minute)
	}
	return read, err
}

// begin makes the segment whose first entry is first, and writes there from
// now on.
func (j *Journal) begin(ctx context.Context, first catalog.Position) (err error) {
	path := j.segmentName(first)
	db, err := connect(path, Full, 1)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close(), j.unmake(path))
		}
	}()
	if err := migrateSegment(ctx, db); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	s, err := openSegment(path, first)
	if err != nil {
		return err
	}
	j.files.Lock()
	defer j.files.Unlock()
	if n := len(j.segments); n > 0 && j.segments[n-1].first == first { // it was set aside
		j.segments = j.segments[:n-1]
	}
	j.segments = append(j.segments, s)
	j.db, j.written = db, 0
	j.end.Store(uint64(first) - 1)
	return nil
}

// errLeftover: a file lies where no segment begins.
var errLeftover = errors.New("a new segment that failed cannot be removed")

// unmake removes what a segment that could not begin left behind. Entries that
// went on in the one before would be looked for in it after a start.
func (j *Journal) unmake(path string) error {
	if err := removeFile(path); err != nil {
		return fmt.Errorf("%w: %w", errLeftover, err)
	}
	return nil
}

// syncDir makes a new or a removed name in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (j *Journal) full(now time.Time) bool {
	return j.written >= j.o.SegmentBytes || j.written > 0 && now.Sub(j.since) >= j.o.SegmentAge
}

// rotate begins the next segment. The one before is brought into its main file,
// so that it can be copied alone.
func (j *Journal) rotate() error {
	old := j.db
	if err := j.begin(context.Background(), j.End()+1); err != nil {
		return err
	}
	_, err := old.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	if err = errors.Join(err, old.Close()); err != nil {
		j.note("close a full segment: %v", err) // all of it is on disk, if in two files
	}
	return nil
}

// abandon gives a file up that failed to write or sync, and begins the next
// behind the last entry that can be read.
func (j *Journal) abandon() error {
	if err := j.leave(); err != nil {
		return err
	}
	return j.begin(context.Background(), j.End()+1)
}

// leave closes the last segment for writing and finds out what it holds. One
// that holds nothing is set aside, since its name is needed; it stays in the
// row, with nothing to read, until the next has begun in its place.
func (j *Journal) leave() error {
	j.files.Lock()
	defer j.files.Unlock()
	last := j.segments[len(j.segments)-1]
	if j.db != nil {
		_ = j.db.Close() // it failed already
		j.db = nil
	}
	_ = last.read.Close() // what it knows of the file may be wrong
	read, err := readSegment(last.path)
	if errors.Is(err, os.ErrNotExist) && last.first > j.End() {
		return nil // it was set aside before
	}
	if err != nil {
		return err
	}
	last.read = read
	if err := j.reread(last); err != nil || last.first <= j.End() {
		return err
	}
	return errors.Join(read.Close(), j.setAside(last.path))
}

// reread finds the last entry of a segment. What was acknowledged and is not
// there is lost; a group that was refused may have reached the disk.
func (j *Journal) reread(s *segment) error {
	var end sql.NullInt64
	err := s.read.QueryRow(`SELECT max(position) FROM events`).Scan(&end)
	if damagedFile(err) {
		end, err = lastReadable(s)
	}
	if err != nil {
		return err
	}
	if got := catalog.Position(end.Int64); got < j.End() {
		j.note("%s holds nothing behind %s, though entries up to %s were acknowledged", filepath.Base(s.path), got, j.End())
	} else {
		j.advance(got)
	}
	j.end.Store(max(j.end.Load(), uint64(s.first)-1))
	return nil
}

// setAside keeps a file of which nothing could be read, for who can do better.
func (j *Journal) setAside(path string) error {
	aside := fmt.Sprintf("%s.damaged-%d", path, time.Now().UnixNano())
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	j.note("nothing can be read of %s: it was renamed to %s", filepath.Base(path), filepath.Base(aside))
	return removeFile(path) // what else lies beside it
}

// lastReadable walks until the file cannot be read any more.
func lastReadable(s *segment) (last sql.NullInt64, err error) {
	err = each(context.Background(), s.read, `SELECT position FROM events ORDER BY position`, nil, func(rows *sql.Rows) error { return rows.Scan(&last) })
	if damagedFile(err) || sqliteCode(err) != 0 {
		err = nil
	}
	return last, err
}

// Resume makes the next position follow pos, when the journal ends before it:
// what is projected already would else hide new entries with the same
// positions. It must be called before Run.
func (j *Journal) Resume(ctx context.Context, pos catalog.Position) error {
	if pos <= j.End() {
		return nil
	}
	j.note("the journal ends at %s, but entries up to %s were projected: its end was lost; what was made of it stays, until a rebuild", j.End(), pos)
	old := j.db
	if err := j.begin(ctx, pos+1); err != nil {
		return fmt.Errorf("begin a segment after %s: %w", pos, err)
	}
	return old.Close()
}

func (j *Journal) closeFiles() (err error) {
	if j.db != nil {
		err = j.db.Close()
	}
	for _, s := range j.segments {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// removeFile removes a SQLite file and then what lies beside it, which is
// nothing without it.
func removeFile(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

// Trimmable is the last position of the segments, oldest first, of which every
// entry came before the time given; false when there are none. The last
// segment always stays. One whose newest entry cannot be read, or that has none,
// is as old as the first that can be read behind it, and is named in unread.
func (j *Journal) Trimmable(ctx context.Context, before time.Time) (pos catalog.Position, ok bool, unread []string, err error) {
	j.files.RLock()
	defer j.files.RUnlock()
	for i, s := range j.segments[:len(j.segments)-1] {
		newest, found, err := s.received(ctx, "DESC")
		for k := i + 1; err == nil && !found && k < len(j.segments); k++ {
			newest, found, err = j.segments[k].received(ctx, "ASC")
			if k == i+1 {
				unread = append(unread, filepath.Base(s.path))
			}
		}
		if err != nil || !found || !newest.Before(before) {
			return pos, ok, unread, err
		}
		pos, ok = j.segments[i+1].first-1, true
	}
	return pos, ok, unread, nil
}

// received is when the first or the last entry came, by the order given; false
// where none can be read.
func (s *segment) received(ctx context.Context, order string) (at time.Time, found bool, err error) {
	var nano sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT received_at FROM events ORDER BY position `+order+` LIMIT 1`).Scan(&nano)
	if errors.Is(err, sql.ErrNoRows) || damagedFile(err) {
		return at, false, nil
	}
	if err != nil {
		return at, false, fmt.Errorf("look at %s: %w", filepath.Base(s.path), err)
	}
	return time.Unix(0, nano.Int64), true, nil
}

// Trim removes the segments whose entries all lie at or before pos. The caller
// must have a snapshot of what they say.
func (j *Journal) Trim(pos catalog.Position) (removed int, err error) {
	j.files.Lock()
	defer j.files.Unlock()
	for len(j.segments) > 1 && j.segments[1].first-1 <= pos {
		s := j.segments[0]
		if err := errors.Join(s.read.Close(), removeFile(s.path)); err != nil {
			return removed, fmt.Errorf("remove a journal segment: %w", err)
		}
		j.segments = j.segments[1:]
		removed++
	}
	return removed, nil
}
