package sqlite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weirhq/weir/catalog"
)

// A run that reads more parts than are kept means the dataset, whatever came
// first; what it said of the version is kept.
func TestReadsAreBounded(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	facts := []catalog.IOFact{{DataVersion: "7"}}
	for i := range maxReadParts + 1 {
		facts = append(facts, catalog.IOFact{Partition: fmt.Sprintf("n=%04d", i)})
	}
	read := func(list []catalog.IOFact) map[int64]inputBody {
		r := &runRec{}
		for _, f := range list {
			r.input(1, f, at)
		}
		return r.body.Inputs
	}
	want := map[int64]inputBody{1: {DataVersion: "7", DataVersionAt: at.UnixNano(), Whole: true}}
	if diff := cmp.Diff(want, read(facts)); diff != "" {
		t.Error(diff)
	}
	slices.Reverse(facts)
	if diff := cmp.Diff(want, read(append(facts, facts...))); diff != "" {
		t.Errorf("backwards and twice: %s", diff)
	}
	if got := read(facts[:maxReadParts])[1]; got.Whole || len(got.Partitions) != maxReadParts {
		t.Errorf("%d parts, whole %v", len(got.Partitions), got.Whole)
	}
}
