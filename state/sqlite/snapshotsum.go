package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// sumName is the file beside a snapshot that has its SHA-256, in the form of
// sha256sum.
func (s Snapshot) sumName() string { return s.Path + ".sha256" }

func (s Snapshot) writeSum() error {
	_, sum, err := sumOf(s.Path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.sumName(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s  %s\n", sum, filepath.Base(s.Path))
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(s.Path)))
}

// Seal writes the checksum of a snapshot that has none. One that an earlier weir
// left is to be checked first.
func (s Snapshot) Seal() error {
	if err := s.writeSum(); err != nil {
		return fmt.Errorf("write the checksum of snapshot %s: %w", s.Position, err)
	}
	return nil
}

// Check proves that a snapshot is what was written. One that an earlier weir wrote
// has no checksum (sealed is false), and is taken when SQLite finds it whole.
func (s Snapshot) Check(ctx context.Context) (sealed bool, err error) {
	line, err := os.ReadFile(s.sumName())
	if errors.Is(err, os.ErrNotExist) {
		return false, s.checkUnsealed(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("read the checksum of snapshot %s: %w", s.Position, err)
	}
	_, sum, err := sumOf(s.Path)
	if err != nil {
		return true, fmt.Errorf("read snapshot %s: %w", s.Position, err)
	}
	if want, _, _ := strings.Cut(string(line), " "); sum != want {
		return true, fmt.Errorf("%w: snapshot %s is not what was written: its checksum differs", catalog.ErrInvalid, s.Position)
	}
	return true, nil
}

func (s Snapshot) checkUnsealed(ctx context.Context) error {
	if _, err := os.Stat(s.Path); err != nil {
		return fmt.Errorf("read snapshot %s: %w", s.Position, err)
	}
	pos, err := CheckState(ctx, s.Path)
	if err == nil && pos != s.Position {
		err = fmt.Errorf("it is at %s", pos)
	}
	if err != nil {
		return fmt.Errorf("%w: snapshot %s: %w", catalog.ErrInvalid, s.Position, err)
	}
	return nil
}

// newestWhole is the newest snapshot that is what was written, and why newer ones
// are not; false when there is none.
func newestWhole(ctx context.Context, dir string) (s Snapshot, ok bool, damaged []string, err error) {
	list, err := Snapshots(dir)
	for _, s := range list {
		if _, err := s.Check(ctx); err != nil {
			damaged = append(damaged, err.Error())
			continue
		}
		return s, true, damaged, nil
	}
	return s, false, damaged, err
}
