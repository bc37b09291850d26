package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// TestRunsAreFoundAgain: a run is one whatever the order of ids in which a job's
// runs were first heard of, in one batch or several, by the process that filed
// them or the next.
func TestRunsAreFoundAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "state.db")
		db, err := sqlite.Open(t.Context(), path)
		must(err)
		h, err := sqlite.NewHistory(t.Context(), db)
		must(err)
		seen, pos, batch := map[string]bool{}, catalog.Position(0), []catalog.Projected{}
		file := func() {
			_, err := h.Project(t.Context(), batch)
			must(err)
			batch = nil
		}
		for range rapid.IntRange(1, 25).Draw(rt, "events") {
			pos++
			key := fmt.Sprintf("%d/%s", rapid.IntRange(0, 1).Draw(rt, "job"), rapid.SampledFrom([]string{"", "a", "b", "c", "ä", "\U0001F600"}).Draw(rt, "run"))
			seen[key] = true
			body := fmt.Appendf(nil, `{"eventTime":"2026-03-01T00:00:%02dZ","eventType":"RUNNING","producer":"t","run":{"runId":%q},"job":{"namespace":"p","name":%q}}`, pos, "r"+key[2:], "j"+key[:1])
			batch = append(batch, ingest.InterpretEntry(catalog.Entry{Position: pos, Kind: catalog.EntryEvent, Body: body}))
			switch rapid.IntRange(0, 3).Draw(rt, "then") {
			case 0:
				file()
			case 1:
				file()
				must(h.Close())
				h, err = sqlite.NewHistory(t.Context(), db)
				must(err)
			}
		}
		file()
		runs, err := h.Runs(t.Context(), catalog.RunQuery{Limit: 100})
		must(err)
		must(h.Close())
		must(db.Close())
		if len(runs) != len(seen) {
			rt.Fatalf("%d runs are known, want %d", len(runs), len(seen))
		}
	})
}
