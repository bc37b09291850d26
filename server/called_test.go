package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/auth"
)

// TestCalled: while nobody is asked for a key, whoever comes by a name that is
// not weir's is refused on every route, in the form that the route speaks; with
// a key the name says nothing. Probes pass by any name, and who sends none; a
// refused name is logged once.
func TestCalled(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	ring := auth.NewKeyring(&shelf{}, time.Now)
	names := []string{"localhost", "127.0.0.1", "::1"}
	var logs bytes.Buffer
	s := server.New(server.Options{GraphQL: ok, Lineage: ok, UI: ok, Base: "/weir/", Logger: slog.New(slog.NewTextHandler(&logs, nil)), Access: &auth.Access{Keys: ring},
		Called: func(name string) bool { return slices.Contains(names, name) }})
	ask := func(method, host, path, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader("{}"))
		r.Host = host
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	routes := [][2]string{{"GET", "/"}, {"GET", "/weir/"}, {"GET", "/version"}, {"GET", "/api/v1/session"}, {"POST", "/graphql"}, {"POST", "/weir/graphql"}, {"POST", "/api/v1/lineage"}}
	for _, r := range routes {
		for _, host := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]", "localhost.", "localhost.:8080", ""} {
			if w := ask(r[0], host, r[1], ""); w.Code != 200 {
				t.Errorf("%s %s by %s: %d %s", r[0], r[1], host, w.Code, w.Body)
			}
		}
		for _, host := range []string{"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example:80", ":8080"} {
			w := ask(r[0], host, r[1], "")
			for _, want := range []string{"FORBIDDEN", "--allowed-hosts"} {
				if w.Code != 403 || !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s %s by %q: %d %s, want 403 and %q", r[0], r[1], host, w.Code, w.Body, want)
				}
			}
			if answersGraphQL := strings.Contains(w.Body.String(), `"errors"`); answersGraphQL != strings.HasSuffix(r[1], "/graphql") {
				t.Errorf("%s %s: %s", r[0], r[1], w.Body)
			}
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/weir/readyz"} {
		if w := ask("GET", "10.0.0.7:8080", path, ""); w.Code != 200 {
			t.Errorf("%s by an address: %d %s", path, w.Code, w.Body)
		}
	}
	if n := strings.Count(logs.String(), "name=evil.example "); n != 1 || !strings.Contains(logs.String(), "--allowed-hosts") {
		t.Errorf("a refused name was logged %d times: %s", n, logs.String())
	}
	key, _, err := ring.Create(t.Context(), auth.Wanted{Name: "ann", Role: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	if w := ask("POST", "weir.example", "/graphql", key); w.Code != 200 {
		t.Errorf("with a key, by another name: %d %s", w.Code, w.Body)
	}
	if w := ask("POST", "weir.example", "/graphql", ""); w.Code != 401 {
		t.Errorf("without the key, by another name: %d %s", w.Code, w.Body)
	}
}
