package connectortest

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// Fault is one way in which a tool fails.
type Fault string

// The faults.
const (
	None Fault = ""
	// LostAfter: the request is applied, the connection breaks before the
	// answer. LostBefore: it breaks before anything is applied.
	LostAfter  Fault = "lost_after"
	LostBefore Fault = "lost_before"
	// ErrorAfter: applied, then 500. The numbered ones are not applied.
	ErrorAfter Fault = "500_after"
	Status401  Fault = "401"
	Status403  Fault = "403_jwt"
	Status409  Fault = "409"
	Status429  Fault = "429"
	Status500  Fault = "500"
	Status503  Fault = "503"
	// Busy is 503 with Retry-After.
	Busy Fault = "503_retry"
	// Garbage: applied, then a success that is not JSON.
	Garbage Fault = "garbage"
	// Redirect: 302 to another host.
	Redirect Fault = "redirect"
	// Proxy403 and Proxy429 are pages of a proxy in front of the tool, not
	// the tool's own words; nothing is applied.
	Proxy403 Fault = "proxy_403"
	Proxy429 Fault = "proxy_429"
	// Slow: applied, and no answer until the caller leaves. Oversized:
	// applied, and an answer larger than any that is read.
	Slow      Fault = "slow"
	Oversized Fault = "oversized"
)

// Faults is a queue of faults, one a matching request. It is safe for
// concurrent use; its zero value injects nothing.
type Faults struct {
	mu    sync.Mutex
	queue []Fault
}

// Inject queues faults for the next writes.
func (f *Faults) Inject(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, faults...)
}

// Next takes the next fault.
func (f *Faults) Next() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return None
	}
	next := f.queue[0]
	f.queue = f.queue[1:]
	return next
}

// Before plays the fault's part that comes before the request is applied. It
// reports whether the request is over.
func (f Fault) Before(w http.ResponseWriter) bool {
	switch f {
	case LostBefore:
		Hangup(w)
	case Status401:
		http.Error(w, `{"detail":"Token Expired"}`, http.StatusUnauthorized)
	case Status403:
		http.Error(w, `{"detail":"Invalid JWT token"}`, http.StatusForbidden)
	case Status409:
		http.Error(w, `{"detail":{"reason":"Unique constraint violation","statement":"hidden"}}`, http.StatusConflict)
	case Status429:
		http.Error(w, `{"detail":"slow down"}`, http.StatusTooManyRequests)
	case Status500:
		http.Error(w, `<html>oops</html>`, http.StatusInternalServerError)
	case Status503:
		http.Error(w, `{"detail":"down"}`, http.StatusServiceUnavailable)
	case Busy:
		w.Header().Set("Retry-After", "2")
		http.Error(w, `{"detail":"busy"}`, http.StatusServiceUnavailable)
	case Proxy403:
		page(w, http.StatusForbidden)
	case Proxy429:
		page(w, http.StatusTooManyRequests)
	case Redirect:
		w.Header().Set("Location", "http://203.0.113.1/elsewhere")
		w.WriteHeader(http.StatusFound)
	default:
		return false
	}
	return true
}

// After plays the part that comes when the request was applied. It reports
// whether the answer is spoilt.
func (f Fault) After(w http.ResponseWriter) bool {
	switch f {
	case LostAfter:
		Hangup(w)
	case ErrorAfter:
		http.Error(w, `<html>oops</html>`, http.StatusInternalServerError)
	case Slow:
		stall(w)
	case Oversized:
		oversize(w)
	case Garbage:
		w.WriteHeader(http.StatusOK)
		w.Write([]byte("<html>not json")) //nolint:errcheck // the test reads it or not
	default:
		return false
	}
	return true
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	io.WriteString(w, "<html>the proxy says no</html>") //nolint:errcheck // the client has gone
}

// stall says nothing until the caller closes the connection.
func stall(w http.ResponseWriter) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()                                //nolint:errcheck // the caller has gone
	conn.SetReadDeadline(time.Now().Add(time.Minute)) //nolint:errcheck // a bound for a caller that stays
	io.Copy(io.Discard, buf)                          //nolint:errcheck // until the caller leaves
}

// maxAnswer is the connectors' bound of one answer.
const maxAnswer = 16 << 20

// oversize sends well-formed JSON that is larger than maxAnswer.
func oversize(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"pad":"`) //nolint:errcheck // the client may leave
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for range maxAnswer>>20 + 1 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	io.WriteString(w, `"}`) //nolint:errcheck // the client may leave
}

// Hangup breaks the connection without an answer.
func Hangup(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close() //nolint:errcheck // that is the point
	}
}
