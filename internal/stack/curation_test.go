package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/stack"
)

// told is what an embedded stack exports that was told of one run and of
// statements.
func told(t *testing.T, facts ...catalog.OperatorFact) string {
	t.Helper()
	s, err := stack.Open(context.Background(), t.TempDir())
	must(t, err)
	defer s.Close()
	return tell(t, s, facts...)
}

// tell stamps the statements an hour apart.
func tell(t *testing.T, s *stack.Stack, facts ...catalog.OperatorFact) string {
	t.Helper()
	ctx := context.Background()
	must(t, s.Send(ctx, 10, []byte(`{"eventType":"COMPLETE","eventTime":"2026-03-01T00:00:00Z","producer":"test","run":{"runId":"r1"},"job":{"namespace":"p","name":"j"},
		"inputs":[{"namespace":"s3://lake","name":"raw"}],"outputs":[{"namespace":"hive://m:9083","name":"d.a","facets":{"ownership":{"owners":[{"name":"dev"}]}}}]}`)))
	for i, f := range facts {
		f.At, f.Actor = day0.Add(time.Duration(i+1)*time.Hour), "ann"
		body, err := json.Marshal(f)
		must(t, err)
		must(t, s.Project(ctx, 1, catalog.Entry{Position: catalog.Position(i + 2), Kind: catalog.EntryOperator, ReceivedAt: day0, Body: body}))
	}
	var b bytes.Buffer
	must(t, s.Export(ctx, &b))
	return b.String()
}

// undoOf takes back the statement that stands at a place of a list.
func undoOf(list []catalog.OperatorFact, i int) catalog.OperatorFact {
	f := list[i]
	f.At, f.Actor = day0.Add(time.Duration(i+1)*time.Hour), "ann"
	return catalog.Statement{ID: f.ID(), Fact: f}.Undo()
}

// TestTakenBack: merge, split, merge again is the merge; whatever was stated and
// taken back left nothing but the names it brought.
func TestTakenBack(t *testing.T) {
	raw, out := catalog.DatasetName("s3://lake", "raw"), catalog.DatasetName("hive://m:9083", "d.a")
	merge := catalog.OperatorFact{Verb: catalog.OperatorMerge, Names: []catalog.Name{out, raw}}
	split := catalog.OperatorFact{Verb: catalog.OperatorSplit, Names: []catalog.Name{out}, Rest: []catalog.Name{raw}}
	before := told(t)
	if a, b := told(t, merge), told(t, merge, split, merge); a != b || a == before {
		t.Errorf("merged, split and merged again:\n%s", lineDiff(a, b))
	}
	if got := told(t, merge, split); got != before {
		t.Errorf("merged and split:\n%s", lineDiff(before, got))
	}
	sheet := catalog.DatasetName("sheets", "plan")
	for _, f := range []catalog.OperatorFact{
		merge, split,
		{Verb: catalog.OperatorAlias, Names: []catalog.Name{out, sheet}, Preferred: true},
		{Verb: catalog.OperatorDeclare, Names: []catalog.Name{sheet}, Declaration: &catalog.Declaration{Inputs: []catalog.Name{out, catalog.JobName("p", "by hand")}}},
		{Verb: catalog.OperatorDisown, Names: []catalog.Name{out}, Owner: &catalog.Owner{Name: "dev"}},
		{Verb: catalog.OperatorTag, Names: []catalog.Name{raw}, Tag: &catalog.Tag{Key: "pii"}},
		{Verb: catalog.OperatorDescribe, Names: []catalog.Name{raw}, Description: &catalog.Description{Text: "x"}},
	} {
		list := []catalog.OperatorFact{f}
		list = append(list, undoOf(list, 0))
		if got := told(t, list...); got != before {
			t.Errorf("%s taken back:\n%s", f.Verb, lineDiff(before, got))
		}
		want := told(t, f)
		if f.Verb != catalog.OperatorSplit && want == before { // nothing to part
			t.Errorf("%s changes nothing", f.Verb)
		}
		list = append(list, undoOf(list, 1))
		if got := told(t, list...); got != want {
			t.Errorf("%s taken back and not:\n%s", f.Verb, lineDiff(want, got))
		}
	}
}

// everyVerb is a history in which each verb occurs, in the middle of it a
// declaration that is replaced.
func everyVerb() []catalog.OperatorFact {
	raw, out, sheet, byHand := catalog.DatasetName("s3://lake", "raw"), catalog.DatasetName("hive://m:9083", "d.a"), catalog.DatasetName("sheets", "plan"), catalog.JobName("p", "by hand")
	list := []catalog.OperatorFact{
		{Verb: catalog.OperatorDeclare, Names: []catalog.Name{sheet}, Declaration: &catalog.Declaration{URL: "https://x.example", Inputs: []catalog.Name{raw, byHand}}},
		{Verb: catalog.OperatorOwn, Names: []catalog.Name{out}, Owner: &catalog.Owner{Name: "ann", Type: "STEWARD"}},
		{Verb: catalog.OperatorDisown, Names: []catalog.Name{out}, Owner: &catalog.Owner{Name: "dev"}},
		{Verb: catalog.OperatorTag, Names: []catalog.Name{sheet}, Tag: &catalog.Tag{Key: "tier", Value: "gold"}},
		{Verb: catalog.OperatorUntag, Names: []catalog.Name{sheet}, Tag: &catalog.Tag{Key: "tier"}},
		{Verb: catalog.OperatorDescribe, Names: []catalog.Name{byHand}, Description: &catalog.Description{Text: "At month end."}},
		{Verb: catalog.OperatorDeclare, Names: []catalog.Name{sheet}, Declaration: &catalog.Declaration{Inputs: []catalog.Name{out}}},
		{Verb: catalog.OperatorAlias, Names: []catalog.Name{sheet, catalog.DatasetName("bi", "plan")}, Preferred: true},
		{Verb: catalog.OperatorMerge, Names: []catalog.Name{out, raw}},
		{Verb: catalog.OperatorSplit, Names: []catalog.Name{raw}, Rest: []catalog.Name{out}},
	}
	return append(list, undoOf(list, 4), catalog.OperatorFact{Verb: catalog.OperatorUndeclare, Names: []catalog.Name{sheet}})
}

// TestDeclaredInExport: a declared asset and its edges are in the export, closed
// once it is over.
func TestDeclaredInExport(t *testing.T) {
	sheet := catalog.DatasetName("sheets", "plan")
	declare := catalog.OperatorFact{Verb: catalog.OperatorDeclare, Names: []catalog.Name{sheet}, Declaration: &catalog.Declaration{Kind: catalog.KindOther, SubKind: "SHEET",
		Inputs: []catalog.Name{catalog.DatasetName("s3://lake", "raw"), catalog.JobName("p", "by hand")}}}
	got := told(t, declare)
	for _, want := range []string{
		`"declared":{"by":"ann","since":"2026-03-01T01:00:00Z"}`,
		`{"ordinal":0,"origin":"OPERATOR","record":"edge","source":{"name":"raw","namespace":"s3://lake","type":"DATASET"},"target":{"name":"plan","namespace":"sheets","type":"DATASET"},"type":"DERIVES","validFrom":"2026-03-01T01:00:00Z"}`,
		`{"ordinal":0,"origin":"OPERATOR","record":"edge","source":{"name":"by hand","namespace":"p","type":"JOB"},"target":{"name":"plan","namespace":"sheets","type":"DATASET"},"type":"WRITES","validFrom":"2026-03-01T01:00:00Z"}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if n := strings.Count(told(t, everyVerb()...), `"origin":"OPERATOR","record":"edge"`); n != 3 {
		t.Errorf("%d declared edges over the whole history, want 3", n)
	}
	got = told(t, declare, catalog.OperatorFact{Verb: catalog.OperatorUndeclare, Names: []catalog.Name{sheet}})
	if strings.Count(got, `"validTo":"2026-03-01T02:00:00Z"`) != 2 || !strings.Contains(got, `"removedAt":"2026-03-01T02:00:00Z"`) {
		t.Errorf("undeclared:\n%s", got)
	}
}
