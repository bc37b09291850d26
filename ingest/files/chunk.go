package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/weirhq/weir/ingest"
)

// chunk is a run of whole JSON values of a file.
type chunk struct {
	// events are the values; an array counts as its elements. begins are the
	// offsets at which the value of each begins.
	events []json.RawMessage
	begins []int64
	// end is the offset behind the last value; where it equals the offset asked
	// for, nothing is whole yet.
	end int64
	// skipped says why a part was passed over.
	skipped string
}

// readChunk reads whole values from offset on, up to size. What is broken off
// at the end is left: it is being written. What can never be a value is passed
// over up to the end of its line.
func readChunk(r io.ReaderAt, offset, size int64) (chunk, error) {
	limit := min(size-offset, ingest.MaxInflated+1)
	dec := json.NewDecoder(io.NewSectionReader(r, offset, limit))
	c := chunk{end: offset}
	for len(c.events) < maxTaken {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		switch {
		case err == nil:
			c.add(raw, offset+dec.InputOffset())
			continue
		case errors.Is(err, io.EOF): // but for line ends, all was read
			c.end = offset + limit
		case errors.Is(err, io.ErrUnexpectedEOF):
			if c.end == offset && limit > ingest.MaxInflated {
				return pass(r, c, size, fmt.Sprintf("a value of more than %d bytes", ingest.MaxInflated))
			}
		default:
			var syntax *json.SyntaxError
			if !errors.As(err, &syntax) {
				return c, err
			}
			if c.end == offset {
				return pass(r, c, size, err.Error())
			}
		}
		break
	}
	return c, nil
}

// add takes a value that ends at end.
func (c *chunk) add(raw json.RawMessage, end int64) {
	list := []json.RawMessage{raw}
	if bytes.HasPrefix(raw, []byte("[")) {
		_ = json.Unmarshal(raw, &list) // it was read as JSON
	}
	for _, ev := range list {
		c.events, c.begins = append(c.events, ev), append(c.begins, c.end)
	}
	c.end = end
}

// pass moves behind the line that begins at the end of the chunk, or leaves it
// when the line has no end yet.
func pass(r io.ReaderAt, c chunk, size int64, why string) (chunk, error) {
	b := make([]byte, 64<<10)
	content := false // line ends before the broken value do not count
	for at := c.end; at < size; {
		n, err := r.ReadAt(b[:min(int64(len(b)), size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return c, err
		}
		for i, ch := range b[:n] {
			if ch == '\n' && content {
				c.end, c.skipped = at+int64(i)+1, why
				return c, nil
			}
			content = content || ch != '\n' && ch != '\r' && ch != ' ' && ch != '\t'
		}
		if n == 0 {
			break
		}
		at += int64(n)
	}
	return c, nil
}
