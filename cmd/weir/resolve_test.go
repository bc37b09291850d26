package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestResolve: the wire to the tool breaks while it is asked for a run, and stays
// broken: nobody knows. A person looks, says what became of it, and what waited
// goes on.
func TestResolve(t *testing.T) {
	var broken atomic.Bool
	g := guardBehind(t, makers(1, ""), func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/dagRuns") && r.Header.Get("Authorization") != "" {
				broken.Store(true)
			}
			if broken.Load() {
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	})
	g.change()
	a := g.in(1, "AMBIGUOUS")[0]
	for _, args := range [][]string{{"--as", "probably", "--because", "x"}, {"--as", "failed"}, {"--as", "failed", "--because", "x", "--key", "k"}} {
		if _, words, code := g.weir("", append([]string{"resolve", a.ID}, args...)...); code != exitUsage {
			t.Errorf("%v: exit %d, %s", args, code, words)
		}
	}
	g.must(exitOK, "resolve", a.ID, "--as", "failed", "--actor", "ann", "--because", "the tool has no such run")
	g.in(1, "FAILED")
	holds(t, g.must(exitFailed, "resolve", a.ID, "--as", "succeeded", "--because", "no"), "weir knows what became of it")
	holds(t, g.must(exitOK, "why", a.ID), "FAILED", "resolved as failed: the tool has no such run")
	broken.Store(false)
}
