package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"
)

// schemaVersion marks JSON output; it changes when a field changes meaning.
const schemaVersion = "weir.v1"

// outputFlag declares -o with the forms of a command, the default first.
func outputFlag(c *cobra.Command, forms ...string) {
	c.Flags().StringP("output", "o", forms[0], strings.Join(forms, ", "))
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

// output reads -o.
func output(c *cobra.Command, forms ...string) (string, error) {
	o, err := c.Flags().GetString("output")
	if err != nil {
		return "", err
	}
	if !slices.Contains(forms, o) {
		return "", usageError("one of "+strings.Join(forms, ", "), "unknown output %q", o)
	}
	return o, nil
}

// newFile writes a file that was not there; fs.ErrExist: it was, and stays as it is.
func newFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// printJSON prints a versioned document.
func printJSON(w io.Writer, fields map[string]any) error {
	fields["schema"] = schemaVersion
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(fields)
}

// printTable prints aligned columns.
func printTable(w io.Writer, head []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(head, "\t"))
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	return t.Flush()
}

// paint colours a word when the terminal wants it.
func paint(on bool, color, s string) string {
	if !on {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// Colours of outcomes.
const (
	green  = "32"
	yellow = "33"
	red    = "31"
	bold   = "1"
	dim    = "2"
)

// clock prints a time for people.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// count says how many, in words.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// printable shows what a terminal would act on, as \u escapes; line ends stay.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return b.String()
}

// oneLine is printable text for a table.
func oneLine(s string) string { return strings.ReplaceAll(printable(s), "\n", `\n`) }
