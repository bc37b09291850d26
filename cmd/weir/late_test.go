package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const latePolicies = `kind: Policy
name: orders-mart
mode: shadow
owner: team-analytics
want: { max_age: 1h }
sla: { objective: 99% }
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
---
kind: Policy
name: raw
owner: loaders
want: { max_age: 1h }
select: { asset: "dataset:postgres://wh:5432/shop.raw.orders" }
`

// TestLateAndNext: the events are of a day long ago, so that both are late.
func TestLateAndNext(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "policies", "p.yaml"), latePolicies)
	write(t, filepath.Join(dir, "events.ndjson"), readFile(t, filepath.Join(packageDir, "testdata", "events.ndjson")))
	w := start(t, dir, "--policies", filepath.Join(dir, "policies"))
	if _, words, code := w.weir("", "events", "send", filepath.Join(dir, "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	row := regexp.MustCompile(`(?m)^late +shop\.marts\.orders +orders-mart +shadow +20\S+ \S+ .*team-analytics +-\S+ of \S+$`)
	waitUntil(t, "both are late, and why", func() bool {
		out, _, _ := w.weir("", "late")
		return strings.Count(out, "\nlate ") == 2 && row.MatchString(out)
	})
	out, _, _ := w.weir("", "late", "--owner", "team-analytics")
	if !row.MatchString(out) || strings.Contains(out, "raw.orders ") {
		t.Errorf("late of an owner:\n%s", out)
	}
	for line, want := range map[string][3]string{
		"late -s dataset:*.raw.*":                         {"raw.orders", "", "marts.orders "},
		"late -s job:*":                                   {"STATE", "", "late "},
		"late --owner loaders -s dataset:*.marts.*":       {"STATE", "", "late "},
		"next --owner team-analytics":                     {"marts.orders", "", ""},
		"next --owner loaders":                            {"raw.orders", "", "marts.orders"},
		"next -s dataset:postgres://wh:5432/shop.marts.*": {"marts.orders", "", ""},
		"next --selection dataset:*.raw.*":                {"raw.orders", "", "marts.orders"},
		"status --owner team-analytics":                   {"data    1 late, 0 at risk, 0 unknown; 1 action to run\n", "", "waiting"},
		"status -s dataset:*.raw.*":                       {"data    1 late, 0 at risk, 0 unknown; 1 action to run\n", "", ""},
		"late -s shop.raw.orders":                         {"", "unreadable selection", "STATE"},
	} {
		out, words, code := w.weir("", strings.Fields(line)...)
		if !strings.Contains(out, want[0]) || !strings.Contains(words, want[1]) || want[2] != "" && strings.Contains(out, want[2]) || (code == exitUsage) != (want[1] != "") {
			t.Errorf("weir %s: exit %d\n%s%s", line, code, out, words)
		}
	}
	out, words, _ := w.weir("", "late", "--first", "1")
	m := regexp.MustCompile(`--after (\S+)`).FindStringSubmatch(words)
	if m == nil {
		t.Fatalf("a cut list does not say how to go on: %q", words)
	}
	rest, _, _ := w.weir("", "late", "--first", "1", "--after", m[1])
	if strings.Count(out, "\n") != 2 || strings.Count(rest, "\n") != 2 || out == rest {
		t.Errorf("two pages:\n%s%s", out, rest)
	}
	for _, c := range []struct {
		args []string
		list string
	}{{[]string{"late", "-o", "json"}, "standings"}, {[]string{"next", "-o", "json"}, "next"}} {
		out, words, code := w.weir("", c.args...)
		var doc map[string]any
		if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK || doc["schema"] != schemaVersion {
			t.Fatalf("%v: exit code %d, %v: %s%s", c.args, code, err, out, words)
		}
		if _, ok := doc[c.list].([]any); !ok {
			t.Errorf("%v has no list %s: %s", c.args, c.list, out)
		}
	}
	if out, _, _ := w.weir("", "next"); !strings.Contains(out, "proposed") || !strings.Contains(out, "shop.marts.orders") {
		t.Errorf("next:\n%s", out)
	}
	if _, words, code := w.weir("", "late", "--first", "201"); code == exitOK || !strings.Contains(words, "200") {
		t.Errorf("201 in one page: exit code %d, %s", code, words)
	}
}

// TestModeSays: a mode reads as words, also the one that is tried; an
// action has its own, whatever policy speaks of freshness.
func TestModeSays(t *testing.T) {
	act := "ACT"
	tried := &policyMode{Mode: "ACT", Trial: &policyTrial{To: "ACT_CANCEL"}}
	other := &policyMode{Mode: "SHADOW", Trial: &policyTrial{To: "ACT_CANCEL"}}
	for want, n := range map[string]nextAction{
		"":                                   {Freshness: &prospect{Policy: tried}},
		"act":                                {Mode: &act, Freshness: &prospect{Policy: other}},
		"act (on trial, act cancel from %s)": {Mode: &act, Freshness: &prospect{Policy: tried}},
	} {
		if strings.Contains(want, "%s") {
			want = fmt.Sprintf(want, clock(time.Time{}))
		}
		if got := n.mode(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
