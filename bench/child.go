package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/weirhq/weir/bench/load"
	"github.com/weirhq/weir/catalog"
)

// child is weir serve in a process of its own.
type child struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration // from its start until it said so
}

// buildWeir builds the program that is measured.
func buildWeir(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "weir")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", bin, "./cmd/weir")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build weir: %w", err)
	}
	return bin, nil
}

// startChild starts weir on a data directory, with further flags, and waits until
// it is ready.
func startChild(ctx context.Context, bin, data string, flags ...string) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, bin, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--shutdown-timeout", "2m"}, flags...)...)}
	words, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(words)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
			c.ready = time.Since(began)
			c.url, _, _ = strings.Cut(rest, " ")
			go io.Copy(os.Stderr, words) //nolint:errcheck // ends with the process
			return c, nil
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	return nil, errors.Join(errors.New("weir did not get ready"), c.cmd.Wait())
}

// stop ends it as an operator does.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return c.cmd.Wait()
}

// ask posts a GraphQL query and reads its data into out.
func (c *child) ask(ctx context.Context, query string, vars map[string]any, header http.Header, out any) error {
	body, err := c.answer(ctx, query, vars, header)
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("%s", answer.Errors[0].Message)
	}
	return json.Unmarshal(answer.Data, out)
}

// answer posts a GraphQL query and gives what came back, as it is.
func (c *child) answer(ctx context.Context, query string, vars map[string]any, header http.Header) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// caughtUp waits until the graph store, which is last, holds what the journal
// does.
func (c *child) caughtUp(ctx context.Context, root catalog.AssetID, end int) error {
	for ctx.Err() == nil {
		var out struct {
			Lineage struct {
				Position catalog.Position `json:"position,string"`
			}
		}
		err := c.ask(ctx, `query($r: ID!, $t: Time!) { lineage(roots: [$r], direction: UPSTREAM, depth: 1, maxNodes: 1, asOf: $t) { position } }`,
			map[string]any{"r": root, "t": time.Now()}, nil, &out)
		if err != nil {
			return err
		}
		if int(out.Lineage.Position) >= end {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return ctx.Err()
}

// memory is load.Memory of it.
func (c *child) memory(what string) (float64, error) {
	return load.Memory(c.cmd.Process.Pid, what)
}

// noneAside makes sure that the events which came in were work: one that is set
// aside is hardly any.
func (c *child) noneAside(ctx context.Context) error {
	var out struct{ System struct{ Quarantined int } }
	if err := c.ask(ctx, `{ system { quarantined } }`, nil, nil, &out); err != nil {
		return err
	}
	if n := out.System.Quarantined; n > 0 {
		return fmt.Errorf("%d events were set aside", n)
	}
	return nil
}
