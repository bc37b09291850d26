package main

import (
	"context"
	"fmt"
	"strings"
)

// shownNames is how many conflicts and suggestions doctor spells out.
const shownNames = 5

// namesAnswer is what the server holds for doubtful about names.
type namesAnswer struct {
	Conflicts struct {
		TotalCount int
		Nodes      []struct {
			Name      nameOf
			Claimants []nameOf
		}
	}
	Suggestions struct {
		TotalCount int
		Complete   bool
		Nodes      []struct {
			Reason string
			Type   string
			Names  []nameOf
			Total  int
		}
	}
}

const namesQuery = `query ($n: Int) {
 conflicts(first: $n) { totalCount nodes { name { namespace name } claimants { namespace name } } }
 suggestions(first: $n) { totalCount complete nodes { reason type names { namespace name } total } } }`

// checkNames: names that two datasets claim, and datasets that are probably
// one. A server that cannot be asked was reported by checkServer.
func checkNames(ctx context.Context, _ *app, cfg Config) []finding {
	var a namesAnswer
	if err := newClient(cfg).graphql(ctx, namesQuery, map[string]any{"n": shownNames}, &a); err != nil {
		return nil
	}
	out := a.conflicts()
	out = append(out, a.suggestions()...)
	if len(out) == 0 {
		return []finding{{"names", "ok", "no name is claimed twice, and nothing looks like the same twice", ""}}
	}
	return out
}

func (a namesAnswer) conflicts() (out []finding) {
	for _, c := range a.Conflicts.Nodes {
		out = append(out, finding{"names", "warn", fmt.Sprintf("%s is claimed by %s: none of them is merged with it", joined("dataset", []nameOf{c.Name}), joined("dataset", c.Claimants)),
			"merge the claimants if they are one, or split the wrong one from the name"})
	}
	return more(out, a.Conflicts.TotalCount, "conflicts")
}

var suggestionWords = map[string]string{
	"CASE": "the names differ by case alone", "HOST": "the names differ by port or form of the host alone",
	"SHORT_NAME": "a name may mean several", "FIELDS": "the tables have one name and the same columns",
}

func (a namesAnswer) suggestions() (out []finding) {
	for _, s := range a.Suggestions.Nodes {
		says := fmt.Sprintf("probably the same: %s (%s)", joined(strings.ToLower(s.Type), s.Names), suggestionWords[s.Reason])
		if s.Total > len(s.Names) {
			says += fmt.Sprintf(", and %d more", s.Total-len(s.Names))
		}
		out = append(out, finding{"names", "ok", says, "merge them, or split them if they are not the same; section naming of the configuration maps hosts, accounts and schemas for all names"})
	}
	return more(out, a.Suggestions.TotalCount, "suggestions")
}

func more(out []finding, total int, what string) []finding {
	if total > len(out) {
		out = append(out, finding{"names", "ok", fmt.Sprintf("%d more %s", total-len(out), what), "GraphQL " + what + " lists them all"})
	}
	return out
}

// joined are the names as the command line takes them.
func joined(kind string, names []nameOf) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = kind + ":" + n.Namespace + "/" + n.Name
	}
	return strings.Join(out, ", ")
}
