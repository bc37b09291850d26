package gql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestQuarantine: what made no facts is listed newest first, page by page, with
// the beginning of its body; it can be dropped, and nothing else can.
func TestQuarantine(t *testing.T) {
	w := newWorld(t)
	sound := w.journal.pos
	for i := range 5 {
		body := fmt.Sprintf(`{"eventTime":"never","producer":"https://p","run":{"runId":"x"},"job":{"namespace":"prod","name":"odd%d"},"inputs":[{"namespace":"kafka://k","name":"t"}],"pad":"%s"}`, i, strings.Repeat("é", 50_000))
		if _, err := w.journal.Append(context.Background(), catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	type event struct {
		Position, ReceivedAt, Code, Where, Message, Producer, Body string
		Job                                                        struct{ Name string }
		Datasets                                                   []struct{ Name string }
		Bytes                                                      int
	}
	type list struct {
		Quarantine struct {
			Nodes    []event
			PageInfo struct {
				HasNextPage bool
				EndCursor   string
			}
		}
	}
	const q = `query($n: Int, $a: String) { quarantine(first: $n, after: $a) { nodes { position receivedAt code where message producer job { name } datasets { name } bytes body(maxBytes: 201) } pageInfo { hasNextPage endCursor } } }`
	first := data[list](t, w.ask(t, q, map[string]any{"n": 2})).Quarantine
	if len(first.Nodes) != 2 || !first.PageInfo.HasNextPage {
		t.Fatalf("first page: %+v", first)
	}
	e := first.Nodes[0]
	if e.Job.Name != "odd4" || e.Code != "event_time" || e.Where != "/eventTime" || e.Producer != "https://p" || len(e.Datasets) != 1 || e.ReceivedAt != "2026-03-01T12:00:00Z" {
		t.Errorf("%+v", e)
	}
	if e.Bytes < 100_000 || !strings.HasPrefix(e.Body, `{"eventTime"`) || len(e.Body) > 210 {
		t.Errorf("body of %d bytes shown as %q", e.Bytes, e.Body)
	}
	rest := data[list](t, w.ask(t, q, map[string]any{"n": 10, "a": first.PageInfo.EndCursor})).Quarantine
	if len(rest.Nodes) != 3 || rest.PageInfo.HasNextPage || rest.Nodes[0].Job.Name != "odd2" {
		t.Errorf("second page: %+v", rest)
	}
	one := data[list](t, w.ask(t, `query($p: Position) { quarantine(position: $p) { nodes { position } } }`, map[string]any{"p": e.Position})).Quarantine
	if len(one.Nodes) != 1 || one.Nodes[0].Position != e.Position {
		t.Errorf("by position: %+v", one)
	}
	foresee := func(of string) struct {
		Says    string
		Refused *struct{ Code, Message string }
	} {
		return data[struct {
			Preview struct {
				Says    string
				Refused *struct{ Code, Message string }
			}
		}](t, w.ask(t, `{ preview(of: { `+of+` }) { says refused { code message } } }`, nil)).Preview
	}
	before := w.journal.pos
	for verb, says := range map[string]string{"replay": "reads 1 event again", "drop": "lays 1 event aside"} {
		if p := foresee(verb + `Quarantined: { positions: ["` + e.Position + `"] }`); p.Refused != nil || !strings.HasPrefix(p.Says, says) {
			t.Errorf("%s: %+v", verb, p)
		}
		if p := foresee(verb + `Quarantined: { positions: ["` + sound.String() + `"] }`); p.Refused == nil || p.Refused.Code != "NOT_FOUND" || p.Says != "" {
			t.Errorf("%s of a sound one: %+v", verb, p)
		}
	}
	if w.journal.pos != before {
		t.Error("a look was written down")
	}
	decide := func(verb string, positions ...string) answer {
		input := strings.ToUpper(verb[:1]) + verb[1:] + "QuarantinedInput"
		return w.ask(t, `mutation($i: `+input+`!) { `+verb+`Quarantined(input: $i) { position } }`, map[string]any{"i": map[string]any{"positions": positions}})
	}
	for _, verb := range []string{"replay", "drop"} {
		if a := decide(verb, e.Position, sound.String()); a.code() != "NOT_FOUND" {
			t.Errorf("%s of a sound event: %s", verb, a.body)
		}
		if a := decide(verb, []string{}...); a.code() != "BAD_USER_INPUT" {
			t.Errorf("%s of nothing: %s", verb, a.body)
		}
	}
	if a := decide("drop", e.Position); len(a.Errors) > 0 {
		t.Fatalf("drop: %s", a.body)
	}
	if a := decide("replay", rest.Nodes[0].Position); len(a.Errors) > 0 {
		t.Fatalf("replay: %s", a.body)
	}
	if left := data[list](t, w.ask(t, q, map[string]any{"n": 10})).Quarantine; len(left.Nodes) != 4 || left.Nodes[0].Job.Name != "odd3" {
		t.Errorf("left: %+v", left)
	}
	if a := w.ask(t, `{ quarantine { nodes { body(maxBytes: 9999999) } } }`, nil); a.code() != "BAD_USER_INPUT" {
		t.Errorf("a huge body: %s", a.body)
	}
	if a := w.ask(t, q, map[string]any{"n": 2, "a": "nonsense"}); a.code() != "BAD_USER_INPUT" {
		t.Errorf("an odd cursor: %s", a.body)
	}
}
