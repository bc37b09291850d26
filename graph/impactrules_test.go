package graph_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weirhq/weir/graph"
)

var update = flag.Bool("update", false, "write the table of docs/impact.md")

const (
	page    = "../docs/impact.md"
	tableAt = "<!-- rules: written by go test ./graph -update -->\n"
	tableTo = "<!-- end of rules -->"
)

// TestRulesPage: the page shows exactly the rules that judge.
func TestRulesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("| change | what is affected | severity | because |\n|---|---|---|---|\n")
	for _, r := range graph.SeverityRules() {
		var kinds []string
		for _, k := range r.Kinds {
			kinds = append(kinds, "`"+string(k)+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(kinds, ", "), r.Use, r.Severity, r.Why)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableAt)
	shown, after, ended := strings.Cut(rest, tableTo)
	if !ok || !ended {
		t.Fatalf("%s has no place for the rules", page)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+tableAt+b.String()+tableTo+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != b.String() {
		t.Errorf("%s shows\n%s\nthe rules are\n%s", page, shown, &b)
	}
}

// TestEachKindHasRules: for every kind of change one rule a use, and none says
// SAFE of what is not known.
func TestEachKindHasRules(t *testing.T) {
	seen := map[string]bool{}
	kinds := map[graph.ChangeKind]int{}
	for _, r := range graph.SeverityRules() {
		for _, k := range r.Kinds {
			kinds[k]++
			key := string(k) + string(r.Use)
			if seen[key] || r.Why == "" || r.Severity == "" {
				t.Errorf("%s, %q: a second rule, or one without severity or reason", k, r.Use)
			}
			seen[key] = true
		}
		if (r.Use == graph.UseOpaque || r.Use == graph.UseCut || r.Use == graph.UseUnnamed || r.Use == graph.UseUnclear) && r.Severity != graph.Uncertain {
			t.Errorf("%q is %s", r.Use, r.Severity)
		}
	}
	if len(kinds) != 8 {
		t.Errorf("rules for %d kinds of change", len(kinds))
	}
}
