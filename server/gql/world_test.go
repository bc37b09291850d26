package gql_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/policies/virtual"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql"
	"github.com/weirhq/weir/server/gql/model"
	"github.com/weirhq/weir/state/sqlite"
)

var update = flag.Bool("update", false, "write the expected answers")

// noon is the present of every test; the events lie before it.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const wh = "postgres://wh:5432"

const policyYAML = `apiVersion: weir.dev/v1
kind: Policy
name: mart
select: { asset: "dataset:postgres://wh:5432/shop.marts.orders" }
target: { connector: airflow-main, job: dbt_build }
mode: shadow
owner: team-analytics
want: { max_lag: 1h }
on_first: run
inputs:
  "dataset:postgres://wh:5432/shop.raw.orders": { trigger: true, require: updated }
---
apiVersion: weir.dev/v1
kind: Policy
name: report
select: { asset: "job:prod/report" }
mode: gate
inputs:
  "dataset:postgres://wh:5432/shop.marts.orders": { require: updated }
---
apiVersion: weir.dev/v1
kind: Policy
name: training
select: { asset: "dataset:sagemaker://sm-eu/model/churn" }
target: { connector: sm-eu, job: churn }
mode: shadow
inputs:
  "dataset:postgres://wh:5432/shop.marts.orders": { trigger: true, require: updated }
`

// partitionYAML is a policy by partitions, of which one is late: nothing of it came.
const partitionYAML = `---
kind: Policy
name: sessions
select: { asset: "dataset:postgres://wh:5432/shop.raw.orders" }
target: { connector: airflow-main, job: sessions }
mode: shadow
on_first: run
want: { partition: { within: 2h, lateness: 3d } }
partition: { by: day, tz: UTC }
inputs:
  "dataset:s3://lake/sessions_hourly": { trigger: true, map: rollup(day), require: complete }
`

// world is a weir on the real stores, with decided policies and no tools.
type world struct {
	stack   *stack.Stack
	ledger  *sqlite.Ledger
	journal *journal
	status  gql.Status
	history *counting
	logs    bytes.Buffer
	handler http.Handler
	// as is who asks.
	as auth.Principal
	// lay lays over the graph what policies declare.
	lay func()
	// tries is how often a walk begins before it is of one moment.
	tries int
}

// moving is a graph that moves under walks but under the last try of each.
type moving struct {
	graph.Overlaid
	tries *int
}

func (m moving) Moment(ctx context.Context, ask func(graph.Behind) error) (err error) {
	for range *m.tries {
		err = m.Overlaid.Moment(ctx, ask)
	}
	return err
}

// journal hands statements straight to the projection.
type journal struct {
	mu    sync.Mutex
	stack *stack.Stack
	pos   catalog.Position
	kept  []catalog.Entry
}

func (j *journal) After(_ context.Context, pos catalog.Position, limit int) ([]catalog.Entry, error) {
	rest := j.kept[min(int(pos), len(j.kept)):]
	return rest[:min(limit, len(rest))], nil
}

func (j *journal) Append(ctx context.Context, e catalog.Entry) (catalog.Position, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pos++
	e.Position = j.pos
	j.kept = append(j.kept, e)
	if err := j.stack.Project(ctx, 1, e); err != nil {
		return 0, err
	}
	return j.pos, j.stack.Follow(ctx)
}

// End is the position of the last entry.
func (j *journal) End() catalog.Position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pos
}

func newWorld(t testing.TB) *world { return build(t, nil, policyYAML) }

// newBroken is a world whose searches fail.
func newBroken(t testing.TB, b broken) *world { return build(t, b, policyYAML) }

func build(t testing.TB, search gql.Search, yaml string) *world {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	st, err := stack.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{stack: st, ledger: sqlite.NewLedger(st.DB), history: &counting{History: st.History}, journal: &journal{stack: st}, as: auth.Anybody, tries: 1}
	for _, e := range history() {
		if _, err := w.journal.Append(ctx, catalog.Entry{Kind: catalog.EntryEvent, ReceivedAt: noon, Body: e}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := policies.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.Policies {
		p.File = "policies/p.yaml"
	}
	live := &policies.Live{}
	live.Put(set)
	now := func() time.Time { return noon }
	g := &policies.Gatherer{History: st.History, Graph: st.Topology, Ledger: w.ledger, Policies: live}
	w.lay = func() {
		declared, err := g.Declared(ctx, noon)
		if err != nil {
			t.Fatal(err)
		}
		st.Topology.Lay(graph.NewOverlay(declared))
	}
	w.lay()
	var thread sync.Mutex
	eval := policies.NewEvaluator(g, &thread, policies.EvaluatorOptions{Now: now})
	gate := policies.NewGate(g, &thread, policies.GateOptions{Now: now, Ready: eval.IsOpen})
	eval.Open()
	done := make(chan error, 1)
	go func() { done <- eval.Run(ctx) }()
	for len(eval.Evaluations()) < len(set.Policies) {
		select {
		case err := <-done:
			t.Fatalf("evaluator stopped: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	w.status = gql.Status{Version: "v0.0.0-test", Ready: true, Position: w.journal.pos, End: w.journal.pos, GraphBackend: "embedded"}
	if search == nil {
		search = st.Search
	}
	approvals, requests := &policies.Approvals{Ledger: w.ledger, Now: now, OnMove: func(catalog.Action) {}}, policies.NewRequests(tooled(g), policies.RequestsOptions{Now: now})
	w.handler = gql.NewHandler(gql.Options{
		History: w.history, Graph: st.Topology, Lineage: moving{graph.Overlaid{Current: graph.Current{Topology: st.Topology, Store: st.Graph}}, &w.tries}, Store: st.Graph, Search: search, Ledger: w.ledger, Outbox: w.ledger, Acks: w.ledger, Judge: eval, Selector: g, Policies: live,
		Gate: gate, Waiting: gate.Waiting, Approvals: approvals, Requests: requests,
		Drafts:         func(told func(catalog.Decision, catalog.Action)) gql.Requests { return requests.Drafts(told) },
		DraftApprovals: func(told func(catalog.Action)) gql.Approvals { return approvals.Drafts(told) },
		Desk:           ingest.NewDesk(w.journal, st.History, ingest.DeskOptions{Now: now}),
		PolicyDesk:     &plan.Desk{Planner: plan.Planner{Over: g, Now: now}, Store: w.ledger, Put: live.Put}, Quarantine: w.letters(), Now: now, Logger: slog.New(slog.NewTextHandler(&w.logs, nil)),
		Liveness: catalog.DefaultLiveness,
		Doctor: func(context.Context) (model.DoctorReport, error) {
			return model.DoctorReport{At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Findings: []model.DoctorFinding{{What: "data", State: model.DoctorOK, Says: "/var/lib/weir"}, {What: "connectors", State: model.DoctorWarn, Says: "none", Suggests: "--connectors FILE"}}}, nil
		},
		Configuration: func(context.Context) []model.Setting {
			return []model.Setting{{Key: "listen", Value: "127.0.0.1:8080", Origin: model.FromFile, At: "weir.yaml"}}
		},
		Status: func(context.Context) gql.Status { return w.status },
		Tools: func(context.Context) []model.Tool {
			return []model.Tool{{Kind: "airflow", Instance: "airflow-main", Reachable: catalog.True, HeartbeatAt: &noon}}
		},
	}, gql.Limits{})
	t.Cleanup(func() {
		cancel()
		<-done
		st.Close()
	})
	return w
}

// tooled is a gatherer with the tools that the policies name.
func tooled(g *policies.Gatherer) *policies.Gatherer {
	return &policies.Gatherer{History: g.History, Graph: g.Graph, Ledger: g.Ledger, Policies: g.Policies,
		Connectors: []connectors.Connector{virtual.NewTool("airflow-main", "prod"), virtual.NewTool("sm-eu", "sagemaker")}}
}

func (w *world) letters() *ingest.DeadLetters {
	return &ingest.DeadLetters{Log: w.journal, Parked: w.stack.History, Version: "v1", Now: time.Now, Settle: func(context.Context, catalog.Position) error { return nil }}
}

// history is a small shop: raw tables, a staging model, a mart whose inputs
// have moved on, a job that failed, a check that did too.
func history() [][]byte {
	at := func(h, m int) time.Time { return time.Date(2026, 3, 1, h, m, 0, 0, time.UTC) }
	schema := map[string]any{"schema": map[string]any{"fields": []map[string]any{
		{"name": "id", "type": "bigint"}, {"name": "amount", "type": "numeric", "description": "in cents"}, {"name": "at", "type": "timestamp"},
	}}, "documentation": map[string]any{"description": "All orders."}, "ownership": map[string]any{"owners": []map[string]any{{"name": "team:shop", "type": "MAINTAINER"}}}}
	var out [][]byte
	out = append(out, run("ingest_orders", uid(1), at(6, 0), "COMPLETE", nil, ds("shop.raw.orders", schema))...)
	out = append(out, run("stg_orders", uid(2), at(6, 10), "COMPLETE", ds("shop.raw.orders", nil), ds("shop.stg.orders", nil))...)
	out = append(out, run("marts_orders", uid(3), at(6, 20), "COMPLETE", ds("shop.stg.orders", nil), ds("shop.marts.orders", map[string]any{
		"ownership": map[string]any{"owners": []map[string]any{{"name": "team:analytics"}}}}))...)
	out = append(out, run("ingest_orders", uid(4), at(9, 0), "COMPLETE", nil, ds("shop.raw.orders", schema))...)
	out = append(out, run("stg_orders", uid(5), at(9, 10), "FAIL", ds("shop.raw.orders", nil), ds("shop.stg.orders", nil))...)
	out = append(out, run("report", uid(6), at(7, 0), "COMPLETE", ds("shop.marts.orders", nil), nil)...)
	return out
}

func uid(n int) string { return fmt.Sprintf("0195e000-0000-7000-8000-%012d", n) }

func ds(name string, facets map[string]any) []map[string]any {
	if facets == nil {
		facets = map[string]any{}
	}
	return []map[string]any{{"namespace": wh, "name": name, "facets": facets}}
}

func run(job, id string, start time.Time, terminal string, in, out []map[string]any) [][]byte {
	var list [][]byte
	for i, typ := range []string{"START", terminal} {
		ev := map[string]any{
			"eventType": typ, "eventTime": start.Add(time.Duration(i) * time.Minute).Format(time.RFC3339), "producer": "https://example.com/test",
			"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
			"run":       map[string]any{"runId": id}, "job": map[string]any{"namespace": "prod", "name": job},
			"inputs": orEmpty(in), "outputs": orEmpty(out),
		}
		b, err := json.Marshal(ev)
		if err != nil {
			panic(err)
		}
		list = append(list, b)
	}
	return list
}

func orEmpty(l []map[string]any) []map[string]any {
	if l == nil {
		return []map[string]any{}
	}
	return l
}

// assetID is the node id of a name that was never merged.
func assetID(n catalog.Name) string { return model.AssetID(catalog.AssetID(n.ID())) }

// answer of one request.
type answer struct {
	status int
	body   []byte
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct{ Code, RequestID, Hint string }
	}
}

func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

func (w *world) ask(t testing.TB, query string, vars map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		t.Fatal(err)
	}
	return w.post(t, "application/json", body)
}

func (w *world) post(t testing.TB, contentType string, body []byte) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r = r.WithContext(gql.WithRequestID(auth.With(r.Context(), w.as), "req-1"))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	a := answer{status: rec.Code}
	a.body, _ = io.ReadAll(rec.Body)
	if err := json.Unmarshal(a.body, &a); err != nil {
		t.Fatalf("answer is no JSON: %v: %.300s", err, a.body)
	}
	return a
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// stable replaces ids made of time by their first appearance, and asset ids in
// a query by the names in braces.
func stable(b []byte) []byte {
	seen := map[string]string{}
	return uuids.ReplaceAllFunc(b, func(id []byte) []byte {
		if strings.HasPrefix(string(id), "0195e000") {
			return id
		}
		if seen[string(id)] == "" {
			seen[string(id)] = fmt.Sprintf("uuid-%d", len(seen)+1)
		}
		return []byte(seen[string(id)])
	})
}

var holes = regexp.MustCompile(`\{\{(dataset|job):([^ ]+) ([^}]+)\}\}`)

func fill(query string) string {
	return holes.ReplaceAllStringFunc(query, func(h string) string {
		m := holes.FindStringSubmatch(h)
		t, _ := catalog.ParseAssetType(m[1])
		return assetID(catalog.Name{Type: t, Namespace: m[2], Name: m[3]})
	})
}
