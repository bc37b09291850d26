package openlineage

import (
	"strings"
	"testing"
)

// FuzzScan: the scanner takes what checkSyntax takes, and nothing else.
func FuzzScan(f *testing.F) {
	wide := `{"k":0`
	for i := range 40 {
		wide += `,"k` + strings.Repeat("x", i+1) + `":[]`
	}
	for _, s := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"\ud83d\ude00\n"],"b":{}}`, ` [ ] `, `"\ud800"`, `"\udc00\ud800"`, `{"a":1,"\u0061":2}`, `{"a":1,"a":2}`,
		`01`, `-`, `1.`, `1e`, `tru`, `[1,]`, `{"a":1,}`, `{"a"}`, `{,}`, "\"\xff\"", "\"\x01\"", "\ufeff{}", `{}{}`, `"\x"`, `"\u12g4"`, "[\x00]", "\"\xed\xa0\x80\"",
		wide + `}`, wide + `,"k":1}`, strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat("[", 65) + strings.Repeat("]", 65),
		`{"run":{"runId":"r","facets":{"x":{"a":1}}},"inputs":[{"name":"n"},1,[]],"jo\u0062":{"namespace":1}}`,
	} {
		f.Add([]byte(s))
	}
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		s := scanners.Get().(*scanner)
		defer s.release()
		err := checkSyntax(body)
		if got := s.scan(body); got != (err == nil) {
			t.Fatalf("scan says %v, checkSyntax %v", got, err)
		}
	})
}

func TestScannedNames(t *testing.T) {
	e, err := Decode([]byte(`{"jo\u0062":{"namespace":"n","name":"a\"b","facets":{"\u0078":{},"y":[]}},"inputs":[{"namespace":"d","name":"t","name2":1}]}`))
	if err != nil || e.Job.Name != `a"b` || string(e.Job.Facets["x"]) != "{}" || string(e.Job.Facets["y"]) != "[]" || len(e.Inputs) != 1 {
		t.Errorf("%+v %v", e, err)
	}
}
