package sqlite

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

// TestFailedJobsMeanwhile: names come, and others ask for all jobs, at a time.
func TestFailedJobsMeanwhile(t *testing.T) {
	h := openHistory(t)
	var asking sync.WaitGroup
	defer asking.Wait()
	done := make(chan struct{})
	defer close(done)
	asking.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			h.lasts.forget()
			if _, err := h.FailedJobs(t.Context()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for pos := range catalog.Position(40) {
		project(t, h, manyRuns(pos+1, 20))
	}
}

// TestFailedJobsUntold: a commit that took and was said to have failed tells of no
// run; what it left is read once memory is.
func TestFailedJobsUntold(t *testing.T) {
	h := openHistory(t)
	project(t, h, []catalog.Projected{ended(1, "a", catalog.EventFail), ended(1, "b", catalog.EventComplete)})
	wantFailed(t, h, "a")
	if err := h.Close(); err != nil { // there is one connection that writes
		t.Fatal(err)
	}
	other, err := NewHistory(t.Context(), h.db)
	if err != nil {
		t.Fatal(err)
	}
	project(t, other, []catalog.Projected{ended(2, "a", catalog.EventComplete), ended(2, "b", catalog.EventFail), ended(2, "c", catalog.EventFail)})
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFailed(t, h, "b", "c")
}

func project(t *testing.T, h *History, entries []catalog.Projected) {
	t.Helper()
	if _, err := h.Project(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

// ended is a run of a job that ended at a position.
func ended(pos catalog.Position, job string, how catalog.EventType) catalog.Projected {
	return catalog.Projected{Position: pos, Facts: &catalog.Facts{EventTime: at0.Add(time.Duration(pos) * time.Second), Job: &catalog.AssetFact{Name: catalog.JobName("p", job)},
		Run: &catalog.RunFact{RunID: fmt.Sprint(pos), Type: how}}}
}

func wantFailed(t *testing.T, h *History, jobs ...string) {
	t.Helper()
	got, err := h.FailedJobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if _, failed := got[catalog.AssetID(catalog.JobName("p", job).ID())]; !failed {
			t.Errorf("%s did not fail", job)
		}
	}
	if len(got) != len(jobs) {
		t.Errorf("%d jobs failed, want %v", len(got), jobs)
	}
}
