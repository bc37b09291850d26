package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
)

func TestExitCodes(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
	}{
		{t.Context(), nil, exitOK},
		{t.Context(), errors.New("x"), exitFailed},
		{t.Context(), usageError("h", "x"), exitUsage},
		{t.Context(), &policies.FileError{}, exitUsage},
		{t.Context(), &connectors.ConfigError{}, exitUsage},
		{t.Context(), fmt.Errorf("x: %w", catalog.ErrAmbiguous), exitUsage},
		{t.Context(), fmt.Errorf("x: %w", catalog.ErrInvalid), exitUsage},
		{t.Context(), withCode(exitFindings, errors.New("x")), exitFindings},
		{t.Context(), statusError(http.StatusForbidden, errors.New("x")), exitDenied},
		{t.Context(), statusError(http.StatusUnauthorized, errors.New("x")), exitDenied},
		{t.Context(), fmt.Errorf("x: %w", catalog.ErrNotFound), exitNotFound},
		{t.Context(), fmt.Errorf("x: %w", catalog.ErrUnavailable), exitUnreachable},
		{t.Context(), context.DeadlineExceeded, exitUnreachable},
		{t.Context(), statusError(http.StatusServiceUnavailable, errors.New("x")), exitUnreachable},
		{t.Context(), fmt.Errorf("x: %w", catalog.ErrStale), exitStale},
		{stopped, context.Canceled, exitInterrupted},
		{t.Context(), catalog.WithHint(withCode(exitNotFound, errors.New("x")), "look"), exitNotFound},
	} {
		if got := exitCode(c.ctx, c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

// TestFinish: each of several errors is printed with its own hint.
func TestFinish(t *testing.T) {
	var words bytes.Buffer
	a := &app{process: process{err: &words}}
	err := withCode(exitUsage, errors.Join(&policies.FileError{File: "a", Line: 1, Code: "E1", What: "x", Hint: "first"}, errors.Join(&policies.FileError{File: "b", Line: 2, Code: "E2", What: "y", Hint: "second"})))
	if code := a.finish(t.Context(), err); code != exitUsage {
		t.Errorf("code %d", code)
	}
	if want := "weir: a:1: E1: x\n  hint: first\nweir: b:2: E2: y\n  hint: second\n"; words.String() != want {
		t.Errorf("printed %q, want %q", words.String(), want)
	}
}

// stub is a server that answers everything alike.
func stub(t *testing.T, status int, body string) *client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	return newClient(Config{URL: srv.URL, Timeout: 5 * time.Second})
}

func TestServerErrors(t *testing.T) {
	for _, c := range []struct {
		status     int
		body       string
		code       int
		says, hint string
	}{
		{200, `{"errors":[{"message":"no such asset","extensions":{"code":"NOT_FOUND","hint":"look"}}]}`, exitNotFound, "no such asset", "look"},
		{200, `{"errors":[{"message":"behind","extensions":{"code":"STALE"}}]}`, exitStale, "behind", ""},
		{200, `{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}`, exitDenied, "no", ""},
		{200, `{"errors":[{"message":"depth","extensions":{"code":"BAD_USER_INPUT"}}]}`, exitUsage, "depth", ""},
		{200, `{"errors":[{"message":"oops","extensions":{"code":"INTERNAL","requestId":"r1"}}]}`, exitFailed, "request r1", ""},
		{503, `{"title":"Unavailable","detail":"the journal is being read","hint":"ask again"}`, exitUnreachable, "the journal is being read", "ask again"},
		{500, `<html>`, exitFailed, "<html>", ""},
		{200, `<html>`, exitFailed, "unreadable answer", ""},
	} {
		err := stub(t, c.status, c.body).graphql(t.Context(), "{ x }", nil, &struct{}{})
		if exitCode(t.Context(), err) != c.code || !strings.Contains(fmt.Sprint(err), c.says) || hintOf(err) != c.hint {
			t.Errorf("%d %s: code %d, %v, hint %q", c.status, c.body, exitCode(t.Context(), err), err, hintOf(err))
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, words buffer
		code := run(t.Context(), []string{"completion", shell}, process{getenv: os.Getenv, environ: os.Environ, in: strings.NewReader(""), out: &out, err: &words})
		if code != exitOK || !strings.Contains(out.String(), "weir") {
			t.Errorf("%s: %d %s", shell, code, words.String())
		}
	}
}
