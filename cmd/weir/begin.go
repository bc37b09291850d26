package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// begins are what each tool needs, to tell weir what it does.
//
//go:embed begin
var begins embed.FS

// beginning is what init prints for a tool, and what to do with it.
type beginning struct {
	tool, file, then string
}

// beginnings are in the order of help; the last is no tool but a trial.
var beginnings = []beginning{
	{"airflow", "airflow.env", "restart Airflow; the next DAG run is here, weir status tells"},
	{"dbt", "dbt.env", "run dbt-ol build with it; weir search shows the models"},
	{"spark", "spark.conf", "start a job with it; weir runs lists it"},
	{"sagemaker", "sagemaker.yaml", "weir serve --connectors FILE looks at its pipelines"},
	{"event", "event.json", "weir init event | weir events send -   shows whether events arrive"},
}

type beginAsk struct {
	namespace, write string
}

func (a *app) initCommand() *cobra.Command {
	var q beginAsk
	var tools []string
	for _, b := range beginnings {
		tools = append(tools, b.tool)
	}
	c := &cobra.Command{
		Use: "init [" + strings.Join(tools, "|") + "]", Short: "Print what a tool needs to tell weir what it does", ValidArgs: tools, Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		Long: `Prints the configuration of a tool with which it sends its OpenLineage events here, or
an event to try with. No server is asked; no key is printed, where it goes stands in
a comment. docs/producers.md says what weir takes.`,
		Example: `  weir init airflow --url https://weir.example
  weir init spark --write spark-defaults.conf
  weir init event | weir events send -`,
		RunE: func(c *cobra.Command, args []string) error { return a.begin(c, args[0], q) },
	}
	c.Flags().StringVar(&q.namespace, "namespace", "prod", "namespace of the tool's jobs")
	c.Flags().StringVar(&q.write, "write", "", "file to write it to; one that is there is left as it is")
	addSettings(c.Flags(), "url")
	return c
}

func (a *app) begin(c *cobra.Command, tool string, q beginAsk) error {
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	if q.namespace == "" || strings.ContainsFunc(q.namespace+cfg.URL, unquotable) {
		return usageError("letters, digits and -._~:/@%+", "a namespace or address with spaces, quotes or other signs is not written into a file that a shell or a tool reads")
	}
	b := beginnings[slices.IndexFunc(beginnings, func(b beginning) bool { return b.tool == tool })] // one of the arguments that are valid
	text, err := b.text(begun{URL: strings.TrimRight(cfg.URL, "/"), Namespace: q.namespace, Run: uuid.Must(uuid.NewV7()).String(), Now: time.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	if err := a.beginTo(q.write, text); err != nil {
		return err
	}
	a.say("then: %s", b.then)
	return nil
}

// unquotable are the letters that mean something to a shell, JSON or YAML.
func unquotable(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~:/@%+", r))
}

// begun is what is filled in.
type begun struct {
	URL, Namespace, Run, Now string
}

func (b beginning) text(with begun) (string, error) {
	t, err := template.ParseFS(begins, "begin/"+b.file)
	if err != nil {
		return "", fmt.Errorf("read what %s needs: %w", b.tool, err)
	}
	var out strings.Builder
	err = t.Execute(&out, with)
	return out.String(), err
}

// beginTo prints, or makes a file that is not there yet.
func (a *app) beginTo(path, text string) error {
	if path == "" {
		_, err := io.WriteString(a.out, text)
		return err
	}
	err := newFile(path, text)
	if errors.Is(err, fs.ErrExist) {
		return usageError("print it without --write, and put it in there", "%s is there already, and was left as it is", path)
	}
	return err
}
