package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Problem is an RFC 9457 problem document.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Where is a JSON pointer into the body; Hint says what to do.
	Where string `json:"where,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

func problem(status int, title, detail, hint string) *Problem {
	return &Problem{Title: title, Status: status, Detail: clipText(detail, 1000), Hint: hint}
}

// Write sends the problem; 503 asks the client to come back in a second.
func (p *Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) //nolint:errcheck // the client has gone
}

// bombRatio: gzip that inflates more than this, after the first megabyte, is
// no event.
const (
	bombRatio = 200
	bombFree  = 1 << 20
	// idleLimit ends a request whose sender has fallen silent.
	idleLimit = 15 * time.Second
	// drainLimit is how much of a refused body is read and thrown away: a
	// client hears the answer only after it has sent its body.
	drainLimit = 64 << 20
	// maxInFlight bounds the inflated bytes of all requests being read.
	maxInFlight = 256 << 20
)

// budget counts the bytes that all requests hold; over it, a request is told
// to come back.
type budget struct{ used atomic.Int64 }

var errBusy = errors.New("too many bytes in flight")

// share is one request's part of the budget, given back by release.
type share struct {
	b *budget
	n int64
}

func (s *share) take(n int) error {
	s.n += int64(n)
	if s.b.used.Add(int64(n)) > maxInFlight {
		return errBusy
	}
	return nil
}

func (s *share) release() { s.b.used.Add(-s.n) }

// readBody reads a plain or gzip body within the limits. Nothing more than the
// limit is ever held.
func readBody(w http.ResponseWriter, req *http.Request, s *share) ([]byte, *Problem) {
	control := http.NewResponseController(w)
	raw := &idleReader{r: req.Body, extend: func() { control.SetReadDeadline(time.Now().Add(idleLimit)) }} //nolint:errcheck // unsupported in tests only
	body, p := readEncoded(raw, req, s)
	if p != nil && p.Status == http.StatusRequestEntityTooLarge {
		io.CopyN(io.Discard, raw, drainLimit) //nolint:errcheck // only for the client's sake
	}
	return body, p
}

func readEncoded(raw io.Reader, req *http.Request, s *share) ([]byte, *Problem) {
	switch enc := strings.ToLower(strings.TrimSpace(req.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return readAll(io.LimitReader(raw, MaxInflated+1), req.ContentLength, s)
	case "gzip":
		return readGzip(raw, s)
	default:
		return nil, problem(http.StatusUnsupportedMediaType, "unknown encoding", fmt.Sprintf("Content-Encoding is %q", clipText(enc, 64)), "send gzip or no encoding")
	}
}

func readGzip(raw io.Reader, s *share) ([]byte, *Problem) {
	counted := &countReader{r: io.LimitReader(raw, MaxCompressed+1)}
	z, err := gzip.NewReader(counted)
	if err != nil {
		return nil, problem(http.StatusBadRequest, "not gzip", err.Error(), "send the body as Content-Encoding says")
	}
	return readAll(io.LimitReader(&bombGuard{z: z, in: counted}, MaxInflated+1), -1, s)
}

// maxAnnounced bounds what is set aside on the word of a request alone.
const maxAnnounced = 64 << 10

// readAll reads a body of at most MaxInflated bytes; announced is how many are
// said to come, -1 when nothing is said.
func readAll(r io.Reader, announced int64, s *share) ([]byte, *Problem) {
	var buf bytes.Buffer
	if announced > 0 {
		buf.Grow(int(min(announced, maxAnnounced)) + bytes.MinRead)
	}
	_, err := io.Copy(&buf, &shareReader{r: r, s: s})
	switch {
	case errors.Is(err, errBusy):
		return nil, problem(http.StatusServiceUnavailable, "busy", fmt.Sprintf("more than %d bytes are being read", maxInFlight), "send the event again")
	case errors.Is(err, errBomb), buf.Len() > MaxInflated:
		return nil, problem(http.StatusRequestEntityTooLarge, "too large", fmt.Sprintf("more than %d bytes inflated, or more than %d compressed", MaxInflated, MaxCompressed), "turn off the largest facets (spark.logicalPlan, full task info)")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem(http.StatusRequestTimeout, "the body stopped", fmt.Sprintf("nothing came for %s", idleLimit), "send the event again")
	case err != nil:
		return nil, problem(http.StatusBadRequest, "the body broke off", err.Error(), "send the event again")
	}
	return buf.Bytes(), nil
}

type shareReader struct {
	r io.Reader
	s *share
}

func (r *shareReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if busy := r.s.take(n); busy != nil {
		return n, busy
	}
	return n, err
}

type idleReader struct {
	r        io.Reader
	extend   func()
	extended time.Time
}

// Read extends the time once in a while only: most bodies are read at once.
func (r *idleReader) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(r.extended) > idleLimit/20 {
		r.extended = now
		r.extend()
	}
	return r.r.Read(p)
}

type countReader struct {
	r io.Reader
	n int64
}

func (r *countReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	return n, err
}

var errBomb = errors.New("inflates too much")

type bombGuard struct {
	z   io.Reader
	in  *countReader
	out int64
}

func (g *bombGuard) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	g.out += int64(n)
	if g.in.n > MaxCompressed || g.out > bombFree && g.out > bombRatio*g.in.n {
		return n, errBomb
	}
	return n, err
}
