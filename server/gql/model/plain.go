package model

import (
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weirhq/weir/catalog"
)

// A writer appends a value as JSON. false: this one has a null or an error that
// GraphQL has rules for, and the list it is in has to go gqlgen's way.
type writer[T any] func(dst []byte, v T) ([]byte, bool)

// member is one member of an object that is asked for.
type member[T any] struct {
	key   string // with quotes and colon
	write writer[T]
}

// plain is a selection of an object whose values are all at hand: no resolver,
// no argument, no directive but @skip and @include.
type plain[T any] []member[T]

// planned looks through a selection once for all objects of a list; false: it
// asks for something that is not plain. field gives nil for that.
func planned[T any](oc *graphql.OperationContext, sel ast.SelectionSet, typename string, also []string, field func(graphql.CollectedField) writer[T]) (plain[T], bool) {
	fields := graphql.CollectFields(oc, sel, append(also, typename))
	out := make(plain[T], len(fields))
	for i, f := range fields {
		write := field(f)
		if f.Name == "__typename" {
			write = constant[T](typename)
		}
		if write == nil || f.IsDeferred() {
			return nil, false
		}
		out[i] = member[T]{`"` + f.Alias + `":`, write}
	}
	return out, len(out) > 0
}

// object appends one object.
func (p plain[T]) object(dst []byte, v T) ([]byte, bool) {
	open := byte('{')
	for _, m := range p {
		dst = append(append(dst, open), m.key...)
		open = ','
		var ok bool
		if dst, ok = m.write(dst, v); !ok {
			return dst, false
		}
	}
	return append(dst, '}'), true
}

// maxGuess bounds the room that is made before anything needs it.
const maxGuess = 1 << 20

// listed renders all of a list; nil: it has to go gqlgen's way.
func listed[T any](all []*T, write writer[*T]) graphql.Marshaler {
	dst := []byte{'['}
	for i, v := range all {
		if v == nil {
			return nil
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if i == 1 { // the others are about as long as the first, which may be an odd one
			dst = slices.Grow(dst, min(len(dst)*len(all)*9/8, maxGuess))
		}
		var ok bool
		if dst, ok = write(dst, v); !ok {
			return nil
		}
	}
	return rendered(append(dst, ']'))
}

// rendered is JSON that is written as it is.
type rendered []byte

// MarshalGQL writes it.
func (r rendered) MarshalGQL(w io.Writer) { _, _ = w.Write(r) }

// The writers of values give what gqlgen gives for the same.

func constant[T any](s string) writer[T] {
	return func(dst []byte, _ T) ([]byte, bool) { return appendString(dst, s), true }
}

func text[T any](of func(T) string) writer[T] {
	return func(dst []byte, v T) ([]byte, bool) { return appendString(dst, of(v)), true }
}

// optional is null for what nobody stated.
func optional[T any](of func(T) string) writer[T] {
	return func(dst []byte, v T) ([]byte, bool) {
		if s := of(v); s != "" {
			return appendString(dst, s), true
		}
		return append(dst, "null"...), true
	}
}

func number[T any](of func(T) int) writer[T] {
	return func(dst []byte, v T) ([]byte, bool) { return strconv.AppendInt(dst, int64(of(v)), 10), true }
}

func assetID[T any](of func(T) catalog.AssetID) writer[T] {
	return func(dst []byte, v T) ([]byte, bool) {
		dst, _ = of(v).AppendText(append(dst, `"`+PrefixAsset...))
		return append(dst, '"'), true
	}
}

// moment of a field that must not be null.
func moment[T any](of func(T) time.Time) writer[T] {
	return func(dst []byte, v T) ([]byte, bool) {
		t := of(v)
		if t.IsZero() {
			return dst, false
		}
		return append(t.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"'), true
	}
}

// appendString quotes as graphql.MarshalString does.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\\', '"':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	return append(append(dst, s[start:]...), '"')
}
