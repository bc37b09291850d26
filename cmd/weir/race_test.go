//go:build race

package main

// raceFactor is what the race detector makes of memory and time: bounds grow
// by it, repetitions shrink.
const raceFactor = 8
