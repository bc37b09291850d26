package sqlite_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

// TestRowsOfWhatIsAtHand: the rows that a follower gets out of memory are those
// that a weir which has just started reads from disk.
func TestRowsOfWhatIsAtHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	warm := openHistory(t, path)
	defer warm.shut()
	host := 0 // each case has names of its own
	rapid.Check(t, func(rt *rapid.T) {
		host++
		begin := warm.pos
		for i := range rapid.IntRange(1, 15).Draw(rt, "batches") {
			var entries []string
			for n := range rapid.IntRange(1, 4).Draw(rt, "events") {
				entries = append(entries, randomEvent(rt, host, 10*i+n))
			}
			warm.batch(entries)
			if rapid.Bool().Draw(rt, "followed") {
				warm.followed(begin)
			}
		}
		cold := openHistory(t, path)
		defer cold.shut()
		if got, want := warm.followed(begin), cold.followed(begin); got != want {
			rt.Fatalf("a follower got\n%s\nthe disk holds\n%s", got, want)
		}
	})
}

// TestFollowersShareRows: what one follower builds, the others get.
func TestFollowersShareRows(t *testing.T) {
	h := newHistory(t)
	var outputs []string
	for i := range 400 {
		outputs = append(outputs, ds(fmt.Sprint("d", i)))
	}
	h.run(1, "COMPLETE", "r", "", strings.Join(outputs, ","))
	var got [4]sqlite.Final
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range got {
		all.Go(func() { <-start; got[i], _ = h.Changes(t.Context(), 0, 1000) })
	}
	close(start)
	all.Wait()
	for _, f := range got {
		if len(f.Rows) != 401 {
			t.Fatalf("%d rows, want 401", len(f.Rows))
		}
		for i := range f.Rows {
			if &f.Rows[i].Asset.Names[0] != &got[0].Rows[i].Asset.Names[0] {
				t.Fatalf("%s was built twice", f.Rows[i].Asset.Name)
			}
		}
	}
}

// reopened is a projection of a file that another may have open.
type reopened struct {
	*sqlite.History
	t   *testing.T
	db  *sqlite.DB
	pos catalog.Position
}

func openHistory(t *testing.T, path string) *reopened {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := sqlite.NewHistory(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return &reopened{History: h, t: t, db: db}
}

func (h *reopened) shut() {
	h.Close()
	h.db.Close()
}

// batch files events in one transaction.
func (h *reopened) batch(events []string) {
	h.t.Helper()
	var batch []catalog.Projected
	for _, e := range events {
		h.pos++
		batch = append(batch, ingest.InterpretEntry(catalog.Entry{Position: h.pos, Kind: catalog.EntryEvent, ReceivedAt: day0, Body: []byte(e)}))
	}
	if _, err := h.Project(h.t.Context(), batch); err != nil {
		h.t.Fatal(err)
	}
}

// followed writes the rows behind a position as a follower gets them.
func (h *reopened) followed(after catalog.Position) string {
	h.t.Helper()
	f, err := h.Changes(h.t.Context(), after, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(f.Rows, func(a, b catalog.Row) int { return a.Asset.ID.Compare(b.Asset.ID) })
	out, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		h.t.Fatal(err)
	}
	return string(out)
}

// randomEvent states some facets of a dataset, anew, again or as deleted, by one
// of its two names.
func randomEvent(t *rapid.T, host, n int) string {
	var facets []string
	for _, key := range []string{"documentation", "ownership", "schema"} {
		switch version := rapid.IntRange(0, 2).Draw(t, key); rapid.IntRange(0, 3).Draw(t, key+" is") {
		case 0:
			facets = append(facets, fmt.Sprintf(`%q:{"_deleted":true}`, key))
		case 1:
			facets = append(facets, fmt.Sprintf(`%q:{"description":"v%d","owners":[{"name":"o%d"}],"fields":[{"name":"f%d"}]}`, key, version, version, version))
		}
	}
	at := hourOf(rapid.IntRange(0, 5).Draw(t, "hour")).Format(time.RFC3339)
	port, table := rapid.SampledFrom([]string{"", ":5432"}).Draw(t, "port"), rapid.IntRange(0, 1).Draw(t, "table")
	return fmt.Sprintf(`{"eventTime":%q,"eventType":"COMPLETE","producer":"t","run":{"runId":"r%d"},"job":{"namespace":"p%d","name":"j"},"outputs":[{"namespace":"postgres://h%d%s","name":"d.s.t%d","facets":{%s}}]}`,
		at, n, host, host, port, table, strings.Join(facets, ","))
}
