// Package attention says what is wrong now, once for each root cause: which
// asset, job, connector or switch keeps which assets late, at risk or waiting,
// since when, and whom to ask. It is pure; readers gather what it looks at.
package attention
