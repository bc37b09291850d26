// Package notify tells people what is wrong.
//
// A Herald looks at what is: the newest evaluations and actions. It makes
// incidents of it, one for a policy and kind with all assets concerned, compares
// them with those that are open, and puts what is new into an outbox, in one
// transaction with the incidents. What was told is not told again, over restarts
// too; what is no longer so is told to whoever heard of it.
//
// A Courier empties the outbox: at least once, with one id over all attempts,
// later and later when a destination refuses, and at last set aside as dead,
// where it is seen.
//
// Nothing is told before decisions may be made: a replay of the journal tells
// nobody anything.
package notify
