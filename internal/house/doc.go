// Package house keeps the rules of the house as tests: who may import whom and
// why, what every package and file must say, what the Dockerfile and the README
// promise. It has no code of its own that weir runs.
package house
