//go:build !noui

package ui

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestDist: what index.html names is there, kept for good, and nothing in the
// page needs a laxer policy than default-src 'self'; style-src 'self'.
func TestDist(t *testing.T) {
	html := get(t, "GET", "/", "text/html").Body.String()
	types := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
	names := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(names) < 3 {
		t.Fatalf("index.html names %d files", len(names))
	}
	for _, m := range names {
		w := get(t, "GET", m[1], "*/*")
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", m[1], w.Code)
		}
		if kept := strings.Contains(w.Header().Get("Cache-Control"), "immutable"); kept != strings.HasPrefix(m[1], "/assets/") {
			t.Errorf("%s: Cache-Control %q", m[1], w.Header().Get("Cache-Control"))
		}
		ext := m[1][strings.LastIndex(m[1], "."):]
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, types[ext]) {
			t.Errorf("%s: Content-Type %q", m[1], got)
		}
	}
	for _, lax := range []string{"<style", " style=", "<script>", " onload=", "http://", "https://"} {
		if strings.Contains(html, lax) {
			t.Errorf("index.html has %q", lax)
		}
	}
}
