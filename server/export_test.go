package server

import (
	"context"
	"io"
	"net/http"

	"github.com/weirhq/weir/server/auth"
)

// Route is one of the table, for the test that walks it.
type Route struct {
	Pattern string
	Need    auth.Verb
}

// Routes are all of a server.
func (s *Server) Routes() (out []Route) {
	for _, d := range s.table() {
		out = append(out, Route{d.pattern, d.need})
	}
	return out
}

// ReadableRecords divides an export.
func ReadableRecords(body io.WriterTo, p auth.Principal) io.WriterTo { return readableRecords{body, p} }

// Readable says whether a hint is sent.
func (s *Server) Readable(ctx context.Context, h Hint) bool { return s.readable(ctx, h) }

// Still says whether a stream goes on.
func (s *Server) Still(r *http.Request) bool { return s.still(r) }
