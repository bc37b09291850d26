package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// byName asks a server by a name that leads to it and gives status and answer.
func (w *world) byName(name string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+"/version", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Host = name
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestNamesOfLoopback: a weir on loopback that asks for no key goes by the names
// of loopback and by those it was given, and by no other.
func TestNamesOfLoopback(t *testing.T) {
	w := start(t, t.TempDir(), "--allowed-hosts", "Weir.internal, tools.example.com")
	for _, name := range []string{"localhost", "127.0.0.1:80", "[::1]:80", "weir.internal", "WEIR.internal:8080", "tools.example.com"} {
		if status, body := w.byName(name); status != http.StatusOK {
			t.Errorf("by %s: %d %s", name, status, body)
		}
	}
	for _, name := range []string{"evil.example", "x.weir.internal", "10.0.0.1"} {
		if status, body := w.byName(name); status != http.StatusForbidden || !strings.Contains(body, name) {
			t.Errorf("by %s: %d %s", name, status, body)
		}
	}
}

// TestNamesElsewhere: on an address of other machines names are looked at only
// where some are listed.
func TestNamesElsewhere(t *testing.T) {
	c := Config{Listen: "0.0.0.0:8080"}
	if c.called() != nil {
		t.Error("names are looked at that weir cannot know")
	}
	c.hosts = []string{"weir.internal"}
	for name, want := range map[string]bool{"weir.internal": true, "localhost": true, "evil.example": false} {
		if got := c.called()(name); got != want {
			t.Errorf("by %s: %t, want %t", name, got, want)
		}
	}
}

func TestParseHosts(t *testing.T) {
	if got, err := parseHosts(" A.example, ,::1,10.0.0.1"); err != nil || strings.Join(got, " ") != "a.example ::1 10.0.0.1" {
		t.Errorf("%q, %v", got, err)
	}
	for _, odd := range []string{"https://a.example", "a.example:80", "*.example", "a b"} {
		if _, err := parseHosts(odd); err == nil {
			t.Errorf("%q is taken for a name", odd)
		}
	}
}
