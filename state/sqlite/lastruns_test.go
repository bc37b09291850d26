package sqlite_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestFailedJobs: after whatever comes, in whatever order, the jobs whose newest
// run failed are those of which the runs say so.
func TestFailedJobs(t *testing.T) {
	h := newHistory(t)
	random := rand.New(rand.NewPCG(1, 2))
	types := []string{"START", "COMPLETE", "FAIL", "FAIL", "ABORT"}
	var jobs []catalog.AssetID
	for i := range 6 {
		jobs = append(jobs, jobID(fmt.Sprintf("j%d", i)))
	}
	seen := 0
	for i := range 120 {
		job := fmt.Sprintf("j%d", random.IntN(len(jobs)))
		h.job(random.IntN(40), job, types[random.IntN(len(types))], fmt.Sprintf("r%d", random.IntN(8)), "{}", "", "")
		if i == 80 {
			h.entry(catalog.EntryOperator, `{"verb":"merge","at":"2026-03-06T00:00:00Z","names":[{"type":2,"namespace":"p","name":"j0"},{"type":2,"namespace":"p","name":"j1"}]}`)
		}
		if i < 20 || random.IntN(3) == 0 { // nobody asks before, nor each time
			continue
		}
		got := failedJobs(t, h)
		seen += len(got)
		if want := failedOf(t, h, jobs); !maps.Equal(got, want) {
			t.Fatalf("after %d events: %v, want %v", i+1, got, want)
		}
	}
	if seen == 0 {
		t.Error("none ever failed")
	}
}

// TestFailedJobsUnread: what could not be read is read the next time.
func TestFailedJobsUnread(t *testing.T) {
	h := newHistory(t)
	h.job(1, "j", "FAIL", "a", "{}", "", "")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 { // all at first, then what came since
		if _, err := h.FailedJobs(gone); err == nil {
			t.Fatal("read with nobody waiting")
		}
		if got := failedJobs(t, h); len(got) != 1 {
			t.Fatalf("%v, want j", got)
		}
		h.job(2, "j", "COMPLETE", "b", "{}", "", "")
		h.job(3, "j", "FAIL", "c", "{}", "", "")
	}
}

func failedJobs(t *testing.T, h *history) map[catalog.AssetID]struct{} {
	t.Helper()
	got, err := h.FailedJobs(t.Context())
	must(t, err)
	return got
}

// failedOf says it by reading the runs of each job.
func failedOf(t *testing.T, h *history, jobs []catalog.AssetID) map[catalog.AssetID]struct{} {
	t.Helper()
	out := map[catalog.AssetID]struct{}{}
	for _, job := range jobs {
		id, err := h.Canonical(t.Context(), job)
		must(t, err)
		list, err := h.Runs(t.Context(), catalog.RunQuery{Jobs: []catalog.AssetID{id}, Limit: 1})
		must(t, err)
		if len(list) > 0 && list[0].State == catalog.RunFailed {
			out[id] = struct{}{}
		}
	}
	return out
}
