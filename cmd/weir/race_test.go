//go:build race

package main

// memoryFactor is what the race detector makes of a bound on memory.
const memoryFactor = 8
