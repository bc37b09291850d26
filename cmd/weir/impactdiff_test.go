package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/dbt"
	"github.com/weirhq/weir/graph"
)

// revenueBoard is a project with one exposure, which reads one table.
func revenueBoard(t *testing.T) projectDiff {
	t.Helper()
	m, err := dbt.ReadManifest(strings.NewReader(`{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/manifest/v12.json"},
 "nodes":{"model.shop.revenue":{"unique_id":"model.shop.revenue","resource_type":"model","database":"shop","schema":"main","name":"revenue","config":{"materialized":"table"}}},
 "exposures":{"exposure.shop.board":{"unique_id":"exposure.shop.board","name":"board","depends_on":{"nodes":["model.shop.revenue"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return projectDiff{before: m}
}

// exposureAmong is what a report says of the exposure.
func exposureAmong(t *testing.T, r report) affected {
	t.Helper()
	at := slices.IndexFunc(r.Findings, func(f affected) bool { return f.Asset == "exposure:board" || f.name == "exposure.shop.board" })
	if at < 0 {
		t.Fatalf("the exposure is not among %+v", r.Findings)
	}
	return r.Findings[at]
}

// TestExposureConfidence: an exposure is never surer than what it rests on.
func TestExposureConfidence(t *testing.T) {
	for _, x := range []struct {
		severity    graph.Severity
		under, want graph.Confidence
	}{
		{graph.Breaking, graph.ByRuns, graph.ByWord},
		{graph.Breaking, graph.ByWord, graph.ByWord},
		{graph.Degrading, graph.ByWeir, graph.ByWeir},
		{graph.Uncertain, graph.ByNothing, graph.ByNothing},
	} {
		r := report{Changes: []planned{{Kind: graph.RetypeField, table: "shop.main.orders", Column: "amount"}},
			Findings: []affected{{Severity: x.severity, Confidence: x.under, Asset: "dataset:d/shop.main.revenue", name: "shop.main.revenue", Path: []string{"dataset:d/shop.main.revenue"}}}}
		revenueBoard(t).addTo(&r)
		if got := exposureAmong(t, r).Confidence; got != x.want {
			t.Errorf("reads what is %s, %s: %s, want %s", x.severity, x.under, got, x.want)
		}
	}
	r := report{Changes: []planned{{Kind: graph.DropDataset, table: "shop.main.revenue"}}}
	revenueBoard(t).addTo(&r)
	if got := exposureAmong(t, r); got.Severity != graph.Breaking || got.Confidence != graph.ByWord {
		t.Errorf("reads what is dropped: %s, %s", got.Severity, got.Confidence)
	}
}

// TestExposureThatWeirKnows: the manifest makes it worse, and when it was used
// stays as weir knows it.
func TestExposureThatWeirKnows(t *testing.T) {
	at := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	late := []strained{{Policy: "board-by-eight"}}
	r := report{Changes: []planned{{Kind: graph.DropDataset, Asset: "dataset:d/shop.main.revenue", table: "shop.main.revenue"}},
		Findings: []affected{{Severity: graph.Safe, Confidence: graph.ByWeir, Used: catalog.True, LastUsedAt: &at, Deadlines: late, Asset: "dataset:dbt/exposure.shop.board", name: "exposure.shop.board", Path: []string{"dataset:dbt/exposure.shop.board"}}}}
	revenueBoard(t).addTo(&r)
	got := exposureAmong(t, r)
	if len(r.Findings) != 1 || got.Severity != graph.Breaking || got.Confidence != graph.ByWord {
		t.Errorf("the worse of both does not hold: %+v", r.Findings)
	}
	if got.Used != catalog.True || got.LastUsedAt != &at || len(got.Deadlines) != 1 {
		t.Errorf("what weir knew of it is gone: %+v", got)
	}
}
