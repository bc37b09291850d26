package policies

import (
	"context"
	"reflect"
	"slices"

	"github.com/weirhq/weir/catalog"
)

// inputFacts are an input as it stands for a policy on an asset, since the last
// success: most of what happens to the asset itself changes nothing in it.
type inputFacts struct {
	view InputView
	// asset is what is known of it.
	asset *assetFacts
	of    inputOf
	// produced and done are what of lists by its name.
	produced *catalog.Version
	done     *catalog.Action
}

// inputOf is which input: of a policy, on an asset, at its place, with the last
// success as it was.
type inputOf struct {
	set      *Set
	policy   *Policy
	asset    catalog.AssetID
	name     catalog.Name
	place    int
	produced versionKey
	done     string
	written  int64 // of done
}

// inputAt is an input that a policy lists. It is remembered for who comes back; and
// what a gate told a job to read is not only up to history.
func (g *Gatherer) inputAt(ctx context.Context, r *reader, p *Policy, place int, in Input, s *Snapshot) (InputView, error) {
	if g.of == nil || r.memo == nil || s.Name.Type != catalog.TypeDataset || p.readsObserved() {
		return g.input(ctx, r, in, s)
	}
	of := inputOf{set: g.Policies.Get(), policy: p, asset: s.Asset, name: s.Name, place: place}
	if s.Produced != nil {
		of.produced = markKey(*s.Produced)
	}
	if s.Done != nil {
		of.done, of.written = s.Done.ID, s.Done.Seq
	}
	x, err := g.inputFact(r, inputFacts{of: of, produced: s.Produced, done: s.Done})
	if err != nil {
		return InputView{}, err
	}
	v := x.input.view
	v.Own = v.Newest != nil && g.own(r, v.Asset, x.input.asset, s)
	return v, nil
}

// inputFact is one for each place: a success is followed by the next one, and whose
// evaluation looks at it looks at that too.
func (g *Gatherer) inputFact(r *reader, is inputFacts) (*fact, error) {
	place := is.of
	place.produced, place.done, place.written = versionKey{}, "", 0
	at := called(factOfInput, place)
	if kept := g.root().Recall; kept != nil {
		kept.facts.outdate(at, func(x *fact) bool { return x.input.of != is.of })
	}
	return g.fact(r, at, func(r *reader, x *fact) (settled bool, err error) {
		over := g.root().seen(x.uses)
		p := is.of.policy
		s := &Snapshot{Asset: is.of.asset, Name: is.of.name, Produced: is.produced, Done: is.done, dated: p.asksAge()}
		v, known, err := over.view(r.ctx, r, p.Inputs[is.of.place], s)
		if err != nil {
			return false, err
		}
		if v.Newest != nil && v.Pinned != nil && !v.Static {
			m, err := r.watermark(*v.Pinned, 0)
			if err != nil {
				return false, err
			}
			v.aged = &m
		}
		is.view, is.asset = v, known.asset
		x.input = &is
		return known.settled, nil
	})
}

func (f *inputFacts) equal(o *inputFacts) bool {
	return sameView(f.view, o.view) && slices.Equal(f.asset.makers, o.asset.makers) &&
		slices.EqualFunc(f.asset.chain, o.asset.chain, func(a, b catalog.Run) bool { return a.Key == b.Key })
}

// sameView compares what two views of one input of a policy say.
func sameView(a, b InputView) bool {
	if !sameVersion(a.Newest, b.Newest) || !sameVersion(a.Pinned, b.Pinned) || !sameVersion(a.Read, b.Read) {
		return false
	}
	for _, v := range []*InputView{&a, &b} { // what is compared, follows from that, or is the policy's
		v.Input, v.Newest, v.Pinned, v.Read, v.newestID, v.pinnedID = Input{}, nil, nil, nil, identified{}, identified{}
	}
	return reflect.DeepEqual(&a, &b)
}
