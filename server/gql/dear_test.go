package gql_test

import (
	"strings"
	"testing"
)

// wholeImpact asks for every field of an impact.
const wholeImpact = `impact(changes: [{ dataset: { namespace: "postgres://wh:5432", name: "shop.raw.orders" }, kind: DROP_DATASET }]ARGS) {
  complete cut deniedByRole asOf position
  counts { severity count } owners { name } policies { id name } nextRuns { id kind state targetName { namespace name } }
  affected { fields severity confidence unlitBy used lastUsedAt reason change distance
    asset { id name { namespace name } }
    columns { name severity reason path { id field distance } }
    effects { change severity reason }
    deadlines { change policy owner met deadline expectedAt delayedTo lateBy says }
    path { id field distance asset { id name { namespace name } } } } }`

// TestWholeImpact: an impact with all its fields fits with the node budget that it
// has unless one is named.
func TestWholeImpact(t *testing.T) {
	w := newWorld(t)
	for _, args := range []string{"", ", maxNodes: 2000"} {
		if a := w.ask(t, "{ "+strings.Replace(wholeImpact, "ARGS", args, 1)+" }", nil); a.code() != "" {
			t.Errorf("impact%s: %s", args, a.body)
		}
	}
}

// TestTooDearSaysWhatFits: a refusal names the field, its size and one that does;
// the one it names does, and the next one does not.
func TestTooDearSaysWhatFits(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{
		`{ lineage(roots: ["x"], direction: BOTH, maxNodes: 2000) { nodes { id asset { id owners { name } tags { key } } asset2: asset { policies { id } names { name } owners { name } } } edges { source } } }`:                                         "lineage alone may return ",
		`{ assets(first: 200) { nodes { ... on Dataset { fields(first: 200) { nodes { name } } } } } }`:                                                                                                                                                   "assets alone may return ",
		`{ a: system { version } ` + strings.Replace(strings.Replace(wholeImpact, "ARGS", ", maxNodes: 2000", 1), "asset { id", "asset { id names { name } owners { name }", 1) + ` assets(first: 200) { nodes { id names { name } owners { name } } } }`: "impact alone may return ",
	} {
		got := string(w.ask(t, query, nil).body)
		_, size, found := strings.Cut(got, "; ask for ")
		size, _, ends := strings.Cut(size, ", or for fewer fields")
		if !strings.Contains(got, want) || !strings.Contains(got, "LIMITED") || !found || !ends {
			t.Errorf("%s\nsays %s", query, got)
			continue
		}
		name, fits, _ := strings.Cut(size, ": ")
		from := name + ": 2000"
		if name == "first" {
			from = name + ": 200)"
			fits += ")"
		}
		if again := w.ask(t, strings.Replace(query, from, name+": "+fits, 1), nil); again.code() == "LIMITED" {
			t.Errorf("%s\nwith %s: %s", query, size, again.body)
		}
	}
}
