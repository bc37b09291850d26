package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

const maxNames = 50

// state files a statement of the caller's. decide sees everything that was
// stated before; what was said already is answered with the statement that
// stands.
func (m mutation) state(ctx context.Context, decide func(context.Context) (catalog.OperatorFact, error)) (*gen.StatementPayload, error) {
	s, err := m.Desk.State(ctx, func(ctx context.Context) (catalog.OperatorFact, error) {
		f, err := decide(ctx)
		f.Actor = actorOf(ctx)
		return f, err
	})
	if err != nil {
		return nil, err
	}
	view, err := m.viewed(ctx, s)
	return &gen.StatementPayload{Statement: view, Position: s.Position}, err
}

// about files a statement about one asset, under the name it is shown by.
func (m mutation) about(ctx context.Context, id string, decide func(context.Context, catalog.Asset) (catalog.OperatorFact, error)) (*gen.StatementPayload, error) {
	return m.state(ctx, func(ctx context.Context) (catalog.OperatorFact, error) {
		a, err := m.subject(ctx, id)
		if err != nil {
			return catalog.OperatorFact{}, err
		}
		f, err := decide(ctx, a)
		if f.Names == nil {
			f.Names = []catalog.Name{a.Name}
		}
		return f, err
	})
}

func (m mutation) subject(ctx context.Context, text string) (catalog.Asset, error) {
	id, err := model.ParseAssetID(text)
	if err != nil {
		return catalog.Asset{}, err
	}
	a, err := m.asset(ctx, id)
	if err != nil {
		return catalog.Asset{}, err
	}
	if a == nil {
		return catalog.Asset{}, catalog.WithHint(fmt.Errorf("asset %s: %w", text, catalog.ErrNotFound), "declareAsset makes one that no tool reports")
	}
	return a.Row(), nil
}

func (m mutation) MergeAssets(ctx context.Context, in gen.MergeAssetsInput) (*gen.MergeAssetsPayload, error) {
	p, err := m.state(ctx, func(context.Context) (catalog.OperatorFact, error) {
		names, err := statedNames(in.Names, in.Type.Catalog(), 2)
		return catalog.OperatorFact{Verb: catalog.OperatorMerge, Names: names}, err
	})
	if err != nil {
		return nil, err
	}
	return &gen.MergeAssetsPayload{Statement: p.Statement, Position: p.Position}, nil
}

// SplitAsset states the whole split: the names that leave, and those that stay
// as they are known now, so that a replay gives the same.
func (m mutation) SplitAsset(ctx context.Context, in gen.SplitAssetInput) (*gen.SplitAssetPayload, error) {
	p, err := m.split(ctx, in.Asset, in.Names)
	if err != nil {
		return nil, err
	}
	return &gen.SplitAssetPayload{Statement: p.Statement, Position: p.Position}, nil
}

// RemoveAlias is the split of one name.
func (m mutation) RemoveAlias(ctx context.Context, in gen.RemoveAliasInput) (*gen.StatementPayload, error) {
	return m.split(ctx, in.Asset, []*model.AssetNameInput{in.Name})
}

func (m mutation) split(ctx context.Context, asset string, leaving []*model.AssetNameInput) (*gen.StatementPayload, error) {
	return m.about(ctx, asset, func(ctx context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		names, err := statedNames(leaving, a.Type, 1)
		if err != nil {
			return catalog.OperatorFact{}, err
		}
		before, found, err := m.standing(ctx, a.ID, func(f catalog.OperatorFact) bool {
			return f.Verb == catalog.OperatorSplit && slices.Equal(f.Names, names)
		})
		if found || err != nil {
			return before, err
		}
		rest, err := stay(a, names)
		return catalog.OperatorFact{Verb: catalog.OperatorSplit, Names: names, Rest: rest}, err
	})
}

// standing finds a statement about an asset that holds and that nothing behind
// it may have changed.
func (m mutation) standing(ctx context.Context, id catalog.AssetID, is func(catalog.OperatorFact) bool) (f catalog.OperatorFact, found bool, err error) {
	list, err := m.History.Statements(ctx, id)
	if err != nil {
		return f, false, fmt.Errorf("read statements: %w", err)
	}
	for _, s := range list {
		if !s.Standing() || !is(s.Fact) {
			continue
		}
		if _, ok := catalog.Repeated(list, s.Fact); ok {
			return s.Fact, true, nil
		}
	}
	return f, false, nil
}

// stay lists the names that are left behind; leaving must be names of it.
func stay(a catalog.Asset, leaving []catalog.Name) ([]catalog.Name, error) {
	var all, rest []catalog.Name
	for _, n := range a.Names {
		if all = append(all, n.Name); !slices.Contains(leaving, n.Name) {
			rest = append(rest, n.Name)
		}
	}
	for _, n := range leaving {
		if !slices.Contains(all, n) {
			return nil, catalog.WithHint(fmt.Errorf("%w: %s is not a name of this asset", catalog.ErrConflict, n), "its field names lists them")
		}
	}
	if len(rest) == 0 {
		return nil, fmt.Errorf("%w: no name would be left", catalog.ErrConflict)
	}
	return rest, nil
}

func statedNames(in []*model.AssetNameInput, t catalog.AssetType, least int) ([]catalog.Name, error) {
	var out []catalog.Name
	for _, n := range in {
		full := n.Catalog(t)
		if full.Namespace == "" || full.Name == "" {
			return nil, fmt.Errorf("%w: a name needs namespace and name", catalog.ErrInvalid)
		}
		if !slices.Contains(out, full) {
			out = append(out, full)
		}
	}
	if len(out) < least || len(in) > maxNames {
		return nil, fmt.Errorf("%w: give %d to %d different names", catalog.ErrInvalid, least, maxNames)
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return out, nil
}

func (m mutation) AddAlias(ctx context.Context, in gen.AddAliasInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(ctx context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		alias := in.Name.Catalog(a.Type)
		f := catalog.OperatorFact{Verb: catalog.OperatorAlias, Preferred: deref(in.Preferred)}
		before, found, err := m.standing(ctx, a.ID, func(o catalog.OperatorFact) bool {
			return o.Verb == f.Verb && o.Names[1] == alias && o.Preferred == f.Preferred
		})
		if found || err != nil {
			return before, err
		}
		if err := m.free(ctx, alias, a.ID); err != nil {
			return f, err
		}
		main, err := otherName(a, alias)
		f.Names = []catalog.Name{main, alias}
		return f, err
	})
}

// free: an alias takes no name from another asset; that is a merge.
func (m mutation) free(ctx context.Context, n catalog.Name, asset catalog.AssetID) error {
	id, seen, err := m.History.Resolve(ctx, n)
	if err != nil || !seen || id == asset {
		return err
	}
	other, err := m.asset(ctx, id)
	if err != nil || other == nil {
		return err
	}
	for _, k := range other.Row().Names {
		if k.Origin == catalog.OriginObserved || !other.Row().Declared.IsZero() {
			return catalog.WithHint(fmt.Errorf("%w: %s is another asset", catalog.ErrConflict, n), "mergeAssets makes the two one")
		}
	}
	return nil
}

// otherName is the name that an alias is added to: the preferred one, unless
// that is the alias.
func otherName(a catalog.Asset, alias catalog.Name) (catalog.Name, error) {
	if a.Name != alias {
		return a.Name, nil
	}
	for _, n := range a.Names {
		if n.Name != alias {
			return n.Name, nil
		}
	}
	return alias, fmt.Errorf("%w: %s is its only name", catalog.ErrConflict, alias)
}

func (m mutation) DeclareAsset(ctx context.Context, in gen.DeclareAssetInput) (*gen.DeclareAssetPayload, error) {
	name := in.Asset.Catalog()
	p, err := m.state(ctx, func(context.Context) (catalog.OperatorFact, error) {
		d := catalog.Declaration{SubKind: deref(in.SubKind), URL: deref(in.URL), Inputs: refs(in.Inputs), Outputs: refs(in.Outputs)}
		if in.Kind != nil {
			d.Kind = *in.Kind
		}
		return catalog.OperatorFact{Verb: catalog.OperatorDeclare, Names: []catalog.Name{name}, Declaration: &d}, nil
	})
	if err != nil {
		return nil, err
	}
	return &gen.DeclareAssetPayload{Statement: p.Statement, Asset: model.AssetID(catalog.AssetID(name.ID())), Position: p.Position}, nil
}

// refs are the names, each once, in one order: the same set is the same
// declaration.
func refs(in []*model.AssetRefInput) []catalog.Name {
	var out []catalog.Name
	for _, n := range in {
		out = append(out, n.Catalog())
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return slices.Compact(out)
}

func (m mutation) UndeclareAsset(ctx context.Context, in gen.UndeclareAssetInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(ctx context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		list, err := m.History.Statements(ctx, a.ID)
		if err != nil {
			return catalog.OperatorFact{}, fmt.Errorf("read statements: %w", err)
		}
		name, err := declaredName(a, list)
		return catalog.OperatorFact{Verb: catalog.OperatorUndeclare, Names: []catalog.Name{name}}, err
	})
}

// declaredName is the name that was declared last, whether or not it still is:
// saying again that it is over changes nothing.
func declaredName(a catalog.Asset, list []catalog.Statement) (catalog.Name, error) {
	for _, s := range slices.Backward(list) {
		f := s.Fact
		if s.Standing() && f.Verb == catalog.OperatorDeclare && slices.ContainsFunc(a.Names, func(k catalog.KnownName) bool { return k.Name == f.Names[0] }) {
			return f.Names[0], nil
		}
	}
	return a.Name, catalog.WithHint(fmt.Errorf("%w: %s is not declared", catalog.ErrConflict, a.Name), "what producers report stays as long as they do")
}

func (m mutation) AddOwner(ctx context.Context, in gen.OwnerInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(context.Context, catalog.Asset) (catalog.OperatorFact, error) {
		return catalog.OperatorFact{Verb: catalog.OperatorOwn, Owner: &catalog.Owner{Name: in.Name, Type: deref(in.Type)}}, nil
	})
}

func (m mutation) RemoveOwner(ctx context.Context, in gen.OwnerInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(ctx context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		f := catalog.OperatorFact{Verb: catalog.OperatorDisown, Owner: &catalog.Owner{Name: in.Name, Type: deref(in.Type)}}
		has := slices.ContainsFunc(a.Owners, func(o catalog.Owner) bool {
			return o.Name == in.Name && (f.Owner.Type == "" || o.Type == f.Owner.Type)
		})
		if has {
			return f, nil
		}
		return m.goneBefore(ctx, a, f, fmt.Errorf("owner %q of %s: %w", in.Name, a.Name, catalog.ErrNotFound), "its field owners lists them")
	})
}

// goneBefore: what is not there cannot be taken away, unless this very
// statement took it.
func (m mutation) goneBefore(ctx context.Context, a catalog.Asset, f catalog.OperatorFact, missing error, hint string) (catalog.OperatorFact, error) {
	before, found, err := m.standing(ctx, a.ID, func(o catalog.OperatorFact) bool {
		f.Names = o.Names
		return o.Same(f)
	})
	if found || err != nil {
		return before, err
	}
	return catalog.OperatorFact{}, catalog.WithHint(missing, hint)
}

func (m mutation) AddTag(ctx context.Context, in gen.TagInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(_ context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		f := catalog.OperatorFact{Verb: catalog.OperatorTag, Tag: tagOf(in)}
		return f, hasField(a, f.Tag.Field)
	})
}

func (m mutation) RemoveTag(ctx context.Context, in gen.TagInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(ctx context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		f := catalog.OperatorFact{Verb: catalog.OperatorUntag, Tag: tagOf(in)}
		has := slices.ContainsFunc(a.Tags, func(t catalog.Tag) bool {
			return t.Key == f.Tag.Key && t.Field == f.Tag.Field && (f.Tag.Value == "" || t.Value == f.Tag.Value)
		})
		if has {
			return f, nil
		}
		return m.goneBefore(ctx, a, f, fmt.Errorf("tag %q of %s: %w", in.Key, a.Name, catalog.ErrNotFound), "its field tags lists them")
	})
}

func tagOf(in gen.TagInput) *catalog.Tag {
	return &catalog.Tag{Key: in.Key, Value: deref(in.Value), Field: deref(in.Field)}
}

func (m mutation) Describe(ctx context.Context, in gen.DescribeInput) (*gen.StatementPayload, error) {
	return m.about(ctx, in.Asset, func(_ context.Context, a catalog.Asset) (catalog.OperatorFact, error) {
		f := catalog.OperatorFact{Verb: catalog.OperatorDescribe, Description: &catalog.Description{Field: deref(in.Field), Text: in.Text}}
		return f, hasField(a, f.Description.Field)
	})
}

// hasField refuses a column that nobody knows: it would be said of nothing.
func hasField(a catalog.Asset, field string) error {
	if field == "" || slices.ContainsFunc(a.Fields, func(f catalog.Field) bool { return f.Name == field }) {
		return nil
	}
	hint := "its field fields lists them"
	if len(a.Fields) == 0 {
		hint = "no producer has sent its columns"
	}
	return catalog.WithHint(fmt.Errorf("column %q of %s: %w", field, a.Name, catalog.ErrNotFound), hint)
}

func (m mutation) UndoStatement(ctx context.Context, in gen.UndoStatementInput) (*gen.StatementPayload, error) {
	return m.state(ctx, func(ctx context.Context) (catalog.OperatorFact, error) {
		pos, err := model.ParseStatementID(in.Statement)
		if err != nil {
			return catalog.OperatorFact{}, err
		}
		s, err := m.History.StatementAt(ctx, pos)
		if err != nil {
			return catalog.OperatorFact{}, catalog.WithHint(err, "the field statements of an asset lists them")
		}
		if joins(s.Fact) {
			if err := auth.From(ctx).RefuseEverywhere(auth.Annotate); err != nil {
				return catalog.OperatorFact{}, err
			}
		}
		return s.Undo(), nil
	})
}

// joins: it says which names are one asset, or takes such a word back.
func joins(f catalog.OperatorFact) bool {
	switch f.Verb {
	case catalog.OperatorMerge, catalog.OperatorSplit, catalog.OperatorAlias:
		return true
	case catalog.OperatorUndo:
		return len(f.Names) > 1
	}
	return false
}
