package graph

import (
	"bufio"
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
)

// sorter sorts lines. Beyond what may be held in memory it writes parts that are
// sorted into a file that has no name, and merges them.
type sorter struct {
	hold  int // bytes, 0: holdLines
	lines []string
	size  int
	file  *os.File
	ends  []int64 // of the parts in the file
}

// holdLines is how many bytes of lines are held in memory, holdPart how many of
// each part are, once they are merged.
const (
	holdLines = 4 << 20
	holdPart  = 16 << 10
)

func (s *sorter) add(line string) error {
	s.lines = append(s.lines, line)
	s.size += len(line)
	if s.size < cmp.Or(s.hold, holdLines) {
		return nil
	}
	return s.spill()
}

// spill writes what is held as one more part.
func (s *sorter) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp("", "weir-export-")
		if err != nil {
			return fmt.Errorf("sort records: %w", err)
		}
		s.file, s.ends = f, []int64{0}
		if err := os.Remove(f.Name()); err != nil {
			return fmt.Errorf("sort records: %w", err)
		}
	}
	slices.Sort(s.lines)
	end := s.ends[len(s.ends)-1]
	w := bufio.NewWriterSize(io.NewOffsetWriter(s.file, end), 1<<20)
	for _, l := range s.lines {
		w.WriteString(l)  //nolint:errcheck // Flush says it
		w.WriteByte('\n') //nolint:errcheck // Flush says it
		end += int64(len(l)) + 1
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sort records: %w", err)
	}
	s.ends = append(s.ends, end)
	clear(s.lines)
	s.lines, s.size = s.lines[:0], 0
	return nil
}

// all gives the lines in order.
func (s *sorter) all() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		slices.Sort(s.lines)
		parts := parts{{next: s.lines}}
		for i := 1; i < len(s.ends); i++ {
			parts = append(parts, &part{file: bufio.NewReaderSize(io.NewSectionReader(s.file, s.ends[i-1], s.ends[i]-s.ends[i-1]), holdPart)})
		}
		parts = slices.DeleteFunc(parts, func(p *part) bool { return !p.read() })
		heap.Init(&parts)
		for len(parts) > 0 {
			p := parts[0]
			if p.err != nil {
				yield("", fmt.Errorf("read sorted records: %w", p.err))
				return
			}
			if !yield(p.line, nil) {
				return
			}
			if p.read() {
				heap.Fix(&parts, 0)
			} else {
				heap.Pop(&parts)
			}
		}
	}
}

// Close gives the file back.
func (s *sorter) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// part is a sorted part, in memory or in a file, with its first line.
type part struct {
	next []string
	file *bufio.Reader
	line string
	err  error
}

// read goes on; false at the end. What failed comes first.
func (p *part) read() bool {
	if p.file == nil {
		if len(p.next) == 0 {
			return false
		}
		p.line, p.next = p.next[0], p.next[1:]
		return true
	}
	p.line, p.err = p.file.ReadString('\n')
	if errors.Is(p.err, io.EOF) && p.line == "" {
		return false
	}
	p.line = strings.TrimSuffix(p.line, "\n")
	return true
}

// parts are those with a line left, that with the first line first.
type parts []*part

func (p parts) Len() int { return len(p) }
func (p parts) Less(i, j int) bool {
	if (p[i].err != nil) != (p[j].err != nil) {
		return p[i].err != nil
	}
	return p[i].line < p[j].line
}
func (p parts) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *parts) Push(x any)   { *p = append(*p, x.(*part)) }
func (p *parts) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}
