package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/server/gql/model"
)

// impactForms are how an answer is printed, see impactforms.go.
var impactForms = []string{"table", "md", "json", "junit", "github", "sarif"}

// impactAsk is what the command line asks.
type impactAsk struct {
	changes []string
	asOf    string
	failOn  string
	diff    manifests
	// maxStaleness is how old an answer may be; zero: as old as it is.
	maxStaleness time.Duration
	// onUnreachable is fail or warn.
	onUnreachable string
}

func (a *app) impactCommand() *cobra.Command {
	var q impactAsk
	c := &cobra.Command{
		Use: "impact --change KIND:NAME[#COLUMN]... | --diff MANIFEST --against MANIFEST", Short: "Say what a change would break downstream", Args: cobra.NoArgs,
		Long: `Kinds: drop, rename, retype, add, disable (or stop), delay. With #COLUMN the change
is of one column. A new name or type stands behind the last "=" of a rename or
retype; elsewhere "=" belongs to the name. disable pauses a job;
delay:NAME:2h lets the data of a dataset or job come 2 h later: which deadlines are
missed, and by how much. What is not known is shown as UNKNOWN, never
as safe; docs/impact.md has the rules.

With --diff the changes are those between two manifests of a dbt project: dropped,
renamed and retyped columns, dropped and renamed models. Exposures that read what
is affected are shown too. Columns are the documented ones, or with both catalogs
those of the warehouse.

A check fails closed: with exit code 6 where weir does not answer, and 7 where it
has not taken in yet what came longer ago than --max-staleness. With
--on-unreachable warn it says then that nothing was checked, and passes.`,
		Example: `  weir impact --change drop:dataset:postgres://wh:5432/shop.raw.orders#amount
  weir impact --change rename:shop.raw.orders#amount=total --fail-on breaking
  weir impact --change delay:shop.raw.orders:2h --change disable:job:prod/load_customers
  weir impact --diff target/manifest.json --against main/manifest.json -o github --fail-on breaking
  weir impact --change drop:shop.raw.orders --fail-on breaking --max-staleness 1h --on-unreachable warn`,
		RunE: func(c *cobra.Command, _ []string) error { return a.impact(c, q) },
	}
	addSettings(c.Flags(), "url", "timeout")
	outputFlag(c, impactForms...)
	f := c.Flags()
	f.StringArrayVar(&q.changes, "change", nil, "a change; may be given several times")
	f.StringVar(&q.failOn, "fail-on", "", "exit 3 when something is at least: breaking, degrading or unknown")
	f.StringVar(&q.asOf, "as-of", "", "what it would have broken then: an RFC 3339 time")
	f.DurationVar(&q.maxStaleness, "max-staleness", 0, "exit 7 when events that came longer ago are not in the answer yet; 0: never")
	f.StringVar(&q.onUnreachable, "on-unreachable", "fail", "when weir does not answer, or is too far behind: fail, or warn and pass")
	f.StringVar(&q.diff.after, "diff", "", "manifest.json of the dbt project as it is to be")
	f.StringVar(&q.diff.before, "against", "", "manifest.json of the dbt project as it is")
	f.StringVar(&q.diff.afterCatalog, "catalog", "", "catalog.json that belongs to --diff")
	f.StringVar(&q.diff.beforeCatalog, "against-catalog", "", "catalog.json that belongs to --against")
	f.StringVar(&q.diff.namespace, "namespace", "", "namespace of the project's tables, when several have such tables")
	return c
}

// changeKinds are the words of --change, for a whole and for a column.
var changeKinds = map[string][2]string{
	"drop": {"DROP_DATASET", "DROP_FIELD"}, "rename": {"RENAME_DATASET", "RENAME_FIELD"}, "retype": {"", "RETYPE_FIELD"},
	"add": {"", "ADD_FIELD"}, "stop": {"STOP_JOB", ""}, "disable": {"STOP_JOB", ""}, "delay": {"DELAY", ""},
}

// failLevels are the severities from the worst down to the one named.
var failLevels = map[string][]graph.Severity{
	"breaking": {graph.Breaking}, "degrading": {graph.Breaking, graph.Degrading}, "unknown": {graph.Breaking, graph.Degrading, graph.Uncertain},
}

func (a *app) impact(c *cobra.Command, q impactAsk) error {
	form, err := output(c, impactForms...)
	if err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	cfg, err := a.config(c)
	if err != nil {
		return err
	}
	r, err := newClient(cfg).impact(c.Context(), q)
	if code := exitCode(c.Context(), err); q.onUnreachable == "warn" && (code == exitUnreachable || code == exitStale) {
		return a.passUnchecked(form, err)
	}
	if err != nil {
		return err
	}
	if path := impactPath(r.Changes, q.asOf); path != "" {
		r.Link = pageLink(cfg.URL, path)
	}
	if err := a.printImpact(form, r, failLevels[q.failOn]); err != nil {
		return err
	}
	return r.findings(q.failOn)
}

func (q impactAsk) check() error {
	if len(q.changes) == 0 && q.diff == (manifests{}) {
		return usageError("weir impact --change drop:dataset:NAMESPACE/NAME#COLUMN\nweir impact --diff target/manifest.json --against OTHER", "which change?")
	}
	if q.failOn != "" && failLevels[q.failOn] == nil {
		return usageError("breaking, degrading or unknown", "unknown --fail-on %q", q.failOn)
	}
	if q.onUnreachable != "fail" && q.onUnreachable != "warn" {
		return usageError("fail or warn", "unknown --on-unreachable %q", q.onUnreachable)
	}
	if q.maxStaleness < 0 {
		return usageError("--max-staleness 1h", "--max-staleness %s is no age", q.maxStaleness)
	}
	for _, text := range q.changes { // what is wrong here is so also where weir does not answer
		if _, _, err := parseChange(text); err != nil {
			return err
		}
	}
	return q.diff.check()
}

// planned is one change that is asked about, and where it comes from.
type planned struct {
	Kind   graph.ChangeKind `json:"kind"`
	Asset  string           `json:"asset"`
	Column string           `json:"column,omitempty"`
	To     string           `json:"to,omitempty"`
	// By is how much later its data comes, of a delay.
	By string `json:"by,omitempty"`
	// File and Evidence are those of a dbt project.
	File     string `json:"file,omitempty"`
	Evidence string `json:"evidence,omitempty"`
	// Known is false when weir has never seen the asset: then nothing is known
	// of what reads it.
	Known bool `json:"known"`

	namespace, name string
	job             bool
	table           string // as dbt names it
}

// String is the change in one line.
func (p planned) String() string {
	text := fmt.Sprintf("%s %s", inWords(string(p.Kind)), p.Asset)
	if p.Column != "" {
		text += "#" + p.Column
	}
	if p.To != "" {
		text += " to " + p.To
	}
	if p.By != "" {
		text += " by " + p.By
	}
	return oneLine(text)
}

// affected is one thing that is affected.
type affected struct {
	Severity graph.Severity `json:"severity"`
	Asset    string         `json:"asset"`
	Columns  []string       `json:"columns"`
	Reason   string         `json:"reason"`
	// Confidence is what stands behind the severity.
	Confidence graph.Confidence `json:"confidence"`
	// Used says whether a run that uses it is known, LastUsedAt when the newest
	// began.
	Used       catalog.Ternary `json:"used"`
	LastUsedAt *time.Time      `json:"lastUsedAt,omitempty"`
	Distance   int             `json:"distance"`
	// Path is the way that explains it, columns as asset#column.
	Path []string `json:"path"`
	// Change is the index of the change that does it.
	Change int `json:"change"`
	// Effects are what each change does to it.
	Effects []effect `json:"effects"`
	// Deadlines are what delays and stops do to its deadlines.
	Deadlines []strained `json:"deadlines,omitempty"`
	// Edited: the same diff changes its SQL too.
	Edited bool `json:"edited,omitempty"`

	id, name string
	hidden   bool
}

// effect is what one change, by its index, does to something.
type effect struct {
	Change   int            `json:"change"`
	Severity graph.Severity `json:"severity"`
	Reason   string         `json:"reason"`
}

// strained is what one change, by its index, does to a deadline.
type strained struct {
	Change   int     `json:"change"`
	Policy   string  `json:"policy"`
	Owner    string  `json:"owner,omitempty"`
	Met      string  `json:"met"`
	Deadline *string `json:"deadline,omitempty"`
	LateBy   *string `json:"lateBy,omitempty"`
	Says     string  `json:"says"`
}

// report is the whole answer.
type report struct {
	Changes  []planned  `json:"changes"`
	Findings []affected `json:"findings"`
	Owners   []string   `json:"owners"`
	Policies []string   `json:"policies"`
	NextRuns []string   `json:"nextRuns"`
	// Blind are tables of which cannot be told what the diff does to them, and
	// manifests that may be read wrongly.
	Blind    []string `json:"blind,omitempty"`
	Complete bool     `json:"complete"`
	Cut      string   `json:"cut,omitempty"`
	// DeniedByRole is how many of the findings are hidden assets: neither what
	// they are called nor who owns them is told.
	DeniedByRole int `json:"deniedByRole"`
	// NotChecked is why nothing was asked; empty: all of it was.
	NotChecked string `json:"notChecked,omitempty"`
	// Link is the page with the same changes; empty when it can show only some.
	Link string `json:"link,omitempty"`
}

// counts are how many findings have each severity, the worst first.
func (r report) counts() (out []string) {
	for _, s := range []graph.Severity{graph.Breaking, graph.Degrading, graph.Uncertain, graph.Safe} {
		if n := r.count(s); n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return out
}

func (r report) count(s graph.Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// unknown are the changes of which nothing can be said.
func (r report) unknown() (out []string) {
	for _, p := range r.Changes {
		if !p.Known {
			out = append(out, p.String()+": weir has never seen it")
		}
	}
	return append(out, r.Blind...)
}

// findings is exit 3 when something is as bad as --fail-on says; an answer that
// was cut may hide it.
func (r report) findings(failOn string) error {
	if failOn == "" {
		return nil
	}
	for _, s := range failLevels[failOn] {
		if n := r.count(s); n > 0 {
			return withCode(exitFindings, fmt.Errorf("%d assets are %s", n, strings.ToLower(string(s))))
		}
	}
	if list := r.unknown(); failOn == "unknown" && len(list) > 0 {
		return withCode(exitFindings, fmt.Errorf("nothing is known of %d changes", len(list)))
	}
	if !r.Complete {
		return withCode(exitFindings, errors.New("the answer is cut: what lies beyond is not known"))
	}
	return nil
}

// impact gathers the changes and asks what they do.
func (c *client) impact(ctx context.Context, q impactAsk) (report, error) {
	r := report{Findings: []affected{}, Complete: true}
	diff, err := q.diff.read()
	if err != nil {
		return r, err
	}
	if err := c.notOlder(ctx, q.maxStaleness); err != nil {
		return r, err
	}
	for _, text := range q.changes {
		p, err := c.change(ctx, text)
		if err != nil {
			return r, err
		}
		r.Changes = append(r.Changes, p)
	}
	list, err := c.planDiff(ctx, diff, q.diff.namespace)
	if err != nil {
		return r, err
	}
	r.Changes = append(r.Changes, list...)
	if err := c.askImpact(ctx, &r, q.asOf); err != nil {
		return r, err
	}
	diff.addTo(&r)
	slices.SortStableFunc(r.Findings, compareFindings)
	return r, nil
}

// change reads "drop:NAME#COLUMN" and the like, and finds what it names.
func (c *client) change(ctx context.Context, text string) (planned, error) {
	p, name, err := parseChange(text)
	if err != nil {
		return planned{}, err
	}
	x, err := c.find(ctx, name)
	if err != nil {
		return planned{}, err
	}
	p.Asset, p.Known, p.job, p.namespace, p.name = x.String(), true, x.Type == "JOB", x.Name.Namespace, x.Name.Name
	return p, nil
}

// parseChange reads what a change does, and to what name. Names may have "="
// too, such as a path by day: only kinds that make something new are split
// there, at the last one that stands behind "#".
func parseChange(text string) (p planned, name string, err error) {
	word, rest, ok := strings.Cut(text, ":")
	kinds, known := changeKinds[word]
	if !ok || !known {
		return p, "", usageError("drop:NAME, drop:NAME#COLUMN, rename:NAME#COLUMN=NEW, retype:NAME#COLUMN=TYPE, add:NAME#COLUMN, disable:JOB, delay:NAME:2h", "unreadable change %q", text)
	}
	if name, p.By, err = cutDelay(word, rest); err != nil {
		return p, "", err
	}
	if word == "rename" || word == "retype" {
		if i := strings.LastIndexByte(name, '='); i > strings.LastIndexByte(name, '#') {
			name, p.To = name[:i], name[i+1:]
		}
	}
	kind := kinds[0]
	if i := strings.LastIndexByte(name, '#'); i >= 0 {
		name, p.Column, kind = name[:i], name[i+1:], kinds[1]
	}
	if kind == "" {
		return p, "", usageError("retype and add are about a column (NAME#COLUMN), stop is about a job", "%s does not fit %q", word, rest)
	}
	p.Kind = graph.ChangeKind(kind)
	return p, name, nil
}

// cutDelay takes the length of time off the end of a delay.
func cutDelay(word, rest string) (name, by string, err error) {
	if word != "delay" {
		return rest, "", nil
	}
	i := strings.LastIndexByte(rest, ':')
	d, err := time.ParseDuration(rest[i+1:])
	if i < 0 || err != nil || d <= 0 {
		return "", "", usageError("delay:NAME:2h", "delay without a length of time: %q", rest)
	}
	return rest[:i], model.FormatDuration(d), nil
}

// impactChanges bounds one question, as the API does; its nodes are as many as
// the API looks at by itself, which the page asks for as well.
const impactChanges = 100

const impactQuery = `query($changes: [ChangeInput!]!, $asOf: Time) { impact(changes: $changes, asOf: $asOf) {
 complete cut deniedByRole owners { name } policies { name }
 nextRuns { state target { ` + assetFields + ` } }
 affected { fields severity confidence used lastUsedAt reason distance change effects { change severity reason } deadlines { change policy owner met deadline lateBy says } path { id field } asset { ` + assetFields + ` } } } }`

type impactAnswer struct {
	Affected []struct {
		Asset      *asset
		Fields     []string
		Severity   graph.Severity
		Confidence graph.Confidence
		Used       catalog.Ternary
		LastUsedAt *time.Time
		Reason     string
		Distance   int
		Change     int
		Effects    []effect
		Deadlines  []strained
		Path       []struct {
			ID    string
			Field *string
		}
	}
	Owners, Policies []struct{ Name string }
	NextRuns         []struct {
		State  string
		Target *asset
	}
	Complete     bool
	Cut          *string
	DeniedByRole int
}

// askImpact asks about all changes of known assets, as many at once as a
// question takes, and keeps the worst of each asset.
func (c *client) askImpact(ctx context.Context, r *report, asOf string) error {
	var known []int
	for i, p := range r.Changes {
		if p.Known {
			known = append(known, i)
		}
	}
	sum := map[string]affected{}
	var owners, policies, next []string
	denied := false
	for part := range slices.Chunk(known, impactChanges) {
		inputs := []map[string]any{}
		for _, i := range part {
			inputs = append(inputs, r.Changes[i].input())
		}
		vars := map[string]any{"changes": inputs}
		if asOf != "" {
			vars["asOf"] = asOf
		}
		var out struct{ Impact impactAnswer }
		if err := c.graphql(ctx, impactQuery, vars, &out); err != nil {
			return err
		}
		if !out.Impact.Complete {
			r.Complete = false
			if out.Impact.Cut != nil {
				r.Cut = *out.Impact.Cut
			}
		}
		denied = denied || out.Impact.DeniedByRole > 0
		for _, f := range out.Impact.list(r.Changes, part) {
			sum[f.id] = f.with(sum[f.id])
		}
		for _, o := range out.Impact.Owners {
			owners = append(owners, oneLine(o.Name))
		}
		for _, p := range out.Impact.Policies {
			policies = append(policies, p.Name)
		}
		for _, n := range out.Impact.NextRuns {
			if n.Target != nil {
				next = append(next, fmt.Sprintf("%s (%s)", n.Target, strings.ToLower(n.State)))
			}
		}
	}
	r.Findings = append(r.Findings, slices.Collect(maps.Values(sum))...)
	for _, f := range r.Findings {
		if denied && f.hidden {
			r.DeniedByRole++
		}
	}
	r.Owners, r.Policies, r.NextRuns = unique(owners), unique(policies), unique(next)
	return nil
}

// with adds what was answered before of the same asset.
func (f affected) with(old affected) affected {
	effects, columns := slices.Concat(old.Effects, f.Effects), unique(append(slices.Clone(old.Columns), f.Columns...))
	deadlines := slices.Concat(old.Deadlines, f.Deadlines)
	if old.Severity != "" && !f.Severity.Worse(old.Severity) {
		f = old
	}
	f.Effects, f.Columns, f.Deadlines = effects, columns, deadlines
	return f
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(append([]string{}, list...))
}

func (p planned) input() map[string]any {
	in := map[string]any{"dataset": map[string]any{"namespace": p.namespace, "name": p.name}, "kind": p.Kind}
	if p.Column != "" {
		in["field"] = p.Column
	}
	if p.To != "" {
		in["to"] = p.To
	}
	if p.By != "" {
		in["by"] = p.By
	}
	if p.job {
		in["type"] = "JOB"
	}
	return in
}

// list turns an answer about some of the changes into findings. Ways lead over
// what changes and what is affected, so that these name all of them.
func (x impactAnswer) list(changes []planned, part []int) []affected {
	names := map[string]string{}
	for _, i := range x.Affected {
		switch {
		case i.Asset == nil:
		case i.Asset.hidden(): // a number, so that no two ways meet in it
			names[i.Asset.ID] = fmt.Sprintf("%s %d", i.Asset.Name.Name, len(names)+1)
		default:
			names[i.Asset.ID] = i.Asset.String()
		}
	}
	var out []affected
	for _, i := range x.Affected {
		f := affected{Severity: i.Severity, Columns: i.Fields, Reason: oneLine(i.Reason), Confidence: i.Confidence, Used: i.Used, LastUsedAt: i.LastUsedAt, Distance: i.Distance, Change: part[i.Change], Effects: []effect{}}
		for _, e := range i.Effects {
			f.Effects = append(f.Effects, effect{part[e.Change], e.Severity, oneLine(e.Reason)})
		}
		for _, s := range i.Deadlines {
			s.Change, s.Says, s.Policy, s.Owner = part[s.Change], oneLine(s.Says), oneLine(s.Policy), oneLine(s.Owner)
			f.Deadlines = append(f.Deadlines, s)
		}
		for n, step := range i.Path {
			name := names[step.ID]
			if n == 0 {
				name = changes[f.Change].Asset
			}
			if step.Field != nil {
				name += oneLine("#" + *step.Field)
			}
			f.Path = append(f.Path, name)
		}
		f.id = i.Path[len(i.Path)-1].ID
		if f.Asset = "?"; i.Asset != nil {
			f.Asset, f.name, f.hidden = names[i.Asset.ID], i.Asset.Name.Name, i.Asset.hidden()
		}
		out = append(out, f)
	}
	return out
}

func compareFindings(a, b affected) int {
	switch {
	case a.Severity.Worse(b.Severity):
		return -1
	case b.Severity.Worse(a.Severity):
		return 1
	case a.Distance != b.Distance:
		return a.Distance - b.Distance
	}
	return strings.Compare(a.Asset, b.Asset)
}
