package model_test

import (
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// TestRunCounts: a list that is cut has the number of all beside it.
func TestRunCounts(t *testing.T) {
	r := model.Run{R: catalog.Run{Inputs: []catalog.Name{catalog.DatasetName("a", "x"), catalog.DatasetName("a", "y")}, Outputs: make([]catalog.Name, 333)}}
	r.R.Reads = []catalog.Read{{Dataset: catalog.DatasetName("a", "x"), Partition: "1"}, {Dataset: catalog.DatasetName("a", "x"), Partition: "2"}}
	if n := r.ReadCount(); n != 3 {
		t.Errorf("%d reads, want each partition and the input without", n)
	}
	if n := r.OutputCount(); n != 333 {
		t.Errorf("%d outputs", n)
	}
}
