package sagemaker

import (
	"errors"
	"io"
	"net/http"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 16 << 20

var errTooLarge = errors.New("the answer is larger than 16 MiB")

// bounded ends the reading of an answer at maxAnswer with an error, whoever
// reads it.
type bounded struct{ next http.RoundTripper }

// RoundTrip is the next one's, with a bounded body.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if resp != nil && resp.Body != nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read asks for one byte more than is allowed, so that an answer of just the
// bound still ends in io.EOF.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}
