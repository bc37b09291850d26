package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Manifest says what a backup holds. It is written last: a directory without
// one is no backup.
type Manifest struct {
	Format int       `json:"format"`
	Weir   string    `json:"weir"`
	MadeAt time.Time `json:"madeAt"`
	// First and Position are the ends of the journal in it, State is how much of
	// that was projected. A start on the restored directory projects the rest.
	First    catalog.Position `json:"first"`
	Position catalog.Position `json:"position"`
	State    catalog.Position `json:"state"`
	Files    []BackupFile     `json:"files"`
	// LeftOut are the snapshots that were not copied because they are damaged.
	LeftOut []string `json:"leftOut,omitempty"`
}

// BackupFile is one file of a backup, by its path in it.
type BackupFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const (
	manifestName = "MANIFEST.json"
	backupFormat = 1
)

// Backup copies journal, state and the newest snapshot of a data directory into
// a new directory. A server may run on it meanwhile: each file is read in one
// transaction. The state is copied first and the journal after it, so that the
// journal holds everything that the state was made of, and every event that was
// acknowledged before the backup began. Graph stores and search indexes are not
// copied: they follow from the state.
func Backup(ctx context.Context, data, to, version string, now time.Time) (m Manifest, err error) {
	m = Manifest{Format: backupFormat, Weir: version, MadeAt: now.UTC()}
	if err := emptyDir(to); err != nil {
		return m, err
	}
	if err := copySQLite(ctx, filepath.Join(data, "state.db"), filepath.Join(to, "state.db")); err != nil {
		return m, fmt.Errorf("back up the state: %w", err)
	}
	if m.State, err = CheckState(ctx, filepath.Join(to, "state.db")); err != nil {
		return m, fmt.Errorf("check the copy of the state: %w", err)
	}
	if err := backupJournal(ctx, data, to); err != nil {
		return m, fmt.Errorf("back up the journal: %w", err)
	}
	if m.LeftOut, err = backupSnapshot(ctx, data, to); err != nil { // after the journal: what retention took from it is covered
		return m, fmt.Errorf("back up the snapshot: %w", err)
	}
	j, err := ReadJournal(ctx, filepath.Join(to, "events.db"))
	if err != nil {
		return m, fmt.Errorf("check the copy of the journal: %w", err)
	}
	m.First, m.Position = j.First(), j.End()
	if err := j.Close(); err != nil {
		return m, err
	}
	return m, m.write(to)
}

func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	if err == nil && len(list) > 0 {
		err = catalog.WithHint(fmt.Errorf("%w: %s is not empty", catalog.ErrConflict, dir), "name a directory that does not exist yet")
	}
	return err
}

// CopyState copies the state of a data directory into a file, as one transaction
// sees it. The server of the directory may run.
func CopyState(ctx context.Context, data, to string) error {
	if err := copySQLite(ctx, filepath.Join(data, "state.db"), to); err != nil {
		return fmt.Errorf("copy the state: %w", err)
	}
	return nil
}

// copySQLite copies a file as one transaction sees it. A damaged one, which
// SQLite refuses to copy, is copied byte for byte: what it holds is better than
// nothing, and damage is found again when it is read.
func copySQLite(ctx context.Context, from, to string) (err error) {
	db, err := readSegment(from)
	if err != nil {
		return err
	}
	err = errors.Join(copyDB(ctx, db, to), db.Close())
	if !damagedFile(err) {
		return err
	}
	if err := errors.Join(removeFile(to), copyFile(from, to)); err != nil {
		return err
	}
	if err := copyFile(from+"-wal", to+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func backupJournal(ctx context.Context, data, to string) error {
	here, there := &Journal{path: filepath.Join(data, "events.db")}, &Journal{path: filepath.Join(to, "events.db")}
	paths, order, err := here.segmentPaths()
	if err != nil {
		return err
	}
	for _, first := range order {
		err := copySQLite(ctx, paths[first], there.segmentName(first))
		if _, gone := os.Stat(paths[first]); err != nil && errors.Is(gone, os.ErrNotExist) {
			err = removeFile(there.segmentName(first)) // retention was faster
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// backupSnapshot copies the newest snapshot that is whole, with its checksum, and
// says which newer ones are not.
func backupSnapshot(ctx context.Context, data, to string) (damaged []string, err error) {
	s, ok, damaged, err := newestWhole(ctx, filepath.Join(data, "snapshots"))
	if err != nil || !ok {
		return damaged, err
	}
	there := Snapshot{filepath.Join(to, "snapshots", filepath.Base(s.Path)), s.Position}
	if err := os.Mkdir(filepath.Dir(there.Path), 0o700); err != nil {
		return damaged, err
	}
	if err := copyFile(s.Path, there.Path); err != nil {
		return damaged, err
	}
	if err := copyFile(s.sumName(), there.sumName()); !errors.Is(err, os.ErrNotExist) {
		return damaged, err
	}
	return damaged, there.Seal()
}

// write sums up every file and makes the manifest durable.
func (m *Manifest) write(dir string) error {
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f := BackupFile{}
		if f.Name, err = filepath.Rel(dir, path); err != nil {
			return err
		}
		f.Name = filepath.ToSlash(f.Name)
		f.Bytes, f.SHA256, err = sumOf(path)
		m.Files = append(m.Files, f)
		return err
	})
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, manifestName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Sync(), f.Close(), syncDir(dir))
}

func sumOf(path string) (n int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	n, err = io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// CheckBackup proves that a backup is what was written: every file by its sum,
// the state by SQLite's own check, every entry of the journal by its checksum,
// and the positions by each other. It changes nothing.
func CheckBackup(ctx context.Context, dir string) (m Manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, catalog.WithHint(fmt.Errorf("read the backup: %w", err), "a backup that was not finished has no "+manifestName)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%w: %s is damaged", catalog.ErrInvalid, manifestName)
	}
	if m.Format != backupFormat {
		return m, catalog.WithHint(fmt.Errorf("%w: the backup has format %d, this weir reads %d", catalog.ErrInvalid, m.Format, backupFormat), "restore it with the weir that made it: "+m.Weir)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(f.Name) {
			return m, fmt.Errorf("%w: %s names a file outside of the backup", catalog.ErrInvalid, manifestName)
		}
		n, sum, err := sumOf(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil {
			return m, fmt.Errorf("read the backup: %w", err)
		}
		if n != f.Bytes || sum != f.SHA256 {
			return m, catalog.WithHint(fmt.Errorf("%w: %s is not what was backed up", catalog.ErrInvalid, f.Name), "use another backup: this one was changed or damaged")
		}
	}
	return m, m.checkContent(ctx, dir)
}

func (m Manifest) checkContent(ctx context.Context, dir string) error {
	state, err := CheckState(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		return fmt.Errorf("check the state: %w", err)
	}
	j, err := ReadJournal(ctx, filepath.Join(dir, "events.db"))
	if err != nil {
		return fmt.Errorf("check the journal: %w", err)
	}
	defer j.Close() //nolint:errcheck // only read
	if state != m.State || j.First() != m.First || j.End() != m.Position || state > j.End() {
		return fmt.Errorf("%w: the state is at %s and the journal has %s to %s, which is not what %s says", catalog.ErrInvalid, state, j.First(), j.End(), manifestName)
	}
	snapshots, err := Snapshots(filepath.Join(dir, "snapshots"))
	if err != nil {
		return err
	}
	for _, s := range snapshots {
		if _, err := s.Check(ctx); err != nil {
			return fmt.Errorf("check the snapshot: %w", err)
		}
	}
	broken, err := j.Damaged(ctx)
	if err == nil && len(broken) > 0 {
		err = fmt.Errorf("%w: %d entries of the journal are damaged, the first at %s: %s", catalog.ErrInvalid, len(broken), broken[0].Position, broken[0].Flags[0].Message)
	}
	return err
}

// Restore copies a backup into a new directory, as a data directory. Its
// projection gets a name of its own: what followed the original may have gone on
// where the backup ends.
func (m Manifest) Restore(ctx context.Context, dir, to string) error {
	if err := emptyDir(to); err != nil {
		return err
	}
	for _, f := range m.Files {
		path := filepath.Join(to, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(dir, filepath.FromSlash(f.Name)), path); err != nil {
			return fmt.Errorf("restore %s: %w", f.Name, err)
		}
	}
	return errors.Join(renameProjection(ctx, filepath.Join(to, "state.db")), syncDir(to))
}

func renameProjection(ctx context.Context, state string) error {
	db, err := connect(state, Full, 1)
	if err != nil {
		return fmt.Errorf("name the restored projection: %w", err)
	}
	_, err = db.ExecContext(ctx, drawIncarnation, newIncarnation())
	return errors.Join(err, db.Close())
}

// ReadJournal opens a journal to be read: nothing is made, changed or repaired,
// and a server may be writing to it.
func ReadJournal(ctx context.Context, path string) (*Journal, error) {
	j := &Journal{path: path, changed: make(chan struct{})}
	paths, order, err := j.segmentPaths()
	if err == nil && len(order) == 0 {
		err = fmt.Errorf("%s: %w", path, os.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	for _, first := range order {
		s, err := openSegment(paths[first], first)
		if err != nil {
			return nil, errors.Join(err, j.closeFiles())
		}
		j.segments = append(j.segments, s)
	}
	last := j.segments[len(order)-1]
	var end sql.NullInt64
	err = last.read.QueryRowContext(ctx, `SELECT max(position) FROM events`).Scan(&end)
	if damagedFile(err) {
		end, err = lastReadable(last)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), j.closeFiles())
	}
	j.end.Store(max(uint64(end.Int64), uint64(last.first)-1))
	return j, j.initCodecs()
}

// Damaged lists the entries that are not what was written.
func (j *Journal) Damaged(ctx context.Context) (out []catalog.Entry, err error) {
	for pos := catalog.Position(0); ; {
		page, err := j.After(ctx, pos, maxGroup)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, e := range page {
			if len(e.Flags) > 0 && e.Flags[0].Code == catalog.FlagDamaged {
				out = append(out, e)
			}
			pos = e.Position
		}
	}
}
