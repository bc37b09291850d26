package policies_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestASetOnTrial: each policy stands in it once, what one gives is on trial with
// it, and is the one that stands in the set; the first trial that ends is next.
func TestASetOnTrial(t *testing.T) {
	set, err := policies.ParseSet("p.yaml", []byte(pulls("mart", "{ max_lag: 1h }")+"---\n"+timely("other", "manual")))
	if err != nil {
		t.Fatal(err)
	}
	trial := func(policy string, hours int) catalog.PolicyTrial {
		return catalog.PolicyTrial{Policy: policy, From: catalog.ModeShadow, To: catalog.ModeAct, Until: wednesday.Add(time.Duration(hours) * time.Hour)}
	}
	out, next := set.OnTrial([]catalog.PolicyTrial{trial("mart", 1), trial("other", 2)}, wednesday)
	if !next.Equal(wednesday.Add(time.Hour)) {
		t.Errorf("the next trial ends at %s", next)
	}
	if len(out.Policies) != 3 || out.Policies[0].Gives != out.Policies[1] || out.Policies[2].Name != "other" {
		t.Fatalf("%+v", out.Policies)
	}
	for _, p := range out.Policies {
		if p.Mode != catalog.ModeShadow {
			t.Errorf("%s is %s", p.Name, p.Mode)
		}
	}
}
