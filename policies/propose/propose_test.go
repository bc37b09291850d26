package propose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/propose"
)

func contract(sla ...string) []byte {
	return []byte("apiVersion: v3.0.2\nkind: DataContract\nname: c\nservers: [{ type: snowflake, account: acme, database: D, schema: S }]\nschema: [{ name: t }]\nslaProperties:\n  - " + strings.Join(sla, "\n  - ") + "\n")
}

// wanted is the want that service levels give, or what is said instead.
func wanted(t *testing.T, sla ...string) string {
	t.Helper()
	hints, notes, err := propose.Contract("c.yaml", contract(sla...), propose.Place{})
	if err != nil {
		t.Fatal(err)
	}
	r := propose.Of(hints, &policies.Set{})
	switch notes = append(notes, r.Notes...); {
	case len(notes) > 0:
		return "not: " + notes[0].Says
	case len(r.Proposals) != 1 || r.Proposals[0].Asset != "dataset:snowflake://acme/D.S.t":
		t.Fatalf("%+v", r)
	}
	list, err := policies.Parse("p.yaml", []byte(r.Proposals[0].YAML))
	if err != nil {
		t.Fatal(err)
	}
	w := list[0].Want
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", w.Kind, w.Within, w.Cron, w.Covers))
}

func TestServiceLevels(t *testing.T) {
	for name, c := range map[string]struct {
		sla  []string
		want string
	}{
		"latency":              {[]string{"{ property: latency, value: 90, unit: min }"}, "max_lag 1h30m0s  0s"},
		"latency in words":     {[]string{"{ property: Latency, value: \"2\", unit: Days }"}, "max_lag 48h0m0s  0s"},
		"frequency":            {[]string{"{ property: frequency, value: 1, unit: d }"}, "max_age 24h0m0s  0s"},
		"both":                 {[]string{"{ property: frequency, value: 1, unit: d }", "{ property: latency, value: 2, unit: h }"}, "max_lag 2h0m0s  0s"},
		"time of day":          {[]string{"{ property: timeOfAvailability, value: \"09:30+05:30\" }"}, "by 0s 0 4 * * * 24h0m0s"},
		"time before midnight": {[]string{"{ property: timeOfAvailability, value: \"01:00+02:00\" }", "{ property: latency, value: 3, unit: h }"}, "by 0s 0 23 * * * 3h0m0s"},
		"months or minutes":    {[]string{"{ property: latency, value: 3, unit: m }"}, "not: latency 3 m: no duration that weir reads"},
		"negative":             {[]string{"{ property: latency, value: -3, unit: h }"}, "not: latency -3 h: no duration that weir reads"},
		"no clock":             {[]string{"{ property: timeOfAvailability, value: \"25:00\" }"}, "not: timeOfAvailability 25:00: no time of day that weir reads (09:00-08:00)"},
		"another property":     {[]string{"{ property: retention, value: 3, unit: y }"}, "not: retention 3 y: has no place in a policy"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wanted(t, c.sla...); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Whatever a contract says, no line of it leaves its comment or value, and what
// is proposed is a policy.
func FuzzContract(f *testing.F) {
	f.Add(string(contract("{ property: latency, value: 4, unit: h }")))
	f.Add("kind: DataContract\napiVersion: v3.1.0\nschema: [{name: \"a\\nmode: act\"}]\nslaProperties: [{property: latency, value: 1, unit: h}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		hints, _, err := propose.Contract("c.yaml", []byte(text), propose.Place{Namespace: "pg://wh"})
		if err != nil {
			return
		}
		for _, p := range propose.Of(hints, &policies.Set{}).Proposals {
			list, err := policies.Parse("p.yaml", []byte(p.YAML))
			if err != nil || len(list) != 1 || list[0].Acts() {
				t.Errorf("%v: %s", err, p.YAML)
			}
		}
	})
}
