package corpus

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write puts a small corpus into a directory.
func writeCorpus(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

type sent struct {
	EventTime time.Time
	EventType string
	Job       struct{ Name string }
	Run       struct {
		RunID  string
		Facets struct {
			Parent struct{ Run struct{ RunID string } }
		}
	}
}

func TestConcreteEventsStayAsTheyAre(t *testing.T) {
	const odd = `{"job": {"name" : "j"},"run":{ }}`
	folders, err := Read(writeCorpus(t, map[string]string{
		"p/lines.ndjson": odd + "\n\n" + odd + "\n", "p/a.json": odd, "p/config.json": `{"x":1}`, "p/broken.json": `<`, "p/target/manifest.json": odd,
	}))
	if err != nil || len(folders) != 2 {
		t.Fatalf("%d folders, error %v", len(folders), err)
	}
	if f := folders[0]; f.Name != "p" || len(f.Events) != 1 || string(f.Events[0].Body) != odd || strings.Join(f.Left, ", ") != "p/broken.json: not JSON, p/config.json: no event" {
		t.Errorf("%+v", f)
	}
	if f := folders[1]; f.Name != "p/lines.ndjson" || len(f.Events) != 2 || f.Events[1].Name != "p/lines.ndjson:2" || f.Events[0].Hydrated {
		t.Errorf("%+v", f)
	}
}

// A run is one through its files, whatever they are called; its parent is
// found by job name; times rise.
func TestTemplatesAreHydrated(t *testing.T) {
	const parent = `"parent":{"run":{"runId":"{{ any(result) }}"},"job":{"namespace":"n","name":"wrapper"}}`
	folders, err := Read(writeCorpus(t, map[string]string{
		"o/java/readComplete.json":    `{"eventType":"COMPLETE","run":{},"job":{"namespace":"n","name":"read"}}`,
		"o/java/readStart.json":       `{"eventType":"START","eventTime":"${json-unit.any-string}","run":{"runId":"${json-unit.any-string}"},"job":{"namespace":"n","name":"read"}}`,
		"o/java/patternComplete.json": `{"eventType":"COMPLETE","run":{},"job":{"namespace":"n","name":"pattern"}}`,
		"o/java/patternStart.json":    `{"eventType":"START","run":{"runId":"${json-unit.any-string}"}}`,
		"o/java/part.json":            `{"eventType":"START","run":{"runId":"${json-unit.any-string}"}}`,
		"o/python/x/result.json": `[{"eventType":"START","eventTime":"{{ is_datetime(result) }}","run":{"runId":"{{ any(result) }}"},"job":{"namespace":"n","name":"wrapper"}},
			{"eventType":"START","eventTime":"2022-01-01T00:00:00Z","run":{"runId":"{{ any(result) }}","facets":{` + parent + `}},"job":{"namespace":"n","name":"model"}},
			{"eventType":"COMPLETE","eventTime":"2022-01-01T00:00:09Z","run":{"runId":"{{ any(result) }}","facets":{` + parent + `}},"job":{"namespace":"n","name":"model"}}]`,
	}))
	if err != nil || len(folders) != 2 {
		t.Fatalf("%d folders, error %v", len(folders), err)
	}
	java, python := events(t, folders[0]), events(t, folders[1])
	for i, name := range []string{"pattern", "pattern", "read", "read"} { // pattern's START borrows the job
		if java[i].Job.Name != name || java[i].EventType != []string{"START", "COMPLETE"}[i%2] || java[i].Run != java[i/2*2].Run || i%2 == 1 && !java[i].EventTime.After(java[i-1].EventTime) {
			t.Errorf("start and complete are not one run: %+v", java)
		}
	}
	if left := folders[0].Left; len(left) != 1 || !strings.HasPrefix(left[0], "o/java/part.json: no job") {
		t.Errorf("left %v", left)
	}
	if python[1].Run.Facets.Parent.Run.RunID != python[0].Run.RunID || python[1].Run.RunID != python[2].Run.RunID || python[0].Run.RunID == python[1].Run.RunID {
		t.Errorf("runs and parents: %+v", python)
	}
	if at := python[0].EventTime; at.Year() != 2022 {
		t.Errorf("the first event is of %s, the others of 2022", at)
	}
}

func events(t *testing.T, f Folder) []sent {
	t.Helper()
	out := make([]sent, len(f.Events))
	for i, e := range f.Events {
		if err := json.Unmarshal(e.Body, &out[i]); err != nil || !e.Hydrated {
			t.Fatalf("%s: hydrated %v, %v", e.Name, e.Hydrated, err)
		}
	}
	return out
}

func TestPlaceholders(t *testing.T) {
	for _, c := range []struct {
		key, text string
		want      any
	}{
		{"version", `${json-unit.regex}2\.\d+.*`, "2.1"},
		{"clientIp", `${json-unit.regex}\d{1,3}\.\d{1,3}`, "1.1"},
		{"name", `${json-unit.regex}spark_(a|b)[0-9a-f]+`, "spark_a1"},
		{"total", `${json-unit.any-number}`, 1},
		{"eventTime", `${json-unit.any-string}`, "2026-01-05T00:00:00Z"},
		{"x", `{{ one_of(result, 'a', 'b') }}`, "a"},
		{"x", `{{ env_var('HOST', 'localhost') }}`, "localhost"},
		{"x", `{{ match(result, 'manual__.+') }}`, "manual__x"},
		{"x", `{{ not_match(result, 'x') }}`, "any"},
		{"name", `wordcount_{{ version }}`, "wordcount_any"},
		{"sql", `select * from {{ ref('orders') }}`, "select * from {{ ref('orders') }}"},
		{"sql", `{{ relation }}`, "{{ relation }}"},
	} {
		if got := fill(c.key, c.text); got != c.want {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}
