package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os/exec"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// The exit codes; docs/cli.md lists them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3
	exitDenied      = 4
	exitNotFound    = 5
	exitUnreachable = 6
	exitStale       = 7
	exitHeld        = 8
	exitSkipped     = 99
	exitInterrupted = 130
)

// codedError carries an exit code of its own.
type codedError struct {
	error
	code int
	// quiet: everything was said already.
	quiet bool
}

// Unwrap gives the cause.
func (e *codedError) Unwrap() error { return e.error }

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{error: err, code: code}
}

// usageError is what the caller wrote wrongly.
func usageError(hint, format string, args ...any) error {
	return withCode(exitUsage, catalog.WithHint(fmt.Errorf(format, args...), hint))
}

// exitCode maps an error to the exit code: the one place that does.
func exitCode(ctx context.Context, err error) int {
	var coded *codedError
	var child *exec.ExitError
	var file *catalog.FileError
	var netErr net.Error
	var path *fs.PathError // the errors of the system in it would pass for a network's
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &child):
		return child.ExitCode()
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &file), errors.Is(err, catalog.ErrInvalid), errors.Is(err, catalog.ErrAmbiguous):
		return exitUsage
	case errors.Is(err, catalog.ErrNotFound):
		return exitNotFound
	case errors.Is(err, catalog.ErrStale):
		return exitStale
	case errors.As(err, &path):
		return exitFailed
	case errors.Is(err, catalog.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr):
		return exitUnreachable
	}
	return exitFailed
}

// finish says what went wrong and what to do, and gives the exit code.
func (a *app) finish(ctx context.Context, err error) int {
	code := exitCode(ctx, err)
	var coded *codedError
	if err == nil || errors.As(err, &coded) && coded.quiet {
		return code
	}
	if code == exitInterrupted {
		fmt.Fprintln(a.err, "weir: interrupted")
		return code
	}
	a.sayWrong(err)
	return code
}

// sayWrong says what went wrong, and what to do about it.
func (a *app) sayWrong(err error) {
	for _, e := range split(err) {
		fmt.Fprintln(a.err, "weir: "+e.Error())
		if hint := hintOf(e); hint != "" {
			fmt.Fprintln(a.err, "  hint: "+strings.ReplaceAll(hint, "\n", "\n  "))
		}
	}
}

// split takes joined errors apart, so that each has its own hint.
func split(err error) []error {
	var coded *codedError
	if errors.As(err, &coded) && error(coded) == err {
		return split(coded.error)
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) > 0 && catalog.HintOf(err) == "" {
		var out []error
		for _, e := range j.Unwrap() {
			out = append(out, split(e)...)
		}
		return out
	}
	return []error{err}
}

func hintOf(err error) string {
	var file *catalog.FileError
	var tool *connectors.Error
	switch {
	case errors.As(err, &file):
		return file.Hint
	case catalog.HintOf(err) != "":
		return catalog.HintOf(err)
	case errors.As(err, &tool):
		return tool.Hint
	}
	return ""
}
