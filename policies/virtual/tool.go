package virtual

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Tool is a connector in memory that keeps one run a key, for tests under a
// virtual clock, where nothing may wait for a network. It claims every job of
// its namespace: "dag" and "dag.task" are the tool's job "dag".
type Tool struct {
	Name, Namespace string

	mu   sync.Mutex
	sent []connectors.StartRequest
	runs map[string]connectors.RunState
	// next are faults of the next starts: an error, and whether it was applied.
	next   []ToolFault
	paused bool
	down   error
	keyed  bool
	// stops, reruns and switches count the effects of the other verbs;
	// tries how often a run was begun.
	stops, reruns, switches int
	tries                   map[string]int
	forgetful               bool
}

// ToolFault is one start that goes wrong.
type ToolFault struct {
	Err     error
	Applied bool
}

var (
	_ connectors.Starter = (*Tool)(nil)
	_ connectors.Finder  = (*Tool)(nil)
	_ connectors.Getter  = (*Tool)(nil)
	_ connectors.Pauser  = (*Tool)(nil)
	_ connectors.Stopper = (*Tool)(nil)
	_ connectors.Dater   = (*Tool)(nil)

	_ connectors.Rerunner = (*Tool)(nil)
)

// NewTool returns a tool that works.
func NewTool(name, namespace string) *Tool {
	return &Tool{Name: name, Namespace: namespace, runs: map[string]connectors.RunState{}, tries: map[string]int{}, keyed: true}
}

// Kind is "tool".
func (t *Tool) Kind() string { return "tool" }

// Instance is its name.
func (t *Tool) Instance() string { return t.Name }

// Probe fails while the tool is down.
func (t *Tool) Probe(context.Context) (connectors.Probe, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return connectors.Probe{Version: "1"}, t.down
}

// Claims every job of the namespace.
func (t *Tool) Claims(_ context.Context, job catalog.Name) (string, bool) {
	dag, _, _ := strings.Cut(job.Name, ".")
	return dag, job.Namespace == t.Namespace
}

// Fail queues faults for the next starts.
func (t *Tool) Fail(f ...ToolFault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = append(t.next, f...)
}

// Down makes every look fail with err; nil ends it.
func (t *Tool) Down(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.down = err
}

// Unkeyed makes the tool one that cannot tell keys apart.
func (t *Tool) Unkeyed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keyed = false
}

// Sent are the requests that reached the tool, in order.
func (t *Tool) Sent() []connectors.StartRequest {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]connectors.StartRequest(nil), t.sent...)
}

// Started is how many runs there are.
func (t *Tool) Started() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.runs)
}

// Set gives a run a state, as polls will see it.
func (t *Tool) Set(externalID string, s catalog.RunState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.runs[externalID]
	r.State, r.Raw = s, strings.ToLower(string(s))
	t.runs[externalID] = r
}

// fault takes the next fault; the caller holds the lock.
func (t *Tool) fault() (f ToolFault) {
	if len(t.next) > 0 {
		f, t.next = t.next[0], t.next[1:]
	}
	return f
}

// Start keeps one run a key.
func (t *Tool) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	if err := ctx.Err(); err != nil { // the call never went out
		return connectors.StartResult{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent = append(t.sent, r)
	f := t.fault()
	if f.Err != nil && !f.Applied {
		return connectors.StartResult{}, f.Err
	}
	id := t.ExternalID(r)
	_, had := t.runs[id]
	if had && t.forgetful {
		id, had = fmt.Sprintf("%s-%d", id, len(t.sent)), false
	}
	if !had {
		t.runs[id] = connectors.RunState{ExternalID: id, Target: r.Target, State: catalog.RunQueued, Raw: "queued"}
	}
	return connectors.StartResult{ExternalID: id, Duplicate: had, State: catalog.RunQueued}, f.Err
}

// Keyed unless Unkeyed was called.
func (t *Tool) Keyed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keyed
}

// ExternalID is made from the key.
func (t *Tool) ExternalID(r connectors.StartRequest) string { return "weir__" + r.Key }

// PredictedRunIDs are made from the key too.
func (t *Tool) PredictedRunIDs(r connectors.StartRequest) []string { return []string{"ol-" + r.Key} }

// Find looks by key.
func (t *Tool) Find(ctx context.Context, r connectors.StartRequest) ([]connectors.RunState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.down != nil {
		return nil, t.down
	}
	if run, ok := t.runs[t.ExternalID(r)]; ok {
		return []connectors.RunState{run}, nil
	}
	return nil, nil
}

// Get asks for one run.
func (t *Tool) Get(_ context.Context, _, externalID string) (connectors.RunState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.down != nil {
		return connectors.RunState{}, t.down
	}
	run, ok := t.runs[externalID]
	if !ok {
		return run, &connectors.Error{Class: connectors.Permanent, Op: "get", ToolCode: "404", Message: fmt.Sprintf("no run %s", externalID)}
	}
	return run, nil
}

// Paused looks at the switch.
func (t *Tool) Paused(context.Context, string) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.paused, t.down
}

// SetPaused sets it.
func (t *Tool) SetPaused(_ context.Context, _ string, paused bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.fault()
	if f.Err != nil && !f.Applied {
		return f.Err
	}
	if t.paused != paused {
		t.switches++
	}
	t.paused = paused
	return f.Err
}
