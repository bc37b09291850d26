package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

func (a *app) eventsCommand() *cobra.Command {
	send := &cobra.Command{
		Use: "send FILE...", Short: "Post OpenLineage events", Args: cobra.MinimumNArgs(1),
		Long: `Posts events from files or stdin ("-"): one JSON object, an array, or one event a
line (NDJSON), plain or gzip. Prints how many were accepted and refused; exit
code 1 when any was refused.`,
		Example: "  weir events send events.ndjson.gz\n  cat event.json | weir events send -",
		RunE:    func(c *cobra.Command, args []string) error { return a.sendEvents(c, args) },
	}
	addSettings(send.Flags(), "url", "timeout")
	return group("events", "Post and check events", send, a.lintCommand())
}

func (a *app) sendEvents(c *cobra.Command, files []string) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	s := &sender{app: a, client: newClient(cfg)}
	for _, f := range files {
		if err := s.file(c.Context(), f); err != nil {
			return err
		}
	}
	s.settle(c.Context())
	fmt.Fprintf(a.out, "accepted %d refused %d\n", s.accepted, s.refused)
	if s.refused > 0 {
		return &codedError{error: errors.New("events were refused"), code: exitFailed, quiet: true}
	}
	return nil
}

// sender posts events one by one and counts.
type sender struct {
	*app
	client            *client
	accepted, refused int
	last              catalog.Position
}

func (s *sender) file(ctx context.Context, path string) error {
	return s.app.eachEvent(path, func(where string, body []byte) error { return s.event(ctx, where, body) })
}

// eachEvent reads a file, or stdin for "-": JSON objects, arrays of them, or
// one a line, plain or gzip. What is not JSON ends it.
func (a *app) eachEvent(path string, do func(where string, body []byte) error) error {
	r := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return usageError("name a file, or - for stdin", "read events: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		r = f
	}
	r, err := inflate(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	dec := json.NewDecoder(r)
	for n := 1; ; {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return catalog.WithHint(fmt.Errorf("read %s: value %d at byte %d is %w: %w", path, n, dec.InputOffset(), errNotJSON, err), "write one JSON object, an array, or one event a line")
		}
		if n, err = value(path, n, raw, do); err != nil {
			return err
		}
	}
}

var errNotJSON = errors.New("not JSON")

// inflate looks for gzip's mark.
func inflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return gzip.NewReader(b)
	}
	return b, nil
}

// value is one event or an array of them; n is the number of the first, and
// then of the one behind.
func value(path string, n int, raw json.RawMessage, do func(where string, body []byte) error) (int, error) {
	list := []json.RawMessage{raw}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		if err := json.Unmarshal(raw, &list); err != nil {
			return n, fmt.Errorf("read %s: %w", path, err)
		}
	}
	for _, ev := range list {
		if err := do(fmt.Sprintf("%s: event %d", path, n), ev); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// event posts one; a refusal is counted, no answer ends the command.
func (s *sender) event(ctx context.Context, where string, body []byte) error {
	resp, err := s.client.do(ctx, http.MethodPost, "/api/v1/lineage", "application/json", bytes.NewReader(body))
	if err == nil {
		s.accepted++
		return s.note(resp)
	}
	if exitCode(ctx, err) == exitUnreachable || ctx.Err() != nil {
		return fmt.Errorf("%s (accepted %d before): %w", where, s.accepted, err)
	}
	s.refused++
	fmt.Fprintf(s.err, "%s: %v\n", where, err)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintln(s.err, "  hint: "+hint)
	}
	return nil
}

// note keeps the position that the event got.
func (s *sender) note(resp *http.Response) error {
	var answer struct {
		Position catalog.Position `json:"position,string"`
	}
	err := json.NewDecoder(resp.Body).Decode(&answer)
	if err != nil {
		err = fmt.Errorf("unreadable answer: %w", err)
	}
	s.last = max(s.last, answer.Position)
	return errors.Join(err, resp.Body.Close())
}

// settle waits until readers see what was sent, so that the next command does.
func (s *sender) settle(ctx context.Context) {
	if s.accepted == 0 {
		return
	}
	if err := s.client.settle(ctx, s.last); err != nil {
		s.say("accepted, and not visible to readers yet: %v", err)
	}
}
