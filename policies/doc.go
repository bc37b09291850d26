// Package policies says what should be true and what to do about it.
//
// Decide is pure: a Snapshot of what is known, a Policy and a time give an
// Evaluation with its whole tree. The Evaluator gathers snapshots and records
// what changed, the Dispatcher carries intents to tools and closes them by what
// comes back, the Gate answers "may I run now?".
//
// Authority: the Ledger is the only record of what weir decided and did. An
// intent is committed before any call, the outcome after it. The rule is
// level-triggered: a consumer wants to run iff an input has a newer version
// than the one its last success pinned, so that no restart, replay, pause or
// clock jump can lose or invent a trigger. Wakes are hints.
package policies
