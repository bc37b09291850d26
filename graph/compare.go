package graph

import "iter"

// Compared is how the records of two exports differ.
type Compared struct {
	Equal int
	// First are the first that one has and the other has not, in order; More are
	// not among them.
	First []Odd
	More  int
}

// Odd is a record that only one export has: the first (0) or the second (1).
type Odd struct {
	In   int
	Line string
}

// Compare goes through two exports side by side and names so many differing records.
func Compare(a, b *Records, most int) (c Compared, err error) {
	var line [2]string
	var more [2]bool
	var next [2]func() (string, error, bool)
	read := func(i int) {
		var failed error
		if line[i], failed, more[i] = next[i](); failed != nil && err == nil {
			err = failed
		}
	}
	for i, r := range []*Records{a, b} {
		n, stop := iter.Pull2(r.all())
		defer stop()
		next[i] = n
		read(i)
	}
	for err == nil && (more[0] || more[1]) {
		switch {
		case more[0] && more[1] && line[0] == line[1]:
			c.Equal++
			read(0)
			read(1)
		case more[0] && (!more[1] || line[0] < line[1]):
			c.odd(0, line[0], most)
			read(0)
		default:
			c.odd(1, line[1], most)
			read(1)
		}
	}
	return c, err
}

func (c *Compared) odd(in int, line string, most int) {
	if len(c.First) == most {
		c.More++
		return
	}
	c.First = append(c.First, Odd{in, line})
}
