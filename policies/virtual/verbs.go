package virtual

import (
	"context"
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Forgetful makes the tool say that it keeps keys apart and not do so, as a
// tool does whose memory of keys has run out.
func (t *Tool) Forgetful() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetful = true
}

// Effects count what the verbs changed: runs stopped, runs begun again, turns
// of the pause switch.
func (t *Tool) Effects() (stops, reruns, switches int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stops, t.reruns, t.switches
}

// Dates: the tool's runs can be for a past time.
func (t *Tool) Dates() bool { return true }

// Stop ends a run that goes on.
func (t *Tool) Stop(_ context.Context, _, externalID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.fault()
	if f.Err != nil && !f.Applied {
		return f.Err
	}
	if r, ok := t.runs[externalID]; ok && !r.State.Terminal() {
		r.State, r.Raw = catalog.RunCancelled, "cancelled"
		t.runs[externalID] = r
		t.stops++
	}
	return f.Err
}

// KeyedRerun: the mark tells, as on Airflow.
func (t *Tool) KeyedRerun() bool { return false }

// LookBefore reads a run; its mark is how often it was tried.
func (t *Tool) LookBefore(ctx context.Context, r connectors.RerunRequest) (connectors.Try, error) {
	run, err := t.Get(ctx, r.Target, r.ExternalID)
	if err != nil {
		return connectors.Try{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.tries[r.ExternalID] + 1
	return connectors.Try{RunState: run, Mark: fmt.Sprintf("try %d", n), NextRunIDs: []string{TryRunID(r.ExternalID, n+1)}}, nil
}

// TryRunID is the OpenLineage run id of the n-th try of a run.
func TryRunID(externalID string, n int) string { return fmt.Sprintf("ol-%s-try-%d", externalID, n) }

// Rerun begins an ended run again; each call counts.
func (t *Tool) Rerun(_ context.Context, r connectors.RerunRequest) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.fault()
	if f.Err != nil && !f.Applied {
		return f.Err
	}
	run := t.runs[r.ExternalID]
	run.State, run.Raw = catalog.RunQueued, "queued"
	t.runs[r.ExternalID] = run
	t.tries[r.ExternalID]++
	t.reruns++
	return f.Err
}
