// Command weir runs the control plane and asks it questions.
//
// It is the composition root: the only place that reads flags, environment and
// files, chooses backends, starts goroutines and ends the process.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// version is set by the linker.
var version = "dev"

func main() {
	attentive(os.Getenv("GOMAXPROCS"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once. Not within the first second:
	// timeout and process managers send a signal to the process and its group.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	os.Exit(run(ctx, os.Args[1:], process{getenv: os.Getenv, environ: os.Environ, in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// attentive lets the operating system choose between events and questions: with
// as many threads as processors, a question would lie unread while all of them
// project (decision 43). A number that somebody chose stays.
func attentive(chosen string) {
	if chosen == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}

// process is what a command sees of its surroundings.
type process struct {
	getenv  func(string) string
	environ func() []string
	in      io.Reader
	// out is for data, err for words.
	out, err io.Writer
}

// run runs one command and gives the exit code.
func run(ctx context.Context, args []string, p process) int {
	a := &app{process: p}
	root := a.root()
	root.SetArgs(args)
	return a.finish(ctx, root.ExecuteContext(ctx))
}
