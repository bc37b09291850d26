package policies

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// readyDoc is the YAML of ready: one of all, any, not and at_least.
type readyDoc struct {
	All     any    `yaml:"all"`
	Any     any    `yaml:"any"`
	Not     any    `yaml:"not"`
	AtLeast any    `yaml:"at_least"`
	Of      any    `yaml:"of"`
	MaxWait string `yaml:"max_wait"`
}

// empty: no tree is given.
func (d *readyDoc) empty() bool {
	return d == nil || d.All == nil && d.Any == nil && d.Not == nil && d.AtLeast == nil
}

// ready reads the tree. The parts of an all stand for themselves, so that each
// of them is shown; self_idle among them is the default's.
func (c *checker) ready(p *Policy, d *readyDoc) {
	p.Ready.SelfIdle = true
	if d == nil {
		return
	}
	if d.MaxWait != "" {
		p.Ready.MaxWait = c.duration(at("ready", "max_wait"), d.MaxWait)
	}
	m := map[string]any{}
	for k, v := range map[string]any{wordAll: d.All, wordAny: d.Any, wordNot: d.Not, wordAtLeast: d.AtLeast, "of": d.Of} {
		if v != nil {
			m[k] = v
		}
	}
	if len(m) == 0 {
		return
	}
	p.Ready.SelfIdle = false
	c.known = p.Inputs
	tree := []Condition{c.condition(at("ready"), m)}
	if tree[0].Word == wordAll {
		tree = tree[0].Of
	}
	for _, part := range tree {
		if part.Word == "self_idle" {
			p.Ready.SelfIdle = true
		} else if part.Word != "" {
			p.Ready.Of = append(p.Ready.Of, part)
		}
	}
}

const hintCondition = "docs/vocabulary.md lists the conditions, each with an example"

// condition reads a node: a word, or a map with one word and what belongs to it.
// The empty condition is one that failed.
func (c *checker) condition(at place, v any) Condition {
	switch x := v.(type) {
	case string:
		return c.conditionWord(at, x, nil, map[string]any{x: nil})
	case map[string]any:
		words := conditionWords(x)
		switch len(words) {
		case 0:
			c.fail(at, "E106", hintCondition, "no condition in %s", strings.Join(slices.Sorted(maps.Keys(x)), ", "))
		case 1:
			return c.conditionWord(at.then(words[0]), words[0], x[words[0]], x)
		default:
			c.fail(at, "E106", "one condition each: write all: [ ... ]", "several conditions in one: %s", strings.Join(words, ", "))
		}
	default:
		c.fail(at, "E106", hintCondition, "unreadable condition %v", v)
	}
	return Condition{}
}

// conditionWords are the keys that are conditions; where there is none, those
// that a later version knows.
func conditionWords(m map[string]any) (words []string) {
	var later []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if _, known := atoms[k]; known || isNode(k) {
			words = append(words, k)
		} else if slices.Contains(laterWords, k) {
			later = append(later, k)
		}
	}
	if len(words) == 0 {
		return later
	}
	return words
}

func isNode(word string) bool {
	return slices.Contains([]string{wordAll, wordAny, wordNot, wordAtLeast}, word)
}

// conditionWord reads a word with what stands behind it (v) and beside it (m).
func (c *checker) conditionWord(at place, word string, v any, m map[string]any) Condition {
	into := Condition{Word: word}
	if isNode(word) {
		return c.node(at, into, v, m)
	}
	a, known := atoms[word]
	switch {
	case !known:
		c.word(at, word, hintCondition, fmt.Sprintf("unknown condition %q", word))
		return Condition{}
	case a.read == nil && v != nil:
		c.fail(at, "E106", "write the bare word", "nothing may stand behind %s", word)
	case a.read != nil:
		a.read(c, at, v, &into)
	}
	c.beside(at[:max(len(at)-1, 0)], word, a.keys, m, &into)
	return into
}

// beside reads the keys that stand beside a word.
func (c *checker) beside(at place, word string, keys []string, m map[string]any, into *Condition) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		switch {
		case k == word:
		case !slices.Contains(keys, k):
			c.fail(at.then(k), "E101", hintCondition, "%s does not know the key %q", word, k)
		case k == "within":
			into.Within = c.duration(at.then(k), fmt.Sprint(v))
		case k == "max_wait":
			into.MaxWait = c.duration(at.then(k), fmt.Sprint(v))
		case k == "partition":
			into.Partition = fmt.Sprint(v)
		}
	}
	if into.Within == 0 && slices.Contains(keys, "within") && word != "fresh" {
		c.fail(at.then(word), "E106", "add within: and a duration", "%s needs a bound", word)
	}
}

// node reads all, any, not and at_least.
func (c *checker) node(at place, into Condition, v any, m map[string]any) Condition {
	list, ok := v.([]any)
	outer := at[:max(len(at)-1, 0)]
	switch into.Word {
	case wordNot:
		list, ok = []any{v}, v != nil
	case wordAtLeast:
		n, whole := v.(uint64)
		list, ok = asList(m["of"])
		if at = outer.then("of"); !whole || n < 1 || int(min(n, 1000)) > len(list) {
			c.fail(outer.then(wordAtLeast), "E106", "at_least: 2, of: [ ..., ..., ... ]", "at_least needs a number from 1 to the %d conditions of its list", len(list))
		}
		into.N = int(min(n, 1000))
	}
	if !ok {
		c.fail(at, "E106", "write "+into.Word+": [ ... ]", "%s needs a list of conditions", into.Word)
		return Condition{}
	}
	for k := range m {
		if k != into.Word && !(k == "of" && into.Word == wordAtLeast) {
			c.fail(outer.then(k), "E101", hintCondition, "%s does not know the key %q", into.Word, k)
		}
	}
	for i, part := range list {
		where := at.element(i)
		if into.Word == wordNot {
			where = at
		}
		if one := c.condition(where, part); one.Word != "" {
			into.Of = append(into.Of, one)
		}
	}
	if into.Word == wordNot && len(into.Of) == 0 {
		return Condition{} // what it negates failed
	}
	return into
}

func asList(v any) ([]any, bool) {
	list, ok := v.([]any)
	return list, ok
}

// readSubject reads any, all, upstream, one input or a list of them.
func readSubject(c *checker, at place, v any, into *Condition) {
	if word, ok := v.(string); ok {
		switch word {
		case "any":
			into.About.Any = true
			return
		case "all", "upstream":
			return
		}
		v = []any{word}
	}
	list, ok := v.([]any)
	if v == nil {
		return
	}
	if !ok || len(list) == 0 {
		c.fail(at, "E106", `any, all, upstream, or an input such as "dataset:NAMESPACE/NAME"`, "unreadable %s", into.Word)
		return
	}
	for _, x := range list {
		s := c.selector(at, x)
		if !slices.ContainsFunc(c.known, func(in Input) bool { return in.Selector.String() == s.String() }) && s.Text != "" {
			c.fail(at, "E114", "list it under inputs, with require: none if nothing else is asked of it", "%s is no input of this policy", s)
		}
		into.About.Names = append(into.About.Names, s)
	}
}

// readWithin reads a bare duration.
func readWithin(c *checker, at place, v any, into *Condition) {
	into.Within = c.duration(at, fmt.Sprint(v))
}

// readSameTime reads { same_time: 30m }, or inputs with within beside them.
func readSameTime(c *checker, at place, v any, into *Condition) {
	if text, ok := v.(string); ok && !strings.Contains(text, ":") && text != "all" {
		readWithin(c, at, v, into)
		return
	}
	readSubject(c, at, v, into)
}

func readTick(c *checker, at place, v any, into *Condition) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(at, "E106", `tick: { cron: "0 6 * * *", tz: Europe/Berlin }`, "tick needs a cron")
		return
	}
	c.only(at, m, "cron", "tz")
	into.Cron, into.TZ = text(m["cron"]), text(m["tz"])
	c.schedule(at, into.Cron, into.TZ)
}

// schedule fails for a cron or a zone that nobody knows.
func (c *checker) schedule(at place, cron, tz string) {
	if !c.zone(at.then("tz"), tz) {
		return
	}
	if _, _, err := schedule(Want{Cron: cron, TZ: tz}); err != nil {
		c.fail(at.then("cron"), "E120", "five fields and an IANA zone", "%v", err)
	}
}

// only fails for keys that a map may not have.
func (c *checker) only(at place, m map[string]any, keys ...string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(keys, k) {
			c.fail(at.then(k), "E101", at.last()+" knows "+strings.Join(keys, ", "), "unknown key %q", k)
		}
	}
}

// text is a scalar as it was written; "" for none.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// readWindow reads a calendar's name, or one window or a list of them.
func readWindow(c *checker, at place, v any, into *Condition) {
	switch x := v.(type) {
	case string:
		into.Name = x
	case map[string]any:
		into.Spans = c.windows(at, []any{x}, true)
	case []any:
		into.Spans = c.windows(at, x, false)
	default:
		c.fail(at, "E106", hintWindow, "in_window needs a window or a calendar")
	}
}

func readCalendar(c *checker, at place, v any, into *Condition) {
	name, ok := v.(string)
	if v != nil && !ok {
		c.fail(at, "E106", "not_blackout, or { not_blackout: CALENDAR }", "unreadable not_blackout")
	}
	into.Name = name
}

func readSignal(c *checker, at place, v any, into *Condition) {
	if into.Name = text(v); into.Name == "" {
		c.fail(at, "E106", "{ signal: NAME, within: 2h }", "signal needs a name")
	}
}

const hintWindow = `{ cron: "0 18 28-31 * *", duration: 14h, tz: UTC } or { from: 2026-12-24, to: 2026-12-27, tz: Europe/Berlin }`

// windows reads a list of windows; single says that v was written without a list.
func (c *checker) windows(at place, list []any, single bool) (out Spans) {
	for i, v := range list {
		where := at
		if !single {
			where = at.element(i)
		}
		m, ok := v.(map[string]any)
		if !ok {
			c.fail(where, "E106", hintWindow, "unreadable window %v", v)
			continue
		}
		out = append(out, c.window(where, m))
	}
	return out
}

func (c *checker) window(at place, m map[string]any) (w Span) {
	c.only(at, m, "cron", "duration", "tz", "from", "to")
	w.TZ, w.Cron = text(m["tz"]), text(m["cron"])
	if m["from"] != nil || m["to"] != nil {
		if w.Cron != "" || m["duration"] != nil {
			c.fail(at, "E106", hintWindow, "a window has either cron and duration, or from and to")
		}
		return c.span(at, w.TZ, m)
	}
	if c.schedule(at, w.Cron, w.TZ); m["duration"] == nil {
		c.fail(at, "E106", hintWindow, "a window needs a duration")
		return w
	}
	w.Duration = c.duration(at.then("duration"), text(m["duration"]))
	return w
}

// span reads a window that comes once: days or times on the clock of a zone.
func (c *checker) span(at place, zone string, m map[string]any) (w Span) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		c.fail(at.then("tz"), "E120", "an IANA zone", "unknown zone %q", zone)
		return w
	}
	w.From, w.To = c.moment(at.then("from"), text(m["from"]), loc), c.moment(at.then("to"), text(m["to"]), loc)
	if !w.From.IsZero() && !w.To.IsZero() && !w.From.Before(w.To) {
		c.fail(at.then("to"), "E106", hintWindow, "the window ends before it begins")
	}
	return w
}

// moment reads a time with its offset, or a day or time on the clock of a zone.
func (c *checker) moment(at place, s string, loc *time.Location) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, loc); err == nil {
			return t
		}
	}
	c.fail(at, "E121", "a day such as 2026-12-24, or a time such as 2026-12-24T18:00", "unreadable time %q", s)
	return time.Time{}
}
