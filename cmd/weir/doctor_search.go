package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// checkSearch: the search index is where the journal's readers are, and holds
// what the graph store holds. A server that runs is asked for its positions; one
// that does not has its directory looked into.
func checkSearch(ctx context.Context, _ *app, cfg Config) []finding {
	var out struct {
		System struct {
			Position, SearchPosition *string
			SearchShort              int
		}
	}
	err := newClient(cfg).graphql(ctx, `{ system { position searchPosition searchShort } }`, nil, &out)
	if err == nil {
		return []finding{searchedInPart(searchLag(out.System.Position, out.System.SearchPosition), out.System.SearchShort)}
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "search.db")); err != nil {
		return nil // nothing was searched here yet
	}
	st, err := openStores(ctx, cfg)
	if err != nil {
		return nil // checkData says so, or a server that cannot be asked holds it
	}
	defer st.Close() //nolint:errcheck // only looked
	f := st.compareSearch(ctx)
	if short, err := st.search.Short(ctx); err == nil {
		f = searchedInPart(f, short)
	}
	return []finding{f}
}

// searchedInPart adds to what is well that some assets are not searched whole.
func searchedInPart(f finding, short int) finding {
	if f.state != "ok" || short == 0 {
		return f
	}
	f.state = "warn"
	f.says += fmt.Sprintf("; %s not found by all of their columns, tags, owners and descriptions: they have more than is searched", count(short, "asset is", "assets are"))
	f.fix = "docs/limits.md has the bounds; names are found"
	return f
}

func searchLag(position, search *string) finding {
	switch {
	case search == nil || position == nil:
		return finding{"search", "fail", "the search index does not answer", "the server's log says why; weir rebuild makes it anew"}
	case *search != *position:
		return finding{"search", "ok", fmt.Sprintf("the index is at position %s of %s", *search, *position), ""}
	}
	return finding{"search", "ok", "the index is at position " + *search, ""}
}

// compareSearch compares the index with the graph store, when both are at one
// position.
func (s *stores) compareSearch(ctx context.Context) finding {
	at, err1 := s.search.Position(ctx)
	other, err2 := s.graph.Position(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return result("search", "", err)
	}
	if at != other {
		return finding{"search", "ok", fmt.Sprintf("the index is at position %s, the graph store at %s", at, other), ""}
	}
	have, err := s.search.Count(ctx)
	if err != nil {
		return result("search", "", err)
	}
	stored, missing, err := s.notIndexed(ctx)
	switch {
	case err != nil:
		return result("search", "", err)
	case len(missing) > 0:
		return finding{"search", "fail", fmt.Sprintf("%s in the graph store cannot be found, the first %s", count(len(missing), "asset", "assets"), missing[0]), "delete search.db while weir is stopped: the next start makes it anew"}
	case have != stored:
		return finding{"search", "fail", fmt.Sprintf("the index holds %s, the graph store %d", count(have, "asset", "assets"), stored), "delete search.db while weir is stopped: the next start makes it anew"}
	}
	return finding{"search", "ok", fmt.Sprintf("%s, as in the graph store, at position %s", count(have, "asset", "assets"), at), ""}
}

// notIndexed lists what the graph store holds and the index does not.
func (s *stores) notIndexed(ctx context.Context) (stored int, missing []catalog.Name, err error) {
	q := graph.Query{Removed: true, Internal: true, Ephemeral: true, First: 1000}
	for {
		page, err := s.graph.Find(ctx, q)
		if err != nil {
			return 0, nil, err
		}
		for _, a := range page.Assets {
			ok, err := s.search.Has(ctx, a.ID)
			if err != nil {
				return 0, nil, err
			}
			if !ok {
				missing = append(missing, a.Name)
			}
		}
		stored += len(page.Assets)
		if !page.HasNext {
			return stored, missing, nil
		}
		q.After = page.End
	}
}
