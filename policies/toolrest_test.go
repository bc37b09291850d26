package policies_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies/policiestest"
)

// silent is a tool that, once it hangs, takes a call and never answers it.
type silent struct {
	*policiestest.Tool
	hangs  atomic.Bool
	waited atomic.Int64 // a duration
	// refuses: it answers at last, and says no.
	refuses bool
}

func hanging(t *policiestest.Tool) *silent {
	s := &silent{Tool: t}
	s.hangs.Store(true)
	return s
}

func (s *silent) wait() error {
	if !s.hangs.Load() {
		return nil
	}
	time.Sleep(15 * time.Second)
	s.waited.Add(int64(15 * time.Second))
	return &connectors.Error{Class: s.class(), Op: "look", Err: context.DeadlineExceeded}
}

func (s *silent) class() connectors.Class {
	if s.refuses {
		return connectors.Permanent
	}
	return connectors.Retryable
}

// rested checks that a tool was waited for no more than a third of the time since
// start, but for one call.
func (s *silent) rested(t *testing.T, start time.Time) {
	t.Helper()
	waited := time.Duration(s.waited.Load())
	if took := time.Since(start); waited == 0 || waited > took/3+30*time.Second {
		t.Errorf("waited for the silent tool for %s of %s, want a third at most", waited, took)
	}
}

func (s *silent) Start(ctx context.Context, r connectors.StartRequest) (connectors.StartResult, error) {
	switch err := s.wait(); {
	case s.refuses:
		return connectors.StartResult{}, err
	case err != nil:
		return connectors.StartResult{}, lost
	}
	return s.Tool.Start(ctx, r)
}

func (s *silent) Get(ctx context.Context, target, id string) (connectors.RunState, error) {
	if err := s.wait(); err != nil {
		return connectors.RunState{}, err
	}
	return s.Tool.Get(ctx, target, id)
}

func (s *silent) Paused(ctx context.Context, target string) (bool, error) {
	if err := s.wait(); err != nil {
		return false, err
	}
	return s.Tool.Paused(ctx, target)
}

func (s *silent) Probe(ctx context.Context) (connectors.Probe, error) {
	if err := s.wait(); err != nil {
		return connectors.Probe{}, err
	}
	return s.Tool.Probe(ctx)
}

// TestSilentToolRests: however many actions a tool has that does not answer, the
// dispatcher waits for it a third of the time at most, and is there for others in
// the rest; once it answers, what waited goes on.
func TestSilentToolRests(t *testing.T) {
	for _, timeout := range []string{"1d", "5m"} { // the last look before an action is lost is one of them
		t.Run(timeout, func(t *testing.T) { silentToolRests(t, timeout) })
	}
}

func fiveMarts(timeout string) string {
	var yaml strings.Builder
	for i := range 5 {
		fmt.Fprint(&yaml, strings.NewReplacer("name: mart", fmt.Sprint("name: m", i), "wh/mart", fmt.Sprint("wh/m", i), "job: dbt", fmt.Sprint("job: dag", i)).Replace(mart), "run_timeout: ", timeout, "\nstart_timeout: ", timeout, "\n---\n")
	}
	return strings.TrimSuffix(yaml.String(), "---\n")
}

func silentToolRests(t *testing.T, timeout string) {
	inRig(t, fiveMarts(timeout), func(r *rig) {
		tool := &silent{Tool: r.tool}
		r.conn = tool
		r.stop()
		r.start()
		r.ran("ingest", "", "raw")
		r.last(5)
		tool.hangs.Store(true)
		start := time.Now()
		r.after(time.Hour)
		tool.rested(t, start)
		tool.hangs.Store(false)
		for _, a := range r.actions() {
			tool.Set(a.ExternalID, catalog.RunRunning)
		}
		r.after(3 * time.Minute)
		for _, a := range r.actions() {
			if a.State != catalog.ActionRunning {
				t.Errorf("%s is %s although the tool answers again: %s", a.ToolJob, a.State, r.story())
			}
		}
	})
}

// TestSilentStartRests: a start that is not answered is silence, too, also of a
// tool that knows no pause.
func TestSilentStartRests(t *testing.T) {
	inRig(t, fiveMarts("1d"), func(r *rig) {
		tool := hanging(r.tool)
		r.conn = struct {
			connectors.Connector
			connectors.Starter
			connectors.Finder
		}{tool, tool, tool}
		r.stop()
		r.start()
		start := time.Now()
		r.ran("ingest", "", "raw")
		r.after(time.Minute)
		tool.rested(t, start)
		tool.hangs.Store(false)
		r.after(5 * time.Minute)
		for _, a := range r.actions() {
			if a.State != catalog.ActionAccepted {
				t.Errorf("%s is %s although the tool answers again: %s", a.ToolJob, a.State, r.story())
			}
		}
	})
}

// TestSilentSwitchRests: so are the looks whether a job is paused by now.
func TestSilentSwitchRests(t *testing.T) {
	inRig(t, byHand, func(r *rig) {
		tool := hanging(r.tool)
		r.conn = tool
		r.stop()
		r.start()
		r.ran("load", "", "raw")
		start := time.Now()
		p := r.do(r.requests().Pause(r.ctx, asked("p1"), place("mart")))
		for range 60 {
			r.settle()
			r.after(5 * time.Second)
		}
		tool.rested(t, start)
		tool.hangs.Store(false)
		r.after(5 * time.Minute)
		r.want(p.ID, catalog.ActionSucceeded)
	})
}

// TestSlowRefusalIsAnAnswer: a tool that takes its time to say no is not left alone.
func TestSlowRefusalIsAnAnswer(t *testing.T) {
	inRig(t, fiveMarts("1d"), func(r *rig) {
		tool := hanging(r.tool)
		tool.refuses = true
		r.conn = tool
		r.stop()
		r.start()
		r.ran("ingest", "", "raw")
		r.after(5 * time.Minute)
		r.last(5)
		for _, a := range r.actions() {
			if a.State != catalog.ActionRefused || a.Moved(catalog.ActionReady, catalog.ActionHeld) {
				t.Errorf("%s is %s, want it refused at once: %s", a.ToolJob, a.State, r.story())
			}
		}
	})
}
