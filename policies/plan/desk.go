package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Bounds of what is put in force at once.
const (
	maxFiles  = 1000
	maxBytes  = 1 << 20
	maxReason = 500
)

// Store keeps the sets that were put in force. Every method is one durable
// transaction.
type Store interface {
	// PolicySets lists versions newest first, below before when it is not 0.
	PolicySets(ctx context.Context, before int64, limit int) ([]catalog.PolicySet, error)
	// KeepPolicySet keeps s as the version after base, and fails with
	// ErrConflict when base is not the newest.
	KeepPolicySet(ctx context.Context, s catalog.PolicySet, base int64) (catalog.PolicySet, error)
}

// Desk plans sets of policies and puts them in force, one at a time. What is
// kept in the store is in force: it is put there before anything acts by it.
type Desk struct {
	Planner
	Store Store
	// Dir is the directory that the policies in force are read from; then
	// nothing else can be put in force. "" when there is none.
	Dir string
	// Recorded reads what a plan is simulated over; nil: nothing is simulated.
	Recorded Recorder
	// Put puts a set in force and lets everything be judged by it.
	Put func(*policies.Set)

	mu sync.Mutex

	// What was put in force, with its trials and when the first of them ends.
	set      *policies.Set
	tried    []catalog.PolicyTrial
	next     time.Time
	onceWake sync.Once
	wake     chan struct{}

	once   sync.Once
	trials chan struct{} // holds one while a plan is simulated
}

// Proposal is files to plan or to put in force.
type Proposal struct {
	Files []catalog.PolicyFile
	// Hash is that of the plan that was looked at; Actor and Reason are kept.
	Hash, Actor, Reason string
	// NoTrial: modes that rose hold at once. It needs a reason.
	NoTrial bool
}

// Source says where the policies in force come from.
func (d *Desk) Source(ctx context.Context) (string, error) {
	if d.Dir != "" {
		return "directory " + d.Dir, nil
	}
	newest, err := d.newest(ctx)
	if err != nil || newest.Version == 0 {
		return "nothing was applied yet", err
	}
	return fmt.Sprintf("version %d, applied by %s at %s", newest.Version, newest.Actor, newest.At.UTC().Format(time.RFC3339)), nil
}

// Files are the policies in force as files, and whether Apply may change them:
// those of the directory as they are now, or those that were applied last.
func (d *Desk) Files(ctx context.Context) (files []catalog.PolicyFile, editable bool, err error) {
	if d.Dir != "" {
		files, err = policies.ReadDir(d.Dir)
		return files, false, err
	}
	newest, err := d.newest(ctx)
	return newest.Files, true, err
}

// Plan says what the files would change. What is wrong with them is an error
// that wraps ErrInvalid and holds a FileError for each fault.
func (d *Desk) Plan(ctx context.Context, files []catalog.PolicyFile) (Plan, error) {
	set, err := load(files)
	if err != nil {
		return Plan{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.plan(ctx, set)
}

func (d *Desk) plan(ctx context.Context, set *policies.Set) (Plan, error) {
	newest, err := d.newest(ctx)
	if err != nil {
		return Plan{}, err
	}
	p, err := d.Planner.Plan(ctx, newest.Version, set)
	if err != nil {
		return p, err
	}
	if d.Dir != "" { // its policies take effect as they are written
		p.Trials = nil
	}
	p.Drift, err = d.Drift(ctx)
	return p, err
}

// Apply puts files in force. It fails with ErrConflict when their plan now has
// another hash than the one that was looked at, and when the policies in force
// come from a directory.
func (d *Desk) Apply(ctx context.Context, p Proposal) (catalog.PolicySet, Plan, error) {
	set, err := load(p.Files)
	if err != nil {
		return catalog.PolicySet{}, Plan{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.apply(ctx, set, p, catalog.PolicySet{})
}

// Rollback puts the files of an earlier version in force again, as a new
// version; 0 names the version before the newest.
func (d *Desk) Rollback(ctx context.Context, version int64, actor, reason string) (catalog.PolicySet, Plan, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.earlier(ctx, version)
	if err != nil {
		return catalog.PolicySet{}, Plan{}, err
	}
	set, err := load(old.Files)
	if err != nil {
		return catalog.PolicySet{}, Plan{}, fmt.Errorf("version %d can no longer be read: %w", old.Version, err)
	}
	return d.apply(ctx, set, Proposal{Files: old.Files, Actor: actor, Reason: reason}, old)
}

// earlier finds a version to go back to.
func (d *Desk) earlier(ctx context.Context, version int64) (catalog.PolicySet, error) {
	newest, err := d.newest(ctx)
	if err != nil {
		return newest, err
	}
	if version < 0 {
		return newest, fmt.Errorf("%w: versions count from 1", catalog.ErrInvalid)
	}
	if version == 0 {
		version = newest.Version - 1
	}
	if version < 1 || version >= newest.Version {
		return newest, noWayBack(version, newest.Version)
	}
	list, err := d.Store.PolicySets(ctx, version+1, 1)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("version %d: %w", version, catalog.ErrNotFound)
	}
	if err != nil {
		return catalog.PolicySet{}, err
	}
	return list[0], nil
}

// noWayBack says why there is no such earlier version.
func noWayBack(version, newest int64) error {
	const list = "weir rollback --list names the versions"
	switch {
	case newest == 0:
		return catalog.WithHint(fmt.Errorf("%w: nothing was applied yet that could be gone back to", catalog.ErrNotFound), "weir apply puts a first version in force")
	case version == newest:
		return catalog.WithHint(fmt.Errorf("%w: version %d is in force now", catalog.ErrNotFound, version), list)
	case version > newest:
		return catalog.WithHint(fmt.Errorf("%w: there is no version %d: the newest is %d", catalog.ErrNotFound, version, newest), list)
	}
	return catalog.WithHint(fmt.Errorf("%w: there is no version before %d", catalog.ErrNotFound, newest), list)
}

// apply is one turn at the desk: plan, compare, keep, put in force. A rollback
// has no hash: its files were looked at when they were applied. It takes effect at
// once, but for trials that would still go on.
func (d *Desk) apply(ctx context.Context, set *policies.Set, p Proposal, back catalog.PolicySet) (catalog.PolicySet, Plan, error) {
	if err := d.mayApply(p); err != nil {
		return catalog.PolicySet{}, Plan{}, err
	}
	now, err := d.plan(ctx, set)
	if err != nil {
		return catalog.PolicySet{}, now, err
	}
	if back.Version == 0 && p.Hash != now.Hash {
		return catalog.PolicySet{}, now, catalog.WithHint(
			fmt.Errorf("%w: plan %s is stale: the files, the policies in force or what they are about have changed since; the plan is now %s", catalog.ErrConflict, short(p.Hash), short(now.Hash)),
			"look at the new plan with weir plan, and apply that")
	}
	if err := refused(now.Warnings); err != nil {
		return catalog.PolicySet{}, now, err
	}
	switch {
	case back.Version > 0:
		if now.Trials, err = d.left(ctx, back); err != nil {
			return catalog.PolicySet{}, now, err
		}
	case p.NoTrial:
		now.Trials = nil
	}
	kept, err := d.Store.KeepPolicySet(ctx, catalog.PolicySet{
		At: d.Now().UTC(), Actor: p.Actor, Reason: p.Reason, Plan: now.Hash, RollbackTo: back.Version, Files: p.Files, Trials: now.Trials, NoTrial: p.NoTrial,
	}, now.Base)
	if err != nil {
		return kept, now, fmt.Errorf("keep policies: %w", err)
	}
	d.enact(set, kept.Trials)
	return kept, now, nil
}

// refused is what no set may have and only the graph shows: a cycle of triggers
// by way of two names of one asset.
func refused(said []policies.FileError) error {
	var errs []error
	for i := range said {
		if said[i].Code == "E110" {
			errs = append(errs, &said[i])
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &FilesError{errors.Join(errs...)}
}

func (d *Desk) mayApply(p Proposal) error {
	if d.Dir != "" {
		return catalog.WithHint(fmt.Errorf("%w: this server reads its policies from %s", catalog.ErrConflict, d.Dir), "change the files there, or start the server without --policies")
	}
	if p.NoTrial && strings.TrimSpace(p.Reason) == "" {
		return catalog.WithHint(fmt.Errorf("%w: without a trial, and without a reason", catalog.ErrInvalid), "say why the modes have to hold at once: --reason")
	}
	if len(p.Reason) > maxReason {
		return fmt.Errorf("%w: reason must be at most %d bytes", catalog.ErrInvalid, maxReason)
	}
	return nil
}

// Versions lists the sets that were put in force, newest first.
func (d *Desk) Versions(ctx context.Context, before int64, limit int) ([]catalog.PolicySet, error) {
	return d.Store.PolicySets(ctx, before, limit)
}

// Restore puts the newest kept set in force, at a start.
func (d *Desk) Restore(ctx context.Context) error {
	newest, err := d.newest(ctx)
	if err != nil || newest.Version == 0 {
		return err
	}
	set, err := load(newest.Files)
	if err != nil {
		return catalog.WithHint(fmt.Errorf("applied policies, version %d: %w", newest.Version, err), "this weir does not read them as the one did that they were applied to: start that one, or name a directory with --policies")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enact(set, newest.Trials)
	return nil
}

func (d *Desk) newest(ctx context.Context) (catalog.PolicySet, error) {
	list, err := d.Store.PolicySets(ctx, 0, 1)
	if err != nil || len(list) == 0 {
		return catalog.PolicySet{}, err
	}
	return list[0], nil
}

// load reads files that somebody sent.
func load(files []catalog.PolicyFile) (*policies.Set, error) {
	size := 0
	for _, f := range files {
		size += len(f.Path) + len(f.Text)
	}
	if len(files) > maxFiles || size > maxBytes {
		return nil, fmt.Errorf("%w: policies must be at most %d files and %d kB", catalog.ErrInvalid, maxFiles, maxBytes>>10)
	}
	set, err := policies.Load(files)
	if err != nil {
		return nil, &FilesError{err}
	}
	return set, nil
}

// FilesError is what is wrong with files that somebody sent: the caller's
// fault, each with file, line, column, code and hint.
type FilesError struct{ err error }

// Error lists the faults, one a line.
func (e *FilesError) Error() string { return e.err.Error() }

// Unwrap makes it a fault of the caller.
func (e *FilesError) Unwrap() []error { return []error{catalog.ErrInvalid, e.err} }

// Faults are the single faults.
func (e *FilesError) Faults() (out []*policies.FileError) {
	var walk func(error)
	walk = func(err error) {
		var f *policies.FileError
		if j, ok := err.(interface{ Unwrap() []error }); ok {
			for _, x := range j.Unwrap() {
				walk(x)
			}
		} else if errors.As(err, &f) {
			out = append(out, f)
		}
	}
	walk(e.err)
	return out
}

// short is as much of a hash as people compare.
func short(hash string) string {
	if hash = strings.TrimSpace(hash); len(hash) > 12 {
		return hash[:12]
	}
	if hash == "" {
		return "(none)"
	}
	return hash
}
