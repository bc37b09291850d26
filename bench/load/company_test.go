package load

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/weirhq/weir/ingest/lint"
	"github.com/weirhq/weir/ingest/openlineage"
)

func TestEventsAreValidAndAbout4kB(t *testing.T) {
	for name, c := range map[string]Company{
		"small":     {Seed: 1, Assets: 1_500, Edges: 1_500},
		"connected": {Seed: 1, Assets: 100_000, Edges: 1_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			body := c.Repeat(c.Jobs() - 1)
			ev, err := openlineage.Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if len(ev.Flags) > 0 {
				t.Errorf("flags: %v", ev.Flags)
			}
			for _, f := range linter(t).Event(body) {
				if f.Severity != lint.Info {
					t.Errorf("lint: %v", f)
				}
			}
			if len(body) < 3_500 || len(body) > 4_600 {
				t.Errorf("the event has %d bytes", len(body))
			}
		})
	}
}

// linter looks with the published schemas where WEIR_CORPUS says they are.
func linter(t *testing.T) *lint.Linter {
	t.Helper()
	corpus := os.Getenv("WEIR_CORPUS")
	if corpus == "" {
		return &lint.Linter{}
	}
	schemas, err := lint.Load(os.DirFS(filepath.Join(corpus, "spec")))
	if err != nil {
		t.Fatal(err)
	}
	return &lint.Linter{Schemas: schemas}
}

func TestSameSeedSameEvents(t *testing.T) {
	a, b := Company{Seed: 1, Assets: 300, Edges: 900}, Company{Seed: 2, Assets: 300, Edges: 900}
	if !bytes.Equal(a.Repeat(250), a.Repeat(250)) || bytes.Equal(a.Repeat(250), b.Repeat(250)) {
		t.Error("an event must follow from the seed and its index alone")
	}
}

func TestCompanyHasTheEdgesAskedFor(t *testing.T) {
	c := Company{Seed: 1, Assets: 3_000, Edges: 9_000}
	edges, assets := 0, map[string]bool{}
	for i := range c.Jobs() {
		var e struct {
			Job             struct{ Name string }
			Inputs, Outputs []struct{ Name string }
		}
		if err := json.Unmarshal(c.Repeat(i), &e); err != nil {
			t.Fatal(err)
		}
		assets["job "+e.Job.Name] = true
		for _, d := range append(e.Inputs, e.Outputs...) {
			assets[d.Name] = true
			edges++
		}
	}
	if len(assets) != c.Assets {
		t.Errorf("%d assets, want %d", len(assets), c.Assets)
	}
	if edges < 8_900 || edges > 9_000 { // the first jobs have too little before them
		t.Errorf("%d edges, want about %d", edges, c.Edges)
	}
}
