package connectortest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// Harness is a connector on its fake, fresh for each test.
type Harness struct {
	Connector connectors.Connector
	Faults    *Faults
	// Starts counts the runs the fake made.
	Starts func() int
	// Job is a job the tool knows; Unknown is one it does not.
	Job, Unknown string
	// ExpireCredentials makes the next call need new ones; nil: no such thing.
	ExpireCredentials func()
	// Begin makes a queued run run; nil: the tool has no queue.
	Begin func(target, externalID string)
	// Finish ends a run well, Fail badly; Fail nil: the tool's runs cannot.
	Finish, Fail func(target, externalID string)
	// Reruns counts the tries that the fake began anew.
	Reruns func() int
	// Unavailable names faults that this tool's protocol cannot show.
	Unavailable map[Fault]bool
}

// Run runs the suite: what each connector must do whatever its tool.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"same key twice is one run":                         sameKeyTwice,
		"ten at once are one run":                           tenAtOnce,
		"lost answer is found, not doubled":                 lostAnswer,
		"lost request starts once":                          lostRequest,
		"faults have their class":                           faultClasses,
		"a slow or oversized answer is unknown and found":   unreadAnswer,
		"stopping is idempotent":                            stopTwice,
		"a rerun is told from the try before":               rerun,
		"pausing is idempotent":                             pauseTwice,
		"unknown job is permanent":                          unknownJob,
		"credentials are renewed once":                      credentials,
		"states are followed":                               states,
		"a missing run is not found":                        missing,
		"a cancelled context returns":                       cancelled,
		"keys of 1,000 intents stay apart":                  keysApart,
		"poll tells what changed and repeats nothing wrong": poll,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Request makes a start request as the engine would.
func Request(target, key string) connectors.StartRequest {
	return connectors.StartRequest{
		Target: target, Key: key, RunAfter: time.Date(2026, 11, 24, 6, 0, 0, 123456000, time.UTC),
		Parent: catalog.RunRef{RunID: connectors.ParentRunID(key), Job: catalog.JobName("weir", "policy-1")},
	}
}

// longKey has the form of the engine's keys.
func longKey(n int) string { return fmt.Sprintf("%026d", n) }

func start(t *testing.T, h Harness, r connectors.StartRequest) (connectors.StartResult, error) {
	t.Helper()
	return h.Connector.(connectors.Starter).Start(t.Context(), r)
}

func mustStart(t *testing.T, h Harness, r connectors.StartRequest) connectors.StartResult {
	t.Helper()
	res, err := start(t, h, r)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	return res
}

func wantStarts(t *testing.T, h Harness, want int) {
	t.Helper()
	if got := h.Starts(); got != want {
		t.Errorf("the tool made %d runs, want %d", got, want)
	}
}

func sameKeyTwice(t *testing.T, h Harness) {
	a := mustStart(t, h, Request(h.Job, longKey(1)))
	b := mustStart(t, h, Request(h.Job, longKey(1)))
	if a.ExternalID != b.ExternalID || a.ExternalID == "" {
		t.Errorf("ids %q and %q", a.ExternalID, b.ExternalID)
	}
	wantStarts(t, h, 1)
}

func tenAtOnce(t *testing.T, h Harness) {
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { _, _ = start(t, h, Request(h.Job, longKey(2))) })
	}
	wg.Wait()
	wantStarts(t, h, 1)
}

func lostAnswer(t *testing.T, h Harness) {
	for i, f := range []Fault{LostAfter, ErrorAfter, Garbage} {
		if h.Unavailable[f] {
			continue
		}
		h.Faults.Inject(f)
		r := Request(h.Job, longKey(10+i))
		_, err := start(t, h, r)
		if connectors.ClassOf(err) != connectors.Ambiguous || err == nil {
			t.Errorf("%s: class %s, want unknown: %v", f, connectors.ClassOf(err), err)
		}
		found, err := h.Connector.(connectors.Finder).Find(t.Context(), r)
		if err != nil || len(found) != 1 {
			t.Errorf("%s: found %d runs, %v; want the one that was started", f, len(found), err)
		}
		wantStarts(t, h, i+1)
	}
}

// unreadAnswer: the run was made, its answer cannot be had.
func unreadAnswer(t *testing.T, h Harness) {
	for i, f := range []Fault{Oversized, Slow} {
		h.Faults.Inject(f)
		r := Request(h.Job, longKey(15+i))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := h.Connector.(connectors.Starter).Start(ctx, r); done <- err }()
		if f == Slow { // leave when the tool has made the run
			await(t, func() bool { return h.Starts() == i+1 })
			cancel()
		}
		err := <-done
		if err == nil || connectors.ClassOf(err) != connectors.Ambiguous {
			t.Errorf("%s: class %s, want unknown: %v", f, connectors.ClassOf(err), err)
		}
		cancel()
		if found, err := h.Connector.(connectors.Finder).Find(t.Context(), r); err != nil || len(found) != 1 {
			t.Errorf("%s: found %d runs, %v; want the one that was started", f, len(found), err)
		}
		wantStarts(t, h, i+1)
	}
}

// await polls a condition of the fake.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the condition did not come")
		}
	}
}

// stopTwice: stopping a fresh, a stopped and an ended run never fails, an
// ended run keeps its state, and an unknown run is permanent.
func stopTwice(t *testing.T, h Harness) {
	s, ok := h.Connector.(connectors.Stopper)
	if !ok {
		return
	}
	get := h.Connector.(connectors.Getter)
	fresh, ended := mustStart(t, h, Request(h.Job, longKey(61))), mustStart(t, h, Request(h.Job, longKey(62)))
	h.Finish(h.Job, ended.ExternalID)
	running := mustStart(t, h, Request(h.Job, longKey(63)))
	if h.Begin != nil {
		h.Begin(h.Job, running.ExternalID)
	}
	for id, want := range map[string]bool{fresh.ExternalID: false, running.ExternalID: false, ended.ExternalID: true} {
		var first connectors.RunState
		for i := range 2 {
			if err := s.Stop(t.Context(), h.Job, id); err != nil {
				t.Fatalf("stop %d of %s: %v", i+1, id, err)
			}
			now, err := get.Get(t.Context(), h.Job, id)
			if err != nil || !now.State.Terminal() || (now.State == catalog.RunSucceeded) != want || i > 0 && now != first {
				t.Errorf("stop %d of %s: %+v, %v", i+1, id, now, err)
			}
			first = now
		}
	}
	if err := s.Stop(t.Context(), h.Job, "nosuchrun"); err == nil || connectors.ClassOf(err) != connectors.Permanent {
		t.Errorf("stop of an unknown run: class %s, want permanent: %v", connectors.ClassOf(err), err)
	}
	wantStarts(t, h, 3)
}

func pauseTwice(t *testing.T, h Harness) {
	p, ok := h.Connector.(connectors.Pauser)
	if !ok {
		return
	}
	for _, want := range []bool{true, true, false, false} {
		if err := p.SetPaused(t.Context(), h.Job, want); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Paused(t.Context(), h.Job); err != nil || got != want {
			t.Errorf("paused %v, %v; want %v", got, err, want)
		}
	}
	if err := p.SetPaused(t.Context(), h.Unknown, true); connectors.ClassOf(err) != connectors.Permanent || err == nil {
		t.Errorf("pause of an unknown job: class %s, want permanent: %v", connectors.ClassOf(err), err)
	}
}

func lostRequest(t *testing.T, h Harness) {
	h.Faults.Inject(LostBefore)
	r := Request(h.Job, longKey(20))
	if _, err := start(t, h, r); connectors.ClassOf(err) != connectors.Ambiguous || err == nil {
		t.Errorf("class %s, want unknown", connectors.ClassOf(err))
	}
	found, err := h.Connector.(connectors.Finder).Find(t.Context(), r)
	if err != nil || len(found) != 0 {
		t.Errorf("found %d runs, %v; want none", len(found), err)
	}
	mustStart(t, h, r)
	wantStarts(t, h, 1)
}

func faultClasses(t *testing.T, h Harness) {
	for f, want := range map[Fault]connectors.Class{
		Status429: connectors.Retryable, Busy: connectors.Retryable, Status500: connectors.Ambiguous,
		Status503: connectors.Ambiguous, Redirect: connectors.Ambiguous, Proxy403: connectors.Blocked, Proxy429: connectors.Retryable,
	} {
		if h.Unavailable[f] {
			continue
		}
		h.Faults.Inject(f)
		_, err := start(t, h, Request(h.Job, longKey(30)))
		if err == nil || connectors.ClassOf(err) != want {
			t.Errorf("%s: class %s, want %s: %v", f, connectors.ClassOf(err), want, err)
		}
	}
	wantStarts(t, h, 0)
}

func unknownJob(t *testing.T, h Harness) {
	_, err := start(t, h, Request(h.Unknown, longKey(40)))
	if err == nil || connectors.ClassOf(err) != connectors.Permanent {
		t.Errorf("class %s, want permanent: %v", connectors.ClassOf(err), err)
	}
}

func credentials(t *testing.T, h Harness) {
	if h.ExpireCredentials == nil {
		return
	}
	mustStart(t, h, Request(h.Job, longKey(50)))
	h.ExpireCredentials()
	mustStart(t, h, Request(h.Job, longKey(51)))
	wantStarts(t, h, 2)
}

func states(t *testing.T, h Harness) {
	r := mustStart(t, h, Request(h.Job, longKey(60)))
	get := h.Connector.(connectors.Getter)
	s, err := get.Get(t.Context(), h.Job, r.ExternalID)
	if err != nil || s.State.Terminal() {
		t.Fatalf("a new run is %s, %v", s.State, err)
	}
	h.Finish(h.Job, r.ExternalID)
	if s, err = get.Get(t.Context(), h.Job, r.ExternalID); err != nil || s.State != catalog.RunSucceeded {
		t.Errorf("an ended run is %s (%s), %v", s.State, s.Raw, err)
	}
}

func missing(t *testing.T, h Harness) {
	found, err := h.Connector.(connectors.Finder).Find(t.Context(), Request(h.Job, longKey(70)))
	if err != nil || len(found) != 0 {
		t.Errorf("found %d, %v", len(found), err)
	}
}

func cancelled(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Connector.(connectors.Starter).Start(ctx, Request(h.Job, longKey(80))); err == nil {
		t.Error("a cancelled start succeeded")
	}
	wantStarts(t, h, 0)
}

func keysApart(t *testing.T, h Harness) {
	s, seen := h.Connector.(connectors.Starter), map[string]bool{}
	for i := range 1000 {
		r := Request(h.Job, longKey(i))
		if id := s.ExternalID(r); id != "" && seen[id] || len(id) > 200 {
			t.Fatalf("key %d: id %q is taken or too long", i, id)
		} else if id != "" {
			seen[id] = true
		}
	}
}

func poll(t *testing.T, h Harness) {
	p, ok := h.Connector.(connectors.Poller)
	if !ok {
		t.Fatal("no poller")
	}
	r := mustStart(t, h, Request(h.Job, longKey(90)))
	h.Finish(h.Job, r.ExternalID)
	batch, cursor, err := p.Poll(t.Context(), "")
	if err != nil || cursor == "" {
		t.Fatalf("poll: %v", err)
	}
	for _, s := range batch.Runs {
		if s.ExternalID == r.ExternalID && s.State == catalog.RunSucceeded {
			return
		}
	}
	t.Errorf("the poll does not tell of run %s: %+v", r.ExternalID, batch.Runs)
}
