package gql

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies/plan"
)

// The codes of extensions.code.
const (
	CodeBadUserInput = "BAD_USER_INPUT"
	CodeNotFound     = "NOT_FOUND"
	// CodeUnauthenticated: who asks is not known. CodeForbidden: who asks is, and may not.
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeForbidden       = "FORBIDDEN"
	CodeConflict        = "CONFLICT"
	CodeStale           = "STALE"
	codeLimited         = "LIMITED"
	CodeUnavailable     = "UNAVAILABLE"
	CodeInternal        = "INTERNAL"
)

// CodeOf maps an error to its code: the only place where this is done. What is
// not known is internal.
func CodeOf(err error) string {
	for _, m := range []struct {
		err  error
		code string
	}{
		{catalog.ErrInvalid, CodeBadUserInput}, {catalog.ErrAmbiguous, CodeBadUserInput}, {catalog.ErrNotFound, CodeNotFound}, {catalog.ErrForbidden, CodeForbidden},
		{catalog.ErrConflict, CodeConflict}, {catalog.ErrStale, CodeStale}, {catalog.ErrUnavailable, CodeUnavailable},
		{catalog.ErrClosed, CodeUnavailable}, {context.DeadlineExceeded, CodeUnavailable}, {context.Canceled, CodeUnavailable},
	} {
		if errors.Is(err, m.err) {
			return m.code
		}
	}
	return CodeInternal
}

// Safe is the text of err that may be shown: an internal error says nothing.
func Safe(err error) string {
	switch code := CodeOf(err); {
	case code == CodeInternal:
		return "internal error; the log has it under the request id"
	case errors.Is(err, context.DeadlineExceeded):
		return "the answer took too long; ask for less at once"
	default:
		return unmarked(unmarked(err.Error(), catalog.ErrInvalid), catalog.ErrForbidden)
	}
}

// unmarked is a text without the mark that an error is of a kind: the code says
// so, and the sentence around it says what, where and what to do.
func unmarked(text string, kind error) string {
	mark := kind.Error() + ": "
	if rest, first := strings.CutPrefix(text, mark); first {
		return rest
	}
	return strings.Replace(text, ": "+mark, ": ", 1)
}

type requestIDKey struct{}

// WithRequestID puts the id of a request where errors find it.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the id of the request, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// presenter makes every error of an answer: code, request id, hint.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		out := &gqlerror.Error{Extensions: map[string]any{}}
		var given *gqlerror.Error
		if errors.As(err, &given) {
			out.Path, out.Locations = given.Path, given.Locations
		}
		if out.Path == nil {
			out.Path = graphql.GetPath(ctx)
		}
		code := presented(out, given, err)
		out.Extensions["code"] = code
		if id := RequestID(ctx); id != "" {
			out.Extensions["requestId"] = id
		}
		if hint := catalog.HintOf(err); hint != "" {
			out.Extensions["hint"] = hint
		}
		var files *plan.FilesError
		if errors.As(err, &files) {
			out.Extensions["faults"] = files.Faults()
		}
		if code == CodeInternal {
			log.ErrorContext(ctx, "graphql failed", "requestId", RequestID(ctx), "path", out.Path.String(), "error", err)
		}
		return out
	}
}

// presented sets the text and gives the code. gqlgen's own errors (parsing,
// validation, coercion) are the caller's; one that wraps an error is ours.
func presented(out, given *gqlerror.Error, err error) string {
	if given != nil && given.Unwrap() == nil {
		out.Message = given.Message
		switch code, _ := given.Extensions["code"].(string); code {
		case errcode.ValidationFailed, errcode.ParseFailed:
			return CodeBadUserInput
		case "":
			return own(out, given)
		default:
			return code
		}
	}
	if given != nil {
		err = given.Unwrap() // its own text repeats the path
	}
	out.Message = Safe(err)
	return CodeOf(err)
}

// own is for errors gqlgen makes without a code while it runs: a null where
// none may be is our fault, and its text tells only the field.
func own(out, given *gqlerror.Error) string {
	if given.Message == "must not be null" || given.Message == "the requested element is null which the schema does not allow" {
		return CodeInternal
	}
	return CodeBadUserInput
}
