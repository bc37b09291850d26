// Package policiestest holds what tests of policies need: the world in memory of
// package virtual under short names, and the suite that every Ledger passes.
package policiestest

import "github.com/weirhq/weir/policies/virtual"

// What answers in tests in the place of stores and tools.
type (
	World     = virtual.World
	Ledger    = virtual.Ledger
	Tool      = virtual.Tool
	ToolFault = virtual.ToolFault
)

// NewWorld returns an empty world.
func NewWorld() *World { return virtual.NewWorld() }

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return virtual.NewLedger() }

// NewTool returns a tool that works.
func NewTool(name, namespace string) *Tool { return virtual.NewTool(name, namespace) }
