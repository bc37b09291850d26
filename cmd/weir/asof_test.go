package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// TestAsOfWaitsForTheStore: an answer as of a time comes from the graph store,
// which may be behind; who wants to see a position waits for it, or is told.
func TestAsOfWaitsForTheStore(t *testing.T) {
	w := start(t, t.TempDir())
	w.copies("first")
	w.traced("1", "30s", true, "position 1, 1 nodes")
	release := hold(t, filepath.Join(w.dir, "data", "graph.db"))
	w.copies("second")
	w.traced("2", "30s", false, "position 2, 3 nodes")
	w.traced("2", "10ms", true, "STALE")
	w.traced("", "10ms", true, "position 1, 1 nodes")
	release()
	w.traced("2", "30s", true, "position 2, 3 nodes")
}

// hold keeps others from writing to a database.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	do := func(statement string) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	do("BEGIN IMMEDIATE")
	return func() { do("ROLLBACK") }
}

// copies sends a run of the job that reads raw and writes mart; the first has
// no datasets yet.
func (w *world) copies(run string) {
	w.t.Helper()
	data := func(name string) string {
		if run == "first" {
			return ""
		}
		return fmt.Sprintf(`{"namespace":"postgres://wh:5432","name":"shop.s.%s"}`, name)
	}
	event := fmt.Sprintf(`{"eventTime":"2026-03-01T00:00:00Z","eventType":"COMPLETE","producer":"https://example.com","run":{"runId":%q},"job":{"namespace":"prod","name":"copy"},"inputs":[%s],"outputs":[%s]}`, run, data("raw"), data("mart"))
	resp, err := http.Post(w.url+"/api/v1/lineage", "application/json", strings.NewReader(event))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusCreated {
		w.t.Fatalf("run %s: %s", run, resp.Status)
	}
}

// traced asks for the lineage of the job, now or as of a later time than all
// events, and compares the code of the error or where the answer stands.
func (w *world) traced(minPosition, wait string, asOf bool, want string) {
	w.t.Helper()
	at := "null"
	if asOf {
		at = `"2026-03-02T00:00:00Z"`
	}
	root := model.AssetID(catalog.AssetID(catalog.JobName("prod", "copy").ID()))
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`{ lineage(roots: [%q], direction: BOTH, asOf: %s) { position nodes { distance } } }`, root, at)})
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Weir-Min-Position", minPosition)
	req.Header.Set("Weir-Wait", wait)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var a struct {
		Data struct {
			Lineage struct {
				Position string
				Nodes    []any
			}
		}
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		w.t.Fatal(err)
	}
	got := fmt.Sprintf("position %s, %d nodes", a.Data.Lineage.Position, len(a.Data.Lineage.Nodes))
	if len(a.Errors) > 0 {
		got = a.Errors[0].Extensions.Code
	}
	if got != want {
		w.t.Errorf("as of a time %v, at least %q: %s %+v, want %s", asOf, minPosition, got, a.Errors, want)
	}
}
