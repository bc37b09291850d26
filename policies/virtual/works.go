package virtual

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Works is a tool whose runs take time on a Loop: what is asked for waits for
// one of its slots, first come, first served, and goes as Course says. As a
// connector it keeps one run a key. Whoever else starts runs in it, its own
// cron or a person, calls Run.
type Works struct {
	opts  WorksOptions
	loop  *Loop
	byID  map[string]*Execution
	queue []*Execution
	busy  int
	made  int
}

// WorksOptions say what a tool is like.
type WorksOptions struct {
	// Name is the connector's instance, Namespace that of its jobs' names.
	Name, Namespace string
	// JobName is the name of a job in what the tool says, Claims the way back;
	// without them all jobs are in Namespace.
	JobName func(job string) catalog.Name
	Claims  func(catalog.Name) (job string, ok bool)
	// Slots is how many runs go on at once; 0: any number.
	Slots int
	// Latency is how long the tool takes to begin what a slot is free for.
	Latency time.Duration
	// Retries is how often the tool itself tries a failed run again, each time
	// RetryAfter later.
	Retries    int
	RetryAfter time.Duration
	// Unkeyed tools cannot tell one key from another: a request sent twice
	// makes two runs.
	Unkeyed bool
	// Course says how a try that begins now will go.
	Course func(*Execution) Course
	// Tell hands on what the tool says of its runs.
	Tell func(Event)
	// Fault, when given, decides how the call of a start goes wrong: an error,
	// and whether the run was made all the same.
	Fault func(connectors.StartRequest) (err error, applied bool)
	// Silent reports whether the tool answers no looks now.
	Silent func() bool
}

// Execution is one run in the tool.
type Execution struct {
	ID, RunID, Job string
	// By says who asked for it: weir, or another word.
	By        string
	Request   connectors.StartRequest
	AskedAt   time.Time
	StartedAt time.Time
	EndedAt   time.Time
	State     catalog.RunState
	Tries     int
	// Done, when set, is told of the end.
	Done func(*Execution)
}

// Course is how a try goes.
type Course struct {
	Takes time.Duration
	Fails bool
	// Reads are the inputs; Writes is asked at a successful end.
	Reads  []catalog.Name
	Writes func() []Written
}

// ByWeir marks executions that came through the connector.
const ByWeir = "weir"

var (
	_ connectors.Starter = (*Works)(nil)
	_ connectors.Finder  = (*Works)(nil)
	_ connectors.Getter  = (*Works)(nil)
)

// NewWorks returns a tool on a loop.
func NewWorks(loop *Loop, o WorksOptions) *Works {
	if o.Silent == nil {
		o.Silent = func() bool { return false }
	}
	if o.Fault == nil {
		o.Fault = func(connectors.StartRequest) (error, bool) { return nil, false }
	}
	if o.JobName == nil {
		o.JobName = func(job string) catalog.Name { return catalog.JobName(o.Namespace, job) }
		o.Claims = func(n catalog.Name) (string, bool) { return n.Name, n.Namespace == o.Namespace }
	}
	return &Works{opts: o, loop: loop, byID: map[string]*Execution{}}
}

// Run asks for a run of a job.
func (t *Works) Run(job, by string, done func(*Execution)) *Execution {
	t.made++
	id := fmt.Sprintf("%s-%06d", by, t.made)
	return t.put(&Execution{ID: id, RunID: t.opts.Name + "-" + id, Job: job, By: by, Done: done})
}

func (t *Works) put(x *Execution) *Execution {
	x.AskedAt, x.State = t.loop.Now(), catalog.RunQueued
	t.byID[x.ID] = x
	t.enqueue(x)
	return x
}

func (t *Works) enqueue(x *Execution) {
	t.loop.After(t.opts.Latency, func() {
		t.queue = append(t.queue, x)
		t.serve()
	})
}

// serve gives free slots to those who waited longest.
func (t *Works) serve() {
	for len(t.queue) > 0 && (t.opts.Slots == 0 || t.busy < t.opts.Slots) {
		x := t.queue[0]
		t.queue = t.queue[1:]
		t.busy++
		t.begin(x)
	}
}

func (t *Works) begin(x *Execution) {
	x.Tries++
	if x.Tries == 1 {
		x.StartedAt = t.loop.Now()
	}
	x.State = catalog.RunRunning
	c := t.opts.Course(x)
	if x.Tries == 1 {
		t.tell(x, catalog.EventStart, c.Reads, nil)
	}
	t.loop.After(max(c.Takes, time.Millisecond), func() { t.end(x, c) })
}

func (t *Works) end(x *Execution, c Course) {
	t.busy--
	t.serve()
	if c.Fails && x.Tries <= t.opts.Retries {
		x.State = catalog.RunQueued
		t.loop.After(t.opts.RetryAfter, func() { t.enqueue(x) })
		return
	}
	x.EndedAt = t.loop.Now()
	if c.Fails {
		x.State = catalog.RunFailed
		t.tell(x, catalog.EventFail, c.Reads, nil)
	} else {
		x.State = catalog.RunSucceeded
		var written []Written
		if c.Writes != nil {
			written = c.Writes()
		}
		t.tell(x, catalog.EventComplete, c.Reads, written)
	}
	if x.Done != nil {
		x.Done(x)
	}
}

func (t *Works) tell(x *Execution, k catalog.EventType, reads []catalog.Name, written []Written) {
	if t.opts.Tell == nil {
		return
	}
	e := Event{Key: catalog.RunKey{Job: t.opts.JobName(x.Job), RunID: x.RunID}, Type: k, At: t.loop.Now(), ExternalID: x.ID, Inputs: reads, Written: written}
	if x.Request.Parent.RunID != "" {
		parent := x.Request.Parent
		e.Parent = &parent
	}
	t.opts.Tell(e)
}

// Kind is "virtual".
func (t *Works) Kind() string { return "virtual" }

// Instance is its name.
func (t *Works) Instance() string { return t.opts.Name }

// Probe fails while the tool is silent.
func (t *Works) Probe(context.Context) (connectors.Probe, error) {
	return connectors.Probe{Version: "1"}, t.silence()
}

func (t *Works) silence() error {
	if t.opts.Silent() {
		return &connectors.Error{Class: connectors.Ambiguous, Op: "look", Message: "no answer"}
	}
	return nil
}

// Claims the jobs that it can start.
func (t *Works) Claims(_ context.Context, job catalog.Name) (string, bool) { return t.opts.Claims(job) }

// Start asks for a run, once a key.
func (t *Works) Start(_ context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	err, applied := t.opts.Fault(r)
	if err != nil && !applied {
		return connectors.StartResult{}, err
	}
	id := t.id(r)
	x, had := t.byID[id]
	if !had {
		x = t.put(&Execution{ID: id, RunID: "ol-" + id, Job: r.Target, By: ByWeir, Request: r})
	}
	return connectors.StartResult{ExternalID: id, Duplicate: had, State: x.State}, err
}

// id is made from the key where the tool keeps keys apart.
func (t *Works) id(r connectors.StartRequest) string {
	if !t.opts.Unkeyed {
		return "weir__" + r.Key
	}
	t.made++
	return fmt.Sprintf("weir__%s.%d", r.Key, t.made)
}

// Keyed tools keep one run a key.
func (t *Works) Keyed() bool { return !t.opts.Unkeyed }

// ExternalID is made from the key.
func (t *Works) ExternalID(r connectors.StartRequest) string {
	if t.opts.Unkeyed {
		return ""
	}
	return "weir__" + r.Key
}

// PredictedRunIDs are made from the key too.
func (t *Works) PredictedRunIDs(r connectors.StartRequest) []string {
	if t.opts.Unkeyed {
		return nil
	}
	return []string{"ol-weir__" + r.Key}
}

// Find looks by key.
func (t *Works) Find(_ context.Context, r connectors.StartRequest) ([]connectors.RunState, error) {
	if err := t.silence(); err != nil {
		return nil, err
	}
	if x, ok := t.byID["weir__"+r.Key]; ok {
		return []connectors.RunState{stateOf(x)}, nil
	}
	if !t.opts.Unkeyed {
		return nil, nil
	}
	var out []connectors.RunState
	for id, x := range t.byID {
		if strings.HasPrefix(id, "weir__"+r.Key+".") {
			out = append(out, stateOf(x))
		}
	}
	return out, nil
}

// Get asks for one run.
func (t *Works) Get(_ context.Context, _, externalID string) (connectors.RunState, error) {
	if err := t.silence(); err != nil {
		return connectors.RunState{}, err
	}
	x, ok := t.byID[externalID]
	if !ok {
		return connectors.RunState{}, &connectors.Error{Class: connectors.Permanent, Op: "get", ToolCode: "404", Message: "no run " + externalID}
	}
	return stateOf(x), nil
}

func stateOf(x *Execution) connectors.RunState {
	return connectors.RunState{ExternalID: x.ID, Target: x.Job, State: x.State, Raw: strings.ToLower(string(x.State)), StartedAt: x.StartedAt, EndedAt: x.EndedAt}
}

// Load is how many runs go on and wait.
func (t *Works) Load() (running, waiting int) { return t.busy, len(t.queue) }
