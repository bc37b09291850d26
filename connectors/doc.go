// Package connectors is how weir asks a tool to act and how it learns what
// became of it: one small mandatory interface, optional abilities found by
// type assertion, and errors that say whether the tool may have acted.
//
// A trigger has four endings: started, already started (the same key was sent
// before, which is success), not started, and unknown. A connector never
// retries a start by itself and never guesses; the engine decides, with Find.
// Each tool lives in a folder of its own; connectortest holds the suite that
// all pass and fakes that speak the real wire formats.
package connectors
