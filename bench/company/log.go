package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// uuids are drawn anew in each game.
var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// keep writes all that weir decided and did in a game to a file of the folder:
// two games of one seed are compared by it, byte by byte.
func (w *weir) keep(folder string) (err error) {
	f, err := os.Create(fmt.Sprintf("%s/seed-%d.jsonl", folder, w.game.Seed))
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	out := bufio.NewWriter(f)
	if err := w.write(out); err != nil {
		return err
	}
	return out.Flush()
}

// write gives one line to each decision, oldest first, then to each action, and
// then to each run on stale input, with the action and the decision behind it.
// Ids become numbers, in the order in which they are first seen.
func (w *weir) write(out io.Writer) error {
	seen := map[string]int{}
	line := func(v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", uuids.ReplaceAllFunc(text, func(id []byte) []byte {
			if _, known := seen[string(id)]; !known {
				seen[string(id)] = len(seen) + 1
			}
			return fmt.Appendf(nil, "#%d", seen[string(id)])
		}))
		return err
	}
	ctx := context.Background()
	decisions, err := w.ledger.Decisions(ctx, policies.DecisionQuery{Limit: 1 << 30})
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(decisions) {
		if err := line(d); err != nil {
			return err
		}
	}
	actions, err := w.ledger.Actions(ctx, policies.ActionQuery{Limit: 1 << 30})
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(actions) {
		if err := line(a); err != nil {
			return err
		}
	}
	for _, s := range w.stale {
		if err := line(map[string]any{"stale": blame(s, actions, decisions)}); err != nil {
			return err
		}
	}
	return nil
}

// blamed is a run on stale input, and what of weir's asked for it.
type blamed struct {
	staleRun
	Action    string   `json:"action"`
	Decisions []string `json:"decisions"`
}

func blame(s staleRun, actions []catalog.Action, decisions []catalog.Decision) blamed {
	b := blamed{staleRun: s}
	for _, a := range actions {
		if a.Key == s.Key {
			b.Action = a.ID
		}
	}
	for _, d := range decisions {
		if d.Action == b.Action {
			b.Decisions = append(b.Decisions, d.ID)
		}
	}
	return b
}
