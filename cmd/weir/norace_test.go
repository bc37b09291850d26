//go:build !race

package main

// raceFactor: bounds are meant as they stand.
const raceFactor = 1
