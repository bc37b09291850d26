package ui

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func get(t *testing.T, method, target, accept string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept", accept)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler("/").ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	tests := []struct {
		name, method, target, accept string
		status                       int
		page                         bool
	}{
		{"the app", "GET", "/", "text/html", http.StatusOK, true},
		{"the app for curl", "GET", "/", "*/*", http.StatusOK, true},
		{"a deep link", "GET", "/a/asset_x?hops=2", "text/html,*/*;q=0.8", http.StatusOK, true},
		{"only its head", "HEAD", "/a/asset_x", "text/html", http.StatusOK, false},
		{"a missing script", "GET", "/nosuch.js", "*/*", http.StatusNotFound, false},
		{"a missing asset, asked as a page", "GET", "/assets/index-gone.js", "text/html", http.StatusNotFound, false},
		{"a folder", "GET", "/assets", "*/*", http.StatusNotFound, false},
		{"a way out", "GET", "/../embed.go", "*/*", http.StatusNotFound, false},
		{"a POST", "POST", "/", "text/html", http.StatusNotFound, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := get(t, tt.method, tt.target, tt.accept)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if got := strings.Contains(w.Body.String(), `<div id="root">`); got != tt.page {
				t.Errorf("gives the app: %v, want %v", got, tt.page)
			}
		})
	}
}

func TestHandlerCaching(t *testing.T) {
	first := get(t, "GET", "/", "text/html")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "no-cache" || !slices.Equal(first.Header().Values("Vary"), []string{"Accept", "Accept-Encoding"}) {
		t.Fatalf("the page's headers: %v", first.Header())
	}
	if w := get(t, "GET", "/a/x", "text/html", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("asked again: %d with %d bytes", w.Code, w.Body.Len())
	}
	if w := get(t, "GET", "/", "text/html", "If-None-Match", `"other"`); w.Code != http.StatusOK {
		t.Errorf("asked with another tag: %d", w.Code)
	}
}
