package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watched runs a command that watches; end interrupts it and gives its exit code.
func (w *world) watched(p process, args ...string) (end func() int) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, p) }()
	w.t.Cleanup(cancel)
	return func() int {
		cancel()
		select {
		case code := <-done:
			return code
		case <-time.After(inTime):
			w.t.Fatalf("%v does not end", args)
			return 0
		}
	}
}

// TestWatch: a new block at each change, until it is interrupted; a weir that
// ceases to answer is waited for.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "policies", "p.yaml"), latePolicies)
	w := start(t, dir, "--policies", filepath.Join(dir, "policies"))
	var status, words, late, none buffer
	endStatus := w.watched(w.process(nil, &status, &words), "status", "--watch")
	endLate := w.watched(w.process(nil, &late, &none), "late", "-w", "--owner", "team-analytics")
	waitUntil(t, "the first blocks", func() bool {
		return strings.Contains(status.String(), "data    0 late") && strings.Contains(late.String(), "STATE")
	})
	if _, words, code := w.weir("", "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	waitUntil(t, "new blocks", func() bool {
		return strings.Contains(status.String(), "\n\ndata    2 late") && strings.Contains(late.String(), "\n\nSTATE") && strings.Contains(late.String(), "late")
	})
	for what, out := range map[string]string{"status": status.String(), "late": late.String()} {
		blocks := strings.Split(strings.TrimSuffix(out, "\n"), "\n\n")
		for i := 1; i < len(blocks); i++ {
			if blocks[i] == blocks[i-1] {
				t.Errorf("%s: a block that changes nothing:\n%s", what, out)
			}
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%s: no terminal, and told as one:\n%q", what, out)
		}
	}
	if code := endLate(); code != exitOK {
		t.Errorf("interrupted: exit %d: %s", code, none.String())
	}
	w.stop()
	waitUntil(t, "it is said that weir does not answer", func() bool { return strings.Contains(words.String(), "what is shown is of before") })
	if code := endStatus(); code != exitOK {
		t.Errorf("interrupted: exit %d: %s", code, words.String())
	}
	if _, words, code := w.weir("", "status", "--watch"); code != exitUnreachable {
		t.Errorf("nothing to watch: exit %d: %s", code, words)
	}
}

// TestWatchOnATerminal: what is new is written over what was there.
func TestWatchOnATerminal(t *testing.T) {
	w := start(t, t.TempDir())
	screen, keyboard := terminal(t)
	var shown buffer
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := screen.Read(b)
			if err != nil {
				return
			}
			_, _ = shown.Write(b[:n])
		}
	}()
	end := w.watched(w.process(nil, nil, nil).on(keyboard), "status", "--watch")
	waitUntil(t, "the first screen", func() bool { return strings.Contains(shown.String(), "\x1b[H\x1b[Jdata    0 late") })
	if _, words, code := w.weir("", "events", "send", filepath.Join(packageDir, "testdata", "events.ndjson")); code != exitOK {
		t.Fatal(words)
	}
	waitUntil(t, "the next over it", func() bool {
		_, next, ok := strings.Cut(strings.TrimPrefix(shown.String(), "\x1b[H"), "\x1b[H")
		return ok && strings.HasPrefix(next, "data    0 late") && strings.Contains(next, "\x1b[K\r\n") && strings.HasSuffix(next, "\x1b[J")
	})
	if code := end(); code != exitOK {
		t.Errorf("exit %d: %s", code, shown.String())
	}
}

// on is a process whose data and words go to a terminal.
func (p process) on(f *os.File) process {
	p.out, p.err = f, f
	return p
}

// terminal opens a pair of a screen and what a program writes to.
func terminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { screen.Close() }) //nolint:errcheck // it is done
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() }) //nolint:errcheck // it is done
	return screen, program
}
