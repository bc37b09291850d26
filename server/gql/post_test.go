package gql

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// TestAnswerBytes compares what is written with what encoding/json makes of it.
func TestAnswerBytes(t *testing.T) {
	for _, a := range []*graphql.Response{
		nil,
		{},
		{Data: json.RawMessage(`null`)},
		{Data: json.RawMessage(`{"a":[1,2,"plain"]}`)},
		{Data: json.RawMessage(`{"a":1}`), Extensions: map[string]any{}},
		{Data: json.RawMessage(`{"a":"<script>&amp;</script>"}`)},
		{Data: json.RawMessage("{\"a\":\"\u2028 \u2029 – € \xe2\"}")},
		{Data: json.RawMessage("{\"any\":{\"x\": 1}\n}")},
		{Data: json.RawMessage(`{"a":null}`), Errors: gqlerror.List{{Message: "no <b>"}}},
		{Data: json.RawMessage(`{}`), Extensions: map[string]any{"cost": 1}},
	} {
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		writeAnswer(&got, a)
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("wrote %q, encoding/json %q", got.Bytes(), want)
		}
	}
}

// FuzzAnswerBytes does so for any JSON that has no space outside of its strings.
func FuzzAnswerBytes(f *testing.F) {
	f.Add([]byte(`{"a":"<\u2028>"}`))
	f.Add([]byte("[\"\xe2\x80\xa8\",{}]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var data bytes.Buffer
		if json.Compact(&data, b) != nil || data.Len() == 0 {
			return
		}
		a := &graphql.Response{Data: data.Bytes()}
		want, err := json.Marshal(a)
		if err != nil {
			return
		}
		var got bytes.Buffer
		writeAnswer(&got, a)
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("wrote %q, encoding/json %q", got.Bytes(), want)
		}
	})
}
