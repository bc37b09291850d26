package gql

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/weirhq/weir/server/gql/model"
)

// post answers as gqlgen's transport for POST does, to the byte, but does not
// read the whole of a large answer once more as JSON: gqlgen wrote it without
// spaces, and all that encoding/json would change in it are the characters that
// are dangerous in HTML. Whatever is not plain goes gqlgen's way.
type post struct{ transport.POST }

// Do answers one request; its body was read and bounded by door.
func (p post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	body, err := io.ReadAll(r.Body)
	again := func() {
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.POST.Do(w, r, exec)
	}
	if accept := r.Header.Get("Accept"); err != nil || accept != "" && accept != "*/*" && accept != "application/json" {
		again()
		return
	}
	params := graphql.RawParams{Headers: r.Header, ReadTime: graphql.TraceTiming{Start: graphql.Now()}}
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber()
	if numbers.Decode(&params) != nil {
		again()
		return
	}
	params.ReadTime.End = graphql.Now()
	oc, refused := exec.CreateOperationContext(r.Context(), &params)
	if refused != nil {
		again()
		return
	}
	answer, ctx := exec.DispatchOperation(r.Context(), oc)
	w.Header().Set("Content-Type", "application/json")
	a := answer(ctx)
	writeAnswer(w, a)
	if a != nil {
		model.Sent(a.Data)
	}
}

// writeAnswer writes what json.Marshal gives for the answer.
func writeAnswer(w io.Writer, a *graphql.Response) {
	if a == nil || len(a.Errors) > 0 || len(a.Data) == 0 || a.Label != "" || len(a.Path) > 0 || a.HasNext != nil || len(a.Extensions) > 0 || bytes.IndexByte(a.Data, '\n') >= 0 {
		b, err := json.Marshal(a)
		if err != nil {
			panic(err) // recovered by the server, which logs it
		}
		_, _ = w.Write(b)
		return
	}
	_, _ = io.WriteString(w, `{"data":`)
	if harmless(a.Data) {
		_, _ = w.Write(a.Data)
	} else {
		var out bytes.Buffer
		json.HTMLEscape(&out, a.Data)
		_, _ = w.Write(out.Bytes())
	}
	_, _ = io.WriteString(w, "}")
}

// harmless reports that json.HTMLEscape would change nothing: no <, >, & and no
// U+2028 or U+2029, which begin with E2.
func harmless(b []byte) bool {
	for _, c := range []byte{'<', '>', '&', 0xe2} {
		if bytes.IndexByte(b, c) >= 0 {
			return false
		}
	}
	return true
}
