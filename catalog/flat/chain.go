package flat

import "iter"

// Chains holds many short lists in one: each is known by the number of its first
// value, 0 while it is empty, and that of its last one.
type Chains[T any] struct{ links List[chainLink[T]] }

type chainLink[T any] struct {
	value T
	next  uint32
}

// Chain is one of the lists. The zero value is empty.
type Chain struct{ first, last uint32 }

// Add puts a value at the end of a chain, and gives its number among all.
func (c *Chains[T]) Add(to *Chain, v T) uint32 {
	n := c.links.Add(chainLink[T]{value: v})
	if to.last == 0 {
		to.first = n
	} else {
		c.links.At(to.last).next = n
	}
	to.last = n
	return n
}

// At gives the value of a number that Add gave.
func (c *Chains[T]) At(n uint32) *T { return &c.links.At(n).value }

// All goes through a chain in the order of adding. The values may be changed.
func (c *Chains[T]) All(of Chain) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for n := of.first; n != 0; {
			l := c.links.At(n)
			if !yield(&l.value) {
				return
			}
			n = l.next
		}
	}
}

// None reports whether the chain is empty.
func (c Chain) None() bool { return c.first == 0 }

// One reports whether the chain has a single value.
func (c Chain) One() bool { return c.first != 0 && c.first == c.last }
