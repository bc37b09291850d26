package catalog

import (
	"errors"
	"fmt"
)

// Sentinel errors on which callers branch. Each transport maps them to its
// codes in one place.
var (
	// ErrNotFound: no asset, run, decision or action of that id or name.
	ErrNotFound = errors.New("not found")
	// ErrAmbiguous: a part of a name fits several assets.
	ErrAmbiguous = errors.New("ambiguous")
	// ErrStale: a projection has not reached the position asked for in time.
	ErrStale = errors.New("stale")
	// ErrUnavailable: a store cannot answer now; try again.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalid: the caller's input is wrong; the text says what and where.
	ErrInvalid = errors.New("invalid")
	// ErrConflict: the change does not fit the present state.
	ErrConflict = errors.New("conflict")
	// ErrForbidden: who asks is known and may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrFenced: another has taken the lead since; nothing was written.
	ErrFenced = errors.New("fenced")
	// ErrPoison: an entry cannot be filed, for a reason of its own and not of
	// the store's.
	ErrPoison = errors.New("cannot be filed")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("closed")
)

// Hinted is an error meant for an operator: Hint says what to look at or run.
type Hinted struct {
	Err  error
	Hint string
}

// Error is the text without the hint.
func (e *Hinted) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Hinted) Unwrap() error { return e.Err }

// WithHint attaches a hint to err; nil stays nil.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Hinted{Err: err, Hint: hint}
}

// HintOf finds the outermost hint in err, or "".
func HintOf(err error) string {
	var h *Hinted
	if errors.As(err, &h) {
		return h.Hint
	}
	return ""
}

// FileError says what is wrong in a file that people write, where, and what to
// do. Codes are stable.
type FileError struct {
	File string `json:"file"`
	// Line and Column count from 1; Column 0: the whole line.
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Code   string `json:"code"`
	What   string `json:"what"`
	Hint   string `json:"hint"`
}

// Error is "file:line:column: code: what", without the column where it is not
// known.
func (e *FileError) Error() string {
	return e.Where() + ": " + e.Code + ": " + e.What
}

// Where is "file:line:column", as editors read it.
func (e *FileError) Where() string {
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}
