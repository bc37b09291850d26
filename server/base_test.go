package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server"
)

func TestCleanBase(t *testing.T) {
	for in, want := range map[string]string{"": "/", "/": "/", "/weir": "/weir/", "weir/": "/weir/", "/data/weir-1/": "/data/weir-1/"} {
		if got, err := server.CleanBase(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"/we ir", "/a//b", "/../x", "/%2e", "/<script>", "/api", "graphql/x", "/assets", "/v1"} {
		if got, err := server.CleanBase(in); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%q is taken as %q, %v", in, got, err)
		}
	}
}

// TestBase: every route is there with the base and without it, and nothing else is.
func TestBase(t *testing.T) {
	o := server.Options{
		Base:    "/weir/",
		UI:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ui of "+r.URL.Path) }),
		GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "graphql") }),
	}
	h := server.New(o).Handler()
	for _, c := range []struct {
		method, path string
		status       int
		body, to     string
	}{
		{"GET", "/weir/healthz", 200, `{"status":"alive"}` + "\n", ""}, {"GET", "/healthz", 200, `{"status":"alive"}` + "\n", ""},
		{"GET", "/weir/", 200, "ui of /", ""}, {"GET", "/weir/a/x", 200, "ui of /a/x", ""}, {"GET", "/a/x", 200, "ui of /a/x", ""},
		{"GET", "/weird", 200, "ui of /weird", ""},
		{"POST", "/weir/graphql", 200, "graphql", ""}, {"POST", "/graphql", 200, "graphql", ""},
		{"GET", "/weir", 302, "", "/weir/"}, {"GET", "/weir/graphql?q=x", 302, "", "query?q=x"}, {"GET", "/graphql", 302, "", "query"},
		{"GET", "/weir/api/v1/nothing", 404, "", ""},
	} {
		w := do(h, c.method, c.path, "")
		if w.Code != c.status || c.body != "" && w.Body.String() != c.body || w.Header().Get("Location") != c.to {
			t.Errorf("%s %s: %d %.200q to %q", c.method, c.path, w.Code, w.Body, w.Header().Get("Location"))
		}
	}
}
