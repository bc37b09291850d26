package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/weirhq/weir/catalog"
)

// judge marks an error of a projection that comes from what was filed rather
// than from the store: a full disk is everybody's trouble, a value that a
// column refuses is one entry's.
func judge(err error) error {
	if err == nil || storeFault(err) {
		return err
	}
	return fmt.Errorf("%w: %w", catalog.ErrPoison, err)
}

func storeFault(err error) bool {
	var s *driver3.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case codes.SQLITE_CONSTRAINT, codes.SQLITE_MISMATCH, codes.SQLITE_TOOBIG, codes.SQLITE_RANGE:
			return false
		}
		return true
	}
	var path *fs.PathError
	var errno syscall.Errno
	return errors.As(err, &path) || errors.As(err, &errno) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, driver.ErrBadConn)
}

// damagedFile: what lies in the file is not what was written there.
func damagedFile(err error) bool {
	return errors.Is(err, errDamagedRow) || sqliteCode(err) == codes.SQLITE_CORRUPT || sqliteCode(err) == codes.SQLITE_NOTADB
}

// brokenFile: nobody knows what a write to the file would leave in it.
func brokenFile(err error) bool {
	return damagedFile(err) || sqliteCode(err) == codes.SQLITE_IOERR
}

// sqliteCode is the primary result code, 0 of another error.
func sqliteCode(err error) int {
	var s *driver3.Error
	if !errors.As(err, &s) {
		return 0
	}
	return s.Code() & 0xff
}

// guarded turns a panic into an error, so that a transaction can be undone.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do()
}
