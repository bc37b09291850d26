package gql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	strict "github.com/go-json-experiment/json"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/gen"
)

const (
	// MaxBody is the largest request: a set of policies fits. MaxQuery is the
	// largest query in it.
	MaxBody  = 2 << 20
	maxQuery = 64 << 10
	// maxAnswer is the largest answer.
	maxAnswer = 8 << 20
	deadline  = 5 * time.Second
	// cachedQueries are parsed and valid; a program asks the same few again and
	// again with other variables.
	cachedQueries = 100
)

// NewHandler answers POST with application/json, and nothing else. Who asks is
// in the context of the request (auth.With); nobody may ask nothing.
func NewHandler(o Options, l Limits) http.Handler {
	l = l.normal()
	turns, queries := newQueue(l.Large), lru.New[*ast.QueryDocument](cachedQueries)
	return door{newScopes(func(p auth.Principal) http.Handler {
		mine := o
		if !p.Everywhere(auth.Admin) {
			mine = o.For(p)
		}
		return newAnswerer(newReads(mine), l, turns, queries)
	})}
}

// newAnswerer answers from one set of readers.
func newAnswerer(r *reads, l Limits, turns *queue, queries graphql.Cache[*ast.QueryDocument]) http.Handler {
	srv := handler.New(gen.NewExecutableSchema(gen.Config{Resolvers: root{r}}))
	srv.AddTransport(post{})
	srv.SetParserTokenLimit(l.Tokens)
	srv.SetDisableSuggestion(true)
	srv.SetErrorPresenter(presenter(r.Logger))
	srv.SetRecoverFunc(func(_ context.Context, p any) error {
		return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	})
	srv.Use(extension.Introspection{})
	srv.SetQueryCache(queries)
	srv.Use(&limiter{Limits: l})
	srv.Use(doorman{})
	srv.Use(turns)
	srv.AroundResponses(trim(l.Errors))
	return srv
}

// trim keeps an answer small: few errors, a bounded body.
func trim(most int) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		resp := next(ctx)
		if resp == nil {
			return nil
		}
		if n := len(resp.Errors); n > most {
			resp.Errors = resp.Errors[:most]
			resp.Errors[most-1] = refusal(ctx, codeLimited, fmt.Sprintf("%d more errors are not shown", n-most+1))
		}
		if len(resp.Data) > maxAnswer {
			resp.Data = json.RawMessage("null")
			resp.Errors = gqlerror.List{refusal(ctx, codeLimited, "the answer is larger than 8 MB; ask for less at once")}
		}
		return resp
	}
}

func refusal(ctx context.Context, code, what string) *gqlerror.Error {
	e := &gqlerror.Error{Message: what, Extensions: map[string]any{"code": code}}
	if id := RequestID(ctx); id != "" {
		e.Extensions["requestId"] = id
	}
	return e
}

// door reads the request strictly before gqlgen sees it: a bounded body, one
// JSON object without duplicate names, and a deadline.
type door struct{ next http.Handler }

// request is GraphQL over HTTP's; variables and extensions are looked at again
// by gqlgen.
type request struct {
	Query         string         `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
}

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, r, http.StatusMethodNotAllowed, "GraphQL takes POST")
		return
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		refuse(w, r, http.StatusUnsupportedMediaType, "GraphQL takes Content-Type: application/json")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		refuse(w, r, http.StatusRequestEntityTooLarge, "the request is larger than "+strconv.Itoa(MaxBody>>10)+" kB")
		return
	}
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "the request could not be read")
		return
	}
	var q request
	if err := strict.Unmarshal(body, &q); err != nil {
		refuse(w, r, http.StatusBadRequest, "the request is not one GraphQL request as JSON: duplicate names, wrong types and batches are refused")
		return
	}
	if len(q.Query) > maxQuery {
		refuse(w, r, http.StatusRequestEntityTooLarge, "the query is larger than "+strconv.Itoa(maxQuery>>10)+" kB")
		return
	}
	if q.Query == "" {
		refuse(w, r, http.StatusBadRequest, "the request has no query")
		return
	}
	by, ok := statedActor(r.Header)
	if !ok {
		refuse(w, r, http.StatusBadRequest, "the header "+actorHeader+" is a name of 1 to "+strconv.Itoa(catalog.MaxActor)+" bytes that does not begin with "+catalog.FileActor)
		return
	}
	if p := auth.From(r.Context()); p.Name != "" {
		by = p.Name // who is known is not asked
	}
	ctx, cancel := context.WithTimeout(withActor(r.Context(), by), deadline)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	d.next.ServeHTTP(w, r)
}

// refuse answers as GraphQL does.
func refuse(w http.ResponseWriter, r *http.Request, status int, what string) {
	code := CodeBadUserInput
	if status == http.StatusRequestEntityTooLarge {
		code = codeLimited
	}
	WriteError(w, r, status, code, what)
}

// WriteError answers with one error in GraphQL's form.
func WriteError(w http.ResponseWriter, r *http.Request, status int, code, what string) {
	WriteHinted(w, r, status, code, what, "")
}

// WriteHinted is WriteError with what to do.
func WriteHinted(w http.ResponseWriter, r *http.Request, status int, code, what, hint string) {
	e := refusal(r.Context(), code, what)
	if hint != "" {
		e.Extensions["hint"] = hint
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": gqlerror.List{e}})
}
