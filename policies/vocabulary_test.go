package policies_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/policies"
)

// TestVocabularyPage: every example of the page loads, and every word that the
// loader knows has one.
func TestVocabularyPage(t *testing.T) {
	b, err := os.ReadFile("../docs/vocabulary.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, e := range examples(t, page, "## Selectors") {
		loads(t, "kind: Policy\nname: p\nselect: "+e+"\n")
		loads(t, "kind: Calendar\nname: c\napplies: "+e+"\n")
	}
	for _, row := range calendarRow.FindAllStringSubmatch(page, -1) {
		if row[2] == "calendar" {
			loads(t, "kind: Calendar\nname: c\n"+row[1]+": "+row[3]+"\n")
		} else {
			loads(t, head+row[1]+": "+row[3]+"\n")
		}
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1) {
		loads(t, block[1])
	}
	wants := examples(t, page, "## Wants")
	for _, e := range wants {
		if strings.Contains(e, "dataset:") {
			e += "\ninputs: { \"dataset:pg://wh/orders\": {} }"
		}
		loads(t, head+"want: "+e+"\n")
	}
	conditions := examples(t, page, "## Conditions")
	for _, e := range conditions {
		loads(t, head+"inputs: { \"dataset:pg://wh/orders\": { require: none } }\nready: { all: [ "+e+" ] }\n")
	}
	for _, word := range policies.ConditionWords() {
		if _, ok := conditions[word]; !ok {
			t.Errorf("the page has no example of the condition %s", word)
		}
	}
}

// calendarRow is a row about a key of a calendar, or of a policy.
var calendarRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (calendar|policy) \\| .* \\| `(.*)` \\|$")

// examples are the words of a section's table, each with its example.
func examples(t *testing.T, page, section string) map[string]string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n"+section+"\n")
	if !ok {
		t.Fatalf("no section %q", section)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	out := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| .* \\| `(.*)` \\|$").FindAllStringSubmatch(rest, -1) {
		if !slices.Contains(regexp.MustCompile(`[a-z_]+`).FindAllString(row[2], -1), row[1]) {
			t.Errorf("the example of %s does not use it: %s", row[1], row[2])
		}
		out[row[1]] = row[2]
	}
	if len(out) == 0 {
		t.Fatalf("no examples in %q", section)
	}
	return out
}

func loads(t *testing.T, yaml string) {
	t.Helper()
	if _, err := policies.ParseSet("example.yaml", []byte(yaml)); err != nil {
		t.Errorf("%v in\n%s", err, yaml)
	}
}
