package gql_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/search"
	"github.com/weirhq/weir/server/gql"
)

// broken is a search that fails with one error.
type broken struct {
	gql.Search
	err   error
	panic bool
}

func (b broken) Find(context.Context, search.Query) (search.Page, error) {
	if b.panic {
		panic("secret in a panic")
	}
	return search.Page{}, b.err
}

// TestErrors: each sentinel has its code, and what is not known tells nothing
// but leaves a trace in the log.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err        error
		code, says string
	}{
		"invalid":     {fmt.Errorf("%w: bad", catalog.ErrInvalid), "BAD_USER_INPUT", "bad"},
		"ambiguous":   {catalog.ErrAmbiguous, "BAD_USER_INPUT", "ambiguous"},
		"not found":   {catalog.ErrNotFound, "NOT_FOUND", "not found"},
		"conflict":    {catalog.ErrConflict, "CONFLICT", "conflict"},
		"stale":       {catalog.ErrStale, "STALE", "stale"},
		"unavailable": {catalog.WithHint(catalog.ErrUnavailable, "start Neo4j"), "UNAVAILABLE", "unavailable"},
		"closed":      {catalog.ErrClosed, "UNAVAILABLE", "closed"},
		"too slow":    {context.DeadlineExceeded, "UNAVAILABLE", "too long"},
		"unknown":     {errors.New("password=hunter2"), "INTERNAL", "internal error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBroken(t, broken{err: c.err})
			a := w.ask(t, "{ assets { nodes { id } } }", nil)
			if a.code() != c.code || !strings.Contains(a.Errors[0].Message, c.says) || strings.Contains(string(a.body), "hunter2") {
				t.Errorf("got %s", a.body)
			}
			if a.Errors[0].Extensions.RequestID != "req-1" {
				t.Errorf("no request id: %s", a.body)
			}
			if hint := catalog.HintOf(c.err); a.Errors[0].Extensions.Hint != hint {
				t.Errorf("hint %q, want %q", a.Errors[0].Extensions.Hint, hint)
			}
			if logged := strings.Contains(w.logs.String(), "hunter2") && strings.Contains(w.logs.String(), "req-1"); logged != (c.code == "INTERNAL") {
				t.Errorf("log: %s", w.logs.String())
			}
		})
	}
}

func TestPanic(t *testing.T) {
	w := newBroken(t, broken{panic: true})
	a := w.ask(t, "{ assets { nodes { id } } }", nil)
	if a.code() != "INTERNAL" || strings.Contains(string(a.body), "secret") || !strings.Contains(w.logs.String(), "secret") {
		t.Errorf("got %s, log %s", a.body, w.logs.String())
	}
}
