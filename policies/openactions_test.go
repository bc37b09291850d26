package policies

import (
	"context"
	"log/slog"
	"strconv"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// pagedLedger holds open actions, counts how often it was asked for a page, and
// can be told to fail.
type pagedLedger struct {
	Ledger
	seq   int64
	open  []catalog.Action // the last written first
	pages int
	err   error
}

func (l *pagedLedger) Seq(context.Context) (int64, error) { return l.seq, nil }

func (l *pagedLedger) Actions(_ context.Context, q ActionQuery) (out []catalog.Action, err error) {
	l.pages++
	for _, a := range l.open {
		if (q.Before == 0 || a.Seq < q.Before) && len(out) < q.Limit {
			out = append(out, a)
		}
	}
	return out, l.err
}

func (l *pagedLedger) write() {
	l.seq++
	l.open = append([]catalog.Action{{ID: strconv.FormatInt(l.seq, 10), Seq: l.seq}}, l.open...)
}

// TestOpenActionsAreReadOnceAWrite: what is open is read again after a write to the
// ledger, and after a reading that failed, and else not.
func TestOpenActionsAreReadOnceAWrite(t *testing.T) {
	l, o := &pagedLedger{}, openActions{}
	list := func(want, pages int) {
		t.Helper()
		l.pages = 0
		all, err := o.list(t.Context(), l, slog.New(slog.DiscardHandler))
		fails := l.err != nil && pages > 0
		if (err != nil) != fails || !fails && len(all) != want || l.pages != pages {
			t.Fatalf("%d actions, error %v, by %d pages; want %d by %d", len(all), err, l.pages, want, pages)
		}
		for i, a := range all {
			if a.Seq != l.open[i].Seq {
				t.Fatalf("action %d is %d, not %d", i, a.Seq, l.open[i].Seq)
			}
		}
	}
	list(0, 1) // a ledger to which nothing was ever written
	for range openPage + 3 {
		l.write()
	}
	list(openPage+3, 2)
	list(openPage+3, 0)
	l.write()
	list(openPage+4, 2)
	l.seq++
	l.open = l.open[:1]
	list(1, 1)
	l.err = context.DeadlineExceeded
	list(1, 0) // nothing was written
	l.seq++
	list(1, 1)
	l.err = nil
	list(1, 1)
	list(1, 0)
}

// TestAllThatIsTouched: what a request touches is counted over all that is open,
// not over the first pages of it.
func TestAllThatIsTouched(t *testing.T) {
	for _, c := range []struct{ open, want, pages int }{
		{2*openPage + 7, 2*openPage + 6, 3}, {maxOpen + 1, maxOpen - 1, maxOpen / openPage},
	} {
		l := &pagedLedger{open: make([]catalog.Action, c.open)}
		for i := range l.open {
			l.open[i].Seq = int64(c.open - i)
		}
		l.open[3].State = catalog.ActionRunning // it was sent
		r := &Requests{g: &Gatherer{Ledger: l}}
		list, err := r.delays(t.Context(), ActionQuery{}, func(o catalog.Action) Touched { return Touched{Action: o, Says: "waits"} })
		if err != nil || len(list) != c.want || l.pages != c.pages {
			t.Errorf("of %d: %d touched by %d pages, %v; want %d by %d", c.open, len(list), l.pages, err, c.want, c.pages)
		}
	}
}
