package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/demo"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server"
)

// demoAsk is how the demo is told.
type demoAsk struct {
	listen, base  string
	loop, verbose bool
	once          bool
	pace          float64
	days          int
}

func (a *app) demoCommand() *cobra.Command {
	var q demoAsk
	c := &cobra.Command{
		Use: "demo", Short: "Show weir at work: a sample company on a bad morning", Args: cobra.NoArgs,
		Long: `Starts weir and a sample company in one process: offline, in a temporary directory
that is removed at the end. Airflow and SageMaker are simulated on loopback and
speak their real protocols; everything of weir is real. The story takes about two
minutes; Enter tells it again from the start, Ctrl-C ends it.`,
		Example: "  weir demo\n  weir demo --listen 127.0.0.1:9000 --loop",
		RunE: func(c *cobra.Command, _ []string) error {
			if q.pace < 0 || q.days < 1 {
				return usageError("--pace 1 is for readers, --days 30 is a month", "pace must not be negative, and days at least 1")
			}
			return a.demo(c.Context(), q)
		},
	}
	f := c.Flags()
	f.StringVar(&q.listen, "listen", "127.0.0.1:8080", "address to serve on")
	f.StringVar(&q.base, "base-path", "", "folder under which a proxy shows it, for example /weir")
	f.BoolVar(&q.loop, "loop", false, "tell it again and again")
	f.BoolVar(&q.once, "once", false, "end when it is told")
	f.BoolVar(&q.verbose, "verbose", false, "weir's own log too")
	f.Float64Var(&q.pace, "pace", 1, "how long pauses for readers are; 0 none")
	f.IntVar(&q.days, "days", 30, "days of history")
	return c
}

// errAgain ends one telling so that the next begins.
var errAgain = errors.New("once more")

// demo tells the story, each time with a weir that knows nothing.
func (a *app) demo(ctx context.Context, q demoAsk) error {
	keys := a.keys(ctx)
	for {
		err := a.demoOnce(ctx, q, keys)
		switch {
		case ctx.Err() != nil:
			a.say("stopped; nothing is left behind")
			return nil
		case !errors.Is(err, errAgain):
			return err
		}
	}
}

// keys tells of each Enter on a terminal.
func (a *app) keys(ctx context.Context) <-chan struct{} {
	f, ok := a.in.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	out := make(chan struct{})
	go func() { // ends with the process: a read from a terminal cannot be stopped
		for lines := bufio.NewScanner(f); lines.Scan(); {
			select {
			case out <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// demoOnce runs weir and the company in a directory that goes away.
func (a *app) demoOnce(ctx context.Context, q demoAsk, keys <-chan struct{}) (err error) {
	dir, err := os.MkdirTemp("", "weir-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	story := demo.New(demo.Options{Out: a.err, Pace: q.pace, Days: q.days})
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	group, ctx := errgroup.WithContext(ctx)
	airflow, err := serveFake(ctx, group, story.AirflowHandler())
	if err != nil {
		return err
	}
	sagemaker, err := serveFake(ctx, group, story.SageMakerHandler())
	if err != nil {
		return err
	}
	files, err := demo.WriteFiles(dir, airflow, sagemaker)
	if err != nil {
		return err
	}
	cfg, log, err := a.demoConfig(q, files)
	if err != nil {
		return err
	}
	opened := make(chan opening, 1)
	group.Go(func() error { return story.RunTools(ctx) })
	group.Go(func() error {
		return serve(ctx, cfg, a.process, log, func(w *plant, url string) { opened <- opening{w, url} })
	})
	group.Go(func() error { return a.tell(ctx, q, story, opened, files.Policies, keys) })
	return group.Wait()
}

// opening is a weir that decides.
type opening struct {
	weir *plant
	url  string
}

// tell waits for weir, tells the story, and waits for what comes next.
func (a *app) tell(ctx context.Context, q demoAsk, story *demo.Story, opened <-chan opening, dir string, keys <-chan struct{}) error {
	var o opening
	select {
	case <-ctx.Done():
		return nil
	case o = <-opened:
	}
	a.say("\nweir demo: look at %s\n", paint(a.color(a.err), bold, o.url))
	if err := story.Tell(ctx, demoView{o.weir}, o.url, dir); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	var again <-chan time.Time
	switch {
	case q.once:
		return &codedError{error: errors.New("told"), code: exitOK, quiet: true}
	case q.loop:
		again = time.After(15 * time.Second)
	case keys != nil:
		a.say("\nEnter tells it again from the start, Ctrl-C ends it.")
	default:
		a.say("\nCtrl-C ends it.")
	}
	select {
	case <-ctx.Done():
		return nil
	case <-again:
	case <-keys:
	}
	return errAgain
}

// demoView is what the teller looks at.
type demoView struct{ *plant }

// Evaluations lists how each policy stands.
func (v demoView) Evaluations() []policies.Evaluated { return v.evaluator.Evaluations() }

// Actions lists what weir did.
func (v demoView) Actions(ctx context.Context, q catalog.ActionQuery) ([]catalog.Action, error) {
	return v.ledger.Actions(ctx, q)
}

// Behind is how many journalled events are not read yet.
func (v demoView) Behind() int { return int(v.journal.End() - v.projector.Position()) }

func (a *app) demoConfig(q demoAsk, f demo.Files) (Config, *slog.Logger, error) {
	cfg := Config{Data: f.Data, Listen: q.listen, Graph: "embedded", Policies: f.Policies, Connectors: f.Connectors, PollInterval: time.Second,
		ShutdownTimeout: 10 * time.Second, LogLevel: "info", LogFormat: "text", Timeout: 30 * time.Second}
	if q.pace < 0.5 {
		cfg.PollInterval = 100 * time.Millisecond
	}
	var err error
	if cfg.base, err = server.CleanBase(q.base); err != nil {
		return cfg, nil, withCode(exitUsage, fmt.Errorf("--base-path: %w", err))
	}
	if err := cfg.check(); err != nil {
		return cfg, nil, err
	}
	if !q.verbose {
		return cfg, slog.New(slog.DiscardHandler), nil
	}
	log, err := a.logger(cfg)
	return cfg, log, err
}

// serveFake serves a simulated tool on a free port of loopback.
func serveFake(ctx context.Context, group *errgroup.Group, h http.Handler) (string, error) {
	l, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return ctx }}
	group.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("simulated tool: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return srv.Close()
	})
	return "http://" + l.Addr().String(), nil
}
