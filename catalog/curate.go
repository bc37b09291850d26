package catalog

import (
	"cmp"
	"slices"
	"time"
)

// Curated says who stated something in a producer's place, and since when; it
// is zero for what a producer stated.
type Curated struct {
	By    string    `json:"by,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// IsZero reports whether a producer stated it.
func (c Curated) IsZero() bool { return c.Since.IsZero() }

func curatedBy(s Statement) Curated { return Curated{By: s.Fact.Actor, Since: s.Fact.At.UTC()} }

// The reasons shown beside a name that people stated.
const (
	detailDeclared  = "OPERATOR:declare"
	detailAlias     = "OPERATOR:alias"
	detailPreferred = "OPERATOR:preferred"
	detailMerge     = "OPERATOR:merge"
)

// Known reports whether there is an asset behind the names: a producer used one
// of them, or a declaration is about one or names it.
func (p AssetParts) Known() bool {
	return p.observed() || slices.ContainsFunc(Settle(p.Statements), func(s Statement) bool {
		return s.Standing() && s.Fact.Verb == OperatorDeclare && slices.ContainsFunc(s.Fact.Mentions(), p.isMember)
	})
}

func (p AssetParts) observed() bool {
	return slices.ContainsFunc(p.Names, func(n NameRecord) bool { return n.Observed })
}

func (p AssetParts) isMember(n Name) bool {
	return slices.ContainsFunc(p.Names, func(r NameRecord) bool { return r.Name == n })
}

// about are the standing statements whose subject is a name of the asset, the
// last word behind the others.
func (p AssetParts) about() []Statement {
	return slices.DeleteFunc(slices.Clone(p.Statements), func(s Statement) bool { return !s.Standing() || !p.isAbout(s.Fact) })
}

// isAbout: what people said of a former name follows a rename (semantics: table
// swaps), but for the declaration of it.
func (p AssetParts) isAbout(f OperatorFact) bool {
	_, identity := f.Identity()
	return p.isMember(f.Names[0]) || slices.Contains(p.Former, f.Names[0]) && !identity && !f.declares()
}

// curate lets people's statements have their say: what they add is added, a
// description of theirs wins, and what they take away is hidden, whoever stated
// it. Later statements win over earlier ones.
func (a *Asset) curate(p AssetParts) {
	list := p.about()
	if len(list) == 0 {
		return
	}
	a.Owners = curateOwners(a.Owners, list)
	a.Tags = curateTags(a.Tags, list)
	if d, c := describedBy(list, ""); d != "" {
		a.Description, a.DescriptionCurated = d, c
	}
	for i, f := range a.Fields {
		if d, c := describedBy(list, f.Name); d != "" {
			a.Fields[i].Description, a.Fields[i].Curated = d, c
		}
	}
	a.declare(list, p.observed())
}

// declare: a declared asset whose declaration ended was removed then, unless
// producers know it.
func (a *Asset) declare(list []Statement, observed bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(s Statement) bool { return !s.Fact.declares() })
	last := len(list) - 1
	if last < 0 {
		return
	}
	if list[last].Fact.Verb == OperatorDeclare {
		a.Declared = curatedBy(list[last])
		a.describes(list[last].Fact.Declaration)
		return
	}
	if observed {
		return
	}
	at := list[last].Fact.At.UTC()
	a.RemovedAt = &at
	for _, s := range slices.Backward(list) { // what it was stays readable
		if s.Fact.Verb == OperatorDeclare {
			a.describes(s.Fact.Declaration)
			return
		}
	}
}

func (a *Asset) describes(d *Declaration) {
	a.URL = d.URL
	if a.Type == TypeDataset && d.Kind != "" {
		a.Kind, a.SubKind = d.Kind, d.SubKind
		a.View = a.View || d.Kind == KindView
	}
}

// describedBy is the last description of a field ("": of the asset).
func describedBy(list []Statement, field string) (text string, c Curated) {
	for _, s := range list {
		if d := s.Fact.Description; d != nil && d.Field == field {
			text, c = d.Text, curatedBy(s)
		}
	}
	return text, c
}

// said is what statements say of one thing: nothing, that it is there, or that
// it is not.
type said int

const (
	saidNothing said = iota
	saidYes
	saidNo
)

func curateOwners(produced []Owner, list []Statement) []Owner {
	out := slices.Clone(produced)
	for _, s := range list {
		if o := s.Fact.Owner; s.Fact.Verb == OperatorOwn && !slices.ContainsFunc(out, o.same) {
			out = append(out, Owner{Name: o.Name, Type: o.Type})
		}
	}
	slices.SortStableFunc(out[len(produced):], func(a, b Owner) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type)) })
	kept := out[:0]
	for _, o := range out {
		word, c := ownerSaid(o, list)
		if o.Curated = c; word != saidNo {
			kept = append(kept, o)
		}
	}
	return kept
}

func (o Owner) same(p Owner) bool { return o.Name == p.Name && o.Type == p.Type }

func ownerSaid(o Owner, list []Statement) (word said, c Curated) {
	for _, s := range list {
		w := s.Fact.Owner
		switch {
		case w == nil || w.Name != o.Name:
		case s.Fact.Verb == OperatorOwn && w.Type == o.Type:
			word, c = saidYes, curatedBy(s)
		case s.Fact.Verb == OperatorDisown && (w.Type == "" || w.Type == o.Type):
			word, c = saidNo, Curated{}
		}
	}
	return word, c
}

// curateTags adds one value for each key and field that people tagged, and
// hides those that they took away; a producer's other value of the key stays.
func curateTags(produced []Tag, list []Statement) []Tag {
	var kept []Tag
	for _, t := range produced {
		word, c := tagSaid(t, list)
		if t.Curated = c; word != saidNo {
			kept = append(kept, t)
		}
	}
	added := curatedTags(list)
	for _, t := range added {
		if !slices.ContainsFunc(kept, func(k Tag) bool { return k.Key == t.Key && k.Field == t.Field && k.Value == t.Value }) {
			kept = append(kept, t)
		}
	}
	return kept
}

// tagSaid is what statements say of a tag with just this value.
func tagSaid(t Tag, list []Statement) (word said, c Curated) {
	for _, s := range list {
		w := s.Fact.Tag
		switch {
		case w == nil || w.Key != t.Key || w.Field != t.Field:
		case s.Fact.Verb == OperatorTag && w.Value == t.Value:
			word, c = saidYes, curatedBy(s)
		case s.Fact.Verb == OperatorTag && word == saidYes:
			word, c = saidNothing, Curated{} // people gave the key another value
		case s.Fact.Verb == OperatorUntag && (w.Value == "" || w.Value == t.Value):
			word, c = saidNo, Curated{}
		}
	}
	return word, c
}

// curatedTags are the values that stand, by field and key.
func curatedTags(list []Statement) []Tag {
	type slot struct{ field, key string }
	now := map[slot]Tag{}
	for _, s := range list {
		w := s.Fact.Tag
		if w == nil {
			continue
		}
		at := slot{w.Field, w.Key}
		if s.Fact.Verb == OperatorTag {
			now[at] = Tag{Key: w.Key, Value: w.Value, Field: w.Field, Curated: curatedBy(s)}
		} else if w.Value == "" || w.Value == now[at].Value {
			delete(now, at)
		}
	}
	out := make([]Tag, 0, len(now))
	for _, t := range now {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Tag) int { return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Key, b.Key)) })
	return out
}

// stated adds what people say of a name. A name that no producer used is theirs.
func (p AssetParts) stated(k KnownName, observed bool, preferred Name) KnownName {
	detail := ""
	for _, s := range p.Statements {
		d := p.reason(s, k.Name)
		if d == detailDeclared && !observed || d != "" && d != detailDeclared && (detail == "" || detail == detailMerge) {
			detail = d
		}
	}
	switch {
	case k.Name == preferred:
		k.Detail = detailPreferred
	case detail != "" && (k.Detail == "" || !observed):
		k.Detail = detail
	}
	if detail != "" && !observed {
		k.Origin = OriginOperator
	}
	return k
}

// reason is why a statement makes a name one of the asset's.
func (p AssetParts) reason(s Statement, n Name) string {
	joins := s.Fact.Verb == OperatorMerge || s.Fact.Verb == OperatorAlias
	switch {
	case !s.Standing():
	case s.Fact.Verb == OperatorDeclare && slices.Contains(s.Fact.Mentions(), n):
		return detailDeclared
	case !joins || !slices.Contains(s.Fact.Names, n) || !slices.ContainsFunc(s.Fact.Names, func(o Name) bool { return o != n && p.isMember(o) }):
	case s.Fact.Verb == OperatorAlias && s.Fact.Names[1] == n:
		return detailAlias
	default:
		return detailMerge
	}
	return ""
}

// preferred is the alias that people want shown last.
func (p AssetParts) preferred() (n Name) {
	for _, s := range p.Statements {
		if s.Standing() && s.Fact.Verb == OperatorAlias && s.Fact.Preferred && p.isMember(s.Fact.Names[0]) && p.isMember(s.Fact.Names[1]) {
			n = s.Fact.Names[1]
		}
	}
	return n
}

// Relation is an edge that a declaration states, between names.
type Relation struct {
	Type           EdgeType
	Source, Target Name
}

// DeclaredRelations gives when each relation held that declarations of one name
// state: each declaration replaces the one before it.
func DeclaredRelations(subject Name, list []Statement) map[Relation][]Interval {
	var runs []NamingRun[Relation]
	for _, s := range Settle(list) {
		if s.Standing() && s.Fact.declares() && s.Fact.Names[0] == subject {
			runs = append(runs, NamingRun[Relation]{RunID: s.ID, Start: s.Fact.At, End: s.Fact.At, Succeeded: true, Named: s.Fact.relations()})
		}
	}
	out, _ := Intervals(runs, DeclaredLifetime)
	for _, list := range out {
		for i := range list {
			list[i].Run = "" // no run is behind it
		}
	}
	return out
}

func (f OperatorFact) relations() (out []Relation) {
	if f.Declaration == nil {
		return nil
	}
	s := f.Names[0]
	for _, in := range f.Declaration.Inputs {
		r := Relation{EdgeDerives, in, s}
		switch {
		case s.Type == TypeJob:
			r.Type = EdgeReads
		case in.Type == TypeJob:
			r.Type = EdgeWrites
		}
		out = append(out, r)
	}
	for _, o := range f.Declaration.Outputs {
		out = append(out, Relation{EdgeWrites, s, o})
	}
	return out
}
