package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestRefusalsAreCountedByStatus(t *testing.T) {
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/lineage" {
			t.Errorf("path %s", r.URL.Path)
		}
		if n.Add(1) == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	defer srv.Close()
	var out strings.Builder
	err := run(t.Context(), []string{"-url", srv.URL, "-events", "40", "-producers", "4"}, &out)
	if err == nil || !strings.Contains(err.Error(), "1 events were not accepted") {
		t.Errorf("err %v", err)
	}
	for _, want := range []string{"repeat   39 accepted", "1 refused with status 429", "growth   10 accepted", "p99"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8080": "http://127.0.0.1:8080/api/v1/lineage",
		"https://x/":            "https://x/api/v1/lineage",
		"http://x:1/v1/lineage": "http://x:1/v1/lineage",
		"127.0.0.1:8080":        "",
		"":                      "",
	} {
		if got, err := endpoint(in); got != want || (err == nil) != (want != "") {
			t.Errorf("endpoint(%q) = %q, %v", in, got, err)
		}
	}
}
