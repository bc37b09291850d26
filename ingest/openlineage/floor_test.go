//go:build !race

// The race detector slows one of the two more than the other.

package openlineage

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// floor is how many times faster than encoding/json into any Decode must be.
const floor = 3

// TestDecodeFloor measures both in turn, round by round, so that whatever else
// the machine does slows both; the best round of each counts.
func TestDecodeFloor(t *testing.T) {
	for _, size := range []int{4_000, 200_000} {
		body := eventOf(size)
		weir := func() error { _, err := Decode(body); return err }
		yardstick := func() error { var v any; return json.Unmarshal(body, &v) }
		t.Run(fmt.Sprintf("%dkB", size/1000), func(t *testing.T) {
			var ours, theirs []time.Duration
			for range 7 {
				ours = append(ours, timed(t, 800_000/size, weir))
				theirs = append(theirs, timed(t, 800_000/size, yardstick))
			}
			ratio := float64(slices.Min(theirs)) / float64(slices.Min(ours))
			t.Logf("%.1f times encoding/json into any", ratio)
			if ratio < floor {
				t.Errorf("%.1f times encoding/json into any, want %d", ratio, floor)
			}
		})
	}
}

func timed(t *testing.T, n int, do func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for range n {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}
