package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/weirhq/weir/policies"
)

// reloader keeps the policies in force in step with their directory: on
// SIGHUP and when a file changes. A bad set leaves the last good one.
type reloader struct {
	dir    string
	live   *policies.Live
	hangup <-chan os.Signal
	log    *slog.Logger
	// changed is told of each new set.
	changed func()
}

// settle is how long a directory has to be still: editors write in steps.
const settle = 150 * time.Millisecond

// Run reloads until ctx ends.
func (r *reloader) Run(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		r.log.Warn("changes of policies are not noticed by themselves: send SIGHUP", "error", err)
		return r.onSignals(ctx)
	}
	defer w.Close() //nolint:errcheck // nothing was written
	if err := w.Add(r.dir); err != nil {
		r.log.Warn("changes of policies are not noticed by themselves: send SIGHUP", "error", err)
		return r.onSignals(ctx)
	}
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.hangup:
			r.reload()
		case e := <-w.Events:
			if ext := filepath.Ext(e.Name); ext == ".yaml" || ext == ".yml" {
				due = time.After(settle)
			}
		case err := <-w.Errors:
			r.log.Warn("watching policies", "error", err)
		case <-due:
			due = nil
			r.reload()
		}
	}
}

func (r *reloader) onSignals(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.hangup:
			r.reload()
		}
	}
}

func (r *reloader) reload() {
	set, err := policies.LoadDir(r.dir)
	if err != nil {
		r.live.Fail(err)
		r.log.Error("policies not reloaded: the last good set stays", "error", err)
		return
	}
	r.live.Put(set)
	r.log.Info("policies reloaded", "policies", len(set.Policies))
	r.changed()
}

// loadPolicies reads the set that is in force from the start; a bad one is a
// reason not to start.
func loadPolicies(dir string) (*policies.Live, error) {
	live := &policies.Live{}
	if dir == "" {
		return live, nil
	}
	set, err := policies.LoadDir(dir)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	live.Put(set)
	return live, nil
}
