package gql_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
	"github.com/weirhq/weir/server/gql/model"
)

type preview struct {
	Preview struct {
		Says     string
		Refused  *struct{ Code, Message, Hint string }
		Decision *struct {
			Outcome string
			Tree    struct{ Says string }
		}
		Action *struct {
			Kind, State, Connector, ToolJob string
			TargetName                      struct{ Name string }
			Params                          map[string]any
			Times                           []string
			Parallel                        int
		}
		Kept    *struct{ ID string }
		Touches []struct {
			Action        struct{ ID, State string }
			Becomes, Says string
		}
		Touched  int
		Waits    []string
		Covers   *int
		Position string
	}
}

const previewed = `query($a: ID!) { preview(of: { %s }) { says refused { code message hint } decision { outcome tree { says } } action { kind state connector toolJob targetName { name } params times parallel } kept { id } touches { action { id state } becomes says } touched waits catchup { policy } covers position } }`

// record is all that a preview must leave as it is.
func (w *world) record(t *testing.T) string {
	t.Helper()
	actions, err := w.ledger.Actions(t.Context(), catalog.ActionQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := w.ledger.Decisions(t.Context(), catalog.DecisionQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	decisions = slices.DeleteFunc(decisions, func(d catalog.Decision) bool { return d.Policy != "" }) // those of policies are made meanwhile
	on, err := w.ledger.Switches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{actions, decisions, on, w.journal.End()})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (w *world) look(t *testing.T, act string) preview {
	t.Helper()
	q, vars := strings.Replace(previewed, "%s", act, 1), map[string]any{"a": assetID(catalog.DatasetName(wh, "shop.marts.orders"))}
	if !strings.Contains(act, "$a") {
		q, vars = strings.Replace(q, "query($a: ID!)", "", 1), nil
	}
	return data[preview](t, w.ask(t, q, vars))
}

// TestPreviewWritesNothing: each act is previewed as its mutation then does it,
// and neither the ledger nor the journal knows of the preview.
func TestPreviewWritesNothing(t *testing.T) {
	w := newWorld(t)
	doing := func(verb, more string) string { return verb + `: { asset: $a, ` + more + ` reason: "drill" }` }
	for _, act := range []string{
		doing("requestRun", `params: { full: true },`), doing("backfill", `times: ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"], parallel: 2,`),
		doing("pauseJob", ""), doing("resumeJob", ""), doing("skip", ""), doing("hold", ""), doing("release", ""),
	} {
		before := w.record(t)
		p := w.look(t, act).Preview
		if after := w.record(t); after != before {
			t.Errorf("%s: the preview was written down", act)
		}
		if p.Refused != nil || p.Says == "" || p.Decision == nil || p.Action == nil || p.Position == "0" {
			t.Errorf("%s: %+v", act, p)
			continue
		}
		verb, input, _ := strings.Cut(act, ":")
		did := data[askedAction](t, w.ask(t, `mutation($a: ID!) { m: `+verb+`(input: `+input+`)`+askedFields+" }", map[string]any{"a": assetID(catalog.DatasetName(wh, "shop.marts.orders"))}))
		a := did.M.Action
		if a.Kind != p.Action.Kind || a.State != p.Action.State || a.Connector != p.Action.Connector || a.ToolJob != p.Action.ToolJob || a.Cause.Tree.Says != p.Decision.Tree.Says {
			t.Errorf("%s: previewed %+v, done %+v", act, p.Action, a)
		}
	}
}

func TestPreviewOfWhatIsThere(t *testing.T) {
	w := newWorld(t)
	run := func(key string) string {
		return data[askedAction](t, w.ask(t, `mutation($a: ID!) { m: requestRun(input: { asset: $a, reason: "late", key: "`+key+`" })`+askedFields+" }", map[string]any{"a": assetID(catalog.DatasetName(wh, "shop.marts.orders"))})).M.Action.ID
	}
	first := run("k1")
	before := w.record(t)
	if p := w.look(t, `cancelAction: { action: "`+first+`", reason: "x" }`).Preview; p.Touched != 1 || len(p.Touches) != 1 || p.Touches[0].Action.ID != first || p.Touches[0].Becomes != "CANCELLED" || p.Touches[0].Action.State != "READY" {
		t.Errorf("cancel: %+v", p)
	}
	if p := w.look(t, `pauseJob: { asset: $a, reason: "x" }`).Preview; p.Touched != 1 || p.Touches[0].Becomes != "HELD" {
		t.Errorf("pause: %+v", p)
	}
	if p := w.look(t, `requestRun: { asset: $a, reason: "again", key: "k1" }`).Preview; p.Kept == nil || p.Kept.ID != first || p.Action != nil || p.Decision != nil {
		t.Errorf("a key that was used: %+v", p)
	}
	if p := w.look(t, `requestRun: { asset: $a, partition: "x", reason: "again", key: "k1" }`).Preview; p.Refused == nil || p.Refused.Code != "CONFLICT" {
		t.Errorf("a key of another request: %+v", p)
	}
	if p := w.look(t, `setKillSwitch: { on: true, reason: "fire" }`).Preview; p.Covers == nil || *p.Covers == 0 || p.Touched != 1 || p.Action != nil || !strings.Contains(p.Says, "kill switch") {
		t.Errorf("kill switch: %+v", p)
	}
	for act, code := range map[string]string{
		`backfill: { asset: $a, times: [], reason: "x" }`:                                           "BAD_USER_INPUT",
		`requestRun: { connector: "nosuch", job: "j", reason: "x" }`:                                "BAD_USER_INPUT",
		`cancelAction: { action: "nosuch", reason: "x" }`:                                           "NOT_FOUND",
		`approveAction: { action: "` + first + `", reason: "x" }`:                                   "CONFLICT",
		`resolveAction: { action: "` + first + `", as: FAILED, reason: "x" }`:                       "CONFLICT",
		`setKillSwitch: { on: true, scope: TOOL, name: "airflow-mian", reason: "a name mistyped" }`: "BAD_USER_INPUT",
	} {
		if p := w.look(t, act).Preview; p.Refused == nil || p.Refused.Code != code || p.Refused.Message == "" || p.Says != "" {
			t.Errorf("%s: %+v, want %s", act, p, code)
		}
	}
	if w.record(t) != before {
		t.Error("something was written down")
	}
}

// TestPreviewOfAnswers: what waits for a person, and what is lost, is shown as it
// would be after the answer.
func TestPreviewOfAnswers(t *testing.T) {
	w := newWorld(t)
	marts := catalog.DatasetName(wh, "shop.marts.orders")
	put := func(id string, s catalog.ActionState) {
		a := catalog.Action{ID: id, Kind: catalog.ActionTrigger, State: s, Target: catalog.AssetID(marts.ID()), Name: marts, Connector: "airflow-main", ToolJob: "dbt_build", Attempt: 1,
			CreatedAt: noon, ValidUntil: noon.AddDate(0, 0, 1), Asked: &catalog.Asked{Actor: "ann", Reason: "x", Key: id, Digest: id}}
		a.Admission.Approval = &catalog.Approval{Why: []string{"the policy asks each time"}, Until: noon.AddDate(0, 0, 1), For: 1e9}
		if _, _, err := w.ledger.Ask(t.Context(), nil, a); err != nil {
			t.Fatal(err)
		}
	}
	put("waits", catalog.ActionAwaitingApproval)
	put("lost", catalog.ActionLost)
	before := w.record(t)
	for act, want := range map[string]string{
		`approveAction: { action: "waits", reason: "fine" }`:              "READY",
		`rejectAction: { action: "waits", reason: "no" }`:                 "REJECTED",
		`resolveAction: { action: "lost", as: FAILED, reason: "looked" }`: "FAILED",
	} {
		p := w.look(t, act).Preview
		if p.Refused != nil || p.Touched != 1 || len(p.Touches) != 1 || p.Touches[0].Becomes != want || p.Says == "" || p.Touches[0].Action.State == want {
			t.Errorf("%s: %+v, want %s", act, p, want)
		}
	}
	if w.record(t) != before {
		t.Error("something was written down")
	}
}

// TestPreviewNeedsWhatTheActNeeds: a preview tells nobody what they may not act on.
func TestPreviewNeedsWhatTheActNeeds(t *testing.T) {
	w := newWorld(t)
	_, child := w.nested(t)
	w.as = auth.Principal{Name: "v", Grants: []auth.Grant{{Role: catalog.RoleViewer, Namespaces: []string{"*"}}}}
	if p := w.look(t, `requestRun: { asset: $a, reason: "x" }`).Preview; p.Refused == nil || p.Refused.Code != "FORBIDDEN" {
		t.Errorf("a viewer: %+v", p)
	}
	w.as = operator("team")
	if p := w.look(t, `cancelRun: { run: "`+model.RunID(child)+`", reason: "x" }`).Preview; p.Refused == nil || p.Refused.Code != "NOT_FOUND" || strings.Contains(p.Refused.Message, "nightly") {
		t.Errorf("the run around, of another team: %+v", p)
	}
	if a := w.ask(t, `{ preview(of: { }) { says } }`, nil); a.code() != "BAD_USER_INPUT" {
		t.Errorf("no act: %s", a.body)
	}
}

// TestEveryActHasAPreview: a verb that is added has one, too.
func TestEveryActHasAPreview(t *testing.T) {
	of := schema(t).Types["PreviewInput"]
	for name, d := range gql.Deeds() {
		acts := slices.Equal(d.Roles, auth.RolesOf(auth.Act)) && name != "gate"                                                                           // the gate is a question
		acts = acts || slices.Contains([]string{"mergeAssets", "splitAsset", "removeAlias", "acknowledge", "replayQuarantined", "dropQuarantined"}, name) // these are looked at before, too
		if acts != (of.Fields.ForName(name) != nil) {
			t.Errorf("%s: acts %v, and the preview says otherwise", name, acts)
		}
	}
}
