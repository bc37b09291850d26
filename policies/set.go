package policies

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Set is a checked, immutable set of policies.
type Set struct {
	Policies  []*Policy
	Pools     []*Pool
	Calendars []*Calendar
	// named has the policies by name, once the set is in force; nil before.
	named atomic.Pointer[map[string]*Policy]
}

// ByName finds a policy; nil when there is none of the name.
func (s *Set) ByName(name string) *Policy {
	if s == nil {
		return nil
	}
	if named := s.named.Load(); named != nil {
		return (*named)[name]
	}
	for _, p := range s.Policies {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Written counts the policies that somebody wrote.
func (s *Set) Written() (n int) {
	for _, p := range s.Policies {
		if !p.Given() {
			n++
		}
	}
	return n
}

// Pool finds a pool; nil when there is none of the name.
func (s *Set) Pool(name string) *Pool {
	for _, p := range s.Pools {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// add takes in what another set has.
func (s *Set) add(o *Set) {
	s.Policies = append(s.Policies, o.Policies...)
	s.Pools = append(s.Pools, o.Pools...)
	s.Calendars = append(s.Calendars, o.Calendars...)
	s.named.Store(nil)
}

// Live is the set in force; a reload replaces it whole. A bad reload leaves
// the last good one and is remembered.
type Live struct {
	set atomic.Pointer[Set]
	err atomic.Pointer[error]
}

// Get is the set in force, never nil.
func (l *Live) Get() *Set {
	if s := l.set.Load(); s != nil {
		return s
	}
	return &Set{}
}

// Put puts a set in force: from now on nobody changes it.
func (l *Live) Put(s *Set) {
	named := make(map[string]*Policy, len(s.Policies))
	for _, p := range slices.Backward(s.Policies) { // the first of a name counts
		named[p.Name] = p
	}
	s.named.Store(&named)
	l.set.Store(s)
	l.err.Store(nil)
}

// Fail remembers why the last reload was refused.
func (l *Live) Fail(err error) { l.err.Store(&err) }

// Err is why the last reload was refused, nil when it was not.
func (l *Live) Err() error {
	if e := l.err.Load(); e != nil {
		return *e
	}
	return nil
}

// Reload reads the directory and puts it in force, whole. A bad one leaves the
// last good set, and Err says why.
func (l *Live) Reload(dir string) error {
	set, err := LoadDir(dir)
	if err != nil {
		l.Fail(err)
		return err
	}
	l.Put(set)
	return nil
}

// check finds what is wrong between policies.
func (s *Set) check() []error {
	return slices.Concat(duplicateNames(s), equalCalendars(s), unknownCalendars(s), equalRanks(s), triggerCycles(s), checkPools(s), oversubscribed(s))
}

// equalRanks: two policies that would both act on one asset.
func equalRanks(set *Set) (errs []error) {
	seen := map[string]*Policy{}
	for _, p := range set.Policies {
		if !p.Acts() {
			continue
		}
		if o := seen[p.Select.String()]; o != nil {
			errs = append(errs, p.fault(at("select", "asset"), "E103", "let one act, or narrow a pattern", "policies %q and %q both act on %s", o.Name, p.Name, p.Select))
		}
		seen[p.Select.String()] = p
	}
	return errs
}

// triggerCycles: what is started by itself, in a circle of declared inputs.
// Reading oneself is no cycle: it never triggers.
func triggerCycles(set *Set) []error {
	next := map[string][]string{}
	of := map[string]*Policy{}
	for _, p := range set.Policies {
		to := p.Select.String()
		of[to] = p
		for _, in := range p.Inputs {
			if from := in.Selector.String(); in.pulls() && from != to {
				next[to] = append(next[to], from)
			}
		}
	}
	var errs []error
	done := map[string]bool{}
	for _, p := range set.Policies {
		if path := cycleFrom(p.Select.String(), next, nil, done); path != nil {
			errs = append(errs, of[path[0]].fault(at("inputs", path[1]), "E110", "make one of these inputs trigger: false", "trigger cycle: %s", strings.Join(path, " <- ")))
		}
	}
	return errs
}

func cycleFrom(at string, next map[string][]string, path []string, done map[string]bool) []string {
	if i := slices.Index(path, at); i >= 0 {
		return append(slices.Clone(path[i:]), at)
	}
	if done[at] {
		return nil
	}
	path = append(path, at)
	for _, n := range next[at] {
		if c := cycleFrom(n, next, path, done); c != nil {
			done[at] = true
			return c
		}
	}
	done[at] = true
	return nil
}

func duplicateNames(set *Set) (errs []error) {
	seen := map[string]*Policy{}
	for _, p := range set.Policies {
		if o := seen[p.Name]; o != nil {
			errs = append(errs, p.fault(at("name"), "E104", "give each policy a name of its own", "policy %q stands in %s:%d too", p.Name, o.File, o.Line))
		}
		seen[p.Name] = p
	}
	return errs
}
