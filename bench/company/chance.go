package main

import (
	"fmt"
	"hash/fnv"
)

// draw hashes what it is asked for to a number in [0, 1).
func draw(seed uint64, what ...any) float64 {
	h := fnv.New64a()
	fmt.Fprint(h, seed)
	for _, w := range what {
		fmt.Fprint(h, "/", w)
	}
	x := h.Sum64()
	x ^= x >> 33 // FNV's high bits move little over short texts
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
