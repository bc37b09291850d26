package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/connectors/dbt"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/propose"
)

func (a *app) proposeCommand() *cobra.Command {
	var at propose.Place
	var out string
	c := &cobra.Command{
		Use: "propose FILE...", Short: "Propose policies from data contracts and dbt", Args: cobra.MinimumNArgs(1),
		Long: `Reads what others say about data and prints policies that say the same: the
service levels of data contracts (ODCS v3: latency, frequency,
timeOfAvailability), and meta.weir of a dbt project (manifest.json, or a
property file such as schema.yml). Each proposal says where it came from.
Nothing is written without --out, and nothing acts by a proposal.`,
		Example: `  weir propose contract.yaml
  weir propose target/manifest.json --namespace postgres://wh:5432 --out proposals
  weir propose models/schema.yml --namespace postgres://wh:5432 --schema shop.marts --policies ./policies`,
		RunE: func(c *cobra.Command, args []string) error { return a.propose(c, args, at, out) },
	}
	f := c.Flags()
	f.StringVar(&at.Namespace, "namespace", "", "OpenLineage namespace of the tables, such as postgres://wh:5432")
	f.StringVar(&at.Schema, "schema", "", "what stands before the name of a table, such as shop.marts")
	f.StringVar(&at.Server, "server", "", "which server of a data contract; the first without")
	f.StringVar(&out, "out", "", "directory to write one file for each proposal into; files that are there stay")
	addSettings(f, "policies")
	outputFlag(c, "yaml", "json")
	return c
}

func (a *app) propose(c *cobra.Command, paths []string, at propose.Place, out string) error {
	form, err := output(c, "yaml", "json")
	if err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	have := &policies.Set{}
	if cfg.Policies != "" {
		if have, err = policies.LoadDir(cfg.Policies); err != nil {
			return withCode(exitUsage, err)
		}
	}
	var hints []propose.Hint
	var notes []propose.Note
	for _, p := range paths {
		h, n, err := hintsOf(p, at)
		if err != nil {
			return err
		}
		hints, notes = append(hints, h...), append(notes, n...)
	}
	r := propose.Of(hints, have)
	r.Notes = append(r.Notes, notes...)
	written := 0
	switch {
	case out != "":
		written, err = a.writeProposals(out, &r)
	case form == "yaml":
		a.printProposals(r)
	}
	if err == nil && form == "json" {
		err = printJSON(a.out, map[string]any{"proposals": r.Proposals, "notes": r.Notes})
	}
	for _, n := range r.Notes {
		a.say("not proposed: %s: %s", oneLine(n.From), oneLine(n.Says))
	}
	a.say("%s%s", count(len(r.Proposals), "policy proposed", "policies proposed"), writtenOf(out, written, len(r.Proposals)))
	return err
}

// writtenOf says how many of the proposals were written, where that is not all.
func writtenOf(out string, written, proposed int) string {
	switch {
	case out == "" || written == proposed:
		return ""
	case written == 0:
		return ", none written"
	}
	return fmt.Sprintf(", %d written", written)
}

func (a *app) printProposals(r propose.Result) {
	for i, p := range r.Proposals {
		if i > 0 {
			fmt.Fprintln(a.out, "---")
		}
		fmt.Fprint(a.out, p.YAML)
	}
}

// writeProposals writes a file for each proposal. What is there already is
// somebody's: it stays, and is told of.
func (a *app) writeProposals(dir string, r *propose.Result) (written int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return written, fmt.Errorf("write proposals: %w", err)
	}
	for _, p := range r.Proposals {
		path := filepath.Join(dir, p.Name+".yaml")
		err := newFile(path, p.YAML)
		if errors.Is(err, fs.ErrExist) {
			r.Notes = append(r.Notes, propose.Note{From: p.From, Says: path + " is there already"})
			continue
		}
		if err != nil {
			return written, fmt.Errorf("write proposals: %w", err)
		}
		a.say("wrote %s", path)
		written++
	}
	return written, nil
}

// hintsOf reads one file by what it is.
func hintsOf(path string, at propose.Place) ([]propose.Hint, []propose.Note, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, usageError("name a data contract, a manifest.json or a property file of dbt", "read hints: %w", err)
	}
	if propose.IsContract(b) {
		return propose.Contract(path, b, at)
	}
	models, err := modelsOf(path, b, at)
	if err != nil {
		return nil, nil, err
	}
	var hints []propose.Hint
	var notes []propose.Note
	for _, m := range models {
		h, err := m.Hint(at)
		if err != nil {
			notes = append(notes, propose.Note{From: m.From, Says: err.Error()})
			continue
		}
		hints = append(hints, h)
	}
	return hints, notes, nil
}

// modelsOf reads a manifest, or else a property file.
func modelsOf(path string, b []byte, at propose.Place) ([]propose.Model, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return propose.Properties(path, b, at)
	}
	var m dbt.Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Metadata.SchemaVersion == "" {
		return nil, usageError("dbt parse writes target/manifest.json", "%s is no manifest of dbt", path)
	}
	var out []propose.Model
	for _, h := range m.Hints() {
		out = append(out, propose.Model{From: fmt.Sprintf("%s: meta.weir of %s (%s)", path, h.Node, h.File), Name: h.Name, Table: h.Table, Said: h.Weir, Reads: h.Reads})
	}
	return out, nil
}
