package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// gateAsk is what weir gate is asked to do.
type gateAsk struct {
	job, key, runRef, onUnreachable string
	maxWait                         time.Duration
}

func (a *app) gateCommand() *cobra.Command {
	var q gateAsk
	c := &cobra.Command{
		Use: "gate --job JOB [-- COMMAND...]", Short: "Ask whether a job may run now, wait until it may, then run it", Args: cobra.ArbitraryArgs,
		Long: `Asks weir whether the job may run now. On wait it asks again until the answer is
another or --max-wait is over; on run it starts the command and passes its exit
code on; on skip it exits 0 without running; on deny it exits 4.`,
		Example: `  weir gate --job job:prod/report --key 2026-03-01 -- ./report.sh
  weir gate --job job:prod/report --max-wait 2h && echo may run`,
		RunE: func(c *cobra.Command, args []string) error { return a.runGate(c, q, args) },
	}
	addSettings(c.Flags(), "url", "timeout")
	f := c.Flags()
	f.StringVar(&q.job, "job", "", "the job that asks: job:NAMESPACE/NAME")
	f.StringVar(&q.key, "key", "", "what the run is for (a date, a partition): makes the answer final")
	f.StringVar(&q.runRef, "run-ref", "", "the asker's run id; a fresh one without it")
	f.DurationVar(&q.maxWait, "max-wait", 0, "give up after this long; 0 waits as long as the policy does")
	f.StringVar(&q.onUnreachable, "on-unreachable", "wait", "when weir does not answer: run, wait or fail")
	return c
}

// gateAnswer is what the server says.
type gateAnswer struct {
	Decision          string   `json:"decision"`
	DecisionID        string   `json:"decisionId"`
	WouldHave         string   `json:"wouldHave"`
	RetryAfterSeconds int      `json:"retryAfterSeconds"`
	Reasons           []string `json:"reasons"`
}

func (a *app) runGate(c *cobra.Command, q gateAsk, command []string) error {
	if q.job == "" {
		return usageError("--job job:NAMESPACE/NAME", "which job asks?")
	}
	if q.onUnreachable != "run" && q.onUnreachable != "wait" && q.onUnreachable != "fail" {
		return usageError("run, wait or fail", "unknown --on-unreachable %q", q.onUnreachable)
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if q.runRef == "" {
		q.runRef = uuid.NewString()
	}
	answer, err := a.askGate(c.Context(), newClient(cfg), q)
	if err != nil {
		return err
	}
	switch answer.Decision {
	case "run":
		return a.runChild(c.Context(), command, answer)
	case "skip":
		a.say("skip: %s", strings.Join(answer.Reasons, "; "))
		return nil
	case "deny":
		return withCode(exitDenied, catalog.WithHint(fmt.Errorf("denied: %s", strings.Join(answer.Reasons, "; ")), "weir why "+q.job))
	}
	return withCode(exitUnreachable, catalog.WithHint(fmt.Errorf("still not ready after %s: %s", q.maxWait, strings.Join(answer.Reasons, "; ")), "weir why "+q.job))
}

// askGate asks until the answer is final or the time is up.
func (a *app) askGate(ctx context.Context, c *client, q gateAsk) (gateAnswer, error) {
	started, said := time.Now(), ""
	for {
		answer, err := c.gate(ctx, q, started)
		pause := time.Duration(answer.RetryAfterSeconds) * time.Second
		switch {
		case err != nil && exitCode(ctx, err) == exitUnreachable && q.onUnreachable == "run":
			a.say("weir does not answer: running without it (--on-unreachable run): %v", err)
			return gateAnswer{Decision: "run"}, nil
		case err != nil && (exitCode(ctx, err) != exitUnreachable || q.onUnreachable == "fail"):
			return answer, err
		case err != nil:
			answer.Reasons, pause = []string{err.Error()}, retryPause
		case answer.Decision != "wait":
			return answer, nil
		}
		if q.maxWait > 0 && time.Since(started) >= q.maxWait {
			if err != nil {
				return answer, err
			}
			answer.Decision = "wait"
			return answer, nil
		}
		if why := strings.Join(answer.Reasons, "; "); why != said {
			a.say("waiting: %s", why)
			said = why
		}
		if !sleep(ctx, a.pauseWithin(pause, q, started)) {
			return answer, ctx.Err()
		}
	}
}

// pauseWithin: the server holds the question itself, so that asking again at
// once is no busy loop; only an unreachable server needs a pause.
func (a *app) pauseWithin(pause time.Duration, q gateAsk, started time.Time) time.Duration {
	if q.maxWait > 0 {
		pause = min(pause, max(q.maxWait-time.Since(started), 0))
	}
	return min(pause, retryPause)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// gate asks once; the server may hold the question for some seconds.
func (c *client) gate(ctx context.Context, q gateAsk, started time.Time) (gateAnswer, error) {
	hold := min(20*time.Second, c.http.Timeout/2)
	body := map[string]any{"job": strings.TrimPrefix(q.job, "job:"), "key": q.key, "runRef": q.runRef}
	if q.maxWait > 0 {
		hold = min(hold, max(q.maxWait-time.Since(started), 0))
	}
	body["waitSeconds"] = int(hold.Seconds())
	b, err := json.Marshal(body)
	if err != nil {
		return gateAnswer{}, fmt.Errorf("ask the gate: %w", err)
	}
	resp, err := c.do(ctx, http.MethodPost, "/api/v1/gate", "application/json", bytes.NewReader(b))
	if err != nil {
		return gateAnswer{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var a gateAnswer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("unreadable answer of the gate: %w", err)
	}
	return a, nil
}

// runChild runs the command with our streams; its exit code is ours. Ctrl-C
// reaches it as the terminal sends it; after that it has 5 s.
func (a *app) runChild(ctx context.Context, command []string, answer gateAnswer) error {
	for _, r := range answer.Reasons {
		a.say("run: %s", r)
	}
	if len(command) == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.in, a.out, a.err
	cmd.Env = append(a.environ(), "WEIR_DECISION_ID="+answer.DecisionID)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return &codedError{error: err, code: exit.ExitCode(), quiet: true}
	case errors.As(err, &exit):
		return &codedError{error: err, code: signalCode(exit), quiet: true}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return usageError("look at the name and PATH", "run %s: %w", command[0], err)
	case err != nil:
		return fmt.Errorf("run %s: %w", command[0], err)
	}
	return nil
}

// signalCode is the shell's code of a child that a signal ended.
func signalCode(e *exec.ExitError) int {
	if s, ok := e.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return exitFailed
}
