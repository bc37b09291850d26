package fakeairflow

import (
	"encoding/json"
	"net/http"
)

// Clears counts the clears that changed something.
func (f *Fake) Clears() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clears
}

// clearRun queues a run anew. As the real one, it does nothing unless dry_run
// is said to be false, and clears all tasks unless only_failed is said.
func (f *Fake) clearRun(w http.ResponseWriter, r *http.Request) {
	fault := f.Next()
	if fault.Before(w) {
		return
	}
	in := struct {
		DryRun     bool `json:"dry_run"`
		OnlyFailed bool `json:"only_failed"`
	}{DryRun: true}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, 422, err.Error())
		return
	}
	run := f.clear(r.PathValue("dag"), r.PathValue("run"), in.DryRun, in.OnlyFailed)
	switch {
	case run == nil:
		refuse(w, 404, "The DagRun was not found")
	case !fault.After(w):
		reply(w, 200, run)
	}
}

func (f *Fake) clear(dag, id string, dry, onlyFailed bool) *Run {
	f.mu.Lock()
	defer f.mu.Unlock()
	run := f.runs[[2]string{dag, id}]
	if run == nil || dry || onlyFailed && run.State != "failed" {
		return run
	}
	now := f.o.Now().UTC()
	run.State, run.QueuedAt, run.StartDate, run.EndDate, run.UpdatedAt = "queued", &now, nil, nil, now
	f.clears++
	copied := *run
	return &copied
}
