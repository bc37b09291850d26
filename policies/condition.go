package policies

import (
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Condition is a node of the tree that a policy adds to READY: all, any, not or
// at_least over other nodes, or an atom. Its value is Kleene's: what is unknown
// stays unknown until the rest of the tree decides without it.
type Condition struct {
	// Word is all, any, not, at_least, or the atom's.
	Word string
	// Of are the parts of a node; N is how many of them at_least asks for.
	Of []Condition
	N  int

	// About says which inputs an atom is about.
	About Subject
	// Within is the bound of fresh, same_time, min_interval, quiet, approved and signal;
	// MaxWait ends quiet, however much goes on.
	Within, MaxWait time.Duration
	// Cron (five fields) in TZ is tick's; Spans are in_window's own.
	Cron, TZ string
	Spans    []Span
	// Name is that of a signal or a calendar; Partition narrows a signal.
	Name, Partition string
	// Complete bounds complete.
	Complete Complete
}

// Subject names inputs of a policy. Without names it is about every one: the
// listed inputs, or where none is listed those that the last success read.
type Subject struct {
	// Any: one of them is enough.
	Any   bool
	Names []Selector
}

// eval gives the node as it stands at now. MayChangeAt is the earliest moment at
// which the passing of time may change a part, so never later than a flip.
func (c Condition) eval(p *Policy, s Snapshot, now time.Time) catalog.Reason {
	switch c.Word {
	case wordAll:
		return all(wordAll, "all hold", "", c.parts(p, s, now))
	case wordAny:
		return anyOf(wordAny, "", "none holds", c.parts(p, s, now))
	case wordNot:
		return negation(c.Of[0].eval(p, s, now))
	case wordAtLeast:
		return atLeast(c.N, c.parts(p, s, now))
	}
	return atoms[c.Word].eval(c, p, s, now)
}

// The words that are no atoms.
const (
	wordAll     = "all"
	wordAny     = "any"
	wordNot     = "not"
	wordAtLeast = "at_least"
)

func (c Condition) parts(p *Policy, s Snapshot, now time.Time) []catalog.Reason {
	out := make([]catalog.Reason, 0, len(c.Of))
	for _, part := range c.Of {
		out = append(out, part.eval(p, s, now))
	}
	return out
}

// negation is Kleene's not of a node.
func negation(r catalog.Reason) catalog.Reason {
	return catalog.Reason{Atom: wordNot, Value: r.Value.Not(), Says: "not: " + deciding(r, r.Value), Children: []catalog.Reason{r}, MayChangeAt: r.MayChangeAt}
}

// atLeast is true when n parts are, and false when even the unknown ones would
// not make it n.
func atLeast(n int, list []catalog.Reason) catalog.Reason {
	yes, open := 0, 0
	for _, r := range list {
		switch r.Value {
		case catalog.True:
			yes++
		case catalog.Unknown:
			open++
		}
	}
	r := catalog.Reason{Atom: wordAtLeast, Value: catalog.Unknown, Children: list, MayChangeAt: earliest(list)}
	switch {
	case yes >= n:
		r.Value = catalog.True
	case yes+open < n:
		r.Value = catalog.False
	}
	r.Says = fmt.Sprintf("%d of %d hold, at least %d must", yes, len(list), n)
	if open > 0 {
		r.Says += fmt.Sprintf("; %d are unknown", open)
	}
	return r
}

// carries: the child is one of those that give a node its value.
func carries(r, child *catalog.Reason) bool {
	switch {
	case r.Atom == wordNot:
		return true
	case r.Atom == wordAtLeast && r.Value == catalog.Unknown: // the false ones matter as well
		return child.Value != catalog.True
	}
	return child.Value == r.Value
}

// asks reports whether a word stands anywhere in the tree.
func (r Ready) asks(word string) bool {
	return slices.ContainsFunc(r.Of, func(c Condition) bool { return c.asks(word) })
}

func (c Condition) asks(word string) bool {
	return c.Word == word || slices.ContainsFunc(c.Of, func(part Condition) bool { return part.asks(word) })
}

// conditionsOf are a policy's own conditions, and the blackouts that apply to it.
func conditionsOf(p *Policy, s Snapshot, now time.Time) []catalog.Reason {
	var out []catalog.Reason
	for _, c := range p.Ready.Of {
		out = append(out, c.eval(p, s, now))
	}
	for _, cal := range s.Calendars {
		if cal.Applies && len(cal.Blackout) > 0 {
			out = append(out, atomBlackout(cal.Calendar, now))
		}
	}
	return out
}
