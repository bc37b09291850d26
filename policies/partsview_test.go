package policies_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestPartitionStates: made, made of what came again since, failed last, overdue,
// not due yet, and too old to be wanted.
func TestPartitionStates(t *testing.T) {
	inRig(t, rolled("UTC", "{ within: 20h, lateness: 4d }", "complete", ""), func(r *rig) {
		r.goTo(jan(14).Add(time.Minute))
		r.hours(jan(10), jan(13))
		r.after(time.Minute)
		r.written("daily", "2000-01-09", time.Now()) // too old to be made, and made all the same
		r.written("daily", "2000-01-10", time.Now())
		r.written("daily", "2000-01-11", time.Now())
		r.after(time.Minute)
		r.hours(jan(10), jan(10).Add(time.Hour))
		r.w.Version(catalog.Version{Dataset: ds("daily"), Run: catalog.RunKey{Job: job("roll"), RunID: "bad"}, Attempt: 1, Partition: "2000-01-11", ProducedAt: time.Now(), RunStartedAt: time.Now(), Tainted: true})
		r.settle()
		got := map[string]string{}
		for _, e := range r.eval.Evaluations() {
			for _, p := range policies.PartitionsOf(e) {
				got[p.Key] = fmt.Sprintf("%s %d %s", p.State, len(p.Last), p.Says)
			}
		}
		for key, want := range map[string]string{
			"2000-01-10": "COMPLETE 1 2000-01-10 was made at 2000-01-14 00:02:00Z; 1 partitions of dataset:pg://wh/hourly were written since",
			"2000-01-11": "TAINTED 2 the run that wrote 2000-01-11 at 2000-01-14 00:03:00Z failed",
			"2000-01-12": "LATE 0 2000-01-12 was not made yet; due at 2000-01-13 20:00:00Z",
			"2000-01-13": "MISSING 0 2000-01-13 was not made yet; due at 2000-01-14 20:00:00Z",
		} {
			if got[key] != want {
				t.Errorf("%s is %q, want %q", key, got[key], want)
			}
		}
	})
}

// TestObservedPartitions: what versions alone tell, in the one form of keys.
func TestObservedPartitions(t *testing.T) {
	noon := jan(10)
	list := []catalog.Version{
		{Partition: "dt=2000-01-02", ProducedAt: noon.Add(3 * time.Hour), Tainted: true},
		{Partition: "2000-01-01", ProducedAt: noon.Add(2 * time.Hour)},
		{ProducedAt: noon.Add(time.Hour)}, // the whole
		{Partition: "2000/01/01", ProducedAt: noon},
	}
	var got []string
	for _, p := range policies.ObservedPartitions(list) {
		got = append(got, fmt.Sprintf("%s %s %d", p.Key, p.State, len(p.Last)))
	}
	if fmt.Sprint(got) != "[2000-01-02 TAINTED 1 2000-01-01 COMPLETE 2]" {
		t.Errorf("%v", got)
	}
}
