// Package declared reads files of declared assets (sheets, dashboards, models,
// external feeds) for what no tool reports, and says which statements bring the
// catalogue in step with them.
//
// A file is no second source of truth: what it says and was not stated yet is
// stated, what it said and says no longer is taken back, both as entries of the
// journal like those of a person. So a rebuild needs no file, and reading a file
// again that did not change states nothing.
package declared
