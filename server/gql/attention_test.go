package gql_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

type attentionAnswer struct {
	Attention struct {
		Nodes []struct {
			ID              string
			Acknowledgement *struct {
				Actor, Reason string
				NewSince      int
			}
		}
	}
}

func (w *world) attention(t *testing.T) (out attentionAnswer) {
	t.Helper()
	a := w.ask(t, `{ attention { nodes { id acknowledgement { actor reason newSince } } } }`, nil)
	if err := json.Unmarshal(a.Data, &out); err != nil || len(out.Attention.Nodes) == 0 {
		t.Fatalf("%s, %v", a.body, err)
	}
	return out
}

// TestAcknowledge: a word is kept with who said it, shown on its cause alone,
// and taken back; one about nothing is refused.
func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	id := w.attention(t).Attention.Nodes[0].ID
	say := `mutation($id: ID!, $back: Boolean) { acknowledge(input: { attention: $id, reason: "on it", takeBack: $back }) { attention acknowledgement { actor until } position } }`
	if a := w.ask(t, say, map[string]any{"id": id}); len(a.Errors) > 0 || !strings.Contains(string(a.Data), "2026-03-08T12:00:00Z") {
		t.Fatalf("%s", a.body)
	}
	for i, n := range w.attention(t).Attention.Nodes {
		if (n.Acknowledgement != nil) != (i == 0) {
			t.Errorf("cause %d: %+v", i, n)
		}
	}
	if n := w.attention(t).Attention.Nodes[0]; n.Acknowledgement.Actor != "operator" || n.Acknowledgement.Reason != "on it" || n.Acknowledgement.NewSince != 0 {
		t.Errorf("%+v", n.Acknowledgement)
	}
	if a := w.ask(t, say, map[string]any{"id": id, "back": true}); len(a.Errors) > 0 {
		t.Fatalf("%s", a.body)
	}
	if n := w.attention(t).Attention.Nodes[0]; n.Acknowledgement != nil {
		t.Errorf("taken back: %+v", n)
	}
	if a := w.ask(t, say, map[string]any{"id": "attention_nothing"}); a.code() != "NOT_FOUND" {
		t.Errorf("%s", a.body)
	}
}

// TestRunChildren: the runs inside a run are those that name it as their
// parent, newest first, a page at a time.
func TestRunChildren(t *testing.T) {
	w := newWorld(t)
	for i, id := range []string{uid(71), uid(72)} {
		for _, e := range run("part", id, noon.Add(time.Duration(i-9)*time.Minute), "COMPLETE", nil, nil) {
			e = bytes.Replace(e, []byte(`"runId":`), []byte(`"facets":{"parent":{"_producer":"https://example.com/test","_schemaURL":"https://openlineage.io/spec/facets/1-0-1/ParentRunFacet.json","run":{"runId":"`+uid(5)+`"},"job":{"namespace":"prod","name":"stg_orders"}}},"runId":`), 1)
			if _, err := w.journal.Append(t.Context(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	id := model.RunID(catalog.RunKey{Job: catalog.JobName("prod", "stg_orders"), RunID: uid(5)})
	a := w.ask(t, `query($id: ID!) { run(id: $id) { all: children { nodes { runId state } } one: children(first: 1) { nodes { runId } pageInfo { hasNextPage } } } }`, map[string]any{"id": id})
	want := `{"run":{"all":{"nodes":[{"runId":"` + uid(72) + `","state":"SUCCEEDED"},{"runId":"` + uid(71) + `","state":"SUCCEEDED"}]},"one":{"nodes":[{"runId":"` + uid(72) + `"}],"pageInfo":{"hasNextPage":true}}}}`
	if string(a.Data) != want {
		t.Errorf("got %s, want %s", a.body, want)
	}
}

// TestPreviewAcknowledge: what it says is wrong because of a cause is what is
// listed with it, by assets and without the cause itself.
func TestPreviewAcknowledge(t *testing.T) {
	w := newWorld(t)
	type answer struct {
		Attention struct {
			Nodes []struct {
				ID      string
				Cause   struct{ Asset *struct{ ID string } }
				Members struct {
					Nodes []struct{ Asset struct{ ID string } }
				}
			}
		}
	}
	causes := data[answer](t, w.ask(t, `{ attention { nodes { id cause { asset { ... on Asset { id } } } members(first: 50) { nodes { asset { ... on Asset { id } } } } } } }`, nil)).Attention.Nodes
	if len(causes) == 0 {
		t.Fatal("nothing is wrong")
	}
	for _, c := range causes {
		kept := map[string]bool{}
		for _, m := range c.Members.Nodes {
			kept[m.Asset.ID] = true
		}
		if c.Cause.Asset != nil {
			delete(kept, c.Cause.Asset.ID)
		}
		too := map[int]string{0: "", 1: " and the one asset that is wrong because of it"}[len(kept)]
		if len(kept) > 1 {
			too = fmt.Sprintf(" and all %d assets that are wrong because of it", len(kept))
		}
		want := "writes down that operator looks after it" + too + ", until 2026-03-08 12:00Z at most; notices go on"
		if got := w.look(t, `acknowledge: { attention: "`+c.ID+`", reason: "on it" }`).Preview.Says; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := w.look(t, `acknowledge: { attention: "`+causes[0].ID+`", reason: "not me", takeBack: true }`).Preview.Says; !strings.HasPrefix(got, "writes down that nobody looks after it") {
		t.Errorf("taken back: %q", got)
	}
	if w.attention(t).Attention.Nodes[0].Acknowledgement != nil {
		t.Error("the preview was written down")
	}
}
