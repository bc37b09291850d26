package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, method, target, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	page := get(t, "GET", "/", "text/html")
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), `<div id="root">`) || page.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("the page: %d %q", page.Code, page.Header())
	}
	if deep := get(t, "GET", "/a/asset_x", "text/html"); deep.Body.String() != page.Body.String() {
		t.Error("a deep link does not give the app")
	}
	if w := get(t, "GET", "/nosuch.js", "*/*"); w.Code != http.StatusNotFound {
		t.Errorf("a missing script: %d", w.Code)
	}
	if w := get(t, "POST", "/", "text/html"); w.Code != http.StatusNotFound {
		t.Errorf("a POST: %d", w.Code)
	}
	_, rest, _ := strings.Cut(page.Body.String(), `src="/assets/`)
	name, _, _ := strings.Cut(rest, `"`)
	if w := get(t, "GET", "/assets/"+name, "*/*"); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("script %q: %d %q", name, w.Code, w.Header())
	}
}
