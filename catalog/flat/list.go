package flat

import (
	"fmt"
	"math/bits"
	"reflect"
)

// The pieces of a list double, so that a small list stays small, until a million
// values are some hundred objects; from then on they are of one size, so that a
// long list has no long empty end.
const (
	firstPiece = 1 << 4
	fullPiece  = 1 << 12
	doublings  = 8 // from the first piece to a full one
	// doubled is how many values lie in the pieces before those of full size.
	doubled = fullPiece - firstPiece
)

// List holds values by number. A T with a pointer in it panics: the collector
// would look into each. A value never moves: what At gave is good for ever. The
// zero value is an empty list.
type List[T any] struct {
	pieces [][]T
	len    uint32
}

// Add gives the value the next number.
func (l *List[T]) Add(v T) uint32 {
	*l.Grow() = v
	return l.len
}

// Grow adds a zero value and gives it.
func (l *List[T]) Grow() *T {
	if l.len == 0 {
		mustBeFlat(reflect.TypeFor[T]())
	}
	piece, at := place(l.len)
	if at == 0 {
		l.pieces = append(l.pieces, make([]T, sizeOf(piece)))
	}
	l.len++
	return &l.pieces[piece][at]
}

// At gives the value of a number that Add gave.
func (l *List[T]) At(number uint32) *T {
	piece, at := place(number - 1)
	return &l.pieces[piece][at]
}

// Len is how many there are, which is the greatest number.
func (l *List[T]) Len() int { return int(l.len) }

// mustBeFlat panics for a type with a pointer in it.
func mustBeFlat(t reflect.Type) {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			mustBeFlat(t.Field(i).Type)
		}
	case reflect.Array:
		mustBeFlat(t.Elem())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		panic(fmt.Sprintf("flat: %s is, or holds, a pointer", t))
	}
}

func sizeOf(piece uint32) uint32 { return firstPiece << min(piece, doublings) }

// place says in which piece the value with the index lies, and where in it.
func place(i uint32) (piece, at uint32) {
	if i >= doubled {
		i -= doubled
		return doublings + i/fullPiece, i % fullPiece
	}
	piece = uint32(bits.Len32(i+firstPiece) - bits.Len32(firstPiece))
	return piece, i + firstPiece - firstPiece<<piece
}
