package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/state/sqlite"
)

// benchStart measures a real server on what a company has learned and decided,
// with events in the journal that came just before it stopped: from exec until
// each decision that waits for one of them is in the ledger. It closes the
// company.
func benchStart(ctx context.Context, w *watchedCompany, rounds int) ([]result, error) {
	if err := w.shut(); err != nil {
		return nil, err
	}
	bin, err := buildWeir(ctx, w.dir)
	if err != nil {
		return nil, err
	}
	var ready, first, all []float64
	for i := range rounds + 1 { // the first one learns what a clean stop keeps
		s, err := w.startOnce(ctx, bin)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			ready, first, all = append(ready, s.ready), append(first, s.first), append(all, s.all)
		}
	}
	return []result{{Name: "decide.start", Value: median(all) / 1000, Unit: "s", N: len(all),
		Notes: fmt.Sprintf("exec of weir serve until the last of %d waiting events is decided, %d assets, %d edges, %d policies; ready after %.1f s, first decision after %.1f s",
			len(w.waiting()), w.company.Assets, w.company.Edges, w.policies(), median(ready)/1000, median(first)/1000)}}, nil
}

// startTimes are in ms from exec.
type startTimes struct{ ready, first, all float64 }

// startOnce leaves events waiting, starts a server and waits for their decisions.
func (w *watchedCompany) startOnce(ctx context.Context, bin string) (s startTimes, err error) {
	end, err := w.leave(ctx)
	if err != nil {
		return s, err
	}
	began := time.Now()
	c, err := startChild(ctx, bin, w.dir, "--policies", filepath.Join(w.dir, "policies"), "--connectors", filepath.Join(w.dir, "connectors.yaml"))
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	s.ready = ms(c.ready)
	for ctx.Err() == nil && time.Since(began) < 3*time.Minute {
		n, err := c.decidedSince(ctx, w.waiting(), end)
		if err != nil {
			return s, err
		}
		if n > 0 && s.first == 0 {
			s.first = ms(time.Since(began))
		}
		if n == len(w.waiting()) {
			s.all = ms(time.Since(began))
			return s, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return s, fmt.Errorf("the decisions that wait for events up to %s are not all made: %w", end, context.DeadlineExceeded)
}

// decidedSince counts the policies with a decision that knew of end, among the
// newest decisions.
func (c *child) decidedSince(ctx context.Context, names []string, end catalog.Position) (int, error) {
	var out struct {
		Decisions struct {
			Nodes []struct {
				PolicyName string           `json:"policyName"`
				Position   catalog.Position `json:"position,string"`
			}
		}
	}
	err := c.ask(ctx, "{ decisions(first: 200) { nodes { policyName position } } }", nil, nil, &out)
	seen := map[string]bool{}
	for _, d := range out.Decisions.Nodes {
		if d.Position >= end && slices.Contains(names, d.PolicyName) {
			seen[d.PolicyName] = true
		}
	}
	return len(seen), err
}

// shut stops the loops, keeps the directory, and writes what a server reads.
func (w *watchedCompany) shut() error {
	w.stop()
	w.wg.Wait()
	err := errors.Join(w.journal.Close(), w.stack.Close())
	w.journal, w.stack = nil, nil
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(w.dir, "policies"), 0o700); err != nil {
		return err
	}
	tool := "connectors:\n  - { name: af, kind: airflow, url: \"http://127.0.0.1:1\", namespace: none }\n" // a shadow calls nobody
	return errors.Join(os.WriteFile(filepath.Join(w.dir, "connectors.yaml"), []byte(tool), 0o600),
		os.WriteFile(filepath.Join(w.dir, "policies", "bench.yaml"), []byte(w.documents()), 0o600))
}

// leave appends an event for each policy that waits for one, and nobody reads them.
func (w *watchedCompany) leave(ctx context.Context) (catalog.Position, error) {
	j, err := sqlite.OpenJournal(ctx, filepath.Join(w.dir, "events.db"))
	if err != nil {
		return 0, err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- j.Run(running) }()
	w.journal = j
	err = w.send(ctx, busyJobs)
	end := j.End()
	stop()
	w.journal = nil
	return end, errors.Join(err, <-done, j.Close())
}

// waiting are the policies that events are for.
func (w *watchedCompany) waiting() (names []string) {
	for i := 0; i < busyJobs; i += watchEach {
		names = append(names, fmt.Sprint("p", w.busy(i)))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
