package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/ingest/lint"
)

// maxListed bounds the findings that are listed one by one.
const maxListed = 10_000

func (a *app) lintCommand() *cobra.Command {
	var schemas, failOn string
	c := &cobra.Command{
		Use: "lint FILE|DIR|-...", Short: "Report what is odd about events", Args: cobra.MinimumNArgs(1),
		Long: `Compares events with the published OpenLineage schemas and with what weir can
make the most of. Reads what "events send" reads, and folders of such files. It is
a report: weir takes events that are odd all the same. Exit code 3 when there is a
finding of --fail-on or dearer.`,
		Example: "  weir events lint events.ndjson --schemas ../OpenLineage/spec\n  weir events lint captured/ -o lines --fail-on warn",
		RunE:    func(c *cobra.Command, args []string) error { return a.lint(c, args, schemas, failOn) },
	}
	outputFlag(c, "table", "lines", "json")
	c.Flags().StringVar(&schemas, "schemas", "", "a copy of the spec folder of OpenLineage's repository; without it only weir's own rules")
	c.Flags().StringVar(&failOn, "fail-on", "error", "error, warn, info or never")
	return c
}

func (a *app) lint(c *cobra.Command, paths []string, schemas, failOn string) error {
	form, err := output(c, "table", "lines", "json")
	if err != nil {
		return err
	}
	limit, err := lint.ParseSeverity(failOn)
	if err != nil {
		return usageError("error, warn, info or never", "--fail-on: %w", err)
	}
	s := &survey{linter: &lint.Linter{}, codes: map[string]*codeCount{}}
	if schemas != "" {
		if s.linter.Schemas, err = lint.Load(os.DirFS(schemas)); err != nil {
			return usageError("--schemas names a copy of the spec folder of OpenLineage's repository", "read schemas in %s: %w", schemas, err)
		}
	} else {
		a.say("the published schemas are not looked at: --schemas names a copy")
	}
	for _, p := range paths {
		if err := s.path(c.Context(), a, p); err != nil {
			return err
		}
	}
	if err := s.print(a, form); err != nil {
		return err
	}
	if limit > 0 && s.dearest >= limit {
		return &codedError{error: errors.New("findings"), code: exitFindings, quiet: true}
	}
	return nil
}

// survey counts findings over many events.
type survey struct {
	linter        *lint.Linter
	files, events int
	codes         map[string]*codeCount
	dearest       lint.Severity
	listed        []located
}

// codeCount is how often a code was found, and where first.
type codeCount struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Findings int    `json:"findings"`
	Events   int    `json:"events"`
	Example  string `json:"example"`
	severity lint.Severity
}

// located is a finding with its event.
type located struct {
	Event    string `json:"event"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Where    string `json:"where,omitempty"`
	Message  string `json:"message"`
}

// path takes a file, stdin, or all event files below a folder.
func (s *survey) path(ctx context.Context, a *app, path string) error {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return s.file(ctx, a, path)
	}
	if err != nil {
		return usageError("name a file, a folder, or - for stdin", "read events: %w", err)
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !eventFile(p) {
			return err
		}
		return s.file(ctx, a, p)
	})
}

// eventFile reports whether a file of a folder is looked at.
func eventFile(path string) bool {
	ext := filepath.Ext(strings.TrimSuffix(path, ".gz"))
	return slices.Contains([]string{".json", ".ndjson", ".jsonl"}, ext)
}

func (s *survey) file(ctx context.Context, a *app, path string) error {
	s.files++
	err := a.eachEvent(path, func(where string, body []byte) error {
		s.events++
		s.note(where, s.linter.Event(body))
		return ctx.Err()
	})
	if errors.Is(err, errNotJSON) {
		_, what, _ := strings.Cut(err.Error(), "read "+path+": ")
		s.note(path, []lint.Finding{{Code: lint.CodeJSON, Severity: lint.Error, Message: what}})
		return nil
	}
	return err
}

// note counts the findings of one event.
func (s *survey) note(event string, findings []lint.Finding) {
	seen := map[string]bool{}
	for _, f := range findings {
		c := s.codes[f.Code]
		if c == nil {
			c = &codeCount{Code: f.Code, Severity: f.Severity.String(), severity: f.Severity, Example: strings.TrimSpace(event + " " + f.Where)}
			s.codes[f.Code] = c
		}
		c.Findings++
		if !seen[f.Code] {
			c.Events++
		}
		seen[f.Code] = true
		s.dearest = max(s.dearest, f.Severity)
		if len(s.listed) < maxListed {
			s.listed = append(s.listed, located{event, f.Severity.String(), f.Code, f.Where, f.Message})
		}
	}
}

// counts lists the codes, dearest first.
func (s *survey) counts() []*codeCount {
	list := []*codeCount{}
	for _, r := range lint.Rules {
		if c := s.codes[r.Code]; c != nil {
			list = append(list, c)
		}
	}
	return list
}

func (s *survey) total() (n int) {
	for _, c := range s.codes {
		n += c.Findings
	}
	return n
}

func (s *survey) print(a *app, form string) error {
	complete := s.total() == len(s.listed)
	switch form {
	case "json":
		return printJSON(a.out, map[string]any{"files": s.files, "events": s.events, "codes": s.counts(), "findings": s.listed, "complete": complete})
	case "lines":
		for _, f := range s.listed {
			fmt.Fprintf(a.out, "%s: %s %s %s: %s\n", oneLine(f.Event), f.Severity, f.Code, oneLine(f.Where), oneLine(f.Message))
		}
		if !complete {
			a.say("%d more findings are not listed", s.total()-len(s.listed))
		}
		return nil
	}
	var rows [][]string
	for _, c := range s.counts() {
		rows = append(rows, []string{c.Severity, c.Code, strconv.Itoa(c.Findings), strconv.Itoa(c.Events), oneLine(c.Example)})
	}
	fmt.Fprintf(a.out, "%s in %s: %s\n", count(s.events, "event", "events"), count(s.files, "file", "files"), count(s.total(), "finding", "findings"))
	if len(rows) == 0 {
		return nil
	}
	return printTable(a.out, []string{"SEVERITY", "CODE", "FINDINGS", "EVENTS", "FIRST"}, rows)
}
