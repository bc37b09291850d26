package main

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/graph"
)

// TestPagesOfCommands: each address is one that its page reads back, see the
// tests of search.ts and change.ts, which hold the same texts.
func TestPagesOfCommands(t *testing.T) {
	a, b := asset{ID: "asset_1"}, asset{ID: "asset_2"}
	drop := planned{Kind: graph.DropField, namespace: "postgres://wh:5432", name: "shop.a b+c", Column: "amount=1", Known: true}
	for want, got := range map[string]string{
		"/lineage?band=COLUMN&down=1&focus=asset_1&kind=JOB_OUTPUT&ns=a%26b&up=2": lineageAsk{up: 2, down: 1, columns: true, filter: lineageFilter{namespace: "a&b", kind: "job-output"}}.path("asset_1"),
		"/lineage?focus=asset_1&k=3&to=asset_2":                                   pathAsk{k: 3}.path([]asset{a, b}),
		"/lineage?down=0&focus=asset_1&up=3":                                      pathAsk{tag: "pii"}.path([]asset{a}),
		"/assets?ns=prod&q=orders+x&removed=1&type=DATASET":                       searchQuery{words: "orders x", namespace: "prod", removed: true}.path(map[string]any{"type": "DATASET"}),
		"/assets":       searchQuery{}.path(nil),
		"/d/decision_1": decisionPath("decision_1"),
		"/impact?change=DROP_FIELD+postgres%3A%252F%252Fwh%3A5432+shop.a%2520b%2Bc+amount%3D1": impactPath([]planned{drop}, ""),
		"/impact?asOf=2026-03-01T12%3A00%3A00Z&change=STOP_JOB+prod+run":                       impactPath([]planned{{Kind: graph.StopJob, namespace: "prod", name: "run", job: true, Known: true}}, "2026-03-01T12:00:00Z"),
		"/impact?change=DELAY+prod+load++PT2H&change=DELAY+prod+run+job+PT1H&change=STOP_JOB+prod+run": impactPath([]planned{
			{Kind: graph.DelayData, namespace: "prod", name: "load", By: "PT2H", Known: true},
			{Kind: graph.DelayData, namespace: "prod", name: "run", By: "PT1H", job: true, Known: true},
			{Kind: graph.StopJob, namespace: "prod", name: "run", job: true, Known: true},
		}, ""),
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestNoPageOfHalfAnImpact: a page that would show less than was asked is not
// named.
func TestNoPageOfHalfAnImpact(t *testing.T) {
	known := planned{Kind: graph.DropDataset, namespace: "n", name: "t", Known: true}
	unknown := known
	unknown.Known = false
	long := known
	long.name = strings.Repeat("x", longestImpact)
	for what, list := range map[string][]planned{"none": nil, "one that weir does not know": {known, unknown}, "one too long": {long}} {
		if got := impactPath(list, ""); got != "" {
			t.Errorf("%s: %.80s", what, got)
		}
	}
}

// TestImpactHasItsPage: the comment ends with it, whatever stands in a name.
func TestImpactHasItsPage(t *testing.T) {
	var md strings.Builder
	if err := writeMarkdown(&md, report{Complete: true, Link: "http://weir/impact?change=a(b)"}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(md.String(), "\n[Look at it in weir](http://weir/impact?change=a%28b%29)\n") {
		t.Error(md.String())
	}
}
