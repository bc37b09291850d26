package policies

import (
	"context"
	"errors"

	"github.com/weirhq/weir/catalog"
)

// forgotten is a watermark or a fact that an event took away. Most are read again
// and say the same: a run that began changes nothing for the readers of what the
// one before it made. Then nobody has to decide anew.
type forgotten struct {
	node *markNode
	fact *fact
}

// is what those depend on who looked at it.
func (x forgotten) is() thing {
	if x.node != nil {
		return x.node.thing()
	}
	return x.fact.is
}

// stands reads it again, and reports whether it says the same.
func (g *Gatherer) stands(ctx context.Context, x forgotten) bool {
	r := newReader(ctx, g.history())
	r.memo = g.Recall.marks
	if x.node != nil {
		side := r.aside()
		n, err := side.walked(*x.node.version, r.began)
		return err == nil && n.id == x.node.id
	}
	now, err := g.again(r, x.fact)
	return err == nil && now.kept && now.is == x.fact.is
}

var errOtherSet = errors.New("other policies are in force")

// again reads a fact again.
func (g *Gatherer) again(r *reader, x *fact) (*fact, error) {
	id := x.of.id
	switch x.of.kind {
	case factOfAsset:
		return g.assetFact(r, id)
	case factOfAge:
		return g.ageFact(r, id)
	case factOfJob:
		return g.jobFactsOf(r, id)
	case factOfDurations:
		return g.durationsOf(r, id)
	case factOfName:
		return g.name(r.ctx, x.of, x.named.selector)
	case factOfInput:
		if x.input.of.set != g.Policies.Get() {
			return nil, errOtherSet
		}
		return g.inputFact(r, *x.input)
	case factOfStage:
		if x.stage.of.set != g.Policies.Get() {
			return nil, errOtherSet
		}
		return g.stageFact(r, x.stage.of)
	case familyOfJob:
		return g.familyFact(r, id, catalog.TypeJob)
	}
	return g.familyFact(r, id, catalog.TypeDataset)
}
