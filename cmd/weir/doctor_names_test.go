package main

import (
	"strings"
	"testing"
)

func TestNamesSaid(t *testing.T) {
	var a namesAnswer
	a.Conflicts.TotalCount, a.Suggestions.TotalCount = 3, 1
	a.Conflicts.Nodes = append(a.Conflicts.Nodes, struct {
		Name      nameOf
		Claimants []nameOf
	}{nameOf{"glue", "t"}, []nameOf{{"s3://a", "x"}, {"s3://b", "x"}}})
	a.Suggestions.Nodes = append(a.Suggestions.Nodes, struct {
		Reason string
		Type   string
		Names  []nameOf
		Total  int
	}{"HOST", "DATASET", []nameOf{{"kafka://a", "t"}, {"kafka://b", "t"}}, 12})
	var said []string
	for _, f := range append(a.conflicts(), a.suggestions()...) {
		said = append(said, f.state+" "+f.says)
		if f.fix == "" {
			t.Errorf("%s: nothing to do", f.says)
		}
	}
	want := []string{
		"warn dataset:glue/t is claimed by dataset:s3://a/x, dataset:s3://b/x: none of them is merged with it",
		"ok 2 more conflicts",
		"ok probably the same: dataset:kafka://a/t, dataset:kafka://b/t (the names differ by port or form of the host alone), and 10 more",
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(said, "\n"))
	}
}
