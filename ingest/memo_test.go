package ingest

import (
	"reflect"
	"testing"
	"time"

	"github.com/weirhq/weir/ingest/openlineage"
)

// TestMemoChangesNoAnswer: what is remembered of equal facets is what reading
// them again would say, flags included.
func TestMemoChangesNoAnswer(t *testing.T) {
	facets := openlineage.Facets{
		"schema":        []byte(`{"fields":[{"name":"id","type":"int"}]}`),
		"documentation": []byte(`{"description":"orders"}`),
		"ownership":     []byte(`{"owners":"nobody"}`), // of another shape: flagged
	}
	e := openlineage.Event{Kind: openlineage.KindRun, EventTime: time.Unix(1, 0), Run: &openlineage.Run{RunID: "r"}, Job: &openlineage.Job{Namespace: "n", Name: "j"},
		Outputs: []openlineage.Dataset{{Namespace: "n", Name: "a", Facets: facets}, {Namespace: "n", Name: "b", Facets: facets}}}
	want, _ := Interpret(e)
	m := newMemo()
	for range 3 {
		if got, _ := interpret(e, reading{memo: m}); !reflect.DeepEqual(got, want) {
			t.Fatalf("with memo:\n%+v\nwithout:\n%+v", got, want)
		}
	}
	if len(want.Flags) == 0 || len(m.values) != 2 {
		t.Errorf("%d flags, %d remembered: want the odd facet flagged and two kept", len(want.Flags), len(m.values))
	}
}
