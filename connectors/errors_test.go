package connectors_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirhq/weir/connectors"
)

func TestStatusError(t *testing.T) {
	const r, p, b, c, u = connectors.Retryable, connectors.Permanent, connectors.Blocked, connectors.Conflict, connectors.Ambiguous
	for _, x := range []struct {
		status      int
		after       string
		read, write connectors.Class
	}{
		{200, "", r, u}, {204, "", r, u}, {302, "", p, u}, {307, "", p, u}, {400, "", p, p}, {401, "", b, b}, {403, "", b, b}, {404, "", p, p},
		{409, "", c, c}, {422, "", p, p}, {429, "", r, r}, {429, "3", r, r}, {500, "", r, u}, {502, "", r, u}, {503, "", r, u}, {503, "2", r, r}, {504, "5", r, u},
	} {
		resp := &http.Response{StatusCode: x.status, Header: http.Header{"Retry-After": {x.after}}}
		if got := connectors.StatusError("op", false, resp, "").Class; got != x.read {
			t.Errorf("%d %q read: %s, want %s", x.status, x.after, got, x.read)
		}
		if got := connectors.StatusError("op", true, resp, "").Class; got != x.write {
			t.Errorf("%d %q write: %s, want %s", x.status, x.after, got, x.write)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for form, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-1": 0, "soon": 0, "Mon, 02 Jan 2006 15:04:05 GMT": time.Second} {
		resp := &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {form}}}
		if got := connectors.StatusError("op", true, resp, "").RetryAfter; got != want {
			t.Errorf("%q: %s, want %s", form, got, want)
		}
	}
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	got := connectors.StatusError("op", true, &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {at}}}, "").RetryAfter
	if got < 59*time.Minute || got > time.Hour {
		t.Errorf("a date in an hour: %s", got)
	}
}

func TestTransportError(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
	for name, x := range map[string]struct {
		err         error
		read, write connectors.Class
	}{
		"refused":      {syscall.ECONNREFUSED, connectors.Retryable, connectors.Retryable},
		"unknown host": {&net.DNSError{Name: "af"}, connectors.Retryable, connectors.Retryable},
		"dial":         {dial, connectors.Retryable, connectors.Retryable},
		"reset":        {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, connectors.Retryable, connectors.Ambiguous},
		"timeout":      {context.DeadlineExceeded, connectors.Retryable, connectors.Ambiguous},
		"cancelled":    {context.Canceled, connectors.Retryable, connectors.Ambiguous},
	} {
		wrapped := &url.Error{Op: "Post", URL: "http://u:hush@af/x?token=hush", Err: x.err}
		for write, want := range map[bool]connectors.Class{false: x.read, true: x.write} {
			e := connectors.TransportError("op", write, wrapped)
			if e.Class != want || !errors.Is(e, x.err) || strings.Contains(e.Error(), "hush") {
				t.Errorf("%s (write %v): %v, want %s without the secret", name, write, e, want)
			}
		}
	}
}

func TestClassOf(t *testing.T) {
	if got := connectors.ClassOf(errors.New("odd")); got != connectors.Ambiguous {
		t.Errorf("an error of no class is %s", got)
	}
}

// TestRunIDs: the ids are part of what is stored, so they never change.
func TestRunIDs(t *testing.T) {
	if got, want := connectors.ParentRunID("k1"), "76159b1f-ccb0-5347-9c24-8964a95d71b7"; got != want {
		t.Errorf("parent run id %s, want %s", got, want)
	}
	if got, want := connectors.ObservedRunID("sm", "arn", "1"), "a2a86de9-38ce-541f-8884-862c50ac8fa8"; got != want {
		t.Errorf("observed run id %s, want %s", got, want)
	}
}
