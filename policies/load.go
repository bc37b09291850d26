package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/weirhq/weir/catalog"
)

// FileError says what is wrong in a policy file, where, and what to do. Codes
// are stable; docs/policies.md lists them.
type FileError struct {
	File string
	Line int
	Code string
	What string
	Hint string
}

// Error is "file:line: code: what".
func (e *FileError) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Code, e.What)
}

// document is the YAML of one policy.
type document struct {
	APIVersion string               `yaml:"apiVersion"`
	Kind       string               `yaml:"kind"`
	Name       string               `yaml:"name"`
	Mode       string               `yaml:"mode"`
	Owner      string               `yaml:"owner"`
	Select     map[string]any       `yaml:"select"`
	Target     *targetDoc           `yaml:"target"`
	Want       any                  `yaml:"want"`
	Inputs     map[string]*inputDoc `yaml:"inputs"`
	Ready      *readyDoc            `yaml:"ready"`
	OnFirst    string               `yaml:"on_first"`
	OnUnknown  string               `yaml:"on_unknown"`

	MinInterval   string `yaml:"min_interval"`
	Quiet         string `yaml:"quiet"`
	LeaseTTL      string `yaml:"lease_ttl"`
	StartTimeout  string `yaml:"start_timeout"`
	RunTimeout    string `yaml:"run_timeout"`
	EventGrace    string `yaml:"event_grace"`
	ValidUntil    string `yaml:"valid_until"`
	SkipUnchanged bool   `yaml:"skip_unchanged"`
	Freeze        bool   `yaml:"freeze"`
}

type targetDoc struct {
	Connector string         `yaml:"connector"`
	Job       string         `yaml:"job"`
	Params    map[string]any `yaml:"params"`
}

type inputDoc struct {
	Trigger bool   `yaml:"trigger"`
	Require any    `yaml:"require"`
	Checks  string `yaml:"checks"`
	Static  bool   `yaml:"static"`
}

type readyDoc struct {
	All     []any  `yaml:"all"`
	MaxWait string `yaml:"max_wait"`
}

// Parse reads the documents of one file.
func Parse(path string, b []byte) ([]*Policy, error) {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, syntaxError(path, 0, err)
	}
	var out []*Policy
	var errs []error
	lines := strings.Split(lineEnds.Replace(string(b)), "\n")
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		line := doc.Body.GetToken().Position.Line
		if err := unknownKey(path, doc.Body); err != nil {
			errs = append(errs, err)
			continue
		}
		p, err := parseDocument(path, line, documentText(lines, line, file.Docs[i+1:]))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, p)
	}
	return out, errors.Join(errs...)
}

// lineEnds makes lines as the parser counts them: a lone CR ends one, too.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// documentText is a document as it was written, comments and all, from its
// first key to the next document.
func documentText(lines []string, line int, rest []*ast.DocumentNode) string {
	end := len(lines)
	for _, d := range rest {
		if d.Body != nil {
			end = d.Body.GetToken().Position.Line - 1
			break
		}
	}
	for i := line - 1; i < end; i++ {
		if strings.HasPrefix(lines[i], "---") {
			end = i
		}
	}
	return strings.Join(lines[line-1:end], "\n")
}

// unknownKey finds the first key of a document that policies do not have. The
// decoder would name any one of several.
func unknownKey(path string, body ast.Node) error {
	var values []*ast.MappingValueNode
	switch n := body.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	}
	for _, v := range values {
		if key := v.Key.String(); !documentKeys[key] {
			e := &FileError{path, v.Key.GetToken().Position.Line, "E101", fmt.Sprintf("unknown field %q", key), "docs/policies.md lists the keys"}
			e.later(key)
			return e
		}
	}
	return nil
}

// documentKeys are the keys of a document, as its type has them.
var documentKeys = func() map[string]bool {
	keys := map[string]bool{}
	for f := range reflect.TypeFor[document]().Fields() {
		keys[f.Tag.Get("yaml")] = true
	}
	return keys
}()

func parseDocument(path string, line int, text string) (*Policy, error) {
	var d document
	err := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict(), yaml.DisallowUnknownField()).Decode(&d)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, syntaxError(path, line-1, err)
	}
	c := checker{path: path, line: line, lines: strings.Split(text, "\n")}
	p := c.policy(d)
	p.YAML = text
	return p, errors.Join(c.errs...)
}

func syntaxError(path string, offset int, err error) *FileError {
	e := &FileError{File: path, Line: offset + 1, Code: "E101", Hint: "docs/policies.md lists the keys"}
	e.What, _, _ = strings.Cut(err.Error(), "\n")
	var yerr yaml.Error
	if errors.As(err, &yerr) {
		e.What = yerr.GetMessage()
		if tok := yerr.GetToken(); tok != nil {
			e.Line = offset + tok.Position.Line
		}
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		if _, key, ok := strings.Cut(e.What, `"`); ok {
			key, _, _ = strings.Cut(key, `"`)
			e.later(key)
		}
	}
	return e
}

// later says of an unknown key that it is one of a later version.
func (e *FileError) later(key string) {
	if slices.Contains(laterKeys, key) {
		e.Code, e.What, e.Hint = codeLater, fmt.Sprintf("%s is not in this version", key), "leave it out until it is"
	}
}

// codeLater is the error of a word that a later version will know.
const codeLater = "E107"

// Words of later versions: known, and refused for now.
var (
	laterKeys = []string{"pool", "run", "notify", "on_late", "limits", "partition", "backfill", "defaults_for_upstreams", "blackout",
		"applies", "calendar", "approval", "map", "start", "jitter", "breaker", "attempts", "retry_until", "class", "catchup"}
	laterWords = []string{"inherit", "partition", "versions_behind", "complete", "changed", "idle", "quiet", "same_time", "tick", "in_window",
		"not_blackout", "code_changed", "config_changed", "signal", "approved", "act_cancel", "act+cancel", "tool", "tag", "Calendar"}
)

// word fails with what, or says that the word comes later.
func (c *checker) word(key, word, hint, what string) {
	if slices.Contains(laterWords, word) {
		c.fail(key, codeLater, "leave it out until it is", "%s %s is not in this version", key, word)
		return
	}
	c.fail(key, "E106", hint, "%s", what)
}

// checker turns a document into a policy and gathers what is wrong.
type checker struct {
	path  string
	line  int
	lines []string
	errs  []error
}

// fail notes an error at the line of a key.
func (c *checker) fail(key, code, hint, format string, args ...any) {
	c.errs = append(c.errs, &FileError{c.path, c.line + c.find(key), code, fmt.Sprintf(format, args...), hint})
}

// find is the line of a key, counted from the document's first: the line that
// begins with it, else one that has it inside.
func (c *checker) find(key string) int {
	inside := 0
	for i, l := range c.lines {
		t := strings.TrimLeft(l, " \"'")
		if rest, ok := strings.CutPrefix(t, key); ok && strings.HasPrefix(strings.TrimLeft(rest, `"'`), ":") {
			return i
		}
		if inside == 0 && strings.Contains(l, " "+key+":") {
			inside = i
		}
	}
	return inside
}

var policyName = regexp.MustCompile(`^[a-z0-9-]+$`)

func (c *checker) policy(d document) *Policy {
	p := &Policy{Name: d.Name, Owner: d.Owner, File: c.path, Line: c.line, SkipUnchanged: d.SkipUnchanged, Freeze: d.Freeze}
	if d.APIVersion != "" && d.APIVersion != "weir.dev/v1" {
		c.fail("apiVersion", "E101", "write apiVersion: weir.dev/v1", "unknown apiVersion %q", d.APIVersion)
	}
	if d.Kind != "Policy" {
		c.word("kind", d.Kind, "this version knows kind: Policy", fmt.Sprintf("unknown kind %q", d.Kind))
	}
	if !policyName.MatchString(d.Name) {
		c.fail("name", "E105", "use [a-z0-9-]: it names weir's own parent job", "policy name %q", d.Name)
	}
	p.Mode = c.mode(d.Mode)
	if p.Acts() && d.Owner == "" {
		c.fail("mode", "E151", "say whom to ask: owner: team", "mode act without owner")
	}
	p.Select = c.selection(d.Select)
	if d.Target != nil {
		p.Target = &Target{Connector: d.Target.Connector, Job: d.Target.Job, Params: d.Target.Params}
		if d.Target.Connector == "" || d.Target.Job == "" {
			c.fail("target", "E108", "name both, or leave target out and weir finds it", "target without connector or job")
		}
	}
	c.wantOf(p, d)
	c.inputs(p, d.Inputs)
	c.ready(p, d.Ready)
	c.defaults(p, d)
	return p
}

func (c *checker) mode(s string) catalog.Mode {
	if s == "" {
		return catalog.ModeShadow
	}
	m := catalog.Mode(strings.ToUpper(s))
	if !slices.Contains([]catalog.Mode{catalog.ModeObserve, catalog.ModeShadow, catalog.ModeGate, catalog.ModeAct}, m) {
		c.word("mode", s, "one of observe, shadow, gate, act", fmt.Sprintf("unknown mode %q", s))
	}
	return m
}

func (c *checker) selection(m map[string]any) Selector {
	for k := range m {
		if slices.Contains(laterWords, k) {
			c.word("select", k, "", "")
			return Selector{}
		}
	}
	v, ok := m["asset"]
	if !ok || len(m) != 1 {
		c.fail("select", "E109", `write select: { asset: "dataset:NAMESPACE/NAME" }`, "select needs exactly the key asset in this version")
		return Selector{}
	}
	return c.selector("select", v)
}

// selector reads "dataset:NS/NAME", "job:NS/NAME" or {type, namespace, name}.
func (c *checker) selector(key string, v any) Selector {
	switch x := v.(type) {
	case string:
		kind, rest, ok := strings.Cut(x, ":")
		t, err := catalog.ParseAssetType(kind)
		if ok && err == nil && rest != "" {
			return Selector{Type: t, Text: rest}
		}
	case map[string]any:
		t, err := catalog.ParseAssetType(fmt.Sprint(x["type"]))
		ns, _ := x["namespace"].(string)
		name, _ := x["name"].(string)
		if err == nil && ns != "" && name != "" && len(x) == 3 {
			n := catalog.Name{Type: t, Namespace: ns, Name: name}
			return Selector{Type: t, Text: ns + "/" + name, Exact: &n}
		}
	}
	c.fail(key, "E109", `write "dataset:NAMESPACE/NAME", "job:NAMESPACE/NAME" or { type, namespace, name }`, "unreadable asset %v", v)
	return Selector{}
}

func (c *checker) wantOf(p *Policy, d document) {
	switch w := d.Want.(type) {
	case nil:
		p.Want.Kind = WantData
	case string:
		if w != "manual" {
			c.word("want", w, "manual, or one of max_lag, max_age, by", fmt.Sprintf("unknown want %q", w))
		}
		p.Want.Kind = WantManual
	case map[string]any:
		if len(w) != 1 {
			c.fail("want", "E106", "one map key: max_lag, max_age or by", "want has %d keys", len(w))
			return
		}
		for k, v := range w {
			c.wantKey(p, k, v)
		}
	default:
		c.fail("want", "E106", "manual, or one of max_lag, max_age, by", "unreadable want")
	}
}

func (c *checker) wantKey(p *Policy, key string, v any) {
	p.Want.Kind = WantKind(key)
	switch p.Want.Kind {
	case WantMaxLag, WantMaxAge:
		p.Want.Within = c.duration(key, fmt.Sprint(v))
	case WantBy:
		c.by(p, v)
	default:
		c.word("want", key, "manual, max_lag, max_age or by", fmt.Sprintf("unknown want %q", key))
	}
}

func (c *checker) by(p *Policy, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail("by", "E106", `by: { cron: "0 9 * * *", tz: Europe/Berlin, covers: 6h }`, "by needs cron, tz and covers")
		return
	}
	for k, x := range m {
		switch k {
		case "cron":
			p.Want.Cron = fmt.Sprint(x)
		case "tz":
			p.Want.TZ = fmt.Sprint(x)
		case "covers":
			p.Want.Covers = c.duration("covers", fmt.Sprint(x))
		default:
			c.fail(k, "E101", "by knows cron, tz, covers", "unknown key %q", k)
		}
	}
	if _, _, err := schedule(p.Want); err != nil {
		c.fail("cron", "E120", "five fields and an IANA zone", "%v", err)
	}
}

func (c *checker) inputs(p *Policy, docs map[string]*inputDoc) {
	keys := make([]string, 0, len(docs))
	for k := range docs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		d := docs[k]
		if d == nil {
			d = &inputDoc{}
		}
		in := Input{Selector: c.selector(k, k), Trigger: d.Trigger, Static: d.Static, Require: RequireExists, Checks: ChecksNone}
		if in.Selector.Type == catalog.TypeJob || in.Selector.Glob() {
			c.fail(k, "E109", "name one dataset", "an input is one dataset")
		}
		c.require(&in, k, d.Require)
		if d.Checks != "" {
			in.Checks = ChecksMode(d.Checks)
			if !slices.Contains([]ChecksMode{ChecksNone, ChecksBlocking, ChecksAll}, in.Checks) {
				c.fail("checks", "E106", "blocking, all or none", "unknown checks %q", d.Checks)
			}
		}
		p.Inputs = append(p.Inputs, in)
	}
}

func (c *checker) require(in *Input, key string, v any) {
	switch x := v.(type) {
	case nil:
	case string:
		in.Require = Require(x)
		if !slices.Contains([]Require{RequireNone, RequireExists, RequireUpdated, RequireFresh}, in.Require) {
			c.word(key, x, "updated, fresh, exists, none or { fresh: 2h }", fmt.Sprintf("unknown require %q", x))
		}
	case map[string]any:
		d, ok := x["fresh"]
		if !ok || len(x) != 1 {
			c.fail(key, "E106", "updated, fresh, exists, none or { fresh: 2h }", "unreadable require")
			return
		}
		in.Require, in.Fresh = RequireFresh, c.duration("fresh", fmt.Sprint(d))
	default:
		c.fail(key, "E106", "updated, fresh, exists, none or { fresh: 2h }", "unreadable require")
	}
}

func (c *checker) ready(p *Policy, d *readyDoc) {
	p.Ready.SelfIdle = true
	if d == nil {
		return
	}
	if d.All != nil {
		p.Ready.SelfIdle = false
	}
	for _, a := range d.All {
		if a != "self_idle" {
			c.word("ready", conditionWord(a), "this version knows self_idle; quiet is a key of the policy", fmt.Sprintf("unknown condition %v", a))
		}
		p.Ready.SelfIdle = true
	}
	if d.MaxWait != "" {
		p.Ready.MaxWait = c.duration("max_wait", d.MaxWait)
	}
}

// conditionWord is the word of a condition: "x" or { x: ... }.
func conditionWord(v any) string {
	if m, ok := v.(map[string]any); ok {
		for k := range m {
			return k
		}
	}
	return fmt.Sprint(v)
}

func (c *checker) defaults(p *Policy, d document) {
	p.OnFirst, p.OnUnknown = FirstWait, UnknownHold
	if d.OnFirst != "" {
		p.OnFirst = OnFirst(d.OnFirst)
		if p.OnFirst != FirstRun && p.OnFirst != FirstWait {
			c.fail("on_first", "E106", "run or wait", "unknown on_first %q", d.OnFirst)
		}
	}
	if d.OnUnknown != "" {
		p.OnUnknown = OnUnknown(d.OnUnknown)
		if !slices.Contains([]OnUnknown{UnknownHold, UnknownRun, UnknownSkip}, p.OnUnknown) {
			c.fail("on_unknown", "E106", "hold, run or skip", "unknown on_unknown %q", d.OnUnknown)
		}
	}
	for _, f := range []struct {
		key, text string
		into      *time.Duration
		def       time.Duration
	}{
		{"min_interval", d.MinInterval, &p.MinInterval, 0}, {"quiet", d.Quiet, &p.Quiet, 0},
		{"lease_ttl", d.LeaseTTL, &p.LeaseTTL, 10 * time.Minute}, {"start_timeout", d.StartTimeout, &p.StartTimeout, 10 * time.Minute},
		{"run_timeout", d.RunTimeout, &p.RunTimeout, 24 * time.Hour}, {"event_grace", d.EventGrace, &p.EventGrace, time.Minute},
		{"valid_until", d.ValidUntil, &p.ValidFor, 24 * time.Hour},
	} {
		*f.into = f.def
		if f.text != "" {
			*f.into = c.duration(f.key, f.text)
		}
	}
	if p.Want.Kind == WantMaxLag && p.MinInterval > p.Want.Within {
		c.fail("min_interval", "E123", "make it at most max_lag", "min_interval %s is longer than max_lag %s", p.MinInterval, p.Want.Within)
	}
}

var dayForm = regexp.MustCompile(`^(\d+)d$`)

// duration reads Go's durations and whole days ("7d"); it must be positive.
func (c *checker) duration(key, s string) time.Duration {
	var d time.Duration
	var err error
	if m := dayForm.FindStringSubmatch(s); m != nil {
		var days int
		fmt.Sscan(m[1], &days) //nolint:errcheck // digits
		d = time.Duration(days) * 24 * time.Hour
	} else {
		d, err = time.ParseDuration(s)
	}
	if err != nil || d <= 0 {
		c.fail(key, "E121", "a positive duration such as 90s, 20m, 1h30m, 7d", "unreadable duration %q", s)
	}
	return d
}
