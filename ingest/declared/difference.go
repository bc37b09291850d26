package declared

import (
	"path/filepath"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// Facts are what the entry states, the declaration first.
func (a Asset) Facts() []catalog.OperatorFact {
	actor := catalog.FileActor + filepath.Base(a.File)
	if len(actor) > catalog.MaxActor {
		actor = actor[:catalog.MaxActor]
	}
	var out []catalog.OperatorFact
	say := func(f catalog.OperatorFact) {
		f.Actor = actor
		if f.Names == nil {
			f.Names = []catalog.Name{a.Name}
		}
		out = append(out, f)
	}
	d := a.Declaration
	say(catalog.OperatorFact{Verb: catalog.OperatorDeclare, Declaration: &d})
	if a.Description != "" {
		say(catalog.OperatorFact{Verb: catalog.OperatorDescribe, Description: &catalog.Description{Text: a.Description}})
	}
	for _, o := range a.Owners {
		say(catalog.OperatorFact{Verb: catalog.OperatorOwn, Owner: &o})
	}
	for _, t := range a.Tags {
		say(catalog.OperatorFact{Verb: catalog.OperatorTag, Tag: &t})
	}
	for _, n := range a.Aliases {
		say(catalog.OperatorFact{Verb: catalog.OperatorAlias, Names: []catalog.Name{a.Name, n}})
	}
	return out
}

// Difference lists what has to be stated so that the statements of files say
// what the entries say: what is gone first, then what is new. past are all
// statements of files, settled.
func Difference(assets []Asset, past []catalog.Statement) []catalog.OperatorFact {
	d := newDiff(assets, past)
	var gone, fresh []catalog.OperatorFact
	for _, s := range past {
		if f, ok := d.gone(s); ok {
			f.Actor = s.Fact.Actor
			gone = append(gone, f)
		}
	}
	for _, f := range d.want {
		if !d.stands(f) {
			fresh = append(fresh, f)
		}
	}
	return slices.Concat(gone, fresh)
}

// diff looks things up by what they say.
type diff struct {
	want           []catalog.OperatorFact
	wanted, stated map[string]bool
	// declares are the names of the entries; last is the last word of files on
	// whether a name is declared.
	declares map[catalog.Name]bool
	last     map[catalog.Name]catalog.Statement
}

func newDiff(assets []Asset, past []catalog.Statement) *diff {
	d := &diff{wanted: map[string]bool{}, stated: map[string]bool{}, declares: map[catalog.Name]bool{}, last: map[catalog.Name]catalog.Statement{}}
	for _, a := range assets {
		d.declares[a.Name] = true
		d.want = append(d.want, a.Facts()...)
	}
	for _, f := range d.want {
		d.wanted[f.Content()] = true
	}
	for _, s := range past {
		switch s.Fact.Verb {
		case catalog.OperatorUndo:
		case catalog.OperatorDeclare, catalog.OperatorUndeclare:
			if s.Standing() {
				d.last[s.Fact.Names[0]] = s
			}
		default:
			d.stated[s.Fact.Content()] = d.stated[s.Fact.Content()] || s.Standing()
		}
	}
	return d
}

// stands reports whether files say f already.
func (d *diff) stands(f catalog.OperatorFact) bool {
	if f.Verb == catalog.OperatorDeclare {
		return d.last[f.Names[0]].Fact.Same(f)
	}
	return d.stated[f.Content()]
}

// gone is what ends a statement that no entry makes any longer.
func (d *diff) gone(s catalog.Statement) (f catalog.OperatorFact, ok bool) {
	switch subject := s.Fact.Names[0]; {
	case !s.Standing() || s.Fact.Verb == catalog.OperatorUndo || s.Fact.Verb == catalog.OperatorUndeclare:
		return f, false
	case s.Fact.Verb == catalog.OperatorDeclare:
		over := !d.declares[subject] && d.last[subject].ID == s.ID
		return catalog.OperatorFact{Verb: catalog.OperatorUndeclare, Names: s.Fact.Names}, over
	}
	return s.Undo(), !d.wanted[s.Fact.Content()]
}
