package policies_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TestForms: what has another form than its key takes is said in the words of the
// file, each where it stands, and none hides the others.
func TestForms(t *testing.T) {
	const head = "kind: Policy\nname: a\nselect: { asset: \"dataset:pg://wh/a\" }\n"
	for _, c := range []struct {
		yaml string
		says []string
	}{
		{head + "inputs: { \"dataset:pg://wh/b\": { trigger: yes } }", []string{`4:43: E101: trigger is "yes"`, "true or false"}},
		{head + "inputs: [ \"dataset:pg://wh/b\" ]", []string{"E101: inputs is a list", "a map: { KEY: ... }"}},
		{head + "limits: { fan_out: many }\nattempts: 2.5\nmodee: act", []string{`4:20: E101: fan_out is "many"`, "5:11: E101: attempts is 2.5", "a whole number", `6:1: E101: unknown field "modee"`, "did you mean mode?"}},
		{head + "ready: self_idle", []string{`E101: ready is "self_idle"`, "a map with the keys all, any, at_least, max_wait, not, of"}},
		{head + "owner: [ a, b ]\nsla: 99%", []string{"E101: owner is a list", "one word", `E101: sla is "99%"`, "objective, warn"}},
		{head + "defaults_for_upstreams: { want: { max_lag: 1h } }", []string{"E101: want is a map"}},
		{"kind: Polcy\nname: a\nslots: x", []string{`1:7: E106: unknown kind "Polcy"`, "Policy, Calendar or Pool"}},
		{"name: a\nslots: 1", []string{"1:1: E106: the document does not say its kind"}},
		{"just words", []string{`1:1: E101: the document is "just words"`}},
		{"kind: Pool\nname: a\nslots: two", []string{`E101: slots is "two"`}},
		{head + "want: { by: { cron: \"0 9 31 2 *\" } }", []string{"4:21: E120", "that day never comes"}},
		{head + "want: { by: { cron: \"0 9 * * *\", tz: CEST } }", []string{`4:38: E120: unknown zone "CEST"`}},
		{head + "ready: { all: [ { tick: { cron: \"0 6 30 2 *\" } } ] }", []string{"E120", "that day never comes"}},
	} {
		_, err := policies.ParseSet("p.yaml", []byte(c.yaml))
		said := ""
		for _, e := range flatten(err) {
			var f *policies.FileError
			if !errors.As(e, &f) {
				t.Fatalf("%T %v", e, e)
			}
			said += f.Error() + " " + f.Hint + "\n"
		}
		for _, want := range c.says {
			if !strings.Contains(said, want) {
				t.Errorf("%s\nno %q in\n%s", c.yaml, want, said)
			}
		}
		if strings.Contains(said, "Go struct") || strings.Contains(said, "select says nothing") {
			t.Errorf("%s\n%s", c.yaml, said)
		}
	}
}

// TestFaultsAreInOrder: by file, line and column, whoever finds them first, also
// those between documents.
func TestFaultsAreInOrder(t *testing.T) {
	const one = "kind: Policy\nname: a\nselect: { asset: \"dataset:pg://wh/a\" }\nlease_ttl: soon\nmode: acting\nwant: nothing\nquiet: x\nowner: o\n"
	const two = "kind: Policy\nname: b\nmode: act\nowner: o\nselect: { asset: \"dataset:pg://wh/b\" }\npool: none\n---\nkind: Policy\nname: c\nmode: act\nowner: o\nselect: { asset: \"dataset:pg://wh/b\" }\nquiet: x\n"
	_, err := policies.Load([]catalog.PolicyFile{{Path: "a.yaml", Text: one}, {Path: "b.yaml", Text: two}})
	var at []string
	for _, e := range flatten(err) {
		where, _, _ := strings.Cut(e.Error(), ": ")
		at = append(at, where)
	}
	if want := []string{"a.yaml:4:12", "a.yaml:5:7", "a.yaml:6:7", "a.yaml:7:8", "b.yaml:6:7", "b.yaml:13:8"}; !slices.Equal(at, want) {
		t.Errorf("%q, want %q", at, want)
	}
}

// TestAnUnreadableZoneSaysNothingElse: days of a zone that is none have no hours to
// count.
func TestAnUnreadableZoneSaysNothingElse(t *testing.T) {
	_, err := policies.ParseSet("p.yaml", []byte("kind: Policy\nname: a\nselect: { asset: \"dataset:pg://wh/a\" }\nwant: { partition: { within: 2h } }\npartition: { by: day }\ninputs: { \"dataset:pg://wh/h\": { map: rollup(day), tz: Mars/Base, require: { complete: { at_least: 23 } } } }"))
	if list := flatten(err); len(list) != 1 || !strings.Contains(list[0].Error(), `E120: unknown zone "Mars/Base"`) {
		t.Errorf("%v", err)
	}
}
