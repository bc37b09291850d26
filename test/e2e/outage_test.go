//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// TestNeo4jOutage stops Neo4j during ingest and at a start of weir. Events are
// accepted and decisions go on; afterwards the graph store catches up and knows
// what an embedded one knows.
func TestNeo4jOutage(t *testing.T) {
	n := newNeo4j(t)
	x := newWeir(t, "outage", "--graph", "neo4j", "--neo4j-uri", n.uri)
	x.start()
	x.cycle(1)

	accepted := x.accepting("during the outage")
	n.stop()
	x.cycle(2)
	x.awaitDegraded("neo4j")
	accepted()

	x.kill()
	x.start()
	x.awaitDegraded("neo4j")
	accepted = x.accepting("after a start without Neo4j")
	x.cycle(3)

	n.start()
	x.awaitGraph()
	accepted()
	live := x.ask("export", "graph", "--timeout", patience.String())
	if !strings.Contains(live, "after a start without Neo4j") {
		t.Error("what came while Neo4j was away is not in it")
	}
	x.stop()
	x.same("neo4j", live, "embedded", x.embeddedCopy())

	n.deleteOneRelationship()
	if tampered := x.cli(slices.Concat([]string{"export", "graph", "--data", x.data}, x.flags)...); tampered == live {
		t.Error("a relationship was deleted by hand and the export is the same: it does not come from Neo4j")
	}
}

// awaitGraph waits until the graph store holds all that was projected when it
// was asked first; events go on to come.
func (x *weir) awaitGraph() {
	x.t.Helper()
	var until uint64
	await(x.t, "the graph caught up", sees(func() error {
		var got struct {
			System struct {
				Position, GraphPosition uint64 `json:",string"`
			}
		}
		if err := x.graphql(`{ system { position graphPosition } }`, nil, &got); err != nil {
			return err
		}
		until = cmp.Or(until, got.System.Position)
		if at := got.System.GraphPosition; at < until { // 0: it cannot say
			return fmt.Errorf("the graph is at %d, want %d", at, until)
		}
		return nil
	}))
}

// cycle lets raw orders arrive and waits until the mart and the model followed.
func (x *weir) cycle(n int) {
	x.t.Helper()
	x.w.airflow.trigger(x.t, "ingest", map[string]any{"amount": n})
	x.awaitStates("orders-mart", slices.Repeat([]string{"SUCCEEDED"}, n)...)
	x.awaitStates("churn-model", slices.Repeat([]string{"SUCCEEDED"}, n)...)
	x.ran(n, n)
}

// accepting posts events of one job, twenty a second, until the answer is
// called; each must be answered 201.
func (x *weir) accepting(job string) (stop func()) {
	x.t.Helper()
	ctx, cancel := context.WithCancel(x.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			if err := x.post(job, n); err != nil {
				x.t.Errorf("event %d %s: %v", n, job, err)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-done }
}

// post sends the n-th event of a job and wants 201.
func (x *weir) post(job string, n int) error {
	body, err := json.Marshal(map[string]any{
		"eventType": "COMPLETE", "eventTime": time.Now().UTC(), "producer": "https://example.org/e2e",
		"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
		"run":       map[string]any{"runId": fmt.Sprintf("0198c0de-0000-7000-8000-%012d", time.Now().UnixMilli())},
		"job":       map[string]any{"namespace": "e2e", "name": job},
		"inputs":    []any{map[string]any{"namespace": "file", "name": "/in/" + job}},
		"outputs":   []any{map[string]any{"namespace": "file", "name": fmt.Sprintf("/out/%s/%d", job, n%10)}},
	})
	if err != nil {
		return err
	}
	resp, err := http.Post("http://"+x.w.listen+"/api/v1/lineage", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("answered %s, want 201", resp.Status)
	}
	return nil
}

// awaitDegraded waits until /readyz says 200, degraded, and why.
func (x *weir) awaitDegraded(why string) {
	x.t.Helper()
	await(x.t, "/readyz degraded because of "+why, func() (bool, string) {
		b, err := x.get("/readyz")
		return err == nil && strings.Contains(b, "degraded") && strings.Contains(strings.ToLower(b), why), fmt.Sprint(b, err)
	})
}

// embeddedCopy rebuilds a copy of the data directory on the embedded store and
// exports it.
func (x *weir) embeddedCopy() string {
	x.t.Helper()
	dir := x.data + "-embedded"
	if err := os.CopyFS(dir, os.DirFS(x.data)); err != nil {
		x.t.Fatalf("copy the data directory: %v", err)
	}
	x.cli("rebuild", "--data", dir, "--graph", "embedded")
	return x.cli("export", "graph", "--data", dir, "--graph", "embedded")
}

// A neo4jServer is one that the test may stop.
type neo4jServer struct {
	t        *testing.T
	dir, uri string
	env      []string
}

func newNeo4j(t *testing.T) *neo4jServer {
	t.Helper()
	addr, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr)
	n := &neo4jServer{t: t, dir: filepath.Join(shared.dir, "outage-neo4j"), env: []string{"NEO4J_PORT=" + port}}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *neo4jServer) start() {
	n.t.Helper()
	uri, err := shared.script(n.env, "neo4j.sh", "start", n.dir)
	if err != nil {
		n.t.Fatalf("start Neo4j: %v", err)
	}
	n.uri = uri
}

func (n *neo4jServer) stop() {
	if _, err := shared.script(nil, "neo4j.sh", "stop", n.dir); err != nil {
		n.t.Errorf("stop Neo4j: %v", err)
	}
}

func (n *neo4jServer) deleteOneRelationship() {
	n.t.Helper()
	ctx := context.Background()
	driver, err := neo4j.NewDriverWithContext(n.uri, neo4j.NoAuth())
	if err != nil {
		n.t.Fatal(err)
	}
	defer driver.Close(ctx)
	res, err := neo4j.ExecuteQuery(ctx, driver, "MATCH ()-[r:INPUT_TO]->() WITH r LIMIT 1 DELETE r RETURN 1", nil, neo4j.EagerResultTransformer)
	if err != nil || res.Summary.Counters().RelationshipsDeleted() != 1 {
		n.t.Fatalf("delete one relationship: %v", err)
	}
}
