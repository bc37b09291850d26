package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestPathsSayWhatTheyLeaveOut, in words and as data: no way, and a search that
// was cut before it found one, are two answers.
func TestPathsSayWhatTheyLeaveOut(t *testing.T) {
	for name, x := range map[string]struct{ answer, cut, says string }{
		"all":             {`{"complete":true,"cut":null,"moreFrom":[],"paths":[]}`, "null", ""},
		"cut":             {`{"complete":false,"cut":"NODES","moreFrom":[],"paths":[]}`, `"NODES"`, "the search was cut (nodes): there may be more ways"},
		"more than shown": {`{"complete":false,"cut":"WAYS","moreFrom":[{"id":"a","field":"mail","asset":{"type":"DATASET","name":{"namespace":"n","name":"crm"}}}],"paths":[]}`, `"WAYS"`, "more ways than 3 lead from dataset:n/crm#mail: -k shows up to 50"},
		"both":            {`{"complete":false,"cut":"NODES","moreFrom":[{"id":"a","asset":{"type":"DATASET","name":{"namespace":"n","name":"crm"}}}],"paths":[]}`, `"NODES"`, "lead from dataset:n/crm: -k shows up to 50; and the search was cut (nodes)"},
	} {
		q := pathAsk{tag: "pii", k: 3}
		found, err := stub(t, 200, `{"data":{"taggedPaths":`+x.answer+`}}`).tagged(t.Context(), []asset{{ID: "x"}}, q)
		if err != nil {
			t.Fatal(err)
		}
		if says := found.leavesOut(q.k); says != x.says && !(x.says != "" && strings.HasSuffix(says, x.says)) {
			t.Errorf("%s: says %q, want %q", name, says, x.says)
		}
		var out buffer
		if err := (&app{process: process{out: &out}}).printWays("json", q, found, "http://x"); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Complete *bool
			Cut      json.RawMessage
			MoreFrom []any
		}
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.Complete == nil || *got.Complete != (x.cut == "null") || string(got.Cut) != x.cut {
			t.Errorf("%s: %v: %s", name, err, out.String())
		}
	}
}
