package policies

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// recordParts records what changed for each partition, each as a decision of its
// own. A partition with which there is nothing to do, and never was, is no news.
func (e *Evaluator) recordParts(ctx context.Context, p *Policy, s Snapshot, key string, now time.Time) error {
	was, is := e.lastParts[key], map[string]string{}
	defer func() { e.lastParts[key] = is }()
	for _, part := range DecideParts(p, s, now) {
		sig, had := was[part.Partition]
		var err error
		if sig, err = e.recordPart(ctx, p, part, sig, had, now); err != nil {
			maps.Copy(is, was)
			return err
		}
		is[part.Partition] = sig
	}
	return nil
}

// recordPart returns the signature of what stands in the ledger now.
func (e *Evaluator) recordPart(ctx context.Context, p *Policy, part PartEvaluation, known string, had bool, now time.Time) (string, error) {
	idle := part.Outcome == catalog.DecideNothing && len(part.Tree.Evidence) == 0
	if !had && !idle {
		var err error
		if known, err = e.lastOfPart(ctx, p, part); err != nil {
			return "", err
		}
	}
	sig := partSignature(part.Outcome, part.Tree)
	again := part.Outcome == catalog.DecideRun && p.Acts() && len(part.Snapshot.Open) == 0
	if known == sig && !again || idle && known == "" || underWay(part.Evaluation, part.Snapshot) {
		return known, nil
	}
	return sig, e.record(ctx, p, part.Snapshot, part.Evaluation, now)
}

// partSignature is signature without what other partitions of the target do, where
// something else decides.
func partSignature(o catalog.DecisionOutcome, tree catalog.Reason) string {
	if o == catalog.DecideNothing && len(tree.Children) > 0 {
		return signature(o, catalog.Reason{Children: tree.Children[:1], Value: tree.Children[0].Value, Evidence: tree.Evidence})
	}
	atoms := slices.DeleteFunc(Deciding(tree), func(a string) bool { return a == "parallel" || a == "self_idle" })
	return string(o) + "|" + strings.Join(atoms, ",") + "|" + strings.Join(tree.Evidence, ",")
}

// lastOfPart reads after a restart what was recorded of a partition before.
func (e *Evaluator) lastOfPart(ctx context.Context, p *Policy, part PartEvaluation) (string, error) {
	list, err := e.g.Ledger.Decisions(ctx, DecisionQuery{Policy: p.Name, Assets: part.Snapshot.IDs, Partition: part.Partition, Limit: 1})
	if errors.Is(err, catalog.ErrNotFound) || err == nil && len(list) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return partSignature(list[0].Outcome, list[0].Tree), nil
}

// forPart makes an action one for a partition.
func forPart(p *Policy, s Snapshot, a *catalog.Action) {
	if s.Part == nil {
		return
	}
	a.Partition, a.Partial = s.Part.Key, s.Part.partial()
	if !s.Part.To.IsZero() {
		a.Period = &catalog.Period{From: s.Part.From, To: s.Part.To}
	}
	if p.Partition.Param != "" {
		params := map[string]any{}
		maps.Copy(params, a.Params)
		params[p.Partition.Param] = a.Partition
		a.Params = params
	}
}

// without leaves out the parameter that is the partition itself.
func (c *Partitioning) without(params map[string]any) map[string]any {
	if c == nil || c.Param == "" {
		return params
	}
	out := maps.Clone(params)
	delete(out, c.Param)
	return out
}
