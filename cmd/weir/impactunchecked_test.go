package main

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestImpactOfAWeirBehind: a weir that has not taken in what came is not good
// enough for who says so, and is as good as ever for who does not.
func TestImpactOfAWeirBehind(t *testing.T) {
	w := start(t, t.TempDir())
	w.copies("first")
	w.copies("second")
	w.traced("2", "30s", false, "position 2, 3 nodes")
	release := hold(t, filepath.Join(w.dir, "data", "state.db"))
	w.copies("third") // in the journal, and not beyond
	ask := []string{"impact", "--change", "drop:dataset:postgres://wh:5432/shop.s.raw"}
	strict := append(ask, "--max-staleness", "1ns")
	out, words, code := w.weir("", strict...)
	if code != exitStale || out != "" || !strings.Contains(words, "the answer is too old") || !strings.Contains(words, "--max-staleness is 1ns") || !strings.Contains(words, "hint:") {
		t.Errorf("exit %d: %s%s", code, out, words)
	}
	// Nothing that weir does not know yet may pass for what nobody knows.
	if _, words, code := w.weir("", "impact", "--change", "drop:dataset:kafka://k/new", "--max-staleness", "1ns"); code != exitStale {
		t.Errorf("of what is unknown: exit %d, %s", code, words)
	}
	for what, args := range map[string][]string{"no bound": ask, "a wide bound": append(ask, "--max-staleness", "1h")} {
		if out, words, code := w.weir("", args...); code != exitOK || !strings.Contains(out, "shop.s.mart") {
			t.Errorf("%s: exit %d, %s%s", what, code, out, words)
		}
	}
	w.unchecked(strict, "the answer is too old")
	release()
	waitUntil(t, "weir has caught up", func() bool { _, _, code := w.weir("", strict...); return code == exitOK })
}

// TestImpactOfAWeirGone: without an answer the check fails, or says in every form
// that there was none.
func TestImpactOfAWeirGone(t *testing.T) {
	w := start(t, t.TempDir())
	w.copies("first")
	w.copies("second")
	w.traced("2", "30s", false, "position 2, 3 nodes")
	ask := []string{"impact", "--change", "drop:dataset:postgres://wh:5432/shop.s.raw", "--fail-on", "unknown"}
	lenient := append(ask, "--on-unreachable", "warn")
	for what, x := range map[string]struct {
		args []string
		code int
	}{
		"findings":          {lenient, exitFindings},
		"not found":         {[]string{"impact", "--change", "drop:nothing", "--on-unreachable", "warn"}, exitNotFound},
		"an unknown way":    {append(ask, "--on-unreachable", "run"), exitUsage},
		"an age below zero": {append(ask, "--max-staleness", "-1s"), exitUsage},
	} {
		if _, words, code := w.weir("", x.args...); code != x.code {
			t.Errorf("%s: exit %d, want %d: %s", what, code, x.code, words)
		}
	}
	w.stop()
	if _, words, code := w.weir("", ask...); code != exitUnreachable || !strings.Contains(words, "weir does not answer") {
		t.Errorf("exit %d: %s", code, words)
	}
	w.unchecked(ask, "weir does not answer")
	for what, args := range map[string][]string{
		"an unreadable change": {"impact", "--change", "melt:x", "--on-unreachable", "warn"},
		"an unreadable file":   {"impact", "--diff", "gone.json", "--against", "gone.json", "--on-unreachable", "warn"},
	} {
		if _, words, code := w.weir("", args...); code != exitUsage {
			t.Errorf("%s passes where weir does not answer: exit %d, %s", what, code, words)
		}
	}
}

// TestImpactBrokenOff: half an answer is none.
func TestImpactBrokenOff(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "1000")
		_, _ = rw.Write([]byte(`{"data":{`))
	}))
	defer s.Close()
	w := &world{t: t, url: s.URL}
	ask := []string{"impact", "--change", "drop:x"}
	if _, words, code := w.weir("", ask...); code != exitUnreachable || !strings.Contains(words, "broke off") {
		t.Errorf("exit %d: %s", code, words)
	}
	w.unchecked(ask, "broke off")
}

// unchecked asks in every form with --on-unreachable warn: each says that nothing
// was checked, and why, and none that nothing was found.
func (w *world) unchecked(ask []string, why string) {
	w.t.Helper()
	for _, form := range impactForms {
		out, words, code := w.weir("", append(append([]string{}, ask...), "--on-unreachable", "warn", "--quiet", "-o", form)...)
		if code != exitOK || !strings.Contains(words, "nothing was checked (--on-unreachable warn): ") || !strings.Contains(words, why) {
			w.t.Errorf("%s: exit %d, %s", form, code, words)
		}
		if form != "table" && !strings.Contains(out, why) || strings.Contains(out, "nothing downstream") || strings.Contains(out, "SEVERITY") {
			w.t.Errorf("%s:\n%s", form, out)
		}
		switch form {
		case "json":
			var doc struct{ Impact report }
			if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Impact.NotChecked == "" || doc.Impact.Complete {
				w.t.Errorf("%v: %s", err, out)
			}
		case "junit":
			var doc junitSuites
			if err := xml.Unmarshal([]byte(out), &doc); err != nil || doc.Suite.Skipped != 1 || doc.Suite.Tests != 1 || doc.Suite.Failures != 0 {
				w.t.Errorf("%v: %s", err, out)
			}
		case "sarif":
			var doc sarifLog
			if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Runs[0].Invocations[0].Successful || len(doc.Runs[0].Results) > 0 {
				w.t.Errorf("%v: %s", err, out)
			}
		}
	}
}
