package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/weirhq/weir/server"
)

// Long answers are in gzip for who takes it; what must not be, is not: keys,
// and what was broken off.
func TestAnswersAreCompressed(t *testing.T) {
	long := `{"data":"` + strings.Repeat("orders ", 400) + `"}`
	var answer string
	h := server.New(server.Options{GraphQL: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/graphql-response+json; charset=utf-8")
		fmt.Fprint(w, answer)
	})}).Handler()
	for _, tt := range []struct{ name, answer, accept, want string }{
		{"long", long, "gzip, deflate", "gzip"},
		{"short", "{}", "gzip", ""},
		{"not taken", long, "gzip;q=0", ""},
		{"not asked for", long, "", ""},
		{"zstd alone", long, "zstd", ""},
	} {
		answer = tt.answer
		w := do(h, "POST", "/graphql", "{}", "Accept-Encoding", tt.accept)
		var sent io.Reader = w.Body
		if got := w.Header().Get("Content-Encoding"); got != tt.want {
			t.Errorf("%s: Content-Encoding %q, want %q", tt.name, got, tt.want)
		} else if got == "gzip" {
			sent, _ = gzip.NewReader(w.Body)
		}
		if b, err := io.ReadAll(sent); err != nil || string(b) != tt.answer {
			t.Errorf("%s: %.40s %v", tt.name, b, err)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Weir-Position") == "" {
			t.Errorf("%s: headers %v", tt.name, w.Header())
		}
	}
	if w := do(h, "GET", "/api/v1/schema/policy.json", "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("the schema of policies: %v", w.Header())
	}
}

// Nothing is packed that hands out a secret beside what the caller wrote, nor
// the stream, whose events go at once.
func TestSecretsAreNotCompressed(t *testing.T) {
	g := newGuarded(t)
	for _, route := range g.Routes() {
		if route.Pattern == "GET /metrics" { // by its own library; it has no secret
			continue
		}
		method, path, ok := strings.Cut(route.Pattern, " ")
		if !ok || strings.Contains(path, "{") {
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // a stream ends at once
		r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(`{"name":"a key","role":"viewer","namespaces":["prod"]}`))
		for name, value := range map[string]string{"Accept-Encoding": "gzip", "Authorization": "Bearer " + g.keys["admin"], "Content-Type": "application/json"} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		g.Handler().ServeHTTP(w, r)
		packs := strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Encoding")
		if want := path == "/graphql" && method == "POST" || path == "/api/v1/schema/policy.json"; packs != want {
			t.Errorf("%s may be packed: %v, want %v", route.Pattern, packs, want)
		}
	}
}
