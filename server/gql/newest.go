package gql

import (
	"fmt"
	"strconv"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/gql/model"
)

// newestPage is a page of a list that numbers order, the newest first: n of
// those whose number is below before; 0: from the newest.
type newestPage struct {
	n      int
	before int64
}

// newest checks what a page of such a list was asked for; def is its size when
// none is said.
func newest(first *int, def int, after *string) (newestPage, error) {
	n, err := model.First(first, def)
	if err != nil {
		return newestPage{}, err
	}
	before, err := parseSeq(after)
	return newestPage{n, before}, err
}

// limit is how many are read: one more than the page, to know whether it is the last.
func (p newestPage) limit() int { return p.n + 1 }

func seqCursor(seq int64) string { return model.Cursor(strconv.FormatInt(seq, 10)) }

// parseSeq reads a ledger cursor; 0: from the newest.
func parseSeq(after *string) (int64, error) {
	p, err := model.ParseCursor(after, 1)
	if err != nil || p == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(p[0], 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)
	}
	return n, nil
}
