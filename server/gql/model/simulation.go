package model

import (
	"time"

	"github.com/weirhq/weir/policies/plan"
	"github.com/weirhq/weir/policies/virtual"
)

// PolicySimulation is the view of what a plan would have made of the last days.
type PolicySimulation struct{ S plan.Simulated }

// From is when the time that was lived through began.
func (s *PolicySimulation) From() time.Time { return s.S.From }

// To is when it ends.
func (s *PolicySimulation) To() time.Time { return s.S.To }

// Reached is how far it was lived through.
func (s *PolicySimulation) Reached() time.Time { return s.S.Reached }

// Complete: nothing is missing.
func (s *PolicySimulation) Complete() bool { return s.S.Cut == "" }

// Cut says what is missing.
func (s *PolicySimulation) Cut() *string { return opt(s.S.Cut) }

// Seed that runs were drawn by.
func (s *PolicySimulation) Seed() int { return int(s.S.Seed) }

// Same counts the policies that do the same.
func (s *PolicySimulation) Same() int { return s.S.Same }

// Policies that do otherwise.
func (s *PolicySimulation) Policies() []*SimulatedPolicy {
	return each(s.S.Policies, func(p virtual.PolicyContrast) *SimulatedPolicy { return &SimulatedPolicy{p} })
}

// SimulatedPolicy is the view of one policy by both sets.
type SimulatedPolicy struct{ C virtual.PolicyContrast }

// Policy is its name.
func (p *SimulatedPolicy) Policy() string { return p.C.Policy }

// Owner of it.
func (p *SimulatedPolicy) Owner() *string { return opt(p.C.Owner) }

// Before is by the policies in force.
func (p *SimulatedPolicy) Before() *SimulatedTally { return tallyOf(p.C.Before) }

// After is by the proposed ones.
func (p *SimulatedPolicy) After() *SimulatedTally { return tallyOf(p.C.After) }

// Note says what the numbers are not.
func (p *SimulatedPolicy) Note() *string { return opt(p.C.Note) }

func tallyOf(t *virtual.Tally) *SimulatedTally {
	if t == nil {
		return nil
	}
	return &SimulatedTally{*t}
}

// SimulatedTally is the view of how a policy did.
type SimulatedTally struct{ virtual.Tally }

// Failed of the runs.
func (t *SimulatedTally) Failed() int { return t.Tally.Failed }

// Stale runs.
func (t *SimulatedTally) Stale() int { return t.StaleRuns }
