package policies_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies/policiestest"
)

// silent is a tool that, once it hangs, takes a call and never answers it.
type silent struct {
	*policiestest.Tool
	hangs  bool
	waited time.Duration
}

func (s *silent) wait() error {
	if !s.hangs {
		return nil
	}
	time.Sleep(15 * time.Second)
	s.waited += 15 * time.Second
	return &connectors.Error{Class: connectors.Retryable, Op: "look", Err: context.DeadlineExceeded}
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
	var yaml strings.Builder
	for i := range 5 {
		fmt.Fprint(&yaml, strings.NewReplacer("name: mart", fmt.Sprint("name: m", i), "wh/mart", fmt.Sprint("wh/m", i), "job: dbt", fmt.Sprint("job: dag", i)).Replace(mart), "run_timeout: 1d\nstart_timeout: 1d\n---\n")
	}
	inRig(t, strings.TrimSuffix(yaml.String(), "---\n"), func(r *rig) {
		tool := &silent{Tool: r.tool}
		r.conn = tool
		r.stop()
		r.start()
		r.ran("ingest", "", "raw")
		r.last(5)
		tool.hangs = true
		start := time.Now()
		r.after(time.Hour)
		if took := time.Since(start); tool.waited == 0 || tool.waited > took/3+30*time.Second {
			t.Errorf("waited for the silent tool for %s of %s, want a third at most", tool.waited, took)
		}
		tool.hangs = false
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
