package server

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestDoors: each path leads to the receiver, with the query parameters some
// clients add, and says where it is from.
func TestDoors(t *testing.T) {
	said := func(word string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(word)) }) //nolint:errcheck // a recorder
	}
	h := New(Options{Lineage: said("event"), LineageBatch: said("batch"), UI: said("ui")}).Handler()
	docs, err := os.ReadFile("../docs/producers.md")
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{connector}", "spark", "{project}", "p", "{method}", "eu"+googleMethod)
	for _, d := range doors {
		want := "event"
		if d.batch {
			want = "batch"
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", fill.Replace(d.path)+"?requestId=1", nil))
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("POST %s: %d %s, want %s", d.path, w.Code, w.Body, want)
		}
		if d.backend == "" || d.source == "" {
			t.Errorf("%s: whose is it, and where is that written?", d.path)
		}
		if path := strings.Replace(d.path, "{method}", "{location}"+googleMethod, 1); !strings.Contains(string(docs), "`"+path+"`") {
			t.Errorf("docs/producers.md does not list %s", path)
		}
	}
	for _, path := range []string{"/v1/projects/p/locations/eu", "/v1/projects/p/locations/eu:searchLinks"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest("POST", path, nil)); w.Code != http.StatusNotFound {
			t.Errorf("POST %s: %d, want 404", path, w.Code)
		}
	}
}
