package connectors

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Class says what the engine may do after an error.
type Class string

// The classes (docs/connectors).
const (
	// Retryable: surely not applied, may pass later.
	Retryable Class = "retryable"
	// Permanent: surely not applied, never will be.
	Permanent Class = "permanent"
	// Blocked: not applied until somebody acts (credentials, a paused job).
	Blocked Class = "blocked"
	// Conflict: not applied, another run has the place.
	Conflict Class = "conflict"
	// Ambiguous: it may have been applied. Never sent again blindly.
	Ambiguous Class = "unknown"
)

// Error is a tool's refusal or silence.
type Error struct {
	Class      Class
	Op         string
	RetryAfter time.Duration
	// ToolCode is the tool's own code; Message its text, without secrets.
	ToolCode, Message string
	Hint              string
	Err               error
}

// Error is the operation, the class and the tool's text.
func (e *Error) Error() string {
	text := e.Message
	if text == "" && e.Err != nil {
		text = e.Err.Error()
	}
	if e.ToolCode != "" {
		text = e.ToolCode + ": " + text
	}
	return fmt.Sprintf("%s: %s: %s", e.Op, e.Class, text)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of an error; what is not an *Error may have been
// applied.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Ambiguous
}

// StatusError classifies an HTTP answer that was no success. write says that
// the request could change something: then a 5xx may have been applied, unless
// it is a 503 that names a time.
func StatusError(op string, write bool, resp *http.Response, message string) *Error {
	e := &Error{Op: op, ToolCode: strconv.Itoa(resp.StatusCode), Message: clip(message, 500), RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		e.Class, e.Hint = Blocked, "look at the credentials of this connector"
	case code == http.StatusConflict:
		e.Class = Conflict
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && e.RetryAfter > 0:
		e.Class = Retryable
	case code >= 500 && write, code < 400 && write:
		e.Class = Ambiguous
	case code >= 500, code < 300: // a read that can be asked again
		e.Class = Retryable
	default:
		e.Class = Permanent
	}
	return e
}

// TransportError classifies a call that got no answer. Only what surely never
// left (refused, unknown host, TLS) is Retryable for a write.
func TransportError(op string, write bool, err error) *Error {
	e := &Error{Op: op, Class: Ambiguous, Err: redact(err)}
	var dns *net.DNSError
	var opErr *net.OpError
	neverSent := errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns) || errors.As(err, &opErr) && opErr.Op == "dial"
	if neverSent || !write {
		e.Class, e.Hint = Retryable, "is the tool up, and its address right?"
	}
	if errors.Is(err, context.Canceled) && !write {
		e.Class = Retryable
	}
	return e
}

// redact takes the query, where secrets may stand, out of a URL error.
func redact(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if parsed, perr := url.Parse(u.URL); perr == nil {
			return fmt.Errorf("%s %s://%s%s: %w", u.Op, parsed.Scheme, parsed.Host, parsed.Path, u.Err)
		}
		return u.Err
	}
	return err
}

func retryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(time.Until(t), time.Second)
	}
	return 0
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
