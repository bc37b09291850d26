package policies

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Calendar says when nothing is to start, or names windows, for all that it
// applies to.
type Calendar struct {
	Name string
	File string
	Line int
	YAML string

	// Blackout is when nothing may start. Windows are for in_window.
	Blackout, Windows Spans
	// Applies is what it covers; a policy can name it as well.
	Applies []Selector
}

// OnBlackout says what an asset is while a blackout keeps it from being made.
type OnBlackout string

// The choices: nobody is told of an exempt one.
const (
	BlackoutExempt OnBlackout = "exempt"
	BlackoutLate   OnBlackout = "late"
)

// calendarDoc is the YAML of a calendar.
type calendarDoc struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Name       string `yaml:"name"`
	Blackout   any    `yaml:"blackout"`
	Windows    any    `yaml:"windows"`
	Applies    any    `yaml:"applies"`
}

func (c *checker) parseCalendar() (*Calendar, error) {
	if c.unknownKeys(calendarDoc{}); len(c.errs) > 0 {
		return nil, c.err()
	}
	var d calendarDoc
	if err := yamlfile.ReadNode(c.body, &d); err != nil {
		return nil, syntaxError(c.path, err)
	}
	cal := &Calendar{Name: d.Name, File: c.path}
	cal.Line, _ = at().in(c.body)
	c.version(d.APIVersion)
	if !policyName.MatchString(d.Name) {
		c.fail(at("name"), "E105", "use [a-z0-9-]", "calendar name %q", d.Name)
	}
	cal.Blackout = c.spans(at("blackout"), d.Blackout)
	cal.Windows = c.spans(at("windows"), d.Windows)
	if len(c.errs) == 0 && len(cal.Blackout) > 0 && cal.Blackout.always() {
		c.fail(at("blackout"), "E125", "leave some time to start in", "the blackout hides every start")
	}
	if d.Applies != nil {
		cal.Applies = c.applies(d.Applies)
	}
	return cal, c.err()
}

// spans reads a list of windows, or one.
func (c *checker) spans(at place, v any) Spans {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		return c.windows(at, x, false)
	}
	return c.windows(at, []any{v}, true)
}

// applies reads "all", what select takes, or a list of that.
func (c *checker) applies(v any) (out []Selector) {
	switch x := v.(type) {
	case string:
		if x == "all" {
			return []Selector{{Type: catalog.TypeDataset, Text: "*"}, {Type: catalog.TypeJob, Text: "*"}}
		}
	case map[string]any:
		return []Selector{c.selectionAt(at("applies"), x)}
	case []any:
		for i, one := range x {
			m, _ := one.(map[string]any)
			out = append(out, c.selectionAt(at("applies").element(i), m))
		}
		return out
	}
	c.fail(at("applies"), "E109", "all, what select takes, or a list of that", "unreadable applies %v", v)
	return nil
}

// calendarKeys reads what a policy says of calendars, and its freeze.
func (c *checker) calendarKeys(p *Policy, d document) {
	switch x := d.Calendar.(type) {
	case nil:
	case string:
		p.Calendars = []string{x}
	case []any:
		for _, name := range x {
			p.Calendars = append(p.Calendars, fmt.Sprint(name))
		}
	default:
		c.fail(at("calendar"), "E106", "the name of a calendar, or a list of them", "unreadable calendar")
	}
	if p.Blackout = c.spans(at("blackout"), d.Blackout); len(c.errs) == 0 && len(p.Blackout) > 0 && p.Blackout.always() {
		c.fail(at("blackout"), "E125", "leave some time to start in", "the blackout hides every start")
	}
	if p.OnBlackout = OnBlackout(d.OnBlackout); p.OnBlackout == "" {
		p.OnBlackout = BlackoutExempt
	}
	if p.OnBlackout != BlackoutExempt && p.OnBlackout != BlackoutLate {
		c.fail(at("on_blackout"), "E106", "exempt or late", "unknown on_blackout %q", d.OnBlackout)
	}
	c.freeze(p, d.Freeze)
}

// freeze reads { until, reason }. One without an end would be forgotten.
func (c *checker) freeze(p *Policy, v any) {
	const hint = `freeze: { until: "2026-12-27T06:00:00+01:00", reason: stocktaking }`
	switch x := v.(type) {
	case nil:
	case bool:
		if p.Freeze = x; x {
			c.fail(at("freeze"), "E150", hint, "a freeze without an end")
		}
	case map[string]any:
		c.only(at("freeze"), x, "until", "reason")
		if p.Freeze, p.FreezeReason = true, text(x["reason"]); x["until"] == nil {
			c.fail(at("freeze"), "E150", hint, "a freeze without an end")
			return
		}
		p.FreezeUntil = c.moment(at("freeze", "until"), text(x["until"]), time.UTC)
	default:
		c.fail(at("freeze"), "E106", hint, "unreadable freeze")
	}
}

// Frozen reports whether the policy is frozen at a time.
func (p *Policy) Frozen(now time.Time) bool {
	return p.Freeze && (p.FreezeUntil.IsZero() || now.Before(p.FreezeUntil))
}

func atomFreeze(p *Policy, now time.Time) catalog.Reason {
	r := truth("freeze", !p.Frozen(now), "no freeze", "the policy is "+p.frozenSays())
	if r.Value == catalog.False {
		r.MayChangeAt = p.FreezeUntil
	}
	return r
}

func (p *Policy) frozenSays() string {
	says := "frozen"
	if !p.FreezeUntil.IsZero() {
		says += " until " + clock(p.FreezeUntil)
	}
	if p.FreezeReason != "" {
		says += ": " + p.FreezeReason
	}
	return says
}

// unknownCalendars are names that no calendar of the set has.
func unknownCalendars(set *Set) (errs []error) {
	for _, p := range set.Policies {
		for _, name := range p.Calendars {
			if set.calendar(name) == nil {
				errs = append(errs, p.fault(at("calendar"), "E115", "write kind: Calendar with that name", "no calendar is named %q", name))
			}
		}
		for _, name := range p.Ready.calendars() {
			if set.calendar(name) == nil {
				errs = append(errs, p.fault(at("ready"), "E115", "write kind: Calendar with that name", "no calendar is named %q", name))
			}
		}
	}
	return errs
}

// equalCalendars are names given twice.
func equalCalendars(set *Set) (errs []error) {
	for i, cal := range set.Calendars {
		if first := set.calendar(cal.Name); first != set.Calendars[i] {
			errs = append(errs, &FileError{File: cal.File, Line: cal.Line, Column: 1, Code: "E104", What: fmt.Sprintf("calendar %q stands in %s:%d too", cal.Name, first.File, first.Line), Hint: "give each calendar a name of its own"})
		}
	}
	return errs
}

// calendar finds the first calendar of a name.
func (s *Set) calendar(name string) *Calendar {
	if i := slices.IndexFunc(s.Calendars, func(c *Calendar) bool { return c.Name == name }); i >= 0 {
		return s.Calendars[i]
	}
	return nil
}

// calendars are the names that the conditions use.
func (r Ready) calendars() (out []string) {
	for _, c := range r.Of {
		out = append(out, c.calendars()...)
	}
	return out
}

func (c Condition) calendars() (out []string) {
	if (c.Word == "in_window" || c.Word == "not_blackout") && c.Name != "" {
		out = append(out, c.Name)
	}
	for _, part := range c.Of {
		out = append(out, part.calendars()...)
	}
	return out
}

// CalendarView is a calendar, and whether it applies to the policy on the asset.
type CalendarView struct {
	*Calendar
	Applies bool
}

// calendars lists every calendar, with those that apply marked; the policy's own
// blackout is one under the policy's name.
func (g *Gatherer) calendars(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	if len(p.Blackout) > 0 {
		s.Calendars = append(s.Calendars, CalendarView{&Calendar{Name: p.Name, Blackout: p.Blackout}, true})
	}
	for _, cal := range g.Policies.Get().Calendars {
		v := CalendarView{cal, slices.Contains(p.Calendars, cal.Name)}
		for _, sel := range cal.Applies {
			if v.Applies {
				break
			}
			var err error
			if v.Applies, err = g.covers(ctx, r, sel, s.Asset); err != nil {
				return err
			}
		}
		s.Calendars = append(s.Calendars, v)
	}
	return nil
}

// blackouts are all that apply.
func (s Snapshot) blackouts() (out Spans) {
	for _, cal := range s.Calendars {
		if cal.Applies {
			out = append(out, cal.Blackout...)
		}
	}
	return out
}

// exempt: what a blackout keeps from being made is not late.
func (e Evaluated) exempt() (string, bool) {
	if e.Policy.OnBlackout == BlackoutLate {
		return "", false
	}
	open, until := e.Snapshot.blackouts().at(e.At)
	return "a blackout lasts until " + clock(until), open
}

// notBlackout is about one calendar, or about all that apply.
func notBlackout(c Condition, _ *Policy, s Snapshot, now time.Time) catalog.Reason {
	var list []catalog.Reason
	for _, cal := range s.Calendars {
		if c.Name == "" && cal.Applies || c.Name == cal.Name {
			list = append(list, atomBlackout(cal.Calendar, now))
		}
	}
	switch {
	case len(list) == 1:
		return list[0]
	case len(list) == 0 && c.Name != "":
		return catalog.Reason{Atom: "not_blackout(" + c.Name + ")", Value: catalog.Unknown, Says: fmt.Sprintf("no calendar is named %q", c.Name)}
	}
	return all("not_blackout", "no blackout", "", list)
}

func atomBlackout(cal *Calendar, now time.Time) catalog.Reason {
	r := catalog.Reason{Atom: "not_blackout(" + cal.Name + ")", Value: catalog.True, Says: fmt.Sprintf("no blackout of %s", cal.Name)}
	in, changes := cal.Blackout.at(now)
	if r.MayChangeAt = changes; in {
		r.Value, r.Says = catalog.False, fmt.Sprintf("the blackout %s lasts until %s", cal.Name, clock(changes))
	}
	return r
}
