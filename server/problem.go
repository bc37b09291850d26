package server

import (
	"encoding/json"
	"net/http"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql"
)

// Problem is an error over REST (RFC 9457).
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"requestId,omitempty"`
	Hint      string `json:"hint,omitempty"`
}

func problem(w http.ResponseWriter, r *http.Request, status int, p Problem) {
	p.Type, p.Title, p.Status, p.RequestID = "about:blank", http.StatusText(status), status, gql.RequestID(r.Context())
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p)
}

// statuses of the codes over REST.
var statuses = map[string]int{
	gql.CodeBadUserInput: http.StatusBadRequest,
	gql.CodeNotFound:     http.StatusNotFound,
	gql.CodeConflict:     http.StatusConflict,
	gql.CodeForbidden:    http.StatusForbidden,

	gql.CodeUnauthenticated: http.StatusUnauthorized,
	gql.CodeStale:           http.StatusServiceUnavailable,
	gql.CodeUnavailable:     http.StatusServiceUnavailable,
	gql.CodeInternal:        http.StatusInternalServerError,
}

// fail answers with what err means; what is not known is internal and logged.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := gql.CodeOf(err)
	if code == gql.CodeInternal {
		s.o.Logger.ErrorContext(r.Context(), "request failed", "requestId", gql.RequestID(r.Context()), "path", r.URL.Path, "error", err)
	}
	problem(w, r, statuses[code], Problem{Code: code, Detail: gql.Safe(err), Hint: catalog.HintOf(err)})
}
