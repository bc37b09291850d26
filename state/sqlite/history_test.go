package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/state/sqlite"
)

var day0 = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// history is a projection that tests feed with events.
type history struct {
	*sqlite.History
	t   *testing.T
	pos catalog.Position
}

func newHistory(t *testing.T) *history {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := sqlite.NewHistory(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(); db.Close() })
	return &history{History: h, t: t}
}

func (h *history) entry(kind catalog.EntryKind, body string) {
	h.t.Helper()
	h.pos++
	p := ingest.InterpretEntry(catalog.Entry{Position: h.pos, Kind: kind, ReceivedAt: day0, Body: []byte(body)})
	if p.Facts == nil {
		h.t.Fatalf("parked: %s %s", p.ParkCode, p.ParkReason)
	}
	if _, err := h.Project(h.t.Context(), []catalog.Projected{p}); err != nil {
		h.t.Fatal(err)
	}
}

// run sends one event of a run of job j at an hour.
func (h *history) run(hour int, typ, runID, inputs, outputs string) {
	h.t.Helper()
	h.job(hour, "j", typ, runID, "{}", inputs, outputs)
}

func (h *history) job(hour int, job, typ, runID, runFacets, inputs, outputs string) {
	h.t.Helper()
	h.entry(catalog.EntryEvent, fmt.Sprintf(`{"eventTime":%q,"eventType":%q,"producer":"t","run":{"runId":%q,"facets":%s},"job":{"namespace":"p","name":%q},"inputs":[%s],"outputs":[%s]}`,
		hourOf(hour).Format(time.RFC3339), typ, runID, runFacets, job, inputs, outputs))
}

// declare sends a JobEvent of job j.
func (h *history) declare(hour int, inputs string) {
	h.t.Helper()
	h.entry(catalog.EntryEvent, fmt.Sprintf(`{"eventTime":%q,"producer":"t","job":{"namespace":"p","name":"j"},"inputs":[%s]}`, hourOf(hour).Format(time.RFC3339), inputs))
}

func hourOf(hour int) time.Time { return day0.Add(time.Duration(hour) * time.Hour) }

const file = "kafka://k"

func ds(name string, facets ...string) string {
	return fmt.Sprintf(`{"namespace":%q,"name":%q%s}`, file, name, strings.Join(append([]string{""}, facets...), ","))
}

func dsID(name string) catalog.AssetID { return catalog.AssetID(catalog.DatasetName(file, name).ID()) }

func jobID(name string) catalog.AssetID { return catalog.AssetID(catalog.JobName("p", name).ID()) }

const (
	stats = `"outputFacets":{"outputStatistics":{"rowCount":1}}`
	drop  = `"facets":{"lifecycleStateChange":{"lifecycleStateChange":"DROP"}}`
)

// versions are "runId.attempt@hour" with "!" when tainted, newest first.
func (h *history) versions(q catalog.VersionQuery) []string {
	h.t.Helper()
	list, err := h.Versions(h.t.Context(), q)
	if err != nil {
		h.t.Fatal(err)
	}
	out := []string{}
	for _, v := range list {
		s := fmt.Sprintf("%s.%d@%d", v.Run.RunID, v.Attempt, int(v.ProducedAt.Sub(day0).Hours()))
		if v.Run.IsZero() {
			s = fmt.Sprintf("look@%d", int(v.DataTime.Sub(day0).Hours()))
		}
		if v.Tainted {
			s += "!"
		}
		out = append(out, s)
	}
	return out
}

func (h *history) want(q catalog.VersionQuery, want ...string) {
	h.t.Helper()
	if got := h.versions(q); !slices.Equal(got, want) {
		h.t.Errorf("versions %v, want %v", got, want)
	}
}

func TestVersionsOrderAndBounds(t *testing.T) {
	h := newHistory(t)
	h.run(8, "COMPLETE", "late", "", ds("d"))
	for i, id := range []string{"b", "a"} { // two end at one time: by run id
		h.run(1+i, "START", id, "", ds("d"))
		h.run(4, "COMPLETE", id, "", ds("d"))
	}
	h.run(2, "COMPLETE", "early", "", ds("d"))
	d := dsID("d")
	h.want(catalog.VersionQuery{Dataset: d}, "late.1@8", "b.1@4", "a.1@4", "early.1@2")
	h.want(catalog.VersionQuery{Dataset: d, Limit: 2}, "late.1@8", "b.1@4")
	h.want(catalog.VersionQuery{Dataset: d, Before: hourOf(8)}, "b.1@4", "a.1@4", "early.1@2")
	h.want(catalog.VersionQuery{Dataset: d, After: hourOf(2)}, "late.1@8", "b.1@4", "a.1@4")
	h.want(catalog.VersionQuery{Dataset: d, After: hourOf(2), Before: hourOf(4)})
	h.want(catalog.VersionQuery{Dataset: d, Run: catalog.RunKey{Job: catalog.JobName("p", "j"), RunID: "a"}}, "a.1@4")
	h.want(catalog.VersionQuery{Dataset: dsID("unknown")})
}

func TestVersionsOfAttempts(t *testing.T) {
	h := newHistory(t)
	h.run(4, "COMPLETE", "r", "", ds("d")) // the second attempt's end comes first
	h.run(3, "START", "r", "", ds("d"))
	h.run(2, "FAIL", "r", "", ds("d"))
	h.run(1, "START", "r", "", ds("d"))
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "r.2@4")
	h.run(6, "COMPLETE", "r", "", "")
	h.run(5, "START", "r", "", "")
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "r.3@6", "r.2@4")
}

func TestTaint(t *testing.T) {
	d := catalog.VersionQuery{Dataset: dsID("d")}
	clean := catalog.VersionQuery{Dataset: dsID("d"), Untainted: true}
	t.Run("a failure alone wrote nothing", func(t *testing.T) {
		h := newHistory(t)
		h.run(1, "FAIL", "r", "", ds("d"))
		h.want(d)
	})
	t.Run("a failure after it completed", func(t *testing.T) {
		h := newHistory(t)
		h.run(1, "COMPLETE", "r", "", ds("d"))
		h.want(clean, "r.1@1")
		h.run(1, "FAIL", "r", "", ds("d"))
		h.want(d, "r.1@1!")
		h.want(clean)
	})
	t.Run("a failure with statistics of what it wrote", func(t *testing.T) {
		h := newHistory(t)
		h.run(1, "RUNNING", "r", "", ds("d", stats))
		h.run(2, "FAIL", "r", "", ds("d"))
		h.want(d, "r.1@2!")
	})
	t.Run("a person marks it as success later", func(t *testing.T) {
		h := newHistory(t)
		h.run(1, "FAIL", "r", "", ds("d", stats))
		h.run(5, "COMPLETE", "r", "", ds("d"))
		h.want(d, "r.1@5")
	})
}

func TestLooksMakeVersionsWithoutARun(t *testing.T) {
	h := newHistory(t)
	look := func(hour, data int) {
		h.job(hour, "look", "COMPLETE", fmt.Sprint("l", hour), "{}", ds("d", fmt.Sprintf(`"inputFacets":{"weir_sourceFreshness":{"maxLoadedAt":%q}}`, hourOf(data).Format(time.RFC3339))), "")
	}
	look(6, 5)
	look(8, 5) // an equal data time is no second version
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "look@5")
	if l, err := h.LastLook(t.Context(), dsID("d"), time.Time{}); err != nil || !l.At.Equal(hourOf(8)) || !l.DataTime.Equal(hourOf(5)) {
		t.Errorf("last look %+v, %v", l, err)
	}
	h.run(4, "START", "r", "", ds("d"))
	h.run(9, "COMPLETE", "r", "", ds("d")) // this run wrote what was seen
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "r.1@9")
	look(12, 11)
	if list, err := h.AllLooks(t.Context(), dsID("d")); err != nil || len(list) != 3 || !list[0].At.Equal(hourOf(12)) || !list[2].At.Equal(hourOf(6)) {
		t.Errorf("all looks: %+v, %v", list, err)
	}
	if l, err := h.LastLook(t.Context(), dsID("d"), hourOf(5)); err != nil || !l.At.Equal(hourOf(8)) {
		t.Errorf("last look that saw nothing newer than hour 5: %+v, %v", l, err)
	}
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "look@11", "r.1@9")
}

func (h *history) asset(id catalog.AssetID) catalog.Asset {
	h.t.Helper()
	list, err := h.Assets(h.t.Context(), []catalog.AssetID{id})
	if err != nil || len(list) != 1 {
		h.t.Fatal(list, err)
	}
	return list[0]
}

func TestDropAndWriteAgain(t *testing.T) {
	h := newHistory(t)
	h.run(1, "COMPLETE", "r1", "", ds("d"))
	h.run(2, "COMPLETE", "r2", "", ds("d", drop))
	if at := h.asset(dsID("d")).RemovedAt; at == nil || !at.Equal(hourOf(2)) {
		t.Errorf("removed at %v, want hour 2", at)
	}
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "r1.1@1")
	before := h.pos
	h.run(3, "COMPLETE", "r3", "", ds("d"))
	if at := h.asset(dsID("d")).RemovedAt; at != nil {
		t.Errorf("written again, and removed at %v", at)
	}
	if !slices.Contains(h.changed(before), dsID("d")) {
		t.Error("the followers are not told that it is back")
	}
}

// TestDropUnderAnotherName: a write under one name brings back the asset that
// was dropped under another.
func TestDropUnderAnotherName(t *testing.T) {
	h := newHistory(t)
	h.run(1, "COMPLETE", "r1", "", ds("d", drop))
	h.run(1, "COMPLETE", "r2", "", ds("e"))
	h.merge("d", "e")
	id := h.asset(dsID("d")).ID
	before := h.pos
	h.run(3, "COMPLETE", "r3", "", ds("e"))
	if h.asset(id).RemovedAt != nil || !slices.Contains(h.changed(before), id) {
		t.Error("the followers still hold it for dropped")
	}
}

// TestNamed: the short way to names says what rows say.
func TestNamed(t *testing.T) {
	h := newHistory(t)
	h.run(1, "COMPLETE", "r1", "", ds("d")+","+ds("e")+","+ds("f"))
	h.merge("d", "e")
	ids := []catalog.AssetID{dsID("f"), dsID("e"), dsID("unheard"), dsID("d"), {}}
	named, err := h.Named(t.Context(), ids)
	if err != nil || len(named) != len(ids) {
		t.Fatal(named, err)
	}
	for i, id := range ids {
		rows, err := h.Assets(t.Context(), []catalog.AssetID{id})
		if err != nil {
			t.Fatal(err)
		}
		var want catalog.NamedAsset
		if len(rows) == 1 {
			want = catalog.NamedAsset{ID: rows[0].ID, Name: rows[0].Name}
		}
		if named[i] != want {
			t.Errorf("%d: named %v, the row says %v", i, named[i], want)
		}
	}
}

func (h *history) merge(a, b string) {
	h.t.Helper()
	h.entry(catalog.EntryOperator, fmt.Sprintf(`{"verb":"merge","at":"2026-03-05T00:00:00Z","names":[{"type":1,"namespace":%[1]q,"name":%[2]q},{"type":1,"namespace":%[1]q,"name":%[3]q}]}`, file, a, b))
}

// changed lists what followers read behind a position.
func (h *history) changed(after catalog.Position) (out []catalog.AssetID) {
	h.t.Helper()
	f, err := h.Changes(h.t.Context(), after, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range f.Rows {
		out = append(out, r.Asset.ID)
	}
	return append(out, f.Removed...)
}

// edges are those that the job's row owns, as "TYPE source>target [hours)".
func (h *history) edges(job string) []string {
	h.t.Helper()
	f, err := h.Changes(h.t.Context(), 0, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, r := range f.Rows {
		for _, e := range r.Edges {
			if r.Asset.ID == jobID(job) {
				out = append(out, fmt.Sprintf("%s %s>%s %s %s", e.Type, h.asset(e.Source).Name.Name, h.asset(e.Target).Name.Name, e.Origin, span(e)))
			}
		}
	}
	slices.Sort(out)
	return out
}

func span(e catalog.Edge) string {
	if e.To.IsZero() {
		return fmt.Sprintf("%d-", int(e.From.Sub(day0).Hours()))
	}
	return fmt.Sprintf("%d-%d", int(e.From.Sub(day0).Hours()), int(e.To.Sub(day0).Hours()))
}

func (h *history) wantEdges(job string, want ...string) {
	h.t.Helper()
	if got := h.edges(job); !slices.Equal(got, want) {
		h.t.Errorf("edges of %s:\n%s\nwant\n%s", job, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDeclaredLineageIsReplaced(t *testing.T) {
	h := newHistory(t)
	h.declare(5, ds("b"))
	h.declare(1, ds("a")) // older, arrives later
	h.wantEdges("j", "READS a>j DECLARED 1-5", "READS b>j DECLARED 5-")
	h.declare(9, "")
	h.wantEdges("j", "READS a>j DECLARED 1-5", "READS b>j DECLARED 5-9")
}

func TestOrderAndContainment(t *testing.T) {
	h := newHistory(t)
	parent := `{"parent":{"run":{"runId":"p1"},"job":{"namespace":"p","name":"dag"}},"jobDependencies":{"upstream":[{"job":{"namespace":"p","name":"first"}}],"downstream":[{"job":{"namespace":"p","name":"last"}}]}}`
	h.job(1, "j", "COMPLETE", "r", parent, "", "")
	h.wantEdges("j", "CONTAINS dag>j OBSERVED 1-", "CONTROLS first>j OBSERVED 1-")
	h.wantEdges("last", "CONTROLS j>last OBSERVED 1-")
}

// TestMergeReachesWhoMentions: the rows that point at a merged name are read
// again, also an order that another job states.
func TestMergeReachesWhoMentions(t *testing.T) {
	h := newHistory(t)
	h.job(1, "j", "COMPLETE", "r", `{"jobDependencies":{"downstream":[{"job":{"namespace":"p","name":"last"}}]}}`, ds("a"), "")
	h.job(1, "k", "COMPLETE", "r", "{}", ds("b"), "")
	before := h.pos
	h.merge("a", "b")
	for _, job := range []string{"j", "k"} {
		if !slices.Contains(h.changed(before), jobID(job)) {
			t.Errorf("the followers are not told that what %s reads has merged", job)
		}
	}
	id := h.asset(dsID("a")).ID
	if got := h.asset(dsID("b")).ID; got != id {
		t.Errorf("a is %s and b is %s after the merge", id, got)
	}
	before = h.pos
	h.entry(catalog.EntryOperator, `{"verb":"merge","at":"2026-03-06T00:00:00Z","names":[{"type":2,"namespace":"p","name":"j"},{"type":2,"namespace":"p","name":"k"}]}`)
	if !slices.Contains(h.changed(before), jobID("last")) {
		t.Error("the followers are not told that the job before last has merged")
	}
}

// TestEdgeEndsAndComesBack: three successful runs over a day end an edge; a
// late failure of the last of them takes that back.
func TestEdgeEndsAndComesBack(t *testing.T) {
	h := newHistory(t)
	h.run(0, "COMPLETE", "r0", ds("a")+","+ds("b"), "")
	for _, hour := range []int{10, 20} {
		h.run(hour, "COMPLETE", fmt.Sprint("r", hour), ds("a"), "")
	}
	h.wantEdges("j", "READS a>j OBSERVED 0-", "READS b>j OBSERVED 0-")
	h.run(30, "COMPLETE", "r30", ds("a"), "")
	h.wantEdges("j", "READS a>j OBSERVED 0-", "READS b>j OBSERVED 0-10")
	h.run(30, "FAIL", "r30", ds("a"), "")
	h.wantEdges("j", "READS a>j OBSERVED 0-", "READS b>j OBSERVED 0-")
}

// TestLateStartMovesTheEdge: an edge begins at the START of its first run,
// also when that is heard last.
func TestLateStartMovesTheEdge(t *testing.T) {
	h := newHistory(t)
	h.run(0, "COMPLETE", "r0", ds("a"), "")
	h.run(5, "RUNNING", "r1", ds("a")+","+ds("b"), "")
	h.wantEdges("j", "READS a>j OBSERVED 0-", "READS b>j OBSERVED 5-")
	h.run(6, "START", "r1", ds("a")+","+ds("b"), "")
	h.wantEdges("j", "READS a>j OBSERVED 0-", "READS b>j OBSERVED 6-")
}

// TestChangesFromZero: a wiped target reads everything, in pages that never
// part what one batch wrote.
func TestChangesFromZero(t *testing.T) {
	h := newHistory(t)
	for i := range 9 {
		h.run(i, "COMPLETE", fmt.Sprint("r", i), ds(fmt.Sprint("in", i)), ds(fmt.Sprint("out", i)))
	}
	seen := map[catalog.AssetID]bool{}
	pos := catalog.Position(0)
	for pos < h.pos {
		f, err := h.Changes(t.Context(), pos, 2)
		if err != nil || f.Position <= pos {
			t.Fatalf("changes behind %s lead to %s: %v", pos, f.Position, err)
		}
		for _, r := range f.Rows {
			seen[r.Asset.ID] = true
		}
		pos = f.Position
	}
	if len(seen) != 19 {
		t.Errorf("%d assets, want 18 datasets and a job", len(seen))
	}
}

// TestReplayIsHarmless: entries at or before the position are skipped.
func TestReplayIsHarmless(t *testing.T) {
	h := newHistory(t)
	h.run(1, "COMPLETE", "r1", "", ds("d"))
	h.pos = 0
	h.run(2, "COMPLETE", "r2", "", ds("d"))
	h.want(catalog.VersionQuery{Dataset: dsID("d")}, "r1.1@1")
	if pos, err := h.Position(context.Background()); pos != 1 || err != nil {
		t.Errorf("position %s, %v", pos, err)
	}
}

// TestOtherNamingIsRefused: a projection made by other naming rules is not
// read as if it were made by these; dropped, it may be.
func TestOtherNamingIsRefused(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	must(t, err)
	defer db.Close()
	h, err := sqlite.NewHistory(t.Context(), db)
	must(t, err)
	defer h.Close()
	other, err := catalog.NewNaming(catalog.NamingConfig{Hosts: map[string]string{"a": "b"}})
	must(t, err)
	_, err = sqlite.OpenHistory(t.Context(), db, sqlite.HistoryOptions{Naming: other})
	must(t, err) // nothing is projected yet
	_, err = h.Project(t.Context(), []catalog.Projected{{Position: 1, Facts: &catalog.Facts{EventTime: time.Unix(1, 0), Job: &catalog.AssetFact{Name: catalog.JobName("n", "j")}}}})
	must(t, err)
	_, err = sqlite.OpenHistory(t.Context(), db, sqlite.HistoryOptions{Naming: other})
	if !errors.Is(err, catalog.ErrConflict) || !strings.Contains(catalog.HintOf(err), "weir rebuild") {
		t.Errorf("%v (%s), want a conflict that says what to run", err, catalog.HintOf(err))
	}
	_, err = sqlite.OpenHistory(t.Context(), db, sqlite.HistoryOptions{Naming: other, AnyNaming: true})
	must(t, err)
	_, err = sqlite.OpenHistory(t.Context(), db, sqlite.HistoryOptions{})
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
