package catalog

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDurations: quantiles are those of the values to within 1 %, also merged
// and stored.
func TestDurations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(int64(time.Millisecond), int64(48*time.Hour)), 1, 50).Draw(t, "durations")
		parts := []Durations{{}, {}}
		for i, v := range values {
			parts[i%2].Add(time.Duration(v))
		}
		day := RunDay{Took: parts[0]}
		day.Add(RunDay{Took: parts[1], Runs: len(values)})
		raw, err := json.Marshal(day)
		var got RunDay
		if err != nil || json.Unmarshal(raw, &got) != nil {
			t.Fatal(err)
		}
		slices.Sort(values)
		for _, share := range []float64{0, 0.5, 0.95, 1} {
			want := float64(values[int(share*float64(len(values)-1)+0.5)])
			if q := float64(got.Took.Quantile(share)); math.Abs(q-want) > 0.0101*want {
				t.Errorf("quantile %v is %v, want %v", share, time.Duration(q), time.Duration(want))
			}
		}
		if s := got.Took.Sample(200); len(s) != len(values) || s[0] != time.Duration(values[0]) || s[len(s)-1] != time.Duration(values[len(values)-1]) {
			t.Errorf("sample %v of %v", s, values)
		}
	})
}

func TestDurationsOfNothing(t *testing.T) {
	var s Durations
	if s.Quantile(0.5) != 0 || len(s.Sample(5)) != 0 {
		t.Error("nothing took some time")
	}
}
