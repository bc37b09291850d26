package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors/dbt"
	"github.com/weirhq/weir/graph"
)

// manifests are the files of two states of a dbt project.
type manifests struct {
	after, before               string
	afterCatalog, beforeCatalog string
	namespace                   string
}

func (m manifests) check() error {
	if (m.after == "") != (m.before == "") {
		return usageError("weir impact --diff target/manifest.json --against main/manifest.json", "--diff and --against belong together")
	}
	if (m.afterCatalog == "") != (m.beforeCatalog == "") {
		return usageError("--catalog target/catalog.json --against-catalog main/catalog.json", "columns are compared by both catalogs or by none")
	}
	if m.after == "" && m != (manifests{}) {
		return usageError("weir impact --diff target/manifest.json --against main/manifest.json", "--catalog, --against-catalog and --namespace are about --diff")
	}
	return nil
}

// projectDiff is what a dbt project changes, with who reads it.
type projectDiff struct {
	dbt.Diff
	before dbt.Manifest
	// strange are the manifests that may be read wrongly.
	strange []string
	// root is where the project's files are, seen from here.
	root string
}

// read compares the two states; without --diff nothing changes.
func (m manifests) read() (d projectDiff, err error) {
	if m.after == "" {
		return d, nil
	}
	var before, after dbt.Project
	for _, f := range []struct {
		path string
		read func(io.Reader) error
	}{
		{m.before, func(r io.Reader) (err error) { before.Manifest, err = dbt.ReadManifest(r); return }},
		{m.after, func(r io.Reader) (err error) { after.Manifest, err = dbt.ReadManifest(r); return }},
		{m.beforeCatalog, func(r io.Reader) error { c, err := dbt.ReadCatalog(r); before.Catalog = &c; return err }},
		{m.afterCatalog, func(r io.Reader) error { c, err := dbt.ReadCatalog(r); after.Catalog = &c; return err }},
	} {
		if f.path == "" {
			continue
		}
		if err := readFrom(f.path, f.read); err != nil {
			return d, withCode(exitUsage, catalog.WithHint(fmt.Errorf("%s: %w", f.path, err), "dbt parse (or any dbt command) writes target/manifest.json, dbt docs generate target/catalog.json"))
		}
	}
	if dir := filepath.Dir(m.after); filepath.Base(dir) == "target" {
		d.root = filepath.Dir(dir)
	}
	d.Diff, d.before = dbt.Compare(before, after), before.Manifest
	for _, f := range []struct {
		path string
		dbt.Manifest
	}{{m.before, before.Manifest}, {m.after, after.Manifest}} {
		if says := f.Strange(); says != "" {
			d.strange = append(d.strange, oneLine(f.path+": "+says))
		}
	}
	return d, nil
}

func readFrom(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return read(f)
}

// planDiff finds the assets that a project's tables are.
func (c *client) planDiff(ctx context.Context, d projectDiff, namespace string) ([]planned, error) {
	var out []planned
	known := map[string]asset{}
	for _, x := range d.Changes {
		found, ok := known[x.Table]
		if !ok {
			var err error
			if found, err = c.table(ctx, x.Table, d.before.Metadata.AdapterType, namespace); err != nil {
				return nil, err
			}
			known[x.Table] = found
		}
		p := planned{Kind: graph.ChangeKind(x.Kind), Asset: "dataset:" + oneLine(x.Table), Column: x.Column, To: x.To,
			File: filepath.ToSlash(filepath.Join(d.root, x.File)), Evidence: oneLine(x.Evidence), table: x.Table}
		if found.ID != "" {
			p.Known, p.Asset, p.namespace, p.name = true, found.String(), found.Name.Namespace, found.Name.Name
		}
		out = append(out, p)
	}
	return out, nil
}

// schemes are the namespaces of dbt's adapters where they are called otherwise.
var schemes = map[string]string{"postgres": "postgres", "redshift": "redshift", "snowflake": "snowflake", "bigquery": "bigquery", "duckdb": "duckdb", "databricks": "databricks", "trino": "trino", "athena": "awsathena", "sqlserver": "mssql"}

// table finds the dataset that dbt calls by a name; the zero asset when weir
// has never seen it. Several that could be it are the caller's to tell apart.
func (c *client) table(ctx context.Context, name, adapter, namespace string) (asset, error) {
	var out struct {
		Assets struct {
			Nodes []struct {
				asset
				Names []struct{ Namespace, Name string }
			}
			PageInfo struct{ HasNextPage bool }
		}
	}
	err := c.graphql(ctx, `query($s: String) { assets(search: $s, filter: {type: DATASET}, first: 200) { pageInfo { hasNextPage } nodes { `+assetFields+` ... on Asset { names { namespace name } } } } }`,
		map[string]any{"s": name}, &out)
	if err != nil {
		return asset{}, err
	}
	found := map[string]asset{}
	for _, x := range out.Assets.Nodes {
		for _, n := range x.Names {
			scheme, _, _ := strings.Cut(n.Namespace, ":")
			if strings.EqualFold(n.Name, name) && (n.Namespace == namespace || namespace == "" && (schemes[adapter] == "" || scheme == schemes[adapter])) {
				found[n.Namespace] = x.asset
			}
		}
	}
	var namespaces []string
	distinct := map[string]asset{}
	for ns, x := range found {
		namespaces = append(namespaces, ns)
		distinct[x.ID] = x
	}
	slices.Sort(namespaces)
	switch {
	case len(distinct) > 1:
		return asset{}, usageError("--namespace "+strings.Join(namespaces, "\n--namespace "), "%q is a table in %d namespaces", name, len(namespaces))
	case len(distinct) == 1:
		return found[namespaces[0]], nil
	case out.Assets.PageInfo.HasNextPage:
		return asset{}, usageError("--namespace NAMESPACE", "%q fits more than 200 datasets", name)
	}
	return asset{}, nil
}

// addTo marks what the diff itself adapts, and adds the exposures.
func (d projectDiff) addTo(r *report) {
	r.Blind = append(r.Blind, d.strange...)
	for _, b := range d.Blind {
		r.Blind = append(r.Blind, oneLine(b.Table+": "+b.Evidence))
	}
	by := map[string]affected{}
	for i, f := range r.Findings {
		r.Findings[i].Edited = d.Edited[f.name]
		if name := strings.ToLower(f.name); f.name != "" && !by[name].Severity.Worse(f.Severity) {
			by[name] = f
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.before.Exposures)) {
		e := d.before.Exposures[id]
		f := d.exposure(e, r.Changes, by)
		if f.Severity == "" {
			continue
		}
		r.tell(e.UniqueID, f)
		if e.Owner.Name != "" {
			r.Owners = unique(append(r.Owners, oneLine(e.Owner.Name)))
		}
	}
}

// tell adds an exposure, which dbt-ol reports as a dataset called by its
// unique_id: where weir knows it, the worse of both holds, and weir alone knows
// when it was used.
func (r *report) tell(id string, f affected) {
	at := slices.IndexFunc(r.Findings, func(o affected) bool { return o.name == id })
	if at < 0 {
		r.Findings = append(r.Findings, f)
		return
	}
	known := r.Findings[at]
	effects := slices.Concat(known.Effects, f.Effects)
	if f.Severity.Worse(known.Severity) {
		f.Asset, f.name, f.id = known.Asset, known.name, known.id
		f.Used, f.LastUsedAt, f.Deadlines = known.Used, known.LastUsedAt, known.Deadlines
		f.Path[len(f.Path)-1] = known.Asset
		r.Findings[at] = f
	}
	r.Findings[at].Effects = effects
}

// announced is what stands behind a severity of a reader that its owner wrote
// down: his word, or less where what it reads is less sure.
func announced(s graph.Severity, under graph.Confidence) graph.Confidence {
	if s == graph.Uncertain {
		return graph.ByNothing
	}
	return under.Weaker(graph.ByWord)
}

// exposure judges one reader that dbt alone knows: by what changes under it,
// and by how the tables it reads are affected. dbt names no columns of it.
func (d projectDiff) exposure(e dbt.Exposure, changes []planned, by map[string]affected) affected {
	worst := affected{}
	name := oneLine("exposure:" + cmp.Or(e.Label, e.Name))
	judge := func(change int, under graph.Confidence, use graph.Use, reason string, path []string) {
		s := graph.SeverityOf(changes[change].Kind, use)
		effects := worst.Effects
		if s != "" && s != graph.Safe {
			effects = append(effects, effect{change, s, reason})
		}
		if s.Worse(worst.Severity) {
			worst = affected{Severity: s, Confidence: announced(s, under), Used: catalog.Unknown, Asset: name, Columns: []string{}, Reason: reason, Change: change, Path: append(slices.Clone(path), name), Distance: len(path)}
		}
		worst.Effects = effects
	}
	for _, table := range d.before.Reads(e) {
		for i, p := range changes {
			switch {
			case p.table != table:
			case p.Column == "":
				judge(i, graph.ByWord, graph.UseReader, string(graph.UseReader), []string{p.Asset})
			default:
				judge(i, graph.ByWord, graph.UseOpaque, "reads "+oneLine(table)+", dbt does not say which columns", []string{p.Asset + "#" + oneLine(p.Column)})
			}
		}
		switch f := by[strings.ToLower(table)]; f.Severity {
		case graph.Breaking, graph.Degrading:
			judge(f.Change, f.Confidence, graph.UseAnnounced, "reads "+f.Asset+", which "+map[graph.Severity]string{graph.Breaking: "breaks", graph.Degrading: "degrades"}[f.Severity], f.Path)
		case graph.Uncertain:
			judge(f.Change, f.Confidence, graph.UseOpaque, "reads "+f.Asset+", of which nobody can say", f.Path)
		}
	}
	return worst
}
