// Package policies says what should be true and what to do about it: Policy,
// Decide, Evaluator, Dispatcher and Gate.
package policies
