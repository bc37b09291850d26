package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// How often what is watched is asked for: once a moment at most, however much
// changes, and now and then without a hint, since time alone makes data late.
const (
	watchLeast = time.Second
	watchMost  = 10 * time.Second
)

func watchFlag(c *cobra.Command) {
	c.Flags().BoolP("watch", "w", false, "again at each change, until Ctrl-C: in place on a terminal, else one below the other")
}

// watching shows something once, or with --watch again at each change.
func (a *app) watching(c *cobra.Command, show func(*app) error) error {
	on, err := c.Flags().GetBool("watch")
	if err != nil {
		return err
	}
	if !on {
		return show(a)
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	o, err := c.Flags().GetString("output")
	if err != nil {
		return err
	}
	w := &watch{a: a, show: show, inPlace: isTerminal(a.out) && o != "json" && a.getenv("TERM") != "dumb"}
	hints := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	go newClient(cfg).hints(ctx, hints)
	return w.run(ctx, hints)
}

// watch is what is shown of something that changes.
type watch struct {
	a       *app
	show    func(*app) error
	inPlace bool
	last    []byte // what is shown; nil: nothing yet
	trouble string // what was said of a weir that does not answer
}

// run shows until it is interrupted, which is how one ends it.
func (w *watch) run(ctx context.Context, hints <-chan struct{}) error {
	for {
		pause, err := watchMost, w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case w.trouble != "":
			pause = retryPause
		}
		if !sleep(ctx, watchLeast) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hints:
		case <-time.After(pause - watchLeast):
		}
	}
}

// look asks, and prints what is new. A weir that ceases to answer is waited for:
// what is shown stays, with a word.
func (w *watch) look(ctx context.Context) error {
	var out bytes.Buffer
	a := *w.a
	a.out, a.quiet, a.paints = &out, true, isTerminal(w.a.out)
	if w.inPlace {
		a.err, a.quiet = &out, w.a.quiet
	}
	err := w.show(&a)
	switch {
	case err == nil:
		w.trouble = ""
		return w.print(out.Bytes())
	case w.last == nil || exitCode(ctx, err) != exitUnreachable:
		return err
	case w.trouble != err.Error():
		w.trouble = err.Error()
		w.a.say("%s; what is shown is of before", w.trouble)
		w.last = []byte{} // the word is in the way: what comes next is new
	}
	return nil
}

// What a terminal is told: to go to the top left, to clear the rest of a line, and
// the rest of the screen.
const (
	atTop     = "\x1b[H"
	clearLine = "\x1b[K\n"
	clearRest = "\x1b[J"
)

func (w *watch) print(now []byte) error {
	if bytes.Equal(now, w.last) {
		return nil
	}
	text := string(now)
	switch {
	case w.inPlace && w.last == nil:
		text = atTop + clearRest + text
	case w.inPlace: // over the old: a screen that is cleared first flickers
		text = atTop + strings.ReplaceAll(text, "\n", clearLine) + clearRest
	case w.last != nil:
		text = "\n" + text
	}
	w.last = bytes.Clone(now)
	_, err := io.WriteString(w.a.out, text)
	return err
}

// hints tells whenever weir says that something changed, until ctx ends. It is
// never the truth: without the stream one asks now and then.
func (c *client) hints(ctx context.Context, to chan<- struct{}) {
	long := *c
	long.http = &http.Client{} // a stream has no end
	for {
		if resp, err := long.do(ctx, http.MethodGet, "/api/v1/stream", "", nil); err == nil {
			tellHints(resp.Body, to)
			resp.Body.Close() //nolint:errcheck // only read
		}
		if !sleep(ctx, retryPause) {
			return
		}
		tell(to) // whatever was missed
	}
}

// tellHints reads a stream of server-sent events to its end.
func tellHints(r io.Reader, to chan<- struct{}) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		kind, ok := strings.CutPrefix(lines.Text(), "event: ")
		if ok && kind != "alive" && kind != "hello" {
			tell(to)
		}
	}
}

func tell(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default: // it was told already
	}
}
