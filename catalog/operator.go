package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// OperatorVerb is what a person did to the catalogue.
type OperatorVerb string

// The operator verbs. All but the first three are about one asset, which stands
// in Names under the name it was addressed by.
const (
	// OperatorMerge makes Names one asset.
	OperatorMerge OperatorVerb = "merge"
	// OperatorSplit makes Names leave the Rest: a standing veto on every
	// evidence between the two sides until an operator merge.
	OperatorSplit OperatorVerb = "split"
	// OperatorAlias makes the asset of Names[0] go by Names[1] too.
	OperatorAlias OperatorVerb = "alias"
	// OperatorDeclare says that an asset exists, what it is and what it is made
	// of; the newest one replaces the one before. OperatorUndeclare ends that.
	OperatorDeclare   OperatorVerb = "declare"
	OperatorUndeclare OperatorVerb = "undeclare"
	// OperatorOwn adds an owner. OperatorDisown takes one away, also one that a
	// producer states; without a type it means every type of that name.
	OperatorOwn    OperatorVerb = "own"
	OperatorDisown OperatorVerb = "disown"
	// OperatorTag sets the value of a tag. OperatorUntag takes a tag away, also
	// one that a producer states; without a value it means any.
	OperatorTag   OperatorVerb = "tag"
	OperatorUntag OperatorVerb = "untag"
	// OperatorDescribe replaces the description; an empty text gives the
	// producers' back.
	OperatorDescribe OperatorVerb = "describe"
	// OperatorUndo takes the statement Of back, as if it had never been made.
	OperatorUndo OperatorVerb = "undo"
	// OperatorReplay reads a parked entry again, whatever the receiver's clock
	// said of it; OperatorDrop lays it aside for good.
	OperatorReplay OperatorVerb = "replay"
	OperatorDrop   OperatorVerb = "drop"
)

// FileActor begins the name of an actor that is a file of declared assets.
const FileActor = "file:"

// OperatorFact is a person's statement, stamped with At when it is appended. Of
// two that contradict each other the last by (At, ID) holds.
type OperatorFact struct {
	Verb  OperatorVerb `json:"verb"`
	At    time.Time    `json:"at"`
	Actor string       `json:"actor,omitempty"`
	// Names are what the statement is about.
	Names []Name `json:"names"`
	// Rest: for a split, the names of the asset that stay, as known when the
	// split was made.
	Rest []Name `json:"rest,omitempty"`
	// Preferred: the alias is the name to show.
	Preferred   bool         `json:"preferred,omitempty"`
	Owner       *Owner       `json:"owner,omitempty"`
	Tag         *Tag         `json:"tag,omitempty"`
	Description *Description `json:"description,omitempty"`
	Declaration *Declaration `json:"declaration,omitempty"`
	// Of is the ID of the statement that is taken back.
	Of string `json:"of,omitempty"`
	// Position is the parked entry that a replay or a drop is about.
	Position Position `json:"position,omitempty"`
}

// Description is a text about an asset, or about one of its fields.
type Description struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Declaration says what an asset is that no tool reports, or more than the
// tools say of one they do.
type Declaration struct {
	Kind    DatasetKind `json:"kind,omitempty"`
	SubKind string      `json:"subKind,omitempty"`
	// URL is where people open it.
	URL string `json:"url,omitempty"`
	// Inputs are what it is made of: datasets, and for a dataset the jobs that
	// write it. Outputs are what a job writes.
	Inputs  []Name `json:"inputs,omitempty"`
	Outputs []Name `json:"outputs,omitempty"`
}

// ID is the same for the same statement, however often and wherever it is
// filed.
func (f OperatorFact) ID() string {
	f.At = f.At.UTC()
	b, err := json.Marshal(f)
	if err != nil {
		panic("operator fact: " + err.Error()) // it holds nothing that JSON cannot
	}
	sum := sha256.Sum256(b)
	return idText.EncodeToString(sum[:16])
}

// Mentions are all names in the statement.
func (f OperatorFact) Mentions() []Name {
	out := slices.Concat(f.Names, f.Rest)
	if f.Declaration != nil {
		out = append(append(out, f.Declaration.Inputs...), f.Declaration.Outputs...)
	}
	return out
}

// Identity gives the merge or split that the statement means; ok is false for
// one that says nothing of names.
func (f OperatorFact) Identity() (op OperatorFact, ok bool) {
	switch f.Verb {
	case OperatorAlias:
		return OperatorFact{Verb: OperatorMerge, At: f.At, Names: f.Names}, true
	case OperatorMerge, OperatorSplit:
		return OperatorFact{Verb: f.Verb, At: f.At, Names: f.Names, Rest: f.Rest}, true
	}
	return OperatorFact{}, false
}

// Check says what a statement lacks to be understood.
func (f OperatorFact) Check() error {
	need := map[OperatorVerb]bool{
		OperatorMerge: len(f.Names) > 1, OperatorSplit: len(f.Names) > 0 && len(f.Rest) > 0, OperatorAlias: len(f.Names) == 2,
		OperatorDeclare: f.Declaration != nil, OperatorUndeclare: true,
		OperatorOwn: f.Owner != nil, OperatorDisown: f.Owner != nil, OperatorTag: f.Tag != nil, OperatorUntag: f.Tag != nil,
		OperatorDescribe: f.Description != nil, OperatorUndo: f.Of != "",
		OperatorReplay: f.Position > 0, OperatorDrop: f.Position > 0,
	}
	whole, known := need[f.Verb]
	named := len(f.Names) > 0 || f.Position > 0
	switch {
	case !known:
		return fmt.Errorf("%w: verb %q is not of this version", ErrInvalid, f.Verb)
	case !whole || !named || f.At.IsZero():
		return fmt.Errorf("%w: a %s that lacks its names, its time or what it says", ErrInvalid, f.Verb)
	}
	return nil
}

// Content is the same for statements that say the same, whoever made them when.
func (f OperatorFact) Content() string {
	f.At, f.Actor = time.Time{}, ""
	return f.ID()
}

// Same reports whether two statements say the same, whoever made them when.
func (f OperatorFact) Same(o OperatorFact) bool {
	return f.Verb == o.Verb && f.Content() == o.Content()
}

// Overrides reports whether f, being later, may change what o states.
func (f OperatorFact) Overrides(o OperatorFact) bool {
	if _, ok := f.Identity(); ok {
		_, both := o.Identity()
		return both && f.Verb != o.Verb && slices.ContainsFunc(f.Names, func(n Name) bool { return slices.Contains(o.Mentions(), n) })
	}
	if f.Names[0] != o.Names[0] {
		return false
	}
	switch {
	case f.Owner != nil && o.Owner != nil:
		return f.Verb != o.Verb && f.Owner.Name == o.Owner.Name && (f.Owner.Type == o.Owner.Type || f.Owner.Type == "" || o.Owner.Type == "")
	case f.Tag != nil && o.Tag != nil:
		return (f.Verb != o.Verb || f.Verb == OperatorTag) && f.Tag.Key == o.Tag.Key && f.Tag.Field == o.Tag.Field
	case f.Description != nil && o.Description != nil:
		return f.Description.Field == o.Description.Field
	}
	return f.declares() && o.declares()
}

func (f OperatorFact) declares() bool {
	return f.Verb == OperatorDeclare || f.Verb == OperatorUndeclare
}

// Statement is an operator fact as it was filed.
type Statement struct {
	ID   string
	Fact OperatorFact
	// Position is that of the first journal entry that holds it.
	Position Position
	// UndoneBy is the ID of the statement that took it back, "" while it stands.
	UndoneBy string
}

// Standing reports whether nobody took the statement back.
func (s Statement) Standing() bool { return s.UndoneBy == "" }

// Settle orders statements by (At, ID), each once, and says which were taken
// back: a function of the set, since only what is later can take back.
func Settle(list []Statement) []Statement {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Statement) int {
		return cmp.Or(a.Fact.At.Compare(b.Fact.At), strings.Compare(a.ID, b.ID), cmp.Compare(a.Position, b.Position))
	})
	out = slices.CompactFunc(out, func(a, b Statement) bool { return a.ID == b.ID })
	undone := map[string]string{}
	for i := len(out) - 1; i >= 0; i-- {
		out[i].UndoneBy = undone[out[i].ID]
		if out[i].Standing() && out[i].Fact.Verb == OperatorUndo {
			undone[out[i].Fact.Of] = out[i].ID
		}
	}
	return out
}

// Repeated finds the standing statement that says what f says already, with
// nothing behind it that may have changed it.
func Repeated(settled []Statement, f OperatorFact) (Statement, bool) {
	var found *Statement
	for i, s := range settled {
		switch {
		case !s.Standing():
		case s.Fact.Same(f):
			if found == nil {
				found = &settled[i]
			}
		case found != nil && s.Fact.Overrides(f):
			found = nil
		}
	}
	if found == nil {
		return Statement{}, false
	}
	return *found, true
}

// Undo is the statement that takes s back. It is about all that s mentions, so
// that whoever looks at one of these names sees both.
func (s Statement) Undo() OperatorFact {
	var names []Name
	for _, n := range s.Fact.Mentions() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return OperatorFact{Verb: OperatorUndo, Names: names, Of: s.ID}
}
