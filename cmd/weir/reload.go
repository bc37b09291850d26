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

// watcher reads files again on SIGHUP and when one of them changes, and once
// when it begins to watch: they may have changed since the start.
type watcher struct {
	// path is a directory, or one file.
	path   string
	hangup <-chan os.Signal
	log    *slog.Logger
	// read is told to read; again asks to be told once more in a while.
	read func(context.Context) (again bool)
}

// settle is how long files have to be still: editors write in steps. retry is
// how long what could not be taken in waits.
const (
	settle = 150 * time.Millisecond
	retry  = time.Second
)

// Run reads until ctx ends.
func (w *watcher) Run(ctx context.Context) error {
	events, errs, stop := w.watch()
	defer stop()
	due := time.After(settle)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.hangup:
			due = time.After(0)
		case e := <-events:
			if w.concerns(e.Name) {
				due = time.After(settle)
			}
		case err := <-errs:
			w.log.Warn("watching files", "path", w.path, "error", err)
		case <-due:
			if due = nil; w.read(ctx) {
				due = time.After(retry)
			}
		}
	}
}

// watch gives the changes of the directory that holds the files: an editor puts
// a new file in the place of the old one.
func (w *watcher) watch() (<-chan fsnotify.Event, <-chan error, func()) {
	n, err := fsnotify.NewWatcher()
	if err == nil {
		dir := w.path
		if !isDir(dir) {
			dir = filepath.Dir(dir)
		}
		if err = n.Add(dir); err == nil {
			return n.Events, n.Errors, func() { _ = n.Close() } // nothing was written
		}
		_ = n.Close()
	}
	w.log.Warn("changes are not noticed by themselves: send SIGHUP", "path", w.path, "error", err)
	return nil, nil, func() {}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (w *watcher) concerns(file string) bool {
	if filepath.Base(file) == filepath.Base(w.path) {
		return true
	}
	ext := filepath.Ext(file)
	return isDir(w.path) && (ext == ".yaml" || ext == ".yml")
}

// policyReader keeps the policies in force in step with their directory. A bad
// set leaves the last good one.
type policyReader struct {
	dir  string
	live *policies.Live
	log  *slog.Logger
	// changed is told of each new set.
	changed func()
}

func (r *policyReader) read(context.Context) (again bool) {
	set, err := policies.LoadDir(r.dir)
	if err != nil {
		r.live.Fail(err)
		r.log.Error("policies not reloaded: the last good set stays", "error", err)
		return false
	}
	r.live.Put(set)
	r.log.Info("policies reloaded", "policies", set.Written())
	r.changed()
	return false
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
