package gql_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/model"
)

// nested is a run of a tool in namespace prod, and one of another team inside it.
func (w *world) nested(t *testing.T) (parent, child catalog.RunKey) {
	t.Helper()
	parent = catalog.RunKey{Job: catalog.JobName("prod", "nightly"), RunID: uid(900)}
	child = catalog.RunKey{Job: catalog.JobName("team", "task"), RunID: uid(901)}
	send := func(k catalog.RunKey, typ string, facets map[string]any) {
		b, err := json.Marshal(map[string]any{
			"eventType": typ, "eventTime": noon.Format("2006-01-02T15:04:05Z"), "producer": "https://example.com/test",
			"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run":       map[string]any{"runId": k.RunID, "facets": facets}, "job": map[string]any{"namespace": k.Job.Namespace, "name": k.Job.Name},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.journal.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: b}); err != nil {
			t.Fatal(err)
		}
	}
	send(parent, "START", map[string]any{"airflowDagRun": map[string]any{"dagRun": map[string]any{"run_id": "manual__1", "dag_id": "nightly"}, "dag": map[string]any{"dag_id": "nightly"}}})
	send(child, "START", map[string]any{"parent": map[string]any{"run": map[string]any{"runId": parent.RunID}, "job": map[string]any{"namespace": "prod", "name": "nightly"}}})
	return parent, child
}

func operator(namespaces ...string) auth.Principal {
	return auth.Principal{Name: "op", Grants: []auth.Grant{{Role: catalog.RoleOperator, Namespaces: namespaces}}}
}

// TestActOnTheRunAround: a run inside one of another namespace is no way to act
// on that.
func TestActOnTheRunAround(t *testing.T) {
	w := newWorld(t)
	_, child := w.nested(t)
	for _, mutation := range []string{"cancelRun", "rerun"} {
		q := `mutation($r: ID!) { m: ` + mutation + `(input: { run: $r, reason: "drill" }) { action { toolJob } } }`
		run := map[string]any{"r": model.RunID(child)}
		w.as = operator("team")
		if a := w.ask(t, q, run); a.code() != "NOT_FOUND" || strings.Contains(string(a.body), "nightly") {
			t.Errorf("%s: %s", mutation, a.body)
		}
		w.as = operator("team", "prod")
		if a := w.ask(t, q, run); !strings.Contains(string(a.Data), "nightly") {
			t.Errorf("%s of one's own: %s", mutation, a.body)
		}
	}
}

// TestMutationOfTheLanguage: __typename is nobody's to refuse.
func TestMutationOfTheLanguage(t *testing.T) {
	w := newWorld(t)
	if a := w.ask(t, `mutation { __typename }`, nil); a.code() != "" {
		t.Errorf("%s", a.body)
	}
}

// TestUndoOfNames: to take back what names are one asset needs what stating it
// does.
func TestUndoOfNames(t *testing.T) {
	w := newWorld(t)
	a := w.ask(t, `mutation { mergeAssets(input: { type: DATASET, names: [{ namespace: "`+wh+`", name: "shop.raw.orders" }, { namespace: "`+wh+`", name: "shop.stg.orders" }] }) { statement { id } } }`, nil)
	merged := data[struct {
		MergeAssets struct{ Statement struct{ ID string } }
	}](t, a)
	undo := func() answer {
		return w.ask(t, `mutation($s: ID!) { undoStatement(input: { statement: $s }) { position } }`, map[string]any{"s": merged.MergeAssets.Statement.ID})
	}
	w.as = auth.Principal{Name: "ed", Grants: []auth.Grant{{Role: catalog.RoleEditor, Namespaces: []string{wh, "prod"}}}}
	if a := undo(); a.code() != "FORBIDDEN" {
		t.Errorf("an editor of its namespaces: %s", a.body)
	}
	w.as = auth.Anybody
	if a := undo(); a.code() != "" {
		t.Errorf("an administrator: %s", a.body)
	}
}
