//go:build !linux

package main

// hardware is not asked for elsewhere: the table says so.
func hardware() (processor string, memoryGB int) { return "", 0 }
