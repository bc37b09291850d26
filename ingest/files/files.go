package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
)

const (
	// MaxFiles is how many files of the directory are looked at.
	MaxFiles = 10_000
	// maxTaken is how many events are handed over at once.
	maxTaken = 256
	// markSize is how much of a file's beginning tells it from another one that
	// has got its inode.
	markSize = 256
	// interval is how often the directory is looked at.
	interval = time.Second
)

// Door takes events (ingest.Receiver): nil for each that is on disk.
type Door interface {
	Take(ctx context.Context, events []json.RawMessage) []*ingest.Problem
}

// Cursors keep how far the files were read (state/sqlite.Ledger).
type Cursors interface {
	Cursor(ctx context.Context, key string) (string, error)
	SetCursor(ctx context.Context, key, cursor string) error
}

// Tail reads a directory until it is told to stop.
type Tail struct {
	dir     string
	door    Door
	cursors Cursors
	slog    *slog.Logger
	// places are how far each file was read, by inode; nil before the first look.
	places map[string]place
	moved  bool // since the cursor was kept

	mu  sync.Mutex
	err error
}

// place is how far a file was read.
type place struct {
	Offset int64 `json:"offset"`
	// Time is when it was last written, as far as it was read.
	Time int64 `json:"time"`
	// Mark is the hash of its first MarkSize bytes.
	Mark     string `json:"mark,omitempty"`
	MarkSize int64  `json:"markSize,omitempty"`
}

// New returns a tail of dir.
func New(dir string, door Door, cursors Cursors, log *slog.Logger) *Tail {
	return &Tail{dir: dir, door: door, cursors: cursors, slog: log.With("component", "files", "dir", dir)}
}

// Run looks at the directory again and again until ctx ends.
func (t *Tail) Run(ctx context.Context) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		t.note(t.runOnce(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Err is what keeps files from being read, while it lasts.
func (t *Tail) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *Tail) note(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && (t.err == nil || t.err.Error() != err.Error()) {
		t.slog.Error("event files cannot be read; trying again", "error", err)
	}
	t.err = err
}

// runOnce reads what is new in every file. A file that cannot be read does not
// keep the others from it.
func (t *Tail) runOnce(ctx context.Context) error {
	if err := t.load(ctx); err != nil {
		return err
	}
	list, err := t.list()
	if err != nil && list == nil {
		return err
	}
	there := map[string]bool{}
	for _, f := range list {
		there[f.id] = true
		if fileErr := t.file(ctx, f); fileErr != nil && !errors.Is(fileErr, fs.ErrNotExist) {
			err = errors.Join(err, fileErr)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		t.forget(there)
	}
	return errors.Join(err, t.keep(context.WithoutCancel(ctx)))
}

func (t *Tail) key() string { return "files:" + t.dir }

func (t *Tail) load(ctx context.Context) error {
	if t.places != nil {
		return nil
	}
	text, err := t.cursors.Cursor(ctx, t.key())
	if err != nil {
		return fmt.Errorf("read cursor of %s: %w", t.dir, err)
	}
	places := map[string]place{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &places); err != nil {
			return fmt.Errorf("read cursor of %s: %w", t.dir, err)
		}
	}
	t.places = places
	return nil
}

// keep saves the places when one has moved.
func (t *Tail) keep(ctx context.Context) error {
	if !t.moved {
		return nil
	}
	body, err := json.Marshal(t.places)
	if err == nil {
		err = t.cursors.SetCursor(ctx, t.key(), string(body))
	}
	if err != nil {
		return fmt.Errorf("keep cursor of %s: %w", t.dir, err)
	}
	t.moved = false
	return nil
}

// forget drops the places of files that have gone.
func (t *Tail) forget(there map[string]bool) {
	for id := range t.places {
		if !there[id] {
			delete(t.places, id)
			t.moved = true
		}
	}
}

func (t *Tail) set(id string, p place) {
	if t.places[id] != p {
		t.places[id], t.moved = p, true
	}
}

// found is a file of the directory.
type found struct {
	id, path string
	info     fs.FileInfo
}

// list gives the event files, oldest first; too many are an error beside the
// list.
func (t *Tail) list() ([]found, error) {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return nil, catalog.WithHint(fmt.Errorf("read event files: %w", err), "ingest_files names a directory that weir may read")
	}
	list := []found{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || passedOver(e.Name()) {
			continue
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return nil, fmt.Errorf("read event files: %s has no inode", e.Name())
		}
		list = append(list, found{fmt.Sprintf("%d:%d", st.Dev, st.Ino), filepath.Join(t.dir, e.Name()), info})
	}
	slices.SortStableFunc(list, func(a, b found) int { return a.info.ModTime().Compare(b.info.ModTime()) })
	if len(list) > MaxFiles {
		return list[:MaxFiles], catalog.WithHint(fmt.Errorf("%s holds %d files, %d are read", t.dir, len(list), MaxFiles), "move away the files that were read")
	}
	return list, nil
}

// passedOver: files that are being written under another name, hidden ones, and
// what a rotation has packed (it was read before).
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{".tmp", ".part", ".swp", ".gz", ".zst", ".bz2", ".xz", ".zip"}, filepath.Ext(name))
}

// file hands over what is new in one file.
func (t *Tail) file(ctx context.Context, f found) error {
	at := t.places[f.id]
	if f.info.Size() == at.Offset && f.info.ModTime().UnixNano() == at.Time {
		return nil
	}
	r, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("read event file: %w", err)
	}
	defer r.Close() //nolint:errcheck // only read
	if at, err = t.resume(r, f, at); err != nil {
		return fmt.Errorf("read event file %s: %w", f.path, err)
	}
	for ctx.Err() == nil {
		c, err := readChunk(r, at.Offset, f.info.Size())
		if err != nil {
			return fmt.Errorf("read event file %s: %w", f.path, err)
		}
		if c.skipped != "" {
			t.slog.Warn("a part of an event file is no event", "file", f.path, "offset", at.Offset, "reason", c.skipped)
		}
		if c.end == at.Offset {
			at.Time = f.info.ModTime().UnixNano()
			t.set(f.id, at)
			break
		}
		if err := t.hand(ctx, f, c, &at); err != nil {
			return err
		}
	}
	return nil
}

// resume looks whether the file is the one that was read before.
func (t *Tail) resume(r io.ReaderAt, f found, at place) (place, error) {
	if f.info.Size() < at.Offset {
		return place{}, nil
	}
	mark, err := markOf(r, at.MarkSize)
	if err == nil && mark != at.Mark {
		return place{}, nil
	}
	return at, err
}

// markOf hashes the beginning of a file; nothing has no mark.
func markOf(r io.ReaderAt, n int64) (string, error) {
	if n == 0 {
		return "", nil
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, 0); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

// hand gives the events of a chunk to the door and moves on behind the last
// value that was taken whole. One that is refused is passed over: it would be
// refused again.
func (t *Tail) hand(ctx context.Context, f found, c chunk, at *place) error {
	problems := t.door.Take(ctx, c.events)
	done := c.end
	var busy *ingest.Problem
	for i, p := range problems {
		if p == nil {
			continue
		}
		if p.Status == 503 {
			done, busy = c.begins[i], p
			break
		}
		t.slog.Warn("an event of a file is refused", "file", f.path, "offset", c.begins[i], "reason", p.Detail, "where", p.Where)
	}
	at.Offset = max(at.Offset, done)
	if err := t.remark(f, at); err != nil {
		return err
	}
	if busy != nil {
		return fmt.Errorf("read event file %s: %s: %w", f.path, busy.Detail, catalog.ErrUnavailable)
	}
	return nil
}

// remark notes the place, with as much of the beginning as was read.
func (t *Tail) remark(f found, at *place) error {
	if n := min(at.Offset, markSize); n != at.MarkSize {
		r, err := os.Open(f.path)
		if err != nil {
			return fmt.Errorf("read event file: %w", err)
		}
		defer r.Close() //nolint:errcheck // only read
		mark, err := markOf(r, n)
		if err != nil {
			return fmt.Errorf("read event file %s: %w", f.path, err)
		}
		at.Mark, at.MarkSize = mark, n
	}
	t.set(f.id, *at)
	return nil
}
