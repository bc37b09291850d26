// Package plan says what would change before policies are put in force, and
// puts them in force when what was looked at still holds.
//
// A plan compares a proposed set with the one in force: the documents, which
// assets each policy is about, which inputs hold or trigger it, what would be
// started, what it would decide now, and what the next 14 days bring. Its hash
// is made of the content alone: the same documents over the same graph give the
// same hash at any time, and anything that changes an effect changes it.
package plan
