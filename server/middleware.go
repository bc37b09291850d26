package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql"
)

// policyCSP lets a page load from its own origin only; nothing inline runs.
const policyCSP = "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

// wrap puts what every request gets around the routes, outermost first: an id,
// a log line, a net for panics, headers, protection against other sites' pages,
// whether they go by their own name or by one that leads here.
func (s *Server) wrap(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem(w, r, http.StatusForbidden, Problem{Code: "FORBIDDEN", Detail: "a page of another site may not do this"})
	}))
	h := cross.Handler(next)
	h = s.called(h)
	h = s.headers(h)
	h = s.recovering(h)
	h = s.logging(h)
	return identified(h)
}

// identified gives the request an id; a proxy's own is kept when it is sane.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !sane(id) {
			id = uuid.NewString()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(gql.WithRequestID(r.Context(), id)))
	})
}

func sane(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// noted remembers what was answered.
type noted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (n *noted) WriteHeader(status int) {
	if n.status == 0 {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(b []byte) (int, error) {
	if n.status == 0 {
		n.status = http.StatusOK
	}
	m, err := n.ResponseWriter.Write(b)
	n.bytes += int64(m)
	return m, err
}

// Unwrap lets http.ResponseController reach the connection.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func (s *Server) logging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		n := &noted{ResponseWriter: w}
		defer func() {
			took := time.Since(start)
			s.metrics.requests.WithLabelValues(route(r), strconv.Itoa(n.status)).Inc()
			s.metrics.seconds.WithLabelValues(route(r)).Observe(took.Seconds())
			level := slog.LevelDebug // many a second; a failure is for a person
			if n.status >= http.StatusInternalServerError && n.status != http.StatusServiceUnavailable {
				level = slog.LevelWarn
			}
			s.o.Logger.Log(r.Context(), level, "request", "requestId", gql.RequestID(r.Context()), "method", r.Method, "path", r.URL.Path,
				"status", n.status, "bytes", n.bytes, "took", took, "remote", r.RemoteAddr)
		}()
		next.ServeHTTP(n, r)
	})
}

// route is the pattern that matched: a path as sent has no bounds.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

func (s *Server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.metrics.panics.Inc()
			s.o.Logger.ErrorContext(r.Context(), "panic", "requestId", gql.RequestID(r.Context()), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if n, ok := w.(*noted); !ok || n.status == 0 {
				problem(w, r, http.StatusInternalServerError, Problem{Code: gql.CodeInternal, Detail: "internal error; the log has it under the request id"})
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// headers are on every answer. Weir-Position is what was projected when the
// answer began: the answer has seen at least that.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Weir-Position", s.o.Position().String())
		next.ServeHTTP(w, r)
	})
}

const (
	defaultWait = 2 * time.Second
	longestWait = 30 * time.Second
)

// waiting holds a read until what the caller asks to see is projected
// (Weir-Min-Position), as long as Weir-Wait allows.
func (s *Server) waiting(graphql bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := s.await(r, graphql)
		w.Header().Set("Weir-Position", s.o.Position().String())
		switch {
		case err == nil:
			next.ServeHTTP(w, r.WithContext(ctx))
		case graphql && errors.Is(err, catalog.ErrStale):
			gql.WriteError(w, r, http.StatusOK, gql.CodeStale, err.Error())
		case graphql:
			gql.WriteError(w, r, http.StatusBadRequest, gql.CodeBadUserInput, err.Error())
		default:
			s.fail(w, r, err)
		}
	})
}

// await gives a context that carries what is left to wait for: a store that
// only some questions read.
func (s *Server) await(r *http.Request, graphql bool) (context.Context, error) {
	min, wait, err := asked(r.Header)
	if err != nil || min == 0 || s.o.Waiter == nil {
		return r.Context(), err
	}
	until := time.Now().Add(wait)
	ctx, cancel := context.WithDeadline(r.Context(), until)
	defer cancel()
	err = s.o.Waiter.WaitFor(ctx, min)
	if err == nil && graphql && s.o.Reads != nil {
		err = s.o.Reads.WaitFor(ctx, min)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: reached position %s, asked for %s", catalog.ErrStale, s.o.Position(), min)
	}
	return gql.WithMinPosition(r.Context(), min, until), nil
}

// asked reads Weir-Min-Position and Weir-Wait.
func asked(h http.Header) (catalog.Position, time.Duration, error) {
	text := h.Get("Weir-Min-Position")
	if text == "" {
		return 0, 0, nil
	}
	pos, err := catalog.ParsePosition(text)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: header Weir-Min-Position: want a decimal journal sequence", catalog.ErrInvalid)
	}
	wait := defaultWait
	if text := h.Get("Weir-Wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 {
			return 0, 0, fmt.Errorf("%w: header Weir-Wait: want a duration such as 10s", catalog.ErrInvalid)
		}
	}
	return pos, min(wait, longestWait), nil
}
