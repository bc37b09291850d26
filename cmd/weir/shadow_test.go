package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestShadow: both policies would run, since their data is of long ago, and
// nothing does.
func TestShadow(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "policies", "p.yaml"), latePolicies)
	write(t, filepath.Join(dir, "events.ndjson"), readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, dir, "--policies", filepath.Join(dir, "policies"))
	if _, words, code := w.weir("", "events", "send", filepath.Join(dir, "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	waitUntil(t, "both would run", func() bool {
		out, _, _ := w.weir("", "shadow")
		// A decision between two events may add a case: there is one of each at least.
		return strings.Contains(out, "shop.marts.orders: no run began: ") && strings.Contains(out, "shop.raw.orders: no run began: ")
	})
	out, _, _ := w.weir("", "shadow", "orders-mart")
	if !strings.Contains(out, "orders-mart  shadow  0") || !strings.Contains(out, "no run began: ") || !strings.Contains(out, "decision_") || strings.Contains(out, "\nraw ") {
		t.Errorf("one policy:\n%s", out)
	}
	out, words, code := w.weir("", "shadow", "-o", "json")
	var doc struct {
		Schema       any
		ShadowReport shadowReport
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK || len(doc.ShadowReport.Policies) != 2 || doc.ShadowReport.Policies[0].WouldRun == 0 {
		t.Errorf("exit code %d, %v: %s%s", code, err, out, words)
	}
	if out, _, _ := w.weir("", "shadow", "-o", "markdown"); !regexp.MustCompile(`\| orders-mart \| shadow \| 0 \| [1-9] \| 0 \| 0 \|`).MatchString(out) {
		t.Errorf("markdown:\n%s", out)
	}
	if _, words, code := w.weir("", "shadow", "nobody"); code == exitOK || !strings.Contains(words, "nobody") {
		t.Errorf("a policy that is not there: exit code %d, %s", code, words)
	}
}

// A cut report says so, and a hostile name stays text.
func TestShadowSaysWhatIsCut(t *testing.T) {
	r := shadowReport{Cut: true, Policies: []shadowPolicy{{Name: "p", Mode: "SHADOW", Saved: 9, MoreCases: true, Partial: true,
		Cases: []shadowCase{{Kind: "SAVED", Name: nameOf{Name: "a|*b*<i>\n"}, At: time.Unix(0, 0), Decision: "decision_1", Says: "not wanted"}}}}}
	var text, md bytes.Buffer
	if err := r.text(&text); err != nil {
		t.Fatal(err)
	}
	r.markdown(&md)
	for _, want := range []string{"more cases", "counts are of the newest", "more policies", "saved"} {
		if !strings.Contains(text.String(), want) || !strings.Contains(md.String(), want) {
			t.Errorf("no %q in\n%s\n%s", want, &text, &md)
		}
	}
	if !strings.Contains(md.String(), `a\|\*b\*&lt;i>\\n`) {
		t.Errorf("a hostile name in\n%s", &md)
	}
}
