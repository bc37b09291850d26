package gql_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestReuseIsShown: the proof of a decision with the ids that it names.
func TestReuseIsShown(t *testing.T) {
	w := newWorld(t)
	raw := catalog.DatasetName(wh, "shop.raw.orders")
	d := catalog.Decision{ID: "d-reuse", At: noon, Policy: "orders", Mode: catalog.ModeAct, Name: raw, Outcome: catalog.DecideSkip, Tree: catalog.Reason{Atom: "decide", Value: catalog.True},
		Reuse: &catalog.Reuse{Version: "v1", Run: catalog.RunKey{Job: catalog.JobName("prod", "ingest_orders"), RunID: uid(1)}, ProducedAt: noon, Code: catalog.Code{Hash: "sql:a"},
			Inputs: []catalog.ReusedInput{{Input: catalog.AssetID(raw.ID()), Name: raw, Version: "v3", Read: "v2", DataVersion: "7"}}}}
	if _, err := w.ledger.Record(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	got := string(w.ask(t, `{ decisions(policy: "orders", first: 1) { nodes { reuse { version runId codeVersion codeHash inputs { input name { name } version read dataVersion } } } } }`, nil).Data)
	for _, want := range []string{`"version":"v1"`, uid(1), `"codeVersion":null`, `"codeHash":"sql:a"`, assetID(raw), `"version":"v3"`, `"read":"v2"`, `"dataVersion":"7"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
