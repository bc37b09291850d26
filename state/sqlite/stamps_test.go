package sqlite

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// TestStampsAgainstMaps: names with few and with many facets keep the last stamp
// of each, and write them all.
func TestStampsAgainstMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s stampStore
		rows := []*nameRow{{number: 1}, {number: 2}}
		want := []map[string]int64{{}, {}}
		for i := range rapid.IntRange(0, 150).Draw(t, "n") {
			n := rapid.IntRange(0, 1).Draw(t, "name")
			key := fmt.Sprint("facet", rapid.IntRange(0, 3*nearStamps).Draw(t, "key"))
			if old := s.of(rows[n], key); (old != nil) != (want[n][key] != 0) || old != nil && old.at != want[n][key] {
				t.Fatalf("%s of %d is stamped %+v, want %d", key, n, old, want[n][key])
			}
			s.put(rows[n], key, int64(i+1), [2]uint64{uint64(i)})
			want[n][key] = int64(i + 1)
		}
		for n, r := range rows {
			var got stampBody
			if err := json.Unmarshal(s.body(r), &got); err != nil || !maps.Equal(got.At, want[n]) {
				t.Fatalf("%v, %v; want %v", got.At, err, want[n])
			}
		}
	})
}

// BenchmarkStampsOfOneName is a name with a hundred thousand facets, as somebody
// may send it.
func BenchmarkStampsOfOneName(b *testing.B) {
	for b.Loop() {
		var s stampStore
		r := &nameRow{number: 1}
		for i := range 100_000 {
			s.put(r, fmt.Sprint(i), 1, [2]uint64{})
		}
	}
}
