//go:build !race

package main

// memoryFactor: a bound on memory is meant as it stands.
const memoryFactor = 1
