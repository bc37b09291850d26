package policies

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// ran is a history of runs alone, newest first.
type ran struct {
	History
	runs  []catalog.Run
	limit int // of the last question
}

func (h *ran) Runs(_ context.Context, q RunQuery) (out []catalog.Run, err error) {
	h.limit = q.Limit
	for _, r := range h.runs {
		if (len(q.Keys) == 0 || slices.Contains(q.Keys, r.Key)) && len(out) < q.Limit {
			out = append(out, r)
		}
	}
	return out, nil
}

// TestADispatcherLooksForWhatItIsToldOf: after each step of an action, and after any
// wake, for all; then for the actions that the news are about.
func TestADispatcherLooksForWhatItIsToldOf(t *testing.T) {
	key := func(id string) catalog.RunKey { return catalog.RunKey{RunID: id} }
	h := &ran{runs: []catalog.Run{
		{Key: key("child"), Parent: &catalog.RunRef{RunID: "ours"}}, {Key: key("predicted")}, {Key: key("x"), ExternalID: "tool-1"}, {Key: key("other")},
	}}
	actions := map[string]catalog.Action{
		"parent": {ID: "1", Seq: 1, ParentRunID: "ours"}, "predicted": {ID: "2", Seq: 1, PredictedRunIDs: []string{"predicted"}}, "tool": {ID: "3", Seq: 1, ExternalID: "tool-1"},
	}
	d := &Dispatcher{wakeup: make(chan struct{}, 1)}
	round := func() {
		if err := d.told.hear(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	looks := func(what string, want ...string) {
		t.Helper()
		for name, a := range actions {
			if got := d.told.concerns(a); got != slices.Contains(want, name) {
				t.Errorf("%s: looks for the run of %s %t", what, name, got)
			}
			d.told.looked(a)
		}
	}
	round()
	looks("nothing was told", "parent", "predicted", "tool")
	round()
	looks("it is never told", "parent", "predicted", "tool")
	for of, news := range map[string][]catalog.RunKey{"parent": {key("child")}, "predicted": {key("predicted")}, "tool": {key("x"), key("other")}} {
		d.Touch(catalog.Touched{Runs: news})
		round()
		looks("news of "+of, of)
	}
	d.Touch(catalog.Touched{Runs: []catalog.RunKey{key("other")}})
	round()
	looks("news of something else")
	moved := actions["tool"]
	moved.Seq++
	actions["tool"] = moved
	round()
	looks("a step of one", "tool")
	d.Wake()
	round()
	looks("a wake", "parent", "predicted", "tool")
	d.told.forget("1")
	round()
	looks("one is forgotten", "parent")
}

// TestOneMoreRunIsAdded: the durations of a job are those of its newest runs, however
// they were come by, and one that is new is not a reason to read all.
func TestOneMoreRunIsAdded(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	h := &ran{}
	g := &Gatherer{History: h}
	for n := range maxSamples + 20 {
		end := start.Add(time.Duration(n)*time.Hour + time.Duration(n)*time.Minute)
		run := catalog.Run{Key: catalog.RunKey{RunID: end.String()}, State: catalog.RunSucceeded, StartKnown: n != 50, StartedAt: end.Add(-time.Duration(n) * time.Minute), EndedAt: &end}
		h.runs = slices.Insert(h.runs, 0, run)
		if n == 60 { // two at once
			continue
		}
		for range 2 {
			got, err := g.samples(newReader(t.Context(), h), catalog.AssetID{1})
			if err != nil {
				t.Fatal(err)
			}
			want, err := (&Gatherer{History: h}).samples(newReader(t.Context(), h), catalog.AssetID{1})
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("after %d runs: %d durations, want %d, %v", n+1, len(got), len(want), err)
			}
		}
		if h.limit = 0; n == 40 {
			h.runs = slices.Insert(h.runs, 0, h.runs[0])
			h.runs[0].Key.RunID = "one more"
			if _, err := g.samples(newReader(t.Context(), h), catalog.AssetID{1}); err != nil || h.limit != 2 {
				t.Errorf("one more run is read with %d others, %v", h.limit, err)
			}
		}
	}
}
