package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
)

// gateAsk is what weir gate is asked to do.
type gateAsk struct {
	job, key, partition, runRef, onUnreachable string
	// wait is how long to wait for another answer than wait; 0: no end.
	wait time.Duration
	// patience is how long a server that does not answer is asked again before
	// --on-unreachable run or fail holds: a restart is no outage.
	patience time.Duration
	skipCode int
}

// gateAnswerTime is how long one answer may take; the server holds a question
// for less.
const gateAnswerTime = 30 * time.Second

func (a *app) gateCommand() *cobra.Command {
	var q gateAsk
	c := &cobra.Command{
		Use: "gate --job JOB [-- COMMAND...]", Short: "Ask whether a job may run now, wait until it may, then run it", Args: cobra.ArbitraryArgs,
		Long: `Asks weir whether the job may run now. On wait it asks again until the answer is
another or --timeout is over (exit code 8). On run it starts the command, forwards
signals to it and passes its exit code on. On skip it exits with --skip-code
without running; on deny it exits 4; when weir does not answer, 6.`,
		Example: `  weir gate --job job:prod/report --key 2026-03-01 -- ./report.sh
  weir gate --job job:prod/daily --partition 2026-03-01 -- ./daily.sh 2026-03-01
  weir gate --job job:prod/report --timeout 2h && echo may run`,
		RunE: func(c *cobra.Command, args []string) error { return a.runGate(c, q, args) },
	}
	addSettings(c.Flags(), "url")
	f := c.Flags()
	f.StringVar(&q.job, "job", "", "the job that asks: job:NAMESPACE/NAME")
	f.StringVar(&q.key, "key", "", "what the run is for (a date, a partition): the same key gets the same answer again")
	f.StringVar(&q.partition, "partition", "", "the partition that the run is to make: asks whether that one is ready; the key, where none is given")
	f.StringVar(&q.runRef, "run-ref", "", "the asker's run id; a fresh one without it, --key and --partition")
	f.DurationVar(&q.wait, "timeout", 0, "give up waiting after this long; 0 waits as long as the policy does")
	f.DurationVar(&q.wait, "max-wait", 0, "the same as --timeout")
	f.StringVar(&q.onUnreachable, "on-unreachable", "wait", "when weir does not answer: run, wait or fail")
	f.DurationVar(&q.patience, "unreachable-after", 10*time.Second, "how long a weir that does not answer is asked again before --on-unreachable run or fail")
	f.IntVar(&q.skipCode, "skip-code", exitSkipped, "exit code of skip; Airflow's BashOperator takes 99 for skipped")
	outputFlag(c, "text", "json")
	return c
}

// gateAnswer is what the server says.
type gateAnswer struct {
	Decision          string          `json:"decision"`
	DecisionID        string          `json:"decisionId"`
	WouldHave         string          `json:"wouldHave,omitempty"`
	RetryAfterSeconds int             `json:"retryAfterSeconds,omitempty"`
	ExpectedReadyAt   *time.Time      `json:"expectedReadyAt,omitempty"`
	Pins              json.RawMessage `json:"pins,omitempty"`
	Lease             json.RawMessage `json:"lease,omitempty"`
	Reasons           []string        `json:"reasons"`
	// Unreachable: the server did not answer and this is the caller's own rule.
	Unreachable bool `json:"unreachable,omitempty"`
}

func (q *gateAsk) check(cfg *Config) error {
	switch {
	case q.job == "":
		return usageError("--job job:NAMESPACE/NAME", "which job asks?")
	case !strings.Contains(strings.TrimPrefix(q.job, "job:"), "/"):
		return usageError("job:NAMESPACE/NAME; weir search "+strings.TrimPrefix(q.job, "job:")+" finds it", "%q is no name of a job", q.job)
	case q.onUnreachable != "run" && q.onUnreachable != "wait" && q.onUnreachable != "fail":
		return usageError("run, wait or fail", "unknown --on-unreachable %q", q.onUnreachable)
	case q.skipCode < 0 || q.skipCode > 255:
		return usageError("0 to 255", "--skip-code %d is no exit code", q.skipCode)
	}
	cfg.Timeout = gateAnswerTime
	// A key alone must find its answer again, whoever asks.
	if q.runRef == "" && q.key == "" && q.partition == "" {
		q.runRef = uuid.NewString()
	}
	return nil
}

func (a *app) runGate(c *cobra.Command, q gateAsk, command []string) error {
	form, err := output(c, "text", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if err := q.check(&cfg); err != nil {
		return err
	}
	answer, err := a.askGate(c.Context(), newClient(cfg), q)
	if err != nil {
		return err
	}
	if form == "json" {
		if err := a.printGate(answer); err != nil {
			return err
		}
	}
	why := strings.Join(answer.Reasons, "; ")
	switch answer.Decision {
	case "run":
		return a.runChild(q, command, answer)
	case "skip":
		a.say("skip: %s", why)
		return &codedError{error: errors.New("skipped"), code: q.skipCode, quiet: true}
	case "deny":
		return withCode(exitDenied, catalog.WithHint(fmt.Errorf("denied: %s", why), "weir why "+q.job))
	}
	return withCode(exitHeld, catalog.WithHint(fmt.Errorf("still not ready after %s: %s", q.wait, why), "weir why "+q.job))
}

// printGate prints the answer as a document, before the command prints anything.
func (a *app) printGate(answer gateAnswer) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	return printJSON(a.out, fields)
}

// askGate asks until the answer is final or the time is up.
func (a *app) askGate(ctx context.Context, c *client, q gateAsk) (gateAnswer, error) {
	started, said := time.Now(), ""
	var silent silence
	for {
		answer, err := c.gate(ctx, q, started)
		if final, ok, err := a.gateOver(ctx, q, answer, err, silent.since(err)); ok {
			return final, err
		}
		pause := time.Duration(answer.RetryAfterSeconds) * time.Second
		if err != nil {
			answer.Reasons, pause = []string{err.Error()}, retryPause
		}
		if q.wait > 0 && time.Since(started) >= q.wait {
			answer.Decision = "wait"
			return answer, err
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

// gateOver ends the asking: with the server's answer, with an error that stays,
// or with the caller's own rule after a silence.
func (a *app) gateOver(ctx context.Context, q gateAsk, answer gateAnswer, err error, silent time.Duration) (gateAnswer, bool, error) {
	switch {
	case err == nil:
		return answer, answer.Decision != "wait", nil
	case exitCode(ctx, err) != exitUnreachable:
		return answer, true, err
	case q.onUnreachable == "wait" || silent < q.patience:
		return answer, false, err
	}
	answer, err = a.unreachableGate(q, err)
	return answer, true, err
}

// silence is how long a server has not answered.
type silence struct{ from time.Time }

// since counts on while there are errors.
func (s *silence) since(err error) time.Duration {
	if err == nil {
		s.from = time.Time{}
		return 0
	}
	if s.from.IsZero() {
		s.from = time.Now()
	}
	return time.Since(s.from)
}

// unreachableGate is the caller's own rule.
func (a *app) unreachableGate(q gateAsk, err error) (gateAnswer, error) {
	if q.onUnreachable == "fail" {
		return gateAnswer{}, err
	}
	a.say("weir does not answer: running without it (--on-unreachable run): %v", err)
	return gateAnswer{Decision: "run", Unreachable: true}, nil
}

// pauseWithin: the server holds the question itself, so that asking again at
// once is no busy loop; only an unreachable server needs a pause.
func (a *app) pauseWithin(pause time.Duration, q gateAsk, started time.Time) time.Duration {
	if q.wait > 0 {
		pause = min(pause, max(q.wait-time.Since(started), 0))
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
	body := map[string]any{"job": strings.TrimPrefix(q.job, "job:"), "key": q.key, "partition": q.partition, "runRef": q.runRef}
	if q.wait > 0 {
		hold = min(hold, max(q.wait-time.Since(started), 0))
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
		return a, c.unread(ctx, err)
	}
	return a, nil
}
