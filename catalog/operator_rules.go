package catalog

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// The bounds of what people state.
const (
	MaxActor       = 100
	MaxDeclared    = 200 // inputs, and outputs, of one declaration
	maxNameText    = 2048
	maxWord        = 200
	maxValue       = 1000
	maxDescription = 10_000
)

// datasetKinds are the words of a declaration, and what they mean.
var datasetKinds = map[string]Declaration{
	"table": {Kind: KindTable}, "view": {Kind: KindView}, "file": {Kind: KindFile}, "topic": {Kind: KindTopic}, "stream": {Kind: KindStream},
	"model": {Kind: KindModel}, "dashboard": {Kind: KindDashboard}, "job_output": {Kind: KindJobOutput}, "other": {Kind: KindOther},
	"sheet": {Kind: KindOther, SubKind: "SHEET"}, "feed": {Kind: KindOther, SubKind: "FEED"},
}

// KindWords lists the words that KindOf knows.
func KindWords() []string {
	out := make([]string, 0, len(datasetKinds))
	for w := range datasetKinds {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

// KindOf reads a word for the form of data, such as sheet or dashboard.
func KindOf(word string) (kind DatasetKind, subKind string, err error) {
	d, ok := datasetKinds[strings.ToLower(word)]
	if !ok {
		return "", "", fmt.Errorf("%w: unknown kind %q: one of %s", ErrInvalid, word, strings.Join(KindWords(), ", "))
	}
	return d.Kind, d.SubKind, nil
}

// Validate says what is wrong with a statement that somebody wants to make:
// more than Check, which statements made by any version must pass.
func (f OperatorFact) Validate() error {
	if err := f.Check(); err != nil {
		return err
	}
	for _, n := range f.Mentions() {
		if n.Namespace == "" || n.Name == "" || len(n.Namespace)+len(n.Name) > maxNameText {
			return fmt.Errorf("%w: a name needs namespace and name, together at most %d bytes", ErrInvalid, maxNameText)
		}
		if n.Namespace == InternalNamespace && n.Type == TypeJob {
			return fmt.Errorf("%w: namespace %s is weir's own", ErrInvalid, InternalNamespace)
		}
	}
	if err := text("the actor", f.Actor, 1, MaxActor); err != nil {
		return err
	}
	switch {
	case f.Owner != nil:
		return firstError(text("an owner's name", f.Owner.Name, 1, maxWord), text("a kind of ownership", f.Owner.Type, 0, maxWord))
	case f.Tag != nil:
		return firstError(text("a tag's key", f.Tag.Key, 1, maxWord), text("a tag's value", f.Tag.Value, 0, maxValue), text("a column", f.Tag.Field, 0, maxValue))
	case f.Description != nil:
		plain := strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(f.Description.Text)
		return firstError(text("a description", plain, 0, maxDescription), text("a column", f.Description.Field, 0, maxValue))
	case f.Declaration != nil:
		return f.Declaration.validate(f.Names[0])
	}
	return nil
}

func (d *Declaration) validate(subject Name) error {
	job := subject.Type == TypeJob
	known := func(k DatasetKind) bool {
		for _, d := range datasetKinds {
			if d.Kind == k {
				return true
			}
		}
		return k == ""
	}
	switch {
	case !known(d.Kind):
		return fmt.Errorf("%w: unknown kind %q", ErrInvalid, d.Kind)
	case job && d.Kind+DatasetKind(d.SubKind) != "":
		return fmt.Errorf("%w: a job has no kind of data", ErrInvalid)
	case !job && len(d.Outputs) > 0:
		return fmt.Errorf("%w: a dataset has no outputs: name it among the inputs of what is made of it", ErrInvalid)
	case len(d.Inputs) > MaxDeclared || len(d.Outputs) > MaxDeclared:
		return fmt.Errorf("%w: at most %d inputs and as many outputs", ErrInvalid, MaxDeclared)
	case slices.Contains(d.Inputs, subject):
		return fmt.Errorf("%w: %s cannot be made of itself", ErrInvalid, subject)
	}
	for _, n := range slices.Concat(d.Inputs, d.Outputs) {
		if job && n.Type == TypeJob {
			return fmt.Errorf("%w: %s: what a job reads and writes are datasets", ErrInvalid, n)
		}
	}
	return firstError(text("a closer word for the kind", d.SubKind, 0, maxWord), webAddress(d.URL))
}

func webAddress(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return fmt.Errorf("%w: url must be http://... or https://..., without a user", ErrInvalid)
	}
	return text("url", s, 1, maxNameText)
}

// text checks a line of text.
func text(what, s string, least, most int) error {
	if len(s) < least || len(s) > most || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%w: %s must be %d to %d bytes, without control characters", ErrInvalid, what, least, most)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Says is the statement in a sentence.
func (f OperatorFact) Says() string {
	about := f.Names[0].String()
	switch f.Verb {
	case OperatorMerge:
		return join(f.Names) + " are one asset"
	case OperatorSplit:
		return join(f.Names) + " is not the same as " + join(f.Rest)
	case OperatorAlias:
		if f.Preferred {
			return about + " goes by " + f.Names[1].String() + ", which is shown"
		}
		return about + " goes by " + f.Names[1].String() + " too"
	case OperatorDeclare:
		return about + " exists" + f.Declaration.says()
	case OperatorUndeclare:
		return about + " exists no longer"
	case OperatorOwn:
		return f.Owner.words() + " owns " + about
	case OperatorDisown:
		return f.Owner.words() + " does not own " + about
	case OperatorTag:
		return f.Tag.where(about) + " is tagged " + f.Tag.words()
	case OperatorUntag:
		return f.Tag.where(about) + " is not tagged " + f.Tag.words()
	case OperatorDescribe:
		return f.Description.says(about)
	}
	return "takes a statement about " + about + " back"
}

func (d *Declaration) says() string {
	out := ""
	if d.Kind != "" {
		out = " as " + strings.ToLower(string(d.Kind))
		if d.SubKind != "" {
			out = " as " + strings.ToLower(d.SubKind)
		}
	}
	if len(d.Inputs) > 0 {
		out += ", made of " + join(d.Inputs)
	}
	if len(d.Outputs) > 0 {
		out += ", writing " + join(d.Outputs)
	}
	return out
}

func (o *Owner) words() string {
	if o.Type == "" {
		return o.Name
	}
	return o.Name + " (" + o.Type + ")"
}

func (t *Tag) words() string {
	if t.Value == "" {
		return t.Key
	}
	return t.Key + "=" + t.Value
}

func (t *Tag) where(about string) string { return column(about, t.Field) }

func (d *Description) says(about string) string {
	if d.Text == "" {
		return column(about, d.Field) + " is what producers say it is"
	}
	line, _, more := strings.Cut(d.Text, "\n")
	if r := []rune(line); len(r) > 80 {
		line, more = string(r[:80]), true
	}
	if more {
		line += " ..."
	}
	return column(about, d.Field) + " is: " + line
}

func column(about, field string) string {
	if field == "" {
		return about
	}
	return about + "#" + field
}

// join lists names, a few of many.
func join(names []Name) string {
	const most = 5
	var out []string
	for i, n := range names {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(names)-most))
			break
		}
		out = append(out, n.String())
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}
