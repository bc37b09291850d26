// Package dbt runs the real dbt on two states of a small project and asks weir
// what the second breaks of the first. Its tests need the build tag e2e.
package dbt
