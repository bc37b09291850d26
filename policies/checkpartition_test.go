package policies_test

import (
	"errors"
	"testing"

	"github.com/weirhq/weir/policies"
)

// What cannot be mapped is refused where it stands.
func TestPartitionErrors(t *testing.T) {
	const want = "want: { partition: { within: 2h } }\n"
	in := func(s string) string { return "inputs: { \"dataset:pg://wh/h\": " + s + " }\n" }
	for text, code := range map[string]string{
		want + in("{ map: rollup(day) }"):                                                                                "",
		want + in("{ map: { rollup: month, of: hour } }"):                                                                "",
		want + "partition: { by: day }\n" + in("{ map: window(-6..0) }"):                                                 "",
		want + in("{ map: { table: { eu: [ de, 7 ] } } }"):                                                               "",
		want + in("{ map: { fixed: [ a, 7 ] }, require: exists }"):                                                       "",
		want + "partition: { by: day, tz: UTC }\n" + in("{ map: rollup(day), require: { complete: { at_least: 24 } } }"): "",
		want + in("{ map: window(-6..0) }"):                                                                              "E112",
		want + in("{ map: window(0..-6) }"):                                                                              "E112",
		want + in("{ map: rollup(hour) }"):                                                                               "E112",
		want + in("{ map: { rollup: day, of: week } }"):                                                                  "E112",
		want + in("{ map: shuffle }"):                                                                                    "E112",
		want + in("{ map: { table: { eu: de } } }"):                                                                      "E112",
		want + in("{ trigger: true }"):                                                                                   "E112",
		want + in("{ require: complete }"):                                                                               "E112",
		want + "partition: { by: day }\n" + in("{ map: { table: { eu: [ de ] } } }"):                                     "E112",
		in("{ map: identity }"):                                                                                          "E112",
		"partition: { by: day }\n":                                                                                       "E112",
		"backfill: { order: newest }\n":                                                                                  "E112",
		want + "partition: { by: fortnight }\n":                                                                          "E106",
		want + "partition: { by: day, keys: [ a ] }\n":                                                                   "E106",
		want + "backfill: { order: random }\n":                                                                           "E106",
		want + "backfill: { parallel: 1000 }\n":                                                                          "E106",
		want + "backfill: { max_partitions: 5000 }\n":                                                                    "E106",
		want + "backfill: { approve_above: 0 }\n":                                                                        "E106",
		want + "partition: { by: day, tz: Mars/Olympus }\n":                                                              "E120",
		want + in("{ map: rollup(day), tz: Mars/Olympus }"):                                                              "E120",
		want + in("{ map: rollup(day), require: { complete: { at_least: 0 } } }"):                                        "E106",
		want + "partition: { tz: Europe/Berlin }\n" + in("{ map: rollup(day), require: { complete: { at_least: 24 } } }"): "E113",
		"want: { partition: { within: 2h, late: 1d } }\n":                                                                 "E101",
		"want: { partition: 2h }\n": "E106",
	} {
		_, err := policies.Parse("p.yaml", []byte(head+text))
		var e *policies.FileError
		if code == "" && err != nil || code != "" && (!errors.As(err, &e) || e.Code != code || e.Line < 4) {
			t.Errorf("%s: %v, want %q", text, err, code)
		}
	}
}
