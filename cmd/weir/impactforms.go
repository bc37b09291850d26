package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// printImpact prints a report in one of the forms; bad are the severities that
// fail the command.
func (a *app) printImpact(form string, r report, bad []graph.Severity) error {
	switch form {
	case "md":
		return writeMarkdown(a.out, r)
	case "json":
		return printJSON(a.out, map[string]any{"impact": r})
	case "junit":
		return writeJUnit(a.out, r, bad)
	case "github":
		return a.printGitHub(r)
	case "sarif":
		return writeSARIF(a.out, r)
	}
	return a.printImpactTable(r)
}

func (a *app) printImpactTable(r report) error {
	var rows [][]string
	for _, f := range r.Findings {
		rows = append(rows, []string{string(f.Severity), string(f.Confidence), f.lastUsed(), strconv.Itoa(f.Distance), f.Asset, oneLine(strings.Join(f.Columns, ",")), f.words()})
	}
	if err := printTable(a.out, []string{"SEVERITY", "CONFIDENCE", "LAST USED", "HOPS", "ASSET", "COLUMNS", "REASON"}, rows); err != nil {
		return err
	}
	for _, x := range r.notes() {
		a.say("%s", x)
	}
	if r.Link != "" {
		a.say("page: %s", r.Link)
	}
	return nil
}

// notes is what stands beside the findings, a line each.
func (r report) notes() (out []string) {
	for _, u := range r.unknown() { // a sentence each
		out = append(out, "not known: "+u)
	}
	for _, x := range []struct {
		word string
		list []string
	}{{"tell", r.Owners}, {"policies at risk", r.Policies}, {"runs at risk", r.NextRuns}} {
		if len(x.list) > 0 {
			out = append(out, x.word+": "+strings.Join(x.list, ", "))
		}
	}
	if !r.Complete {
		out = append(out, r.cutWords())
	}
	return append(out, r.denied()...)
}

// denied says how many of the findings the role does not show, if any.
func (r report) denied() []string {
	if r.DeniedByRole == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d denied by role: neither their names nor their owners are shown to you", r.DeniedByRole)}
}

// cutWords says of a cut answer that it is, and by what.
func (r report) cutWords() string {
	if r.Cut == "" {
		return "the answer is cut: more lies beyond"
	}
	return fmt.Sprintf("the answer is cut (%s): more lies beyond", inWords(r.Cut))
}

// gaps is what the report cannot tell, a sentence each: with any, it does not
// say that nothing is affected.
func (r report) gaps() []string {
	list := r.unknown()
	if !r.Complete {
		list = append(list, r.cutWords())
	}
	return list
}

// lastUsed is when a run that uses it last began; none is not known from none.
func (f affected) lastUsed() string {
	switch {
	case f.LastUsedAt != nil:
		return clock(*f.LastUsedAt)
	case f.Used == catalog.False:
		return "never seen"
	}
	return "not known"
}

// words is the reason, and that the diff sees to it.
func (f affected) words() string {
	for _, d := range f.Deadlines {
		if d.Met != "TRUE" && !strings.Contains(f.Reason, d.Says) {
			f.Reason += fmt.Sprintf("; policy %s: %s", d.Policy, d.Says)
		}
	}
	if f.Edited {
		return f.Reason + " (edited in this diff)"
	}
	return f.Reason
}

// summaryRows bounds the table of a comment; GitHub takes 65,536 characters.
const summaryRows = 100

// marker lets whoever posts the comment find the one to replace.
const marker = "<!-- weir impact -->"

// writeMarkdown writes one comment for a pull request.
func writeMarkdown(w io.Writer, r report) error {
	if r.NotChecked != "" {
		return writeUnchecked(w, r)
	}
	var b strings.Builder
	counts := strings.Join(r.counts(), ", ")
	switch unsure := len(r.gaps()) > 0; {
	case counts == "" && unsure:
		counts = "nothing was found, and not all is known"
	case counts == "":
		counts = "nothing downstream is affected"
	case !r.Complete:
		counts += ", and the answer is cut"
	}
	fmt.Fprintf(&b, "%s\n### weir impact: %s\n\n", marker, counts)
	for _, p := range r.Changes {
		fmt.Fprintf(&b, "- %s%s\n", code(p.String()), evidence(p))
	}
	if shown := r.Findings[:min(len(r.Findings), summaryRows)]; len(shown) > 0 {
		b.WriteString("\n| severity | confidence | last used | asset | columns | because |\n|---|---|---|---|---|---|\n")
		for _, f := range shown {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.Severity, f.Confidence, f.lastUsed(), code(f.Asset), code(strings.Join(f.Columns, ", ")), cell(f.words()))
		}
		if more := len(r.Findings) - len(shown); more > 0 {
			fmt.Fprintf(&b, "\n%d more are not shown.\n", more)
		}
	}
	b.WriteString(drawWays(r))
	for _, n := range r.notes() {
		fmt.Fprintf(&b, "\n%s\n", cell(n))
	}
	if r.Link != "" {
		fmt.Fprintf(&b, "\n[Look at it in weir](%s)\n", strings.NewReplacer("(", "%28", ")", "%29").Replace(r.Link))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func evidence(p planned) string {
	if p.Evidence == "" {
		return ""
	}
	return " (" + cell(p.Evidence) + ")"
}

// code and cell keep names of others from becoming markup.
func code(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ReplaceAll(oneLine(s), "`", "'")
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

var markup = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "`", "'", "[", `\[`, "]", `\]`, "*", `\*`, "@", "&#64;", "#", "&#35;")

func cell(s string) string { return markup.Replace(oneLine(s)) }

// drawnSteps bounds the picture of a comment.
const drawnSteps = 60

// drawWays draws the ways that explain what is not safe; GitHub shows it.
func drawWays(r report) string {
	ids := map[string]string{}
	var lines []string
	node := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids))
			lines = append(lines, fmt.Sprintf("  %s[%q]", ids[name], strings.ReplaceAll(name, `"`, "'")))
		}
		return ids[name]
	}
	for _, f := range r.Findings {
		for i := 1; i < len(f.Path) && f.Severity != graph.Safe && len(lines) < drawnSteps; i++ {
			from, to := node(f.Path[i-1]), node(f.Path[i])
			if edge := fmt.Sprintf("  %s --> %s", from, to); !slices.Contains(lines, edge) {
				lines = append(lines, edge)
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n```mermaid\nflowchart LR\n" + strings.Join(lines, "\n") + "\n```\n"
}

// printGitHub writes an annotation for each change, in the commands that
// GitHub Actions reads from the output, and the comment to the step's summary.
func (a *app) printGitHub(r report) error {
	for i, p := range r.Changes {
		level, text := r.annotation(i, p)
		where := ""
		if p.File != "" {
			where = "file=" + property(p.File) + ","
		}
		if _, err := fmt.Fprintf(a.out, "::%s %stitle=%s::%s\n", level, where, property("weir: "+p.String()), data(text)); err != nil {
			return err
		}
	}
	for _, b := range slices.Concat(r.blindSpots(), r.denied()) {
		if _, err := fmt.Fprintf(a.out, "::warning title=weir::%s\n", data(b)); err != nil {
			return err
		}
	}
	return a.summarize(r)
}

// summarize adds the comment to the step's summary, where there is one.
func (a *app) summarize(r report) error {
	path := a.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // the runner names it
	if err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	if err := writeMarkdown(f, r); err != nil {
		f.Close() //nolint:errcheck // the first error counts
		return err
	}
	return f.Close()
}

var levels = map[graph.Severity]string{graph.Breaking: "error", graph.Degrading: "warning", graph.Uncertain: "warning"}

// shownAssets bounds what one annotation names.
const shownAssets = 10

// annotation is the level and text of one change.
func (r report) annotation(change int, p planned) (level, text string) {
	if !p.Known {
		return "warning", "weir has never seen it: nobody can say who reads it"
	}
	level = "notice"
	var lines []string
	more := 0
	for _, f := range r.Findings {
		at := slices.IndexFunc(f.Effects, func(e effect) bool { return e.Change == change })
		if at < 0 {
			continue
		}
		e := f.Effects[at]
		if l := levels[e.Severity]; level == "notice" || l == "error" {
			level = l
		}
		if len(lines) == shownAssets {
			more++
			continue
		}
		f.Reason = e.Reason
		lines = append(lines, fmt.Sprintf("%s %s: %s", e.Severity, f.Asset, f.words()))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	if len(lines) == 0 {
		lines = []string{r.nothing()}
	}
	if r.Complete {
		return level, strings.Join(lines, "\n")
	}
	if level == "notice" {
		level = "warning"
	}
	return level, strings.Join(append(lines, r.cutWords()), "\n")
}

// nothing says that nothing was found, as strongly as the report may.
func (r report) nothing() string {
	if len(r.blindSpots()) > 0 {
		return "nothing was found downstream that is affected; not all is known"
	}
	return "nothing downstream is known to be affected"
}

// blindSpots are the gaps that belong to no change.
func (r report) blindSpots() []string {
	if r.Complete {
		return r.Blind
	}
	return append(slices.Clone(r.Blind), r.cutWords())
}

// data and property escape as GitHub's own toolkit does.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// gap adds a test of what is not known.
func (s *junitSuite) gap(says string, fails bool) {
	c := junitCase{Class: "weir.impact", Name: says}
	if fails {
		c.Failure = &junitMessage{Message: says, Type: string(graph.Uncertain)}
		s.Failures++
	} else {
		c.Skipped = &junitMessage{Message: says}
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit makes a test of each affected asset: failed when it is as bad as
// --fail-on says (without: BREAKING), skipped when nobody can say. What is not
// known is a test too, so that no report without a finding seems whole; that of
// a cut fails as the command does.
func writeJUnit(w io.Writer, r report, bad []graph.Severity) error {
	asked := bad != nil
	if !asked {
		bad = failLevels["breaking"]
	}
	s := junitSuite{Name: "weir impact"}
	for _, f := range r.Findings {
		m := &junitMessage{Message: f.words(), Text: r.Changes[f.Change].String() + "\n" + strings.Join(f.Path, " -> ")}
		c := junitCase{Class: "weir.impact", Name: f.Asset}
		switch {
		case slices.Contains(bad, f.Severity):
			m.Type, c.Failure = string(f.Severity), m
			s.Failures++
		case f.Severity == graph.Uncertain:
			c.Skipped = &junitMessage{Message: f.words()}
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	for _, u := range r.unknown() {
		s.gap(u, slices.Contains(bad, graph.Uncertain))
	}
	if !r.Complete {
		s.gap(r.cutWords(), asked)
	}
	for _, d := range r.denied() {
		s.gap(d, false)
	}
	return s.write(w)
}

func (s junitSuite) write(w io.Writer) error {
	s.Tests = len(s.Cases)
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	if err := enc.Encode(junitSuites{Suite: s}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
