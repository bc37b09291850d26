package sqlite

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

func openHistory(t *testing.T) *History {
	t.Helper()
	ctx := context.Background()
	db, err := Open(ctx, filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHistory(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { errors.Join(h.Close(), db.Close()) }) //nolint:errcheck // the test is over
	return h
}

// TestPoison: a panic of the projection leaves nothing behind, and says that the
// store is not to blame.
func TestPoison(t *testing.T) {
	ctx := context.Background()
	h := openHistory(t)
	batch := manyRuns(1, 3)
	h.runs = nil // a write to it panics, as a defect would
	if _, err := h.Project(ctx, batch); !errors.Is(err, catalog.ErrPoison) {
		t.Fatalf("%v, want %v", err, catalog.ErrPoison)
	}
	if pos, _ := h.Position(ctx); pos != 0 || countRuns(t, h) != 0 {
		t.Errorf("position %s with %d runs after a poisoned batch", pos, countRuns(t, h))
	}
	if _, err := h.Project(ctx, batch); err != nil || countRuns(t, h) != 3 {
		t.Fatalf("without the defect: %d runs, %v", countRuns(t, h), err)
	}
}

func TestJudge(t *testing.T) {
	h := openHistory(t)
	if _, err := h.Project(context.Background(), manyRuns(1, 1)); err != nil {
		t.Fatal(err)
	}
	limit(t, h, 1)
	if _, err := h.Project(context.Background(), manyRuns(2, 300)); err == nil || errors.Is(err, catalog.ErrPoison) {
		t.Errorf("a full disk: %v, want no poison", err)
	}
	if err := judge(context.Canceled); errors.Is(err, catalog.ErrPoison) {
		t.Error("a cancelled context is nobody's poison")
	}
}

func TestParked(t *testing.T) {
	ctx := context.Background()
	h := openHistory(t)
	job := catalog.JobName("p", "j")
	about := catalog.Parked{ReceivedAt: time.Unix(5, 0).UTC(), Where: "/eventTime", Version: "v1", Producer: "x", Job: &job, Datasets: []catalog.Name{catalog.DatasetName("a", "b")}, Bytes: 7}
	park := func(pos catalog.Position) Projected {
		a := about
		a.Position = pos
		return Projected{Position: pos, ParkCode: "event_time", ParkReason: "none", About: a}
	}
	decide := func(pos catalog.Position, verb catalog.OperatorVerb, of catalog.Position, again *Projected) Projected {
		return Projected{Position: pos, Facts: &catalog.Facts{Operator: &catalog.OperatorFact{Verb: verb, Position: of}}, Again: again}
	}
	project := func(list ...Projected) {
		t.Helper()
		if _, err := h.Project(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (out []catalog.Position) {
		t.Helper()
		list, err := h.Parked(ctx, catalog.ParkedQuery{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			out = append(out, p.Position)
		}
		return out
	}
	project(park(1), park(2), park(3), Projected{Position: 4})
	got, err := h.Parked(ctx, catalog.ParkedQuery{At: 2, Limit: 1})
	want := about
	want.Position, want.Code, want.Reason = 2, "event_time", "none"
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v %v, want %+v", got, err, want)
	}
	if page, _ := h.Parked(ctx, catalog.ParkedQuery{Before: 3, Limit: 1}); len(page) != 1 || page[0].Position != 2 {
		t.Errorf("the page behind 3: %+v", page)
	}
	for not, want := range map[string]int{"v1": 0, "v2": 3} {
		if list, err := h.Parked(ctx, catalog.ParkedQuery{NotBy: not, Limit: 10}); err != nil || len(list) != want {
			t.Errorf("not by %s: %d, %v; want %d", not, len(list), err, want)
		}
	}
	still := park(1)
	sound := manyRuns(2, 1)[0]
	sound.Position = 2
	project(decide(5, catalog.OperatorReplay, 1, &still), decide(6, catalog.OperatorReplay, 2, &sound), decide(7, catalog.OperatorDrop, 3, nil),
		decide(8, catalog.OperatorReplay, 2, &sound), decide(9, catalog.OperatorReplay, 1, nil))
	if l := left(); !reflect.DeepEqual(l, []catalog.Position{1}) || countRuns(t, h) != 1 {
		t.Errorf("%v left and %d runs, want entry 1 and the run of entry 2", l, countRuns(t, h))
	}
	if n, err := h.ParkedCount(ctx); n != 1 || err != nil {
		t.Errorf("%d parked, %v", n, err)
	}
}

// TestParkedCopies: what is parked is kept as it came, and the oldest are given
// up where all take too much.
func TestParkedCopies(t *testing.T) {
	h := openHistory(t)
	flags := []catalog.Flag{{Code: "future", Message: "ahead"}}
	var list []Projected
	for pos := catalog.Position(1); pos <= 4; pos++ {
		e := &catalog.Entry{Position: pos, Kind: catalog.EntryEvent, ReceivedAt: time.Unix(5, 0).UTC(), Flags: flags, Body: bytes.Repeat([]byte{byte(pos)}, 1000)}
		list = append(list, Projected{Position: pos, ParkCode: "future", About: catalog.Parked{ReceivedAt: e.ReceivedAt}, Entry: e})
	}
	list[3].Entry.Body = []byte{} // an empty one is one
	if _, err := h.Project(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if got, err := h.ParkedEntry(t.Context(), p.Position); err != nil || !bytes.Equal(got.Body, p.Entry.Body) || got.Kind != catalog.EntryEvent || !got.ReceivedAt.Equal(p.Entry.ReceivedAt) || !reflect.DeepEqual(got.Flags, flags) {
			t.Errorf("entry %s comes back as %+v, %v", p.Position, got, err)
		}
	}
	if n, err := h.boundParked(t.Context(), 1<<20); n != 0 || err != nil {
		t.Errorf("%d are given up, %v", n, err)
	}
	var two int64
	if err := h.db.read.QueryRow(`SELECT sum(length(body)) FROM parked WHERE position >= 3`).Scan(&two); err != nil {
		t.Fatal(err)
	}
	if n, err := h.boundParked(t.Context(), two); n != 2 || err != nil {
		t.Errorf("%d are given up, %v; want the oldest two", n, err)
	}
	for pos, kept := range map[catalog.Position]bool{1: false, 2: false, 3: true, 4: true, 9: false} {
		if _, err := h.ParkedEntry(t.Context(), pos); (err == nil) != kept || !kept && !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("entry %s: %v", pos, err)
		}
	}
	if n, err := h.ParkedCount(t.Context()); n != 4 || err != nil {
		t.Errorf("%d are parked, %v", n, err)
	}
}
