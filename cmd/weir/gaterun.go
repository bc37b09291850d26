package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// maxPinsVariable bounds WEIR_PINS: a system refuses to start a program with
// one larger variable (128 kB on Linux). The file has all pins.
const maxPinsVariable = 64 << 10

// runChild runs the command with our streams and its exit code as ours. What it
// is to read is handed to it: as variables, and as a file that is gone after it.
func (a *app) runChild(q gateAsk, command []string, answer gateAnswer) error {
	for _, r := range answer.Reasons {
		a.say("run: %s", r)
	}
	if len(command) == 0 {
		return nil
	}
	file, err := answerFile(answer)
	if err != nil {
		return err
	}
	defer os.Remove(file) //nolint:errcheck // a leftover in the temporary directory
	// Not tied to our context: a signal is the command's to act on.
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.in, a.out, a.err
	cmd.Env = append(a.environ(), gateVariables(q, answer, file)...)
	return ended(command[0], runForwarding(cmd, a.in))
}

// runForwarding runs a command and hands it the signals we get. The terminal
// sends Ctrl-C to the command itself.
func runForwarding(cmd *exec.Cmd, in io.Reader) error {
	signals := []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
	heard := make(chan os.Signal, 8)
	signal.Notify(heard, append(signals, os.Interrupt)...)
	defer signal.Stop(heard)
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-heard:
			if s != os.Interrupt || !isTerminal(in) {
				_ = cmd.Process.Signal(s) // it may have ended by itself
			}
		case err := <-done:
			return err
		}
	}
}

// answerFile writes the answer where only we read it.
func answerFile(answer gateAnswer) (string, error) {
	f, err := os.CreateTemp("", "weir-gate-*.json")
	if err != nil {
		return "", fmt.Errorf("write the gate's answer: %w", err)
	}
	err = json.NewEncoder(f).Encode(answer)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("write the gate's answer: %w", err)
	}
	return f.Name(), nil
}

func gateVariables(q gateAsk, answer gateAnswer, file string) []string {
	pins := string(answer.Pins)
	if len(pins) > maxPinsVariable {
		pins = ""
	}
	return []string{"WEIR_DECISION_ID=" + answer.DecisionID, "WEIR_GATE_FILE=" + file, "WEIR_PINS=" + pins,
		"WEIR_KEY=" + q.key, "WEIR_PARTITION=" + q.partition, "WEIR_RUN_REF=" + q.runRef}
}

// ended turns the end of a command into ours.
func ended(name string, err error) error {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return &codedError{error: err, code: exit.ExitCode(), quiet: true}
	case errors.As(err, &exit):
		return &codedError{error: err, code: signalCode(exit), quiet: true}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return usageError("look at the name and PATH", "run %s: %w", name, err)
	case err != nil:
		return fmt.Errorf("run %s: %w", name, err)
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
