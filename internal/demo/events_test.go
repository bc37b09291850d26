package demo

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
	"github.com/weirhq/weir/policies"
)

// TestPast: all that the shop sends is plain OpenLineage, without a flag, and
// the same every time.
func TestPast(t *testing.T) {
	nightly := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
	c := newCompany()
	events := c.past(nightly, 2)
	if again := newCompany().past(nightly, 2); !slices.EqualFunc(events, again, slices.Equal) {
		t.Error("the past differs from one telling to the next")
	}
	for _, body := range events {
		e, err := openlineage.Decode(body)
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		facts, ok := ingest.Interpret(e)
		if !ok || len(facts.Flags) > 0 {
			t.Errorf("flags %v in %s", facts.Flags, body)
		}
		if !e.EventTime.Before(nightly.Add(2 * time.Hour)) {
			t.Errorf("an event of %s is later than the story begins", e.EventTime)
		}
	}
}

// TestReferences: everything that jobs and columns name exists.
func TestReferences(t *testing.T) {
	c := newCompany()
	for name, j := range c.jobs {
		for _, d := range slices.Concat(j.in, j.out) {
			if _, ok := c.data[d]; !ok {
				t.Errorf("job %s names %q, which is no dataset", name, d)
			}
		}
	}
	for name, d := range c.data {
		l, err := json.Marshal(c.columnLineage(d))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains([]string{"", "null"}, string(l)) || d.name == "" {
			t.Errorf("dataset %s: lineage %s", name, l)
		}
		for _, col := range d.columns {
			for _, f := range col.from {
				if !c.hasColumn(f) {
					t.Errorf("column %s.%s comes from %q, which does not exist", name, col.name, f)
				}
			}
		}
	}
	for _, s := range c.order {
		if _, ok := c.jobs[s.job]; !ok {
			t.Errorf("step %q is no job", s.job)
		}
	}
}

func (c *company) hasColumn(ref string) bool {
	for name, d := range c.data {
		for _, col := range d.columns {
			if name+"."+col.name == ref {
				return true
			}
		}
	}
	return false
}

// TestFiles: weir takes the policies as they are.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	if err := writePolicies(dir); err != nil {
		t.Fatal(err)
	}
	set, err := policies.LoadDir(dir)
	if err != nil || len(set.Policies) != len(policyFiles) {
		t.Fatalf("%d policies, %v", len(set.Policies), err)
	}
}
