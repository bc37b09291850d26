package policies_test

import (
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestCase38: a cycle of declared triggers is no set, so that there is nothing to
// apply; its path is said. With one trigger less there is.
func TestCase38(t *testing.T) {
	file := func(name, input, trigger string) catalog.PolicyFile {
		return catalog.PolicyFile{Path: name + ".yaml", Text: timely(name, "manual", `inputs: { "dataset:pg://wh/`+input+`": { trigger: `+trigger+` } }`)}
	}
	_, err := policies.Load([]catalog.PolicyFile{file("a", "b", "true"), file("b", "a", "true")})
	if err == nil || !strings.Contains(err.Error(), "E110: trigger cycle: dataset:pg://wh/a <- dataset:pg://wh/b <- dataset:pg://wh/a") {
		t.Errorf("a cycle of triggers: %v", err)
	}
	if _, err := policies.Load([]catalog.PolicyFile{file("a", "b", "true"), file("b", "a", "false")}); err != nil {
		t.Errorf("without the cycle: %v", err)
	}
}
